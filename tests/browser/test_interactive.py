"""Interactive use of a report: by mouse and by keyboard, on a phone and on a screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from tests.browser.conftest import CELL, FIGURE, PHONE, POINTS, SCREEN

Window = Callable[..., Any]
both_widths = pytest.mark.parametrize("page", [PHONE, SCREEN], ids=["phone", "screen"], indirect=True)


@pytest.fixture
def page(request: pytest.FixtureRequest, window: Window, report: str) -> Iterator[Any]:
    """The report on a screen, or of the size that the test has; its console must stay empty."""
    size = getattr(request, "param", SCREEN)
    page = window(size, has_touch=size == PHONE)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(report)
    page.evaluate(SECTIONS, True)
    yield page
    assert said == []


#: Opens or closes the sections of a page.
SECTIONS = "open => { for (const each of document.querySelectorAll('details.fold')) each.open = open; }"


def tip(page: Any) -> str:
    """What is said next to a point; empty if nothing is."""
    shown = page.locator(".tip")
    return str(shown.inner_text()) if shown.is_visible() else ""


def choose(page: Any, name: str) -> None:
    """Open the choices and change the one of this name."""
    if not page.locator("#controls fieldset").first.is_visible():
        page.locator("#controls > summary").click()
    page.get_by_label(name, exact=True).click()


def texts(page: Any, column: int) -> list[str]:
    """A column of the table that has the cell."""
    rows = page.locator(f"table:has([id='{CELL}']) tbody tr:not([hidden])")
    return [str(row.locator("th, td").nth(column).inner_text()) for row in rows.all()]


# -- points ------------------------------------------------------------------------------------------------------


@both_widths
def test_a_point_tells_its_numbers_on_hover(page: Any) -> None:
    """Near a point its cell and numbers are shown; they stay under the pointer, and go with it or with Esc."""
    point = page.locator(f"{POINTS}").nth(4)
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + box["height"] / 2 + 1)
    said = tip(page)
    assert re.search(r"^square at [\d,]+$", said, re.MULTILINE)
    assert re.search(r"^\d cores?, \d+ chunks? per core$", said, re.MULTILINE)
    assert re.search(r"^speedup [\d.]+×", said, re.MULTILINE)
    beside = page.locator(".tip").bounding_box()
    page.mouse.move(beside["x"] + 5, beside["y"] + 5)
    page.wait_for_timeout(500)
    assert tip(page) == said
    page.keyboard.press("Escape")
    assert tip(page) == ""
    point.hover(force=True)
    assert tip(page)
    page.mouse.move(1, 1)
    page.locator(".tip").wait_for(state="hidden")


def test_points_are_walked_through_by_keyboard(page: Any) -> None:
    """A figure is one stop of the Tab key; arrows go from point to point, Enter to the row, Esc hides the numbers."""
    page.locator(f"{FIGURE}").locator("xpath=..").focus()
    page.keyboard.press("Tab")
    first = tip(page)
    assert first
    page.keyboard.press("ArrowRight")
    assert tip(page) not in ("", first)
    page.keyboard.press("ArrowLeft")
    assert tip(page) == first
    page.keyboard.press("End")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert name.split(", ")[0] == tip(page).splitlines()[0]
    page.keyboard.press("Escape")
    assert tip(page) == ""
    page.keyboard.press("Enter")
    assert unquote(urlparse(page.url).fragment).startswith("cell/square/")
    page.wait_for_selector("tr.marked", state="attached")  # the row is marked when the page has followed the address
    assert page.locator("tr.marked").count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.activeElement.closest('.points') !== document.querySelector(`{FIGURE} .points`)")


def test_a_tap_shows_numbers_and_one_elsewhere_hides_them(window: Window, report: str) -> None:
    """On a touch screen a tap on a point shows its numbers until the next tap."""
    page = window((360, 800), has_touch=True)
    page.goto(report)
    point = page.locator(POINTS).first
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert tip(page).splitlines()[1].startswith("square at ")
    page.touchscreen.tap(5, 790)
    assert tip(page) == ""


@both_widths
def test_numbers_stay_within_the_window(page: Any) -> None:
    """The text of any selected point is within the window."""
    points = page.locator(POINTS)
    for number in (0, points.count() // 2, points.count() - 1):
        points.nth(number).focus()
        box = page.locator(".tip").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= page.viewport_size["width"]
        assert box["y"] >= 0


def test_every_figure_says_what_it_has(view: Window, report: str) -> None:
    """Every point has a name with a number in it, and no title next to ours; every figure has a button for its data."""
    page = view("report")
    points = page.locator(".points circle, .points rect")
    names = points.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert len(names) > 100
    assert all(name and re.search(r"\d", name) for name in names)
    assert page.locator(".points title").count() == 0
    figures = page.locator("figure").count()
    assert figures >= 8
    assert page.locator("figure .tools button").count() == figures


# -- strategies --------------------------------------------------------------------------------------------------


def test_a_strategy_is_switched_off_everywhere(page: Any) -> None:
    """One box hides a strategy's curves, labels, points and rows, and shows them again; none of the others."""
    mine = page.locator(f"{FIGURE} [data-strategy=threads]")
    other = page.locator(f"{FIGURE} [data-strategy=dask-threads]").first
    row = page.locator(f"[id='{CELL}']")
    choose(page, "threads")
    assert {each.get_attribute("display") for each in mine.all()} == {"none"}
    assert other.get_attribute("display") is None
    assert not row.is_visible()
    choose(page, "threads")
    assert {each.get_attribute("display") for each in mine.all()} == {None}
    assert row.is_visible()


