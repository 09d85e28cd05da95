"""A report on a server that forbids scripts and every style within the page is completely readable."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from tests.browser.places import CELL, FIGURE, POINTS

Window = Callable[..., Any]
#: Default headers of Jenkins for the pages of build results.
STRICT = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"


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
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(strict)
    assert page.evaluate("getComputedStyle(document.body).maxWidth") == "none"  # our style does not hold
    curve = page.locator(f"{FIGURE} g[data-strategy='dask-threads'][data-part=curve] > path").first
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
    page = window(viewport={"width": 1440, "height": 800})
    page.goto(strict)
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
