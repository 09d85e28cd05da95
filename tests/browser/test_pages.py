"""What each of our pages must do in a real browser; skipped, with the reason, if there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Window = Callable[..., Any]
WIDTHS = (360, 768, 1440)
#: Shows what a page has folded away.
UNFOLD = "document.querySelectorAll('details').forEach(e => { e.open = true; })"
#: The contrast ratio of WCAG 2 between a text and what is behind it, for every element with text of its own.
LOW_CONTRAST = """() => {
  const rgb = css => (css.match(/[\\d.]+/g) || [0, 0, 0]).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return rgb(getComputedStyle(document.documentElement).colorScheme.startsWith('dark') ? '0 0 0' : '255 255 255');
  };
  const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
  return [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && own(e)).map(e => {
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    return [e.tagName, e.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)];
  }).filter(entry => entry[2] < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_its_window_and_complains_of_nothing(window: Window, address: str, width: int, scheme: str) -> None:
    """At every width the page itself does not scroll sideways, and the console stays empty."""
    page = window(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    assert said == []
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.scrollWidth") <= width
    assert page.title().startswith("parbench ")


def test_page_asks_for_nothing_else(window: Window, address: str) -> None:
    """Opening a page makes no request but for the page itself."""
    page = window()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert [url for url in asked if not url.startswith("data:")] == [address]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(window: Window, address: str, scheme: str) -> None:
    """In light and in dark mode every text has at least the contrast that WCAG AA asks for, 4.5 to 1."""
    page = window(color_scheme=scheme)
    page.goto(address)
    page.evaluate(UNFOLD)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 24, 27)"
    )
    assert page.evaluate(LOW_CONTRAST) == []


def test_figures_stay_on_a_light_ground_in_dark_mode(window: Window, address: str) -> None:
    """In dark mode the figures, whose text is dark, are on white."""
    page = window(color_scheme="dark")
    page.goto(address)
    grounds = page.evaluate("[...document.querySelectorAll('.drawing')].map(e => getComputedStyle(e).backgroundColor)")
    assert set(grounds) == {"rgb(255, 255, 255)"}


def test_wide_things_scroll_in_their_own_frame_on_a_phone(window: Window, address: str) -> None:
    """On a phone, tables and figures are wider than the page and scroll inside their containers."""
    page = window(viewport={"width": 360, "height": 740})
    page.goto(address)
    page.evaluate(UNFOLD)
    inside = "[...document.querySelectorAll('div.scroll, .drawing')].map(e => e.scrollWidth > e.clientWidth)"
    assert set(page.evaluate(inside)) == {True}


def test_paper_loses_nothing(window: Window, address: str) -> None:
    """Printed on A4, nothing is cut off at the right, in black on white whatever the screen's scheme."""
    page = window(viewport={"width": 703, "height": 1000}, color_scheme="dark")
    page.goto(address)
    page.evaluate(UNFOLD)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_page_is_whole_without_javascript(window: Window, address: str) -> None:
    """Where scripts are off, headings, tables and figures are there to be read, and what is folded unfolds."""
    page = window(java_script_enabled=False)
    page.goto(address)
    for part in ("h1", "h2", "section > .scroll", ".drawing", "figcaption", "footer"):
        parts = page.locator(f"{part}:not(details *)").all()
        assert parts
        assert all(each.is_visible() for each in parts)
    folded = page.locator("details:not([open]) > summary")
    while folded.count():  # each is open then, so the first is the next one
        folded.first.click()
    assert all(each.is_visible() for each in page.locator(".drawing, figcaption, div.scroll").all())


def test_markup_in_a_text_is_not_obeyed(window: Window, address: str) -> None:
    """A reason or a name that holds a script is shown as text in a real browser."""
    page = window()
    page.goto(address)
    assert page.locator("text=<script>document.title='x'</script>").first.is_visible()
    assert page.locator("script").count() == 1  # ours
    assert page.title() != "x"
