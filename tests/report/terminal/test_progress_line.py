"""Progress of a campaign on the terminal."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from parbench.measurement.plan import Group
from parbench.measurement.progress import NOTHING, Activity, FirstAnswer, Tally, half_width, total
from parbench.measurement.state import CampaignState
from parbench.measurement.tally import tally
from parbench.report.terminal import progress_line
from parbench.report.terminal.progress_line import (
    ERASE,
    HOME,
    PLAIN_EVERY_SECONDS,
    SPARE_COLUMNS,
    ProgressLine,
    minutes,
    one_line,
    time_left,
)
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from tests.support import fake_arms
from tests.support.fake_arms import World, groups

TALLY = Tally(precise=31, failed=2, cells=40, goal=0.02, widest=0.061, where="affine 2,048 threads on 2")
ACTIVITY = Activity("sampling", "affine 2,048", ("serial", "threads", "multiprocessing"), 3, 12)


class Clock:
    """A time that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Recorder(io.StringIO):
    """A stream that keeps what each write wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return len(text)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A terminal of 60 columns."""
    monkeypatch.setattr(progress_line, "changes_in_place", lambda stream: True)
    monkeypatch.setattr(progress_line, "terminal_columns", lambda stream: 60)
    return Recorder()


def test_a_terminal_has_one_line_that_changes(terminal: Recorder) -> None:
    """Each line starts at the left, erases what is behind it, leaves room for ^C, and is erased in the end."""
    clock = Clock()
    line = ProgressLine(terminal, clock=clock)
    line(Activity("starting", "x" * 100), TALLY, 125.0)
    clock.now += 1
    line(Activity("short \x1b[2J\n"), TALLY, 5.0)
    shown = [each.removeprefix(HOME).removesuffix(ERASE) for each in terminal.writes]
    assert terminal.writes == [f"{HOME}{each}{ERASE}" for each in shown]
    assert max(map(cell_len, shown)) == 60 - SPARE_COLUMNS
    assert all(each.isprintable() for each in shown)
    line.close()
    line.close()
    assert terminal.writes[2:] == [HOME + ERASE]


def test_a_terminal_is_not_flooded(terminal: Recorder) -> None:
    """Two lines follow each other at once, so that the start of long work is shown, and then five a second."""
    clock = Clock()
    line = ProgressLine(terminal, clock=clock)
    for doing in ("starting", "sampling", "lost"):
        line(Activity(doing))
    assert ["starting" in terminal.writes[0], "sampling" in terminal.writes[1], len(terminal.writes)] == [True, True, 2]
    for _ in range(1000):
        clock.now += 0.01
        line(ACTIVITY)
    assert 50 <= len(terminal.writes) <= 53


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    """Whole lines without control signs come at least 15 s apart, the first after the patience."""
    stream, clock, begun = Recorder(), Clock(), []
    line = ProgressLine(stream, lambda: begun.append(clock.now), patience=10.0, clock=clock)
    line.announce("thorough", 5400.0)
    for now in (1.0, 11.0, 10 + PLAIN_EVERY_SECONDS, 11 + PLAIN_EVERY_SECONDS):
        clock.now = 100.0 + now
        line(ACTIVITY, TALLY, 125.0)
    line.close()
    each = (
        "parbench: 2:05 left; 31/40 cells within ± 2 %, 2 failed, widest ± 6.1 %: affine 2,048 threads on 2; "
        "affine 2,048 round 3/12: serial, threads, multiprocessing\n"
    )
    assert stream.writes == ["parbench: the thorough profile takes at most 90:00 minutes\n", each, each]
    assert begun == [100.0, 111.0, 111.0 + PLAIN_EVERY_SECONDS]


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (
            200,
            "2:05 left | affine 2,048 round 3/12: serial, threads, multiprocessing"
            " | 31/40 cells within ± 2 %, 2 failed, widest ± 6.1 %: affine 2,048 threads on 2",
        ),
        (80, "2:05 left | affine 2,048 round 3/12: seri… | 31/40 cells within ± 2 %, 2 failed…"),
        (40, "2:05 left | affine 2,048 round 3/12: se…"),
    ],
)
def test_what_matters_most_is_left_if_there_is_little_room(width: int, line: str) -> None:
    """The time left comes first, then what runs, which has at least 30 columns, then the tally."""
    assert one_line("2:05 left", ACTIVITY, TALLY, width) == line


@pytest.mark.parametrize("name", ["並列計算の比較" * 9, "🚀" * 40, "é" * 90], ids=["wide", "picture", "narrow"])
def test_wide_signs_are_counted_as_wide(name: str) -> None:
    """A line with signs of two columns is cut before it reaches the end of the terminal."""
    line = one_line("", Activity("starting", name), "", 39)
    assert 36 <= cell_len(line) <= 39
    assert line.endswith("…")


