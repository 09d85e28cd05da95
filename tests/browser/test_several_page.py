"""What the page of several runs must do in a real browser; skipped, with the reason, if there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.test_history_page import CUT_OFF, OVERLAPS

Window = Callable[..., Any]


def test_texts_of_a_figure_have_room(window: Window, several: str) -> None:
    """No text of a figure lies on another one or is cut off at an edge, however long the names of runs are."""
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(several)
    assert page.locator(".drawing svg text").count() > 20
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(CUT_OFF) == []


def test_advice_is_seen_without_scrolling(window: Window, several: str) -> None:
    """On a screen, what the runs say of the first workload is on the first page, before any table."""
    page = window(viewport={"width": 1440, "height": 900})
    page.goto(several)
    box = page.locator("#which .card .best").first.bounding_box()
    assert box["y"] + box["height"] < 900


def test_a_name_in_the_advice_leads_to_its_cells(window: Window, several: str) -> None:
    """Without a script: a click on a workload shows its figures and its cells."""
    page = window(java_script_enabled=False)
    page.goto(several)
    page.locator("#which .card a").first.click()
    assert page.url.endswith("#w-0")
    assert page.locator("#w-0 table").first.is_visible()


def test_the_name_of_a_row_stays_when_its_table_is_scrolled(window: Window, several: str) -> None:
    """On a phone, a table of many runs is scrolled sideways under the names of its rows."""
    page = window(viewport={"width": 360, "height": 740})
    page.goto(several)
    table = page.locator("#w-0 .scroll").first
    left = table.locator("tbody th").first.bounding_box()["x"]
    table.evaluate("e => { e.scrollLeft = 200; }")
    assert table.evaluate("e => e.scrollLeft") > 0
    assert table.locator("tbody th").first.bounding_box()["x"] == left
