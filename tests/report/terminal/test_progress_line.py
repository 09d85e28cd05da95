"""What is shown while a campaign runs."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from parbench.measure.plan import Group
from parbench.measure.progress import (
    HOME,
    NOTHING,
    PLAIN_EVERY,
    REST,
    SPARE,
    Count,
    Step,
    Ticker,
    minutes,
    one_line,
    percent,
    time_left,
    together,
)
from parbench.report.terminal.layout import columns
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from tests.support import fake_arms
from tests.support.fake_arms import World, groups

COUNT = Count(precise=31, failed=2, cells=40, goal=0.02, widest=0.061, where="affine 2,048 threads on 2")
STEP = Step("sampling", "affine 2,048", ("serial", "threads", "multiprocessing"), 3, 12)


class Clock:
    """A time that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_has_one_line_that_changes() -> None:
    """Each line starts over at the left, takes away what is behind it, leaves room for ^C, and is wiped."""
    shown: list[str] = []
    clock = Clock()
    ticker = Ticker(shown.append, width=lambda: 60, clock=clock)
    ticker(Step("starting", "x" * 100), COUNT, 125.0)
    clock.now += 1
    ticker(Step("short"), COUNT, 5.0)
    lines = [each.removeprefix(HOME).removesuffix(REST) for each in shown]
    assert all(each == f"{HOME}{line}{REST}" for each, line in zip(shown, lines, strict=True))
    assert max(map(columns, lines)) == 60 - SPARE
    assert not any(sign in line for line in lines for sign in "\r\n\x1b")
    ticker.close()
    assert shown[2:] == [HOME + REST]
    ticker.close()
    assert len(shown) == 3


def test_a_terminal_is_asked_for_its_width_each_time() -> None:
    """After the window was made narrower, the next line fits it."""
    shown: list[str] = []
    clock = Clock()
    for width in (120, 60, 24, 8, 1, 0):
        Ticker(shown.append, width=partial(int, width), clock=clock)(STEP, COUNT, 125.0)
    widths = [columns(each.removeprefix(HOME).removesuffix(REST)) for each in shown]
    assert [width <= most for width, most in zip(widths, (117, 57, 21, 5, 0, 0), strict=True)] == [True] * 6
    assert widths[0] > 59


def test_a_terminal_is_not_flooded() -> None:
    """However often it is told, it writes five times a second, after the two that may follow each other at once."""
    shown: list[str] = []
    clock = Clock()
    ticker = Ticker(shown.append, width=lambda: 80, clock=clock)
    for _ in range(1000):
        ticker(STEP)
        clock.now += 0.01
    assert 50 <= len(shown) <= 53


def test_what_begins_after_a_pause_is_shown_at_once() -> None:
    """A line that comes right after another one is written: a round of a minute does not look like the step before."""
    shown: list[str] = []
    ticker = Ticker(shown.append, width=lambda: 80, clock=Clock())
    for doing in ("starting", "sampling", "lost"):
        ticker(Step(doing))
    assert ["starting" in shown[0], "sampling" in shown[1], len(shown)] == [True, True, 2]


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    """Whole lines without control signs, the first at once, and none sooner than the pause after the one before."""
    shown: list[str] = []
    clock = Clock()
    ticker = Ticker(shown.append, clock=clock)
    for now in (0.0, 1.0, PLAIN_EVERY - 0.1, PLAIN_EVERY, PLAIN_EVERY + 1, 5 * PLAIN_EVERY):
        clock.now = 100.0 + now
        ticker(Step(f"at {now}"), COUNT, 60.0)
    ticker.close()
    assert [line.rsplit("at ", 1)[1] for line in shown] == ["0.0\n", f"{PLAIN_EVERY}\n", f"{5 * PLAIN_EVERY}\n"]
    assert all(line.rstrip("\n").isprintable() for line in shown)


def test_a_plain_line_has_everything() -> None:
    """It is not cut: what was reached, the widest interval with its cell, the time left, and what runs."""
    shown: list[str] = []
    Ticker(shown.append)(STEP, COUNT, 125.0)
    assert shown == [
        "parbench: 31/40 cells within ± 2 %, 2 failed, widest ± 6.1 %: affine 2,048 threads on 2; 2:05 left; "
        "sampling affine 2,048, round 3 of 12: serial, threads, multiprocessing\n"
    ]


def test_patience_keeps_short_work_quiet() -> None:
    """Without a terminal nothing is said of what is over before the first line is due."""
    shown: list[str] = []
    clock = Clock()
    ticker = Ticker(shown.append, patience=PLAIN_EVERY, clock=clock)
    for clock.now in (100.0, 114.0, 116.0):
        ticker(Step("finding sizes of", "affine"))
    assert shown == ["parbench: finding sizes of affine\n"]


