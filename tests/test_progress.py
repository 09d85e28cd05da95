"""What is shown while a campaign runs."""

from __future__ import annotations

import pytest

from parbench.progress import PLAIN_EVERY, Ticker, minutes


def test_a_terminal_has_one_line_that_changes() -> None:
    """Each line starts over at the left, covers the one before, fits the width, and is wiped at the end."""
    shown: list[str] = []
    ticker = Ticker(shown.append, width=60)
    ticker("starting " + "x" * 100, 125.0, 1, 9)
    ticker("short", 5.0, 2, 9)
    assert all(each.startswith("\r") and len(each) == 60 and "\n" not in each for each in shown)
    assert "1/9 cells done, at most 2:05 left, starting" in shown[0]
    ticker.close()
    assert shown[-1].strip() == ""
    assert shown[-1].endswith("\r")
    count = len(shown)
    ticker.close()
    assert len(shown) == count


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    """Whole lines, the first at once, and none sooner than the pause after the one before."""
    shown: list[str] = []
    now = 0.0
    ticker = Ticker(shown.append, clock=lambda: now)
    for now in (0.0, 1.0, PLAIN_EVERY - 0.1, PLAIN_EVERY, PLAIN_EVERY + 1, 5 * PLAIN_EVERY):
        ticker(f"at {now}", 60.0, 0, 1)
    ticker.close()
    assert [line.rsplit("at ", 1)[1] for line in shown] == ["0.0\n", f"{PLAIN_EVERY}\n", f"{5 * PLAIN_EVERY}\n"]


def test_the_longest_time_is_said_beforehand() -> None:
    """Before anything is measured there is a line with the profile and its budget."""
    shown: list[str] = []
    Ticker(shown.append).announce("thorough", 5400.0)
    assert shown == ["parbench: the thorough profile takes at most 90:00 minutes\n"]


def test_quiet_is_quiet() -> None:
    """Nothing is written, neither while it runs nor at the end."""
    shown: list[str] = []
    for width in (0, 80):
        ticker = Ticker(shown.append, width=width, quiet=True)
        ticker.announce("quick", 1.0)
        ticker("working", 1.0, 0, 1)
        ticker.close()
    assert shown == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (61.0, "1:01"), (3600.0, "60:00")]
)
def test_minutes(seconds: float, text: str) -> None:
    """Rounded to seconds, with two digits of them."""
    assert minutes(seconds) == text