def test_strategies_are_switched_by_keyboard(page: Any) -> None:
    """Everything in the choices can be reached and changed by keys alone."""
    page.locator("#controls > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "None"
    page.keyboard.press("Space")
    assert page.locator("tbody tr[data-strategy]:not([hidden])").count() == 0
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.locator("tbody tr[hidden]").count() == 0
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("#controls [type=checkbox]:not(:checked)").count() == 1
    assert page.locator("tbody tr[hidden]").count() > 0


def test_each_choice_has_the_look_of_its_strategy(view: Window, report: str) -> None:
    """Next to each name is the strategy's own line and mark."""
    label = view("report").locator("#controls label", has_text=re.compile("^dask-threads$"))
    assert label.locator("svg line").get_attribute("stroke") == "#009e73"
    assert label.locator("svg line").get_attribute("stroke-dasharray")
    assert label.locator("svg use").count() >= 1


def test_what_is_hidden_is_not_walked_through(page: Any) -> None:
    """Points of a strategy that is off are passed over by the arrow keys."""
    choose(page, "serial")
    page.locator("#controls > summary").click()
    page.locator(f"{POINTS}:not([display])").first.evaluate(
        "e => [...e.closest('.points').querySelectorAll('[tabindex=\"0\"]')].pop().focus()"
    )
    seen = set()
    for _ in range(12):
        seen.add(tip(page).splitlines()[0])
        page.keyboard.press("ArrowRight")
    assert len(seen) > 1
    assert "serial" not in seen


# -- tables ------------------------------------------------------------------------------------------------------


def test_numbers_are_sorted_as_numbers(page: Any) -> None:
    """A column of times in several units is sorted by the time, up, down, and back to the order of the page."""
    before = texts(page, 3)
    head = page.locator(f"table:has([id='{CELL}']) thead th", has_text="time per call")
    button = head.locator("button")
    scale = {"ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1.0}

    def seconds() -> list[float]:
        times = [text.split() for text in texts(page, 3) if re.match(r"[\d.]+ \S+$", text)]
        return [float(number) * scale[unit] for number, unit in times]

    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert len(seconds()) > 5
    assert seconds() == sorted(seconds())
    assert not re.match(r"[\d.]+ \S+$", texts(page, 3)[-1])  # a cell without a time is last
    button.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert seconds() == sorted(seconds(), reverse=True)
    button.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert texts(page, 3) == before
    # one column at a time is sorted by, and names are sorted as words
    heads = page.locator(f"table:has([id='{CELL}']) thead th")
    heads.nth(2).locator("button").click()
    heads.nth(0).locator("button").click()
    assert [each.get_attribute("aria-sort") for each in heads.all()].count("ascending") == 1
    names = [text.splitlines()[0].removesuffix("#") for text in texts(page, 0)]
    usual = [name for name in names if re.fullmatch("[a-z-]+", name)]
    assert len(usual) > 5
    assert usual == sorted(usual)


def test_rows_are_found_by_words(page: Any) -> None:
    """Only rows with all words remain, their number is shown, and an empty field shows all again."""
    page.locator("#controls > summary").click()
    field = page.get_by_role("searchbox")
    everything = page.locator("tbody tr").count()
    field.fill("THREADS slower")
    rows = page.locator("tbody tr:not([hidden])")
    assert 0 < rows.count() < everything
    for text in rows.all_text_contents():
        assert "threads" in text
        assert "slower" in text.lower()
    assert page.locator("#rows-shown").inner_text() == f"{rows.count()} of {everything} rows shown"
    assert page.locator("#rows-shown").get_attribute("aria-live") == "polite"
    field.fill("")
    assert page.locator("tbody tr:not([hidden])").count() == everything


# -- links -------------------------------------------------------------------------------------------------------


@both_widths
def test_a_link_to_a_row_opens_what_it_is_folded_into(page: Any, report: str) -> None:
    """A link to a row inside a closed part opens it, marks the row and brings it into view."""
    page.evaluate(SECTIONS, False)
    place = page.evaluate("document.querySelector('details:not([open]) tr[id]').id")
    page.goto(f"{report}#{place}")
    row = page.locator(f"[id='{place}']")
    assert row.is_visible()
    assert "marked" in (row.get_attribute("class") or "")
    box = row.bounding_box()
    assert 0 <= box["y"] <= 800
    assert page.locator(".marked").count() == 1


def test_a_link_to_a_row_that_is_filtered_away_shows_it(page: Any) -> None:
    """Where the target of a link is hidden by a choice, the choices are taken back."""
    choose(page, "threads")
    page.evaluate(f"location.hash = '{CELL}'")
    page.locator(f"[id='{CELL}'].marked").wait_for()
    assert page.locator("#controls [type=checkbox]:not(:checked)").count() == 0


def test_rows_and_figures_have_links_to_themselves(page: Any) -> None:
    """Each has a link with a name, which can be seen on hover and on focus, and leads to it."""
    row = page.locator(f"[id='{CELL}']")
    link = row.locator("a.anchor")
    assert link.get_attribute("aria-label").startswith("Link to threads")
    link.focus()
    assert link.evaluate("e => getComputedStyle(e).opacity") == "1"
    before = page.evaluate("document.activeElement.closest('tr').id")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tr').id") != before
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlparse(url).fragment == CELL)
    figure = page.locator(f"figure:has({FIGURE}) .tools a.anchor")
    figure.click()
    page.locator("figure.marked").wait_for()
    assert urlparse(page.url).fragment == "figure/square/speedup"


# -- data --------------------------------------------------------------------------------------------------------


def test_data_are_copied(window: Window, browser: Any, report: str) -> None:
    """The button copies the figure's data to the clipboard, one row per point, and confirms it."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(report)
    page.locator(f"figure:has({FIGURE}) .tools button").press("Enter")
    page.locator(f"figure:has({FIGURE}) [role=status]:has-text('copied')").wait_for()
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[0] == "workload,size,strategy,cores,chunks,seconds,speedup,speedup_low,speedup_high"
    assert len(lines) == 1 + page.locator(POINTS).count()
    assert all(line.startswith("square,") for line in lines[1:])
    context.close()


def test_data_can_be_taken_without_a_clipboard(window: Window, report: str) -> None:
    """If a page has no clipboard, the data are selected in a separate field."""
    page = window()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(report)
    page.locator(f"figure:has({FIGURE}) .tools button").click()
    area = page.locator(f"figure:has({FIGURE}) textarea")
    area.wait_for()
    assert area.input_value().startswith("workload,size,strategy")
    assert page.evaluate("getSelection().toString()").startswith("workload,size,strategy")
    assert "Ctrl+C" in page.locator(f"figure:has({FIGURE}) [role=status]").inner_text()


# -- all of it ---------------------------------------------------------------------------------------------------


def test_controls_are_not_printed(view: Window, report: str) -> None:
    """Paper has no buttons, boxes or links to places in the page."""
    page = view("report", media="print")
    assert not page.locator(".choices, #controls, .tools, .anchor").locator("visible=true").count()


def test_controls_are_large_enough(view: Window, report: str) -> None:
    """On a phone and on a screen, every choice and every button is large enough to be hit."""
    sizes = "all => all.filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().height)"
    for size in (PHONE, SCREEN):
        targets = view("report", size).locator("#controls label, #controls button, .tools button, thead button")
        assert min(targets.evaluate_all(sizes)) >= 23.5


def test_the_policy_allows_our_script_only(window: Window, report: str) -> None:
    """A script that somebody gets into the page does not run."""
    page = window()
    page.goto(report)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.evil = 1'; "
        "addEventListener('securitypolicyviolation', () => { window.refused = 1; }); document.body.append(s); }"
    )
    page.wait_for_timeout(100)
    assert page.evaluate("[window.evil, window.refused]") == [None, 1]
