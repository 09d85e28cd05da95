"""What the page about many runs must do in a real browser; skipped, with the reason, if there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def test_texts_of_a_figure_have_room(window: Window, history: str) -> None:
    """No text of a figure lies on another one or is cut off at an edge."""
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(history)
    assert page.locator(".drawing svg text").count() > 50
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate(CUT_OFF) == []


def test_a_long_name_leaves_room_for_what_is_said_of_its_cell(window: Window, history: str) -> None:
    """On a wide screen no table scrolls sideways, however long the names of cells are."""
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(history)
    tables = "[...document.querySelectorAll('section > .scroll')].map(e => e.scrollWidth <= e.clientWidth)"
    assert page.evaluate(tables) == [True] * 3


def test_the_frame_of_a_figure_is_no_wider_than_the_figure(window: Window, history: str) -> None:
    """On a wide screen there is no empty white next to a figure."""
    page = window(viewport={"width": 1440, "height": 800}, color_scheme="dark")
    page.goto(history)
    beside = "[...document.querySelectorAll('.drawing')].map(e => e.offsetWidth - e.firstElementChild.clientWidth)"
    assert max(page.evaluate(beside)) < 30


def test_the_index_leads_to_a_cell_and_its_table_unfolds(window: Window, history: str) -> None:
    """Without a script: a click on a cell shows its figure, one on the line below it the runs as a table."""
    page = window(java_script_enabled=False)
    page.goto(history)
    page.locator("#index tbody a").nth(1).click()
    assert page.url.endswith("#c-1")
    table = page.locator("#c-1 table")
    assert not table.is_visible()
    page.locator("#c-1 summary").click()
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 36


def test_paper_has_no_line_to_click(window: Window, history: str) -> None:
    """Printed, what is folded away leaves no trace, and what was unfolded stays."""
    page = window()
    page.goto(history)
    page.locator("#c-0 summary").click()
    page.emulate_media(media="print")
    assert page.locator("#c-0 table").is_visible()
    assert not page.locator("#c-1 summary").is_visible()
