"""What every page must do in a real browser: fit, have contrast, be accessible and be printed on A4."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from tests.browser.conftest import EVIL, PHONE, SHEET

Window = Callable[..., Any]
WHITE, DARK = "rgb(255, 255, 255)", "rgb(26, 26, 26)"
PAGES = ("report", "rows", "history", "several", "index")
REPORTS = PAGES[:-1]  # those with figures
#: Names of the rules of WCAG 2.2 AA in axe-core, and its own advice beyond them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Each rule that is broken with the first element that breaks it. Figures are hidden from assistive technology, which
#: has their captions and tables, and what is drawn in them is on white always: they are left out, as they take long.
#: So is contrast, except in folded pages: `LOW_CONTRAST` needs a hundredth of the time.
AXE = """([tags, contrast]) => axe.run({exclude: [['.drawing svg']]}, {
  runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}},
}).then(found => found.violations.map(each => [each.id, each.nodes[0].html, each.nodes[0].failureSummary]))"""
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
#: Targets of a pointer that are smaller than 24 px either way and stand in no sentence.
SMALL = """() => [...document.querySelectorAll('nav a, summary, .files a, button')].filter(e => e.checkVisibility())
  .map(e => [e.textContent.trim(), e.getBoundingClientRect()]).filter(([, box]) => box.height < 24)
  .map(([said]) => said)"""
#: Frames that scroll sideways and cannot have the focus.
STUCK = """[...document.querySelectorAll('body *')].filter(e => e.scrollWidth > e.clientWidth && e.tabIndex !== 0)
  .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX)).map(e => e.outerHTML)"""
#: Elements beyond the right edge of a sheet.
CUT_OFF = """width => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg'))
  .filter(e => e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 100))"""
#: Elements that must not be split and may be: the style does not forbid it, or a sheet has no room for them.
SPLIT = """height => [...document.querySelectorAll('.card, figure, tr, .problems li')].filter(e => e.checkVisibility())
  .filter(e => getComputedStyle(e).breakInside !== 'avoid' || e.getBoundingClientRect().height > height)
  .map(e => e.outerHTML.slice(0, 100))"""
#: The backgrounds of figures, and how links are underlined.
GROUNDS = "[...document.querySelectorAll('.drawing')].map(e => getComputedStyle(e).backgroundColor)"
LINES = "[...document.querySelectorAll('a')].map(e => getComputedStyle(e).textDecorationLine)"
every_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: tox -e browser has it")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@every_page
def test_page_loads_nothing_else_and_obeys_no_markup(request: pytest.FixtureRequest, window: Window, name: str) -> None:
    """A page requests only itself, logs nothing, and shows a script in a reason or a name as text."""
    page, address = window(), request.getfixturevalue(name)
    requested: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    assert [url for url in requested if not url.startswith("data:")] == [address]
    assert said == []
    assert page.title().startswith("parbench ")
    assert page.locator("script").count() == 1  # ours
    assert page.locator("text=not read" if name == "index" else f"text={EVIL}").first.is_visible()


@every_page
def test_page_fits_every_width(view: Window, name: str) -> None:
    """A page does not scroll sideways, frames that do take the focus, and targets outside a sentence are large enough.

    The narrowest window, 320 px, is one of 1280 px at 400 %.
    """
    for width in (320, 360, 768, 1440):
        page = view(name, (width, 800))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.body.scrollWidth") <= width
        assert page.evaluate(STUCK) == []
        assert page.evaluate(SMALL) == []


@pytest.mark.parametrize("name", ["report", "history", "several"])
def test_wide_things_scroll_in_their_own_frame_on_a_phone(view: Window, name: str) -> None:
    """On a phone, tables and figures are wider than the page and scroll inside their containers."""
    inside = "[...document.querySelectorAll('div.scroll, .drawing')].map(e => e.scrollWidth > e.clientWidth)"
    assert set(view(name, PHONE).evaluate(inside)) == {True}


@every_page
def test_text_has_contrast(view: Window, name: str) -> None:
    """Every text has the contrast that WCAG AA requires, 4.5 to 1, in light and in dark mode, as figures have."""
    for scheme, ground in (("light", WHITE), ("dark", "rgb(21, 24, 27)")):
        page = view(name, color_scheme=scheme)
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == ground
        assert page.evaluate(LOW_CONTRAST) == []
        assert set(page.evaluate(GROUNDS)) <= {WHITE if scheme == "light" else DARK}


@every_page
def test_axe_finds_nothing(view: Window, axe: str, name: str) -> None:
    """No rule of WCAG 2.2 AA is broken, folded on a screen and unfolded on a phone."""
    page = view(name, unfold=False)
    page.evaluate(axe)
    assert page.evaluate(AXE, [RULES, True]) == []
    assert view(name, PHONE).evaluate(AXE, [RULES, False]) == []


def test_what_is_wrong_is_found(window: Window, axe: str, index: str) -> None:
    """The tests above can fail: they find a page without a language and with pale text."""
    page = window()
    page.goto(index)
    page.evaluate(axe)
    page.evaluate("document.documentElement.lang = ''; document.querySelector('h1').style.color = '#eee'")
    assert {"html-has-lang", "color-contrast"} <= {rule for rule, *_ in page.evaluate(AXE, [RULES, True])}
    assert [tag for tag, *_ in page.evaluate(LOW_CONTRAST)] == ["H1"]


@every_page
def test_paper_loses_nothing(view: Window, name: str) -> None:
    """Printed on A4, nothing is cut off or split that belongs together, in black on white whatever the scheme is."""
    width, height = SHEET
    page = view(name, SHEET, media="print", color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CUT_OFF, width) == []
    assert page.evaluate(SPLIT, height) == []
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == WHITE


@every_page
def test_paper_has_no_links_to_click(view: Window, name: str) -> None:
    """The table of contents and links to tables are left out, and links look like the text around them."""
    page = view(name, SHEET, media="print")
    assert not page.locator("nav, .skip, figcaption a").locator("visible=true").count()
    assert set(page.evaluate(LINES)) == {"none"}


@pytest.mark.parametrize("name", REPORTS)
def test_page_is_whole_without_javascript(request: pytest.FixtureRequest, window: Window, name: str) -> None:
    """If scripts are off, headings, tables and figures are there to be read, and what is folded unfolds."""
    page = window(java_script_enabled=False)
    page.goto(request.getfixturevalue(name))
    for part in ("h1", "h2", "footer"):
        parts = page.locator(f"{part}:not(details *)").all()
        assert parts
        assert all(each.is_visible() for each in parts)
    folded = page.locator("details:not([open]) > summary")
    while folded.count():  # each is open then, so the first is the next one
        folded.first.click()
    assert all(each.is_visible() for each in page.locator(".drawing, figcaption, div.scroll").all())


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_has_its_numbers_in_words(view: Window, name: str) -> None:
    """Each figure has a caption with numbers, and a link in it leads to a table that is there."""
    page = view(name)
    captions = page.locator("figcaption").all_text_contents()
    assert captions
    assert [text for text in captions if not any(sign.isdigit() for sign in text)] == []
    targets = page.evaluate("[...document.querySelectorAll('figcaption a')].map(e => e.getAttribute('href'))")
    assert [target for target in targets if page.locator(target).count() != 1] == []
