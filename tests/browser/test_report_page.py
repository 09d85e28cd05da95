"""What the report must do in a real browser: without a pointer, on small and large screens, on paper, on servers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from tests.browser.conftest import CELL, FIGURE, FOLD, PHONE, POINTS

Window = Callable[..., Any]
#: Everything that the keyboard should reach, which is on the screen.
REACHABLE = """[...document.querySelectorAll('a[href], summary, [tabindex="0"], button')]
  .filter(e => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true})).length"""
#: Default headers of Jenkins for the pages of build results.
STRICT = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"


def test_the_keyboard_reaches_everything_and_shows_where_it_is(window: Window, rows: str) -> None:
    """Tab begins with the skip link, goes through all that can be used, once each, and is always to be seen."""
    page = window()
    page.goto(rows)
    count, outlines, seen = page.evaluate(REACHABLE), set(), []
    for _ in range(count):
        page.keyboard.press("Tab")
        outlines.add(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        seen.append(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert outlines == {"solid"}
    assert seen == sorted(set(seen))
    page.evaluate("document.activeElement.blur()")
    page.reload()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#answers")


def test_an_answer_leads_to_its_numbers_though_they_are_folded(window: Window, rows: str) -> None:
    """Without a script: a click on an answer unfolds the part of the page that it leads to."""
    page = window(java_script_enabled=False)
    page.goto(rows)
    assert not page.locator("#w-1").is_visible()
    page.locator("table.five tbody tr").nth(1).locator("td a").first.click()
    assert page.locator("#w-1").is_visible()
    assert page.locator("#w-1 .drawing").first.is_visible()


def test_answers_need_no_sideways_scrolling_on_a_phone(view: Window, rows: str) -> None:
    """The first screen of many workloads is one column on a phone, each answer below its question."""
    page = view("rows", PHONE)
    frame = page.locator("#answers .scroll")
    assert frame.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.locator("#answers .ask").first.is_visible()


def test_forced_colours_leave_figures_readable(view: Window, report: str) -> None:
    """If the system forces its colours, figures keep theirs, on the white that they are drawn for."""
    page = view("report", forced_colors="active", color_scheme="dark")
    grounds = "[...document.querySelectorAll('.drawing')].map(e => getComputedStyle(e).backgroundColor)"
    assert set(page.evaluate(grounds)) == {"rgb(255, 255, 255)"}
    inks = "[...document.querySelectorAll('.drawing text')].map(e => getComputedStyle(e).forcedColorAdjust)"
    assert set(page.evaluate(inks)) == {"none"}


def test_nothing_moves_for_those_who_want_it_still(view: Window, report: str) -> None:
    """If less motion is requested, nothing is animated."""
    moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
    assert view("report", reduced_motion="reduce").evaluate(moving) == 0


def test_three_workloads_fit_the_first_screen(window: Window, report: str) -> None:
    """The answers of three workloads are all visible at 1440 × 900, below failures if there are any."""
    page = window()
    page.goto(report)
    page.evaluate("document.querySelectorAll('.notice').forEach(e => e.remove())")
    assert page.locator("#answers").evaluate("e => e.lastElementChild.getBoundingClientRect().bottom") <= 900


def test_a_page_can_be_printed(view: Window, rows: str) -> None:
    """A PDF is made, and folded parts are left out of it."""
    folded, whole = (view("rows", unfold=each).pdf(format="A4", prefer_css_page_size=True) for each in (False, True))
    assert folded.startswith(b"%PDF-")
    assert 1 < pages(folded) < pages(whole)


def pages(document: bytes) -> int:
    """How many pages a PDF has."""
    return document.count(b"/Type /Page\n")


# -- servers that forbid scripts and styles ----------------------------------------------------------------------


@pytest.fixture
def strict(report: str) -> Iterator[str]:
    """The address of the report on a server that forbids scripts and every style within the page."""

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", STRICT)
            super().end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Empty: the requests are of no interest here."""

    path = Path(unquote(urlparse(report).path))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(path.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{path.name}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_figures_have_their_colours_where_every_style_is_forbidden(window: Window, strict: str) -> None:
    """Under the header of a strict server, a curve has its colour, its dashes and no filling, and texts their size."""
    page = window()
    page.goto(strict)
    assert page.evaluate("getComputedStyle(document.body).maxWidth") == "none"  # our style does not hold
    curve = page.locator("[id='figure/square/time'] g[data-strategy='dask-threads'][data-part=curve] > path").first
    look = "e => ['stroke', 'fill', 'strokeWidth', 'strokeDasharray'].map(name => getComputedStyle(e)[name])"
    assert curve.evaluate(look) == ["rgb(0, 158, 115)", "none", "1.5px", "9px, 3px, 2.25px, 3px"]
    look = "e => ['fontSize', 'fill', 'fontFamily'].map(name => getComputedStyle(e)[name])"
    title = page.locator(f"{FIGURE} text", has_text="speedup over the fastest").first
    assert title.evaluate(look) == ["10.5px", "rgb(34, 34, 34)", '"DejaVu Sans", sans-serif']
    black = """() => [...document.querySelectorAll('.drawing svg path')].filter(e => !e.closest('defs, clipPath')
        && getComputedStyle(e).fill === 'rgb(0, 0, 0)' && e.getBoundingClientRect().width > 60).length"""
    assert page.evaluate(black) == 0


def test_everything_is_there_where_every_style_is_forbidden(window: Window, strict: str) -> None:
    """Under that header headings, tables and figures are there, of a size to read, and nothing that needs a script."""
    page = window()
    page.goto(strict)
    page.evaluate(FOLD, True)
    for part in ("h1", "h2", "figcaption", f"[id='{CELL}']"):
        assert page.locator(part).first.is_visible()
    boxes = [each.bounding_box() for each in page.locator("main > section .drawing svg").all() if each.is_visible()]
    assert len(boxes) >= 4
    assert all(400 < box["width"] < 1440 and box["height"] > 80 for box in boxes)
    assert not page.locator("#controls, .tools, .anchor, button, .tip").count()


def test_nothing_waits_for_a_script_that_does_not_run(window: Window, report: str) -> None:
    """Without JavaScript there is no control, a point has its numbers as a title, and a link to a row marks it."""
    page = window(java_script_enabled=False)
    page.goto(f"{report}#{CELL}")
    assert not page.locator("button, input, #controls, .tools, .anchor, .tip").count()
    title = page.locator(f"{POINTS} title").first.text_content()
    assert title.splitlines()[1].startswith("square at ")
    assert page.locator(f"[id='{CELL}']:target").count() == 1