def test_numbers_of_progress() -> None:
    """Seconds are rounded, half-widths have three digits at most, and a budget that is used up is not called 0:00."""
    assert [minutes(each) for each in (0.0, 59.4, 59.6, 3600.0)] == ["0:00", "0:59", "1:00", "60:00"]
    assert [half_width(each) for each in (0.02, 0.015, 0.25, 88.0)] == ["± 2 %", "± 1.5 %", "± 25 %", "± 999 %"]
    assert (time_left(0.2), time_left(5)) == ("last block", "0:05 left")


def test_tallies_of_groups_are_added() -> None:
    """The widest interval is that of all groups, and the goal is reported if the groups agree on it."""
    other = Tally(precise=1, failed=1, cells=5, goal=0.02, widest=0.3, where="spin 10 threads on 2")
    both = Tally(precise=32, failed=3, cells=45, goal=0.02, widest=0.3, where="spin 10 threads on 2")
    assert total([TALLY, other, Tally(goal=0.02)]) == both
    assert total([TALLY, Tally(goal=None)]).goal is None
    assert total([]) == NOTHING
    assert str(NOTHING) == ""


def events(world: World, tmp_path: Path) -> list[tuple[Activity, Tally, float]]:
    """The progress that a campaign in this world reports."""
    reported: list[tuple[Activity, Tally, float]] = []

    def listen(activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        assert left is not None
        reported.append((activity, tally, left))

    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        campaign = world.campaign(groups(["threads"]), journal)
        campaign.progress = listen
        campaign.run()
    return reported


def test_a_campaign_reports_what_runs_and_how_far_it_is(tmp_path: Path) -> None:
    """In the end all is within the goal, the time left only falls, and each round is reported."""
    reported = events(World(noise=0.002), tmp_path)
    steps, counts = [step for step, _, _ in reported], [count for _, count, _ in reported]
    lefts = [left for _, _, left in reported]
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
    """The round after a cell was lost reports that it failed."""
    reported = events(World(failures={("threads", "sample"): "crash"}), tmp_path)
    rounds = [(step.turn, count.failed) for step, count, _ in reported if step.turn]
    assert rounds[:2] == [(1, 0), (2, 2)]


def test_the_tally_is_computed_once_per_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between rounds nothing is computed, since the machine must be quiet, and nothing of other groups at all."""
    calls: list[Tally] = []
    world = World(noise=0.01)
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        context = replace(world.context(), profile=replace(fake_arms.SHORT, most_blocks=4))
        campaign = world.campaign(groups(["threads"], sizes=(1000, 2000, 3000)), journal, context)

        def counted(state: CampaignState, group: Group) -> Tally:
            calls.append(tally(state, group))
            return calls[-1]

        monkeypatch.setattr("parbench.measurement.campaign.tally", counted)
        campaign.run()
    assert len(calls) == campaign.blocks + 2  # before the first block, that of each of the others too


def test_an_answer_is_printed_if_it_adds_to_the_one_before(terminal: Recorder) -> None:
    """An answer has a line of its own when it is known, when it is decided, and if a cell is significantly faster."""
    line, place, cell = ProgressLine(terminal, clock=Clock()), "affine 2,048", "threads on 2 cores"
    unsure = FirstAnswer(place, cell, "serial", 1.5, math.nan, math.nan, is_decided=False)
    sure = FirstAnswer(place, cell, "serial", 1.71, 1.32, 2.21, is_decided=True)
    equal = FirstAnswer(place, "joblib on 2 cores", "serial", 1.75, 1.4, 2.3, is_decided=True)
    faster = FirstAnswer(place, "multiprocessing on 2 cores", "serial", 2.9, 2.4, 3.5, is_decided=True)
    for answer in (unsure, unsure, replace(unsure, cell="joblib on 2 cores"), sure, sure, equal, faster, sure):
        line(ACTIVITY, replace(TALLY, answers=(answer,)), 100.0)
    printed = [each for each in terminal.writes if each.startswith("parbench: ")]
    assert printed == [
        f"parbench: {place} {cell}: 1.50× as fast as serial so far, undecided\n",
        f"parbench: {place} {cell}: 1.7× [1.3, 2.2] as fast as serial so far\n",
        f"parbench: {place} multiprocessing on 2 cores: 2.9× [2.4, 3.5] as fast as serial so far\n",
    ]


def test_a_campaign_reports_its_first_answer_before_it_ends(tmp_path: Path) -> None:
    """The fastest cell of several cores is known after the first block, and decided by the last."""
    tallies: list[Tally] = []
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        world = World(noise=0.02, block_noise=0.02)
        campaign = world.campaign(groups(), journal)
        campaign.progress = lambda activity, tally=NOTHING, left=None: tallies.append(tally)
        campaign.run()
    first = next(tally.answers for tally in tallies if tally.answers)
    assert len(first) == 1
    assert not first[0].is_decided
    assert all(answer.is_decided and answer.low > 1 for answer in tallies[-1].answers)
