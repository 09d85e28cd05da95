"""Traffic of cells compared with the measured rates of their cores: read, computed, worded and shown."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench import Workload
from parbench.analysis.frame import data_of
from parbench.analysis.memory_limits import (
    BEYOND,
    BOUND,
    COLUMNS,
    FAR,
    Outcome,
    Rates,
    memory_limits,
    outcome_of,
)
from parbench.measurement.arms.protocol import ArmSpec, ControlSpec, Rate
from parbench.measurement.control_client import ControlArm
from parbench.report.html.sections import Section
from parbench.report.html.sections import memory_limits as shown_limits
from parbench.report.sentences.memory_limits import phrase
from parbench.runfile.locate import FILE
from parbench.runfile.reader import read
from parbench.runfile.records import Bound, Ceiling
from parbench.runfile.writer import Journal
from parbench.workload.facts import WorkloadFacts
from tests.support import fake_arms, made_up_run
from tests.support.fake_arms import SHORT, FakeCeiling, World
from tests.support.run_data import change, change_header

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
FACTS: dict[str, Any] = {
    "bound": "memory",
    "inputs": "made in workers",
    "outputs": "reduced",
    "bytes_in": 16.0,
    "bytes_out": 8.0,
    "operations": 2.0,
    "elements": {"10000": 10_000, "100000": 100_000, "1000000": 1_000_000},
}


def frame_of(rates: list[Ceiling], facts: Any = FACTS, **plan: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A made-up run of a workload with such facts and rates: its frame and its summary."""
    made = made_up_run.Plan(strategies=("serial", "threads"), header={"workloads": {"square": facts}}, **plan)
    frame, summary, _ = made_up_run.run(made)
    change(frame, rates=tuple(rates))
    return frame, summary


def read_all(value: float = 1e9, blocks: int = 3) -> list[Ceiling]:
    """Rates of every block, alone and by two cores, a copy being half as fast as the triad."""
    kinds: dict[Bound, float] = {"memory": 1.0, "copy": 0.5, "compute": 0.01}
    return [
        Ceiling(block, 4, bound, cores, float(cores), cores * value * share)
        for block in range(blocks)
        for bound, share in kinds.items()
        for cores in (1, 2)
    ]


# -- reading ------------------------------------------------------------------------------------------------------


def surveyed(folder: Path, of: Workload, **more: Any) -> list[Ceiling]:
    """The ceilings in the run file of a campaign over one workload."""
    groups = fake_arms.groups(strategies=("serial", "threads"), cores=(1, 2), of=of)
    World(**more).run(folder, groups)
    return [record for record in read(folder) if isinstance(record, Ceiling)]


def section_of(frame: pd.DataFrame, summary: pd.DataFrame) -> Section | None:
    """The section of a made-up run."""
    run = parbench.Run(frame)
    run.summary = summary
    return shown_limits.section(run)


@pytest.mark.parametrize("bound", ["compute", "memory"])
def test_once_a_block_all_kinds_are_read(tmp_path: Path, bound: Any) -> None:
    """After its rounds a block has a rate for each kind and core count that no round read, including one core."""
    found = surveyed(tmp_path, replace(fake_arms.workload, bound=bound))
    for block in {each.block for each in found}:
        after = [(each.bound, each.cores) for each in found if each.block == block and each.round == SHORT.rounds]
        kinds, counts = {"compute", "memory", "copy"} - {bound}, {cores for _, cores in after}
        assert counts == {1, 2} or (block and counts == {1})  # a later block may have no cell on two cores
        assert sorted(after) == sorted((kind, cores) for kind in kinds for cores in counts)
        assert {each.bound for each in found if each.block == block and each.round < SHORT.rounds} == (
            {bound} if 2 in counts else set()
        )
    assert all(each.rate for each in found)
    assert all(each.value == 1.0 for each in found if each.cores == 1)


def test_waiting_is_held_against_nothing(tmp_path: Path) -> None:
    """For work that is bound by latency nothing is read."""
    assert surveyed(tmp_path, replace(fake_arms.workload, bound="latency")) == []


def test_readings_leave_the_ceilings_as_they_are(tmp_path: Path) -> None:
    """The frame's ceilings are those of rounds; what is read after them is in its attributes alone."""
    surveyed(tmp_path, fake_arms.workload)
    frame = parbench.load(tmp_path)
    steady = frame[(frame["phase"] == "steady") & (frame["cores"] == 2)]
    assert list(steady["ceiling"]) == pytest.approx([1.9] * len(steady))
    assert {each.bound for each in data_of(frame).rates} == {"compute", "memory", "copy"}


class Slow(FakeCeiling):
    """A control arm whose readings take a tenth of a second."""

    def _rate(self, bound: str, cpus: list[int], size: int) -> Rate:
        self.world.now += 0.1
        return super()._rate(bound, cpus, size)


class SlowWorld(World):
    """A world with such a control arm."""

    def launch(self, spec: ArmSpec | ControlSpec) -> Any:
        if not isinstance(spec, ControlSpec):
            return super().launch(spec)
        self.ceilings.append(Slow(self, spec))
        return self.ceilings[-1]


