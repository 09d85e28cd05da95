"""Everybody can use our pages: WCAG 2.2 AA by axe-core in a real browser, the keyboard, zoom, and forced colours."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

from tests.browser.test_pages import UNFOLD, WIDTHS

Window = Callable[..., Any]
#: Names of the rules of WCAG 2.2 AA in axe-core, and its own advice beyond them.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Each rule that is broken with the first element that breaks it. Figures are hidden from assistive technology, which
#: has their captions and tables, and what is drawn in them is on white always: they are left out, as they take long.
AXE = """rules => axe.run({exclude: [['.drawing svg']]}, {
  runOnly: {type: 'tag', values: rules}, resultTypes: ['violations'],
}).then(found => found.violations.map(each => [each.id, each.nodes[0].html, each.nodes[0].failureSummary]))"""
#: Everything that the keyboard should reach, which is on the screen.
REACHABLE = """[...document.querySelectorAll('a[href], summary, [tabindex="0"], button')]
  .filter(e => e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true})).length"""
#: Targets of a pointer that are smaller than 24 px either way and stand in no sentence.
SMALL = """() => [...document.querySelectorAll('nav a, summary, .files a, button')].filter(e => e.checkVisibility())
  .map(e => [e.textContent.trim(), e.getBoundingClientRect()]).filter(([, box]) => box.height < 24)
  .map(([said]) => said)"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: tox -e browser has it")
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(params=["cards", "rows", "history"])
def page_of_all(request: pytest.FixtureRequest) -> str:
    """The address of each kind of page."""
    return str(request.getfixturevalue(request.param))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width"),
    [
        *((name, width) for name in ("cards", "rows", "history") for width in (360, 1440)),
        ("index", 768),
        ("several", 768),
    ],
)
def test_axe_finds_nothing(
    request: pytest.FixtureRequest, window: Window, axe: str, name: str, width: int, scheme: str
) -> None:
    """No rule of WCAG 2.2 AA is broken, folded and unfolded, on a phone and on a screen, light and dark."""
    page = window(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page.goto(str(request.getfixturevalue(name)))
    page.evaluate(axe)
    assert page.evaluate(AXE, RULES) == []
    page.evaluate(UNFOLD)
    assert page.evaluate(AXE, RULES) == []


def test_axe_finds_what_is_wrong(window: Window, axe: str, cards: str) -> None:
    """The test above can fail: a page without a language, with pale text, is found out."""
    page = window(bypass_csp=True)
    page.goto(cards)
    page.evaluate(axe)
    page.evaluate("document.documentElement.lang = ''; document.querySelector('h1').style.color = '#eee'")
    assert {"html-has-lang", "color-contrast"} <= {rule for rule, *_ in page.evaluate(AXE, RULES)}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(window: Window, rows: str) -> None:
    """Tab begins with the skip link, goes through all that can be used, once each, and is always to be seen."""
    page = window(viewport={"width": 1440, "height": 900})
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
    assert page.locator("#w-1 table").first.is_visible()


@pytest.mark.parametrize("width", [320, *WIDTHS])
def test_zoomed_to_400_percent_nothing_scrolls_sideways(window: Window, page_of_all: str, width: int) -> None:
    """At 320 px, which is 1280 at 400 %, the page fits, and what is wider scrolls in a frame that takes focus."""
    page = window(viewport={"width": width, "height": 256})
    page.goto(page_of_all)
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "e => e.scrollWidth > e.clientWidth && /auto|scroll/.test(getComputedStyle(e).overflowX)"
    stuck = (
        f"[...document.querySelectorAll('body *')].filter({wide}).filter(e => e.tabIndex !== 0).map(e => e.outerHTML)"
    )
    assert page.evaluate(stuck) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_targets_are_large_enough(window: Window, page_of_all: str, width: int) -> None:
    """A clickable element outside a sentence is at least 24 px high."""
    page = window(viewport={"width": width, "height": 800})
    page.goto(page_of_all)
    page.evaluate(UNFOLD)
    assert page.evaluate(SMALL) == []


def test_answers_need_no_sideways_scrolling_on_a_phone(window: Window, rows: str) -> None:
    """The first screen of many workloads is one column on a phone, each answer below its question."""
    page = window(viewport={"width": 360, "height": 740})
    page.goto(rows)
    frame = page.locator("#answers .scroll")
    assert frame.evaluate("e => e.scrollWidth <= e.clientWidth")
    assert page.locator("#answers .ask").first.is_visible()


def test_three_workloads_fit_the_first_screen(window: Window, cards: str) -> None:
    """The answers of three workloads are all visible at 1440 × 900, below failures if there are any."""
    page = window(viewport={"width": 1440, "height": 900})
    page.goto(cards)
    page.evaluate("document.querySelectorAll('.notice').forEach(e => e.remove())")
    assert page.locator("#answers").evaluate("e => e.lastElementChild.getBoundingClientRect().bottom") <= 900


def test_forced_colours_leave_figures_readable(window: Window, cards: str) -> None:
    """Where the system forces its colours, figures keep theirs, on the white that they are drawn for."""
    page = window(forced_colors="active", color_scheme="dark")
    page.goto(cards)
    grounds = "[...document.querySelectorAll('.drawing')].map(e => getComputedStyle(e).backgroundColor)"
    assert set(page.evaluate(grounds)) == {"rgb(255, 255, 255)"}
    inks = "[...document.querySelectorAll('.drawing text')].map(e => getComputedStyle(e).forcedColorAdjust)"
    assert set(page.evaluate(inks)) == {"none"}


def test_nothing_moves_for_those_who_want_it_still(window: Window, cards: str) -> None:
    """Where less motion is asked for, nothing is animated."""
    page = window(reduced_motion="reduce")
    page.goto(cards)
    moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e).transitionDuration !== '0s').length"
    assert page.evaluate(moving) == 0


def test_every_figure_has_its_numbers_in_words(window: Window, page_of_all: str) -> None:
    """Each figure has a caption with numbers, and a link in it leads to a table that is there."""
    page = window()
    page.goto(page_of_all)
    captions = page.locator("figcaption").all_text_contents()
    assert captions
    assert [text for text in captions if not any(sign.isdigit() for sign in text)] == []
    targets = "[...document.querySelectorAll('figcaption a')].map(e => e.getAttribute('href'))"
    for target in page.evaluate(targets):
        assert page.locator(target).count() == 1
