"""The pages on paper: A4, nothing cut off, nothing torn apart that belongs together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_pages import UNFOLD

Window = Callable[..., Any]
#: A4 without the margins of the style, in CSS pixels: 210 and 297 mm less 12 either side.
WIDTH, HEIGHT = 703, 1031
#: Elements beyond the right edge of the page.
CUT_OFF = """width => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg'))
  .filter(e => e.getBoundingClientRect().right > width + 1).map(e => e.outerHTML.slice(0, 100))"""
#: Elements that must not be split: whether the style declares it, and whether a page has room for it.
WHOLE = """height => [...document.querySelectorAll('.card, figure, tr, .problems li')].filter(e => e.checkVisibility())
  .filter(e => getComputedStyle(e).breakInside !== 'avoid' || e.getBoundingClientRect().height > height)
  .map(e => e.outerHTML.slice(0, 100))"""


@pytest.fixture(params=["cards", "rows", "history"])
def paper(request: pytest.FixtureRequest, window: Window) -> Any:
    """Each kind of page as it is printed on A4, unfolded."""
    page = window(viewport={"width": WIDTH, "height": HEIGHT})
    page.goto(str(request.getfixturevalue(request.param)))
    page.evaluate(UNFOLD)
    page.emulate_media(media="print")
    return page


def test_nothing_is_cut_off(paper: Any) -> None:
    """No table, figure or text reaches beyond the right edge."""
    assert paper.evaluate(CUT_OFF, WIDTH) == []


def test_what_belongs_together_is_in_one_piece(paper: Any) -> None:
    """No card, row, figure or entry is torn by the end of a page, and each fits on one."""
    assert paper.evaluate(WHOLE, HEIGHT) == []


def test_paper_has_no_links_to_click(paper: Any) -> None:
    """The table of contents and links to tables are left out, and links look like the text around them."""
    assert not paper.locator("nav, .skip").locator("visible=true").count()
    assert not paper.locator("figcaption a").locator("visible=true").count()
    lines = "[...document.querySelectorAll('a')].map(e => getComputedStyle(e).textDecorationLine)"
    assert set(paper.evaluate(lines)) == {"none"}


def test_a_page_can_be_printed(window: Window, rows: str) -> None:
    """A PDF is made, and folded parts are left out of it."""
    page = window()
    page.goto(rows)
    folded = page.pdf(format="A4", prefer_css_page_size=True)
    page.evaluate(UNFOLD)
    whole = page.pdf(format="A4", prefer_css_page_size=True)
    assert folded.startswith(b"%PDF-")
    assert 1 < pages(folded) < pages(whole)


def pages(document: bytes) -> int:
    """How many pages a PDF has."""
    return document.count(b"/Type /Page\n")
