"""What the report must do in a real browser; skipped, with the reason, where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from parbench.analysis.expected import expectations
from parbench.report import write_parts
from tests import synthetic

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path: install it to test the page")

LONG = "a_reason_without_any_space_" * 12
PLAN = synthetic.expecting(
    workloads=("square", "affine"),
    strategies=[*synthetic.STRATEGIES, "somebody-elses-strategy-with-a-long-name[and-variant]"],
    fail=[("dask-distributed", "timeout", LONG), ("shared-memory", "skipped", "<script>document.title='x'</script>")],
    warnings=["CPUs cannot be pinned on this system."],
    header={"command": ["pytest", "--benchmark", "--parbench-out", "/".join(["folder"] * 40)]},
)
WIDTHS = (360, 768, 1440)
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


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report with failures, warnings, expectations and long names."""
    frame, summary, verdicts = synthetic.run(PLAN)
    folder = tmp_path_factory.mktemp("browser")
    return write_parts(frame, summary, verdicts, folder, None, expectations(summary, frame)).as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with playwright.sync_playwright() as driver:
        # Without its sandbox, as in most containers it cannot have one; the page is ours and loads nothing.
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_page_fits_its_window_and_complains_of_nothing(browser: Any, report: str, width: int, scheme: str) -> None:
    """At every width the page itself does not scroll sideways, and the console stays empty."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.scrollWidth") <= width
    assert said == []
    assert page.title().startswith("parbench on ")
    page.close()


def test_page_asks_for_nothing_else(browser: Any, report: str) -> None:
    """Opening the report makes no request but for the report itself."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report)
    assert [url for url in asked if not url.startswith("data:")] == [report]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast(browser: Any, report: str, scheme: str) -> None:
    """In light and in dark mode every text has at least the contrast that WCAG AA asks for, 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme)
    page.goto(report)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)" if scheme == "light" else "rgb(21, 24, 27)"
    )
    assert page.evaluate(LOW_CONTRAST) == []
    page.close()


def test_figures_stay_on_a_light_ground_in_dark_mode(browser: Any, report: str) -> None:
    """In dark mode the figures, whose text is dark, are on white."""
    page = browser.new_page(color_scheme="dark")
    page.goto(report)
    grounds = page.evaluate("[...document.querySelectorAll('.drawing')].map(e => getComputedStyle(e).backgroundColor)")
    assert grounds == ["rgb(255, 255, 255)"] * 4
    page.close()


def test_wide_things_scroll_in_their_own_frame_on_a_phone(browser: Any, report: str) -> None:
    """On a phone, tables and figures are wider than the page and scroll inside their containers."""
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(report)
    inside = "[...document.querySelectorAll('div.scroll, .drawing')].map(e => e.scrollWidth > e.clientWidth)"
    assert set(page.evaluate(inside)) == {True}
    page.close()


def test_paper_loses_nothing(browser: Any, report: str) -> None:
    """Printed on A4, nothing is cut off at the right, in black on white whatever the screen's scheme."""
    page = browser.new_page(viewport={"width": 703, "height": 1000}, color_scheme="dark")
    page.goto(report)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.close()


def test_markup_in_a_reason_is_not_obeyed(browser: Any, report: str) -> None:
    """A reason that holds a script is shown as text in a real browser."""
    page = browser.new_page()
    page.goto(report)
    assert page.locator("text=<script>document.title='x'</script>").first.is_visible()
    assert page.title() != "x"
    page.close()
