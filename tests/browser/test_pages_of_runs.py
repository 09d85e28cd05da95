"""What pages of several runs must do in a real browser: their history, them side by side, and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import PHONE

Window = Callable[..., Any]
#: Pairs of texts of one figure that lie on each other, by what they say.
OVERLAPS = """() => [...document.querySelectorAll('.drawing svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const under = i => texts.slice(i + 1).filter(([, box]) => meet(texts[i][1], box));
  return texts.flatMap(([said], i) => under(i).map(([other]) => [said, other]));
})"""
#: Texts of a figure that reach beyond it.
CUT_OFF = """() => [...document.querySelectorAll('.drawing svg')].flatMap(svg => {
  const [frame, texts] = [svg.getBoundingClientRect(), [...svg.querySelectorAll('text')]];
  const inside = r => r.left >= frame.left && r.right <= frame.right && r.top >= frame.top && r.bottom <= frame.bottom;
  return texts.filter(e => !inside(e.getBoundingClientRect())).map(e => e.textContent);
})"""
#: For each element that scrolls sideways, whether all of it is shown.
ALL_SHOWN = "[...document.querySelectorAll('section > .scroll')].map(e => e.scrollWidth <= e.clientWidth)"


@pytest.mark.parametrize(("name", "least"), [("history", 50), ("several", 20)])
def test_texts_of_a_figure_have_room(view: Window, name: str, least: int) -> None:
    """No text of a figure lies on another one or is cut off at an edge, however long the names of runs are."""
    page = view(name)
    assert page.locator(".drawing svg text").count() > least
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(CUT_OFF) == []


# -- history -----------------------------------------------------------------------------------------------------


def test_a_long_name_leaves_room_for_what_is_said_of_its_cell(view: Window, history: str) -> None:
    """On a wide screen no table scrolls sideways, and no figure has empty white next to it."""
    page = view("history", unfold=False)
    assert page.evaluate(ALL_SHOWN) == [True] * 3
    beside = "[...document.querySelectorAll('.drawing')].map(e => e.offsetWidth - e.firstElementChild.clientWidth)"
    assert max(page.evaluate(beside)) < 30


def test_the_index_leads_to_a_cell_and_its_table_unfolds(window: Window, history: str) -> None:
    """Without a script: a click on a cell shows its figure, one on the line below it the runs as a table.

    Printed, what is folded leaves no trace, and what was unfolded stays.
    """
    page = window(java_script_enabled=False)
    page.goto(history)
    page.locator("#index tbody a").nth(1).click()
    assert page.url.endswith("#c-1")
    table = page.locator("#c-1 table")
    assert not table.is_visible()
    page.locator("#c-1 summary").click()
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 24
    page.emulate_media(media="print")
    assert table.is_visible()
    assert not page.locator("#c-0 summary").is_visible()


# -- side by side ------------------------------------------------------------------------------------------------


def test_advice_is_seen_without_scrolling_and_leads_to_its_cells(window: Window, several: str) -> None:
    """On the first screen are the answers for the first workload; without a script, a click on it shows its cells."""
    page = window(java_script_enabled=False)
    page.goto(several)
    box = page.locator("#which .card .best").first.bounding_box()
    assert box["y"] + box["height"] < 900
    page.locator("#which .card a").first.click()
    assert page.url.endswith("#w-0")
    assert page.locator("#w-0 table").first.is_visible()


def test_the_name_of_a_row_stays_when_its_table_is_scrolled(view: Window, several: str) -> None:
    """On a phone, a table of many runs is scrolled sideways under the names of its rows."""
    table = view("several", PHONE).locator("#w-0 .scroll").first
    left = table.locator("tbody th").first.bounding_box()["x"]
    table.evaluate("e => { e.scrollLeft = 200; }")
    assert table.evaluate("e => e.scrollLeft") > 0
    assert table.locator("tbody th").first.bounding_box()["x"] == left


# -- list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_matters(view: Window, index: str) -> None:
    """On a phone, the name and the advice of a run are next to each other; on a wide screen there are all columns."""
    box = view("index", PHONE).locator("#runs tbody tr").first.locator("li").first.bounding_box()
    assert box["x"] + box["width"] <= PHONE[0]
    shown = view("index").evaluate("[...document.querySelectorAll('.scroll')].map(e => e.scrollWidth <= e.clientWidth)")
    assert set(shown) == {True}


def test_a_run_leads_to_its_report_and_back(window: Window, index: str) -> None:
    """Without a script: a click on a name opens the report of that run, and the page of several runs is linked, too."""
    page = window(java_script_enabled=False)
    page.goto(index)
    page.locator("#runs tbody a").first.click()
    assert page.url.endswith("20260103-000000-quick/report.html")
    page.go_back()
    page.locator("a", has_text="side by side: of-them").click()
    assert page.url.endswith("several-of-them/several.html")
