"""How browser tests come by a browser, and that they are never left out in silence."""

from __future__ import annotations

import sys

import pytest

from tests.browser import chromium


def world(monkeypatch: pytest.MonkeyPatch, *paths: str | None) -> list[list[str]]:
    """Lets the search find these, one after the other, and gives the commands that were run in between."""
    found, run = iter(paths), list[list[str]]()

    def ran(command: list[str]) -> str:
        run.append(command)
        return "exit code 1"

    monkeypatch.setattr(chromium, "found", lambda: next(found))
    monkeypatch.setattr(chromium, "ran", ran)
    monkeypatch.setattr(chromium, "ways", lambda: {"one way": ["one"], "another way": ["another"]})
    return run


def test_one_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a Chromium starts, nothing is installed."""
    run = world(monkeypatch, "/there")
    assert chromium.got() == "browser tests: run in /there."
    assert run == []


def test_ways_are_tried_until_one_gives_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first way that gives one is the last that is tried."""
    run = world(monkeypatch, None, "/new")
    assert chromium.got() == "browser tests: run in /new."
    assert run == [["one"]]


def test_without_one_the_line_says_that_tests_are_skipped_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no way gives one, the line says SKIPPED and what became of each way."""
    run = world(monkeypatch, None, None, None)
    assert chromium.got() == (
        "browser tests: SKIPPED, because no Chromium starts here (one way: exit code 1; another way: exit code 1)."
    )
    assert run == [["one"], ["another"]]


def test_a_command_that_fails_is_told_in_a_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that fails, is not there or takes too long does not raise."""
    assert chromium.ran([sys.executable, "-c", "raise SystemExit(3)"]) == "exit code 3"
    assert "No such file" in chromium.ran(["/not/there"])
    monkeypatch.setattr(chromium, "LIMIT", 0.2)
    assert chromium.ran([sys.executable, "-c", "import time; time.sleep(60)"]) == "not done within 0.2 s"