def test_slow_readings_are_made_in_few_blocks(tmp_path: Path) -> None:
    """Readings of 0.4 s are made in the first block of each group, and in one of eight from then on."""
    world = SlowWorld()
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        control = ControlArm(world.context(), journal, 2)
        control.open()
        for block in range(20):
            for group in ("a", "b"):
                control.survey(group, block, 4, "memory", 10**6, {1, 2})
        control.end()
    blocks = [each.block for each in read(tmp_path) if isinstance(each, Ceiling) and each.bound == "copy"]
    assert sorted(set(blocks)) == [0, 9, 17]
    assert blocks.count(0) == 4


def test_rates_are_asked_for_by_block_and_cores() -> None:
    """A median is of the blocks that are asked for; one core alone is known by what several gave and its ratio."""
    rates = Rates(
        [Ceiling(0, 0, "memory", 2, 2.0, 10.0), Ceiling(1, 0, "memory", 2, 1.5, 30.0), Ceiling(1, 1, "memory", 2, 1.0)]
    )
    assert rates.middle("memory", 2, {0, 1}) == 20.0
    assert rates.middle("memory", 1, {0, 1}) == 12.5
    assert rates.middle("memory", 2, {1}) == 30.0
    assert math.isnan(rates.middle("memory", 4, {0, 1}))
    assert math.isnan(rates.middle("copy", 2, {0, 1}))
    assert len(rates.of("memory", 2, {0, 1})) == 2


def test_one_reading_counts_once() -> None:
    """The work of one core in a round is one reading, however many core counts are compared with it."""
    rates = Rates([Ceiling(0, 0, "copy", cores, float(cores), 5.0 * cores) for cores in (1, 2, 4)])
    assert rates.of("copy", 1, {0}) == [5.0]


# -- reckoning ----------------------------------------------------------------------------------------------------


def test_shares_are_bytes_over_seconds_over_the_limit() -> None:
    """A cell moves its elements' bytes in the time of its call, against the larger rate of as many cores."""
    frame, summary = frame_of(read_all(4e8))
    found = memory_limits(frame, summary)
    assert list(found.columns) == COLUMNS
    row = found[(found["size"] == 1_000_000) & (found["cores"] == 2)].iloc[0]
    assert row["bytes_per_second"] == pytest.approx(24e6 / row["seconds"])
    assert row["operations_per_second"] == pytest.approx(2e6 / row["seconds"])
    assert (row["triad_rate"], row["copy_rate"], row["memory_limit"], row["spin_rate"]) == (8e8, 4e8, 8e8, 8e6)
    assert row["of_memory"] == pytest.approx(row["bytes_per_second"] / 8e8)
    assert row["readings"] == 3


def test_bytes_moved_count_where_they_are_given() -> None:
    """A workload that says how much goes through memory is taken at its word, and not by what goes in and out."""
    frame, summary = frame_of(read_all())
    more, _ = frame_of(read_all(), FACTS | {"bytes_moved": 48.0})
    twice = memory_limits(more, summary)["bytes_per_second"] / memory_limits(frame, summary)["bytes_per_second"]
    assert list(twice) == pytest.approx([2.0] * len(twice))


@pytest.mark.parametrize(
    ("share", "outcome", "words"),
    [
        (0.93, "bound", "memory-bound, at 93 % of the limit"),
        (BOUND, "bound", "memory-bound, at 67 % of the limit"),
        (BOUND - 1e-6, "between", "at 67 % of the limit: memory-bound only if its data pass 1.5 times"),
        (FAR, "between", "at 25 % of the limit: memory-bound only if its data pass 4.0 times"),
        (0.001, "far", "far from the limit (0.10 %): not memory-bound"),
        (BEYOND, "bound", "memory-bound, at 105 % of the limit"),
        (1.3, "beyond", "beyond the limit (130 %): it moves less data than is assumed, or data that are nearer"),
    ],
)
def test_a_share_has_an_outcome_and_a_phrase(share: float, outcome: Outcome, words: str) -> None:
    """A cell is memory-bound from two thirds of the limit, and not below a quarter."""
    assert outcome_of(share, WorkloadFacts(**FACTS), 1e6, 1e9) == outcome
    assert phrase({"outcome": outcome, "of_memory": share, "limit_of": "memory", "shipped": False}) == words


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            {"outcome": "bound", "of_memory": 0.9, "limit_of": "caches"},
            "cache-bound, at 90 % of the limit of the caches",
        ),
        ({"outcome": "far", "limit_of": "caches"}, "far from the limit of the caches (10 %): not cache-bound"),
        ({"outcome": "far", "shipped": True}, "far from the limit (10 %), not counting copies on the way to workers"),
    ],
)
def test_caches_and_copies_are_named(cell: dict[str, Any], words: str) -> None:
    """Data within the caches have the limit of the caches, and copies to workers are not counted."""
    assert phrase({"of_memory": 0.1, "limit_of": "memory", "shipped": False} | cell) == words