def test_the_longest_time_is_said_beforehand() -> None:
    """Before anything is measured there is a line with the profile and its budget."""
    shown: list[str] = []
    Ticker(shown.append).announce("thorough", 5400.0)
    assert shown == ["parbench: the thorough profile takes at most 90:00 minutes\n"]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (
            200,
            "31/40 cells within ± 2 %, 2 failed, widest ± 6.1 %: affine 2,048 threads on 2, 2:05 left"
            " | affine 2,048 3/12: serial, threads, multiprocessing",
        ),
        (100, "31/40 within ± 2 %, 2 failed, widest ± 6.1 %, 2:05 left | affine 2,048 3/12: serial, threads, multi…"),
        (80, "31/40 within ± 2 %, 2 failed, 2:05 left | affine 2,048 3/12: serial, threads, m…"),
        (60, "2:05 left | affine 2,048 3/12: serial, threads, multiproces…"),
    ],
)
def test_what_matters_most_is_left_where_room_is_short(width: int, line: str) -> None:
    """First the cell of the widest interval goes, then the interval, then what was reached; the time left stays."""
    assert one_line(STEP.brief, COUNT, 125.0, width) == line


def test_wide_signs_are_counted_as_wide() -> None:
    """A line with signs of two columns, or with a picture, is cut before it reaches the end of the terminal."""
    for name in ("並列計算の比較" * 9, "🚀" * 40, "é" * 90, "👩‍👩‍👧‍👦" * 20):
        line = one_line(Step("starting", name).brief, Count(), None, 39)
        assert 36 <= columns(line) <= 39
        assert line.endswith("…")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (61.0, "1:01"), (3600.0, "60:00")]
)
def test_minutes(seconds: float, text: str) -> None:
    """Rounded to seconds, with two digits of them."""
    assert minutes(seconds) == text


def test_figures_of_progress() -> None:
    """Half-widths have the digits they deserve, and a budget that is used up is not called 0:00."""
    assert [percent(each) for each in (0.02, 0.015, 0.0996, 0.25, 88.0)] == [
        "± 2 %",
        "± 1.5 %",
        "± 10 %",
        "± 25 %",
        "± 999 %",
    ]
    assert (time_left(0.2), time_left(5)) == ("last block", "0:05 left")


def test_counts_of_groups_are_added() -> None:
    """The widest interval is that of all groups, and without any there is none; goals are said where they agree."""
    other = Count(precise=1, failed=1, cells=5, goal=0.02, widest=0.3, where="spin 10 threads on 2")
    both = Count(precise=32, failed=3, cells=45, goal=0.02, widest=0.3, where="spin 10 threads on 2")
    assert together([COUNT, other, Count(goal=0.02)]) == both
    assert together([COUNT, Count(goal=None)]).goal is None
    assert together([]) == NOTHING


def told(world: World, tmp_path: Path) -> list[tuple[Step, Count, float]]:
    """What a campaign in this world tells."""
    said: list[tuple[Step, Count, float]] = []

    def listen(step: Step, count: Count = NOTHING, left: float | None = None) -> None:
        assert left is not None
        said.append((step, count, left))

    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        campaign = world.campaign(groups(["threads"]), journal)
        campaign.progress = listen
        campaign.run()
    return said


def test_a_campaign_says_what_runs_and_how_far_it_is(tmp_path: Path) -> None:
    """In the end all is within the goal, the time left only falls, and each round of each block was told once."""
    said = told(World(noise=0.002), tmp_path)
    steps, counts = [step for step, _, _ in said], [count for _, count, _ in said]
    lefts = [left for _, _, left in said]
    assert lefts == sorted(lefts, reverse=True)
    assert {step.doing for step in steps} == {"starting", "sampling", "tracing"}
    assert all(step.group == "doubles 1,000" and step.rounds in (0, fake_arms.SHORT.rounds) for step in steps)
    assert ("serial", "vectorized", "threads") in {step.strategies for step in steps if step.turn}
    assert [counts[0].precise, counts[0].widest, counts[0].goal] == [0, math.inf, 0.02]
    assert (counts[-1].cells, counts[-1].failed) == (4, 0)
    finite = [count for count in counts if math.isfinite(count.widest)]
    assert finite
    assert all(count.where.startswith("doubles 1,000 ") and count.widest > 0 for count in finite)


def test_failures_are_counted_as_soon_as_they_happen(tmp_path: Path) -> None:
    """The round after a cell was lost says that it failed."""
    said = told(World(failures={("threads", "sample"): "crash"}), tmp_path)
    rounds = [(step.turn, count.failed) for step, count, _ in said if step.turn]
    assert rounds[:2] == [(1, 0), (2, 2)]


def test_what_was_reached_is_found_out_once_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between rounds nothing is computed anew, as the machine is to be quiet, and of other groups nothing at all."""
    calls: list[Count] = []
    world = World(noise=0.01)
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        context = replace(world.context(), profile=replace(fake_arms.SHORT, most_blocks=4))
        campaign = world.campaign(groups(["threads"], sizes=(1000, 2000, 3000)), journal, context)
        count = campaign.state.count

        def counted(group: Group) -> Count:
            calls.append(count(group))
            return calls[-1]

        monkeypatch.setattr(campaign.state, "count", counted)
        campaign.run()
    assert len(calls) == campaign.blocks + 2  # before the first block, that of each of the others too
