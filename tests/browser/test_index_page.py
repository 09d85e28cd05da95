"""What the list of runs must do in a real browser; skipped, with the reason, if there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_pages import LOW_CONTRAST, UNFOLD, WIDTHS

Window = Callable[..., Any]
EVIL = "<script>document.title='x'</script>"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_list_fits_its_window_and_can_be_read(window: Window, index: str, width: int, scheme: str) -> None:
    """At every width the page does not scroll sideways, loads nothing, logs nothing, and its texts have contrast."""
    page = window(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(index)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [index]
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(LOW_CONTRAST) == []


def test_what_came_out_is_seen_on_a_phone(window: Window, index: str) -> None:
    """On a phone, the name of a run and its advice stand next to each other without scrolling."""
    page = window(viewport={"width": 360, "height": 740})
    page.goto(index)
    box = page.locator("#runs tbody tr").first.locator("li").first.bounding_box()
    assert box["x"] + box["width"] <= 360


def test_a_screen_shows_all_columns(window: Window, index: str) -> None:
    """On a wide screen the table is not scrolled sideways."""
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(index)
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)")


def test_a_run_leads_to_its_report_and_back(window: Window, index: str) -> None:
    """Without a script: a click on a name opens the report of that run, and the page of several runs is linked, too."""
    page = window(java_script_enabled=False)
    page.goto(index)
    page.locator("#runs tbody a").first.click()
    assert page.url.endswith("20260103-000000-quick/report.html")
    page.go_back()
    page.locator("a", has_text="side by side: of-them").click()
    assert page.url.endswith("several-of-them/several.html")


def test_markup_in_a_text_is_not_obeyed(window: Window, index: str) -> None:
    """A file, a folder or a commit that holds a script is shown as text."""
    page = window()
    page.goto(index)
    assert page.locator("script").count() == 1  # ours
    assert page.title() == "parbench runs"
    assert page.locator("text=not read").first.is_visible()


def test_paper_loses_nothing(window: Window, index: str) -> None:
    """Printed on A4, nothing is cut off at the right."""
    page = window(viewport={"width": 703, "height": 1000})
    page.goto(index)
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 703