@pytest.mark.parametrize("cache", [10**9, 10**3, None])
def test_caches_are_named_where_the_data_fit(cache: int | None) -> None:
    """Data that fit the machine's caches have their limit; if their size is unknown, it is called memory's."""
    frame, summary = frame_of(read_all(1.0))
    change_header(frame, machine={"cache_bytes": cache})
    assert set(memory_limits(frame, summary)["limit_of"]) == {"caches" if cache == 10**9 else "memory"}


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        (FACTS | {"elements": {}}, "amount unknown"),
        ({name: each for name, each in FACTS.items() if name != "elements"}, "amount unknown"),
        (FACTS | {"bytes_in": None}, "amount unknown"),
        (FACTS | {"bytes_in": 0, "bytes_out": 0}, "no data"),
        (FACTS | {"bound": "latency"}, "waiting"),
        ({}, "amount unknown"),
    ],
)
def test_what_a_header_does_not_say_is_not_known(facts: Any, outcome: str) -> None:
    """A header from elsewhere, or an older one, gives no share, and a code for why; nothing is raised."""
    frame, summary = frame_of(read_all(), facts)
    found = memory_limits(frame, summary)
    assert set(found["outcome"]) == {outcome}
    assert not (found["of_memory"] > 0).any()
    section = section_of(frame, summary)
    assert section is None or "does not show how near" in section.body


@pytest.mark.parametrize("rates", [[], read_all(blocks=0), [Ceiling(99, 0, "memory", 2, 1.5, 1e9)]])
def test_nothing_is_said_that_was_not_measured(rates: list[Ceiling]) -> None:
    """Without rates in the blocks of a cell, it has no limit, and the page names the remedy."""
    frame, summary = frame_of(rates)
    found = memory_limits(frame, summary)
    assert found["of_memory"].isna().all()
    assert set(found["outcome"]) == {"limit unknown"}
    section = section_of(frame, summary)
    assert section is not None
    assert "The limit of memory was not measured. Measure it again" in section.body


def test_failed_cells_say_nothing() -> None:
    """A cell that has no result has a row without an outcome."""
    frame, summary = frame_of(read_all(), fail=[("threads", "crash", "gone")])
    found = memory_limits(frame, summary)
    assert set(found.loc[found["strategy"] == "threads", "outcome"]) == {""}


def test_an_older_run_is_read() -> None:
    """The committed sample without its rates gives rows without shares, and a section that says so."""
    frame = parbench.load(SAMPLE)
    change(frame, rates=())
    found = parbench.memory_limits(frame)
    assert len(found) == len(parbench.summarize(frame))
    assert found["of_memory"].isna().all()
    section = section_of(frame, parbench.summarize(frame))
    assert section is not None
    assert "does not show how near" in section.body


def test_limits_of_a_run(tmp_path: Path) -> None:
    """From a campaign to the row: elements from the header, rates from its blocks."""
    of = replace(fake_arms.workload, bound="memory", elements=lambda size: 2 * size)
    head = fake_arms.header(workloads={of.name: of.facts([1000])})
    World().run(tmp_path, fake_arms.groups(strategies=("serial", "threads"), cores=(2,), of=of), head)
    rows = {row["strategy"]: row for _, row in parbench.memory_limits(parbench.load(tmp_path)).iterrows()}
    serial, threads = rows["serial"], rows["threads"]
    assert threads["memory_limit"] == pytest.approx(9.5)
    assert serial["memory_limit"] == pytest.approx(5.0)
    assert serial["bytes_per_second"] == pytest.approx(16 * 2000 / 0.01)
    assert serial["outcome"] == "beyond"


# -- showing ------------------------------------------------------------------------------------------------------


def test_the_section_names_who_is_near() -> None:
    """The workloads at two thirds of the limit are named with their share, those below a quarter are counted."""
    frame, summary = frame_of(read_all(2e9))
    near = memory_limits(frame, summary)
    largest = near[near["size"] == near["size"].max()]
    scaled = 2e9 * float(largest["of_memory"].max()) / 0.9
    section = section_of(frame_of(read_all(scaled))[0], summary)
    assert section is not None
    assert "Of 1 workload with data to move, square (90 %) comes near it at the largest size." in section.body
    assert "memory-bound, at 90 % of the limit" in section.body
    far = section_of(frame_of(read_all(scaled * 100))[0], summary)
    assert far is not None
    assert "none comes near it at the largest size, and 1 stays below a quarter" in far.body
    assert list(far.tables) == ["limits"]


def test_facts_count_elements_at_the_sizes_of_the_run() -> None:
    """The header gets how many elements each measured size has, and what goes through memory."""
    of = replace(fake_arms.workload, elements=lambda size: size * size, bytes_in=4, bytes_out=2)
    assert of.facts([3, 10]).elements == {"3": 9, "10": 100}
    assert of.facts().elements == {}
    assert of.facts().bytes_moved == 6
    assert replace(of, bytes_moved=10).facts().bytes_moved == 10
