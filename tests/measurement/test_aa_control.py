"""The baseline against itself: when it has a replica, what that costs, what it says; nothing else is changed by it."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.analysis.noise import COLUMNS, replicas
from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.campaign import MOST_REPLICAS
from parbench.measurement.plan import group_cells
from parbench.pytest_plugin.outcome import RunOutcome
from parbench.report.sentences.noise import lines
from parbench.report.terminal.screen import console
from parbench.report.write import write_report
from parbench.runfile.locate import FILE
from parbench.runfile.reader import read
from parbench.runfile.records import ReplicaSample, RunWarning, Sample
from parbench.runfile.writer import Journal
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, REPLICA, Cell
from tests.report.html.test_page import Outline
from tests.support import fake_arms
from tests.support.fake_arms import World
from tests.support.run_data import change

SERIAL = Cell("doubles", 1000, "serial", 1)
#: As much time as anybody wants.
ALL = 1.0


def again(folder: Path) -> tuple[ReplicaSample, ...]:
    """Times of the replicas of a run."""
    return data_of(parbench.load(folder)).replicas


def run_of(tmp_path: Path, *blocks: tuple[float, ...]) -> pd.DataFrame:
    """The frame of a run whose baseline takes 1 s, with a replica in some blocks that takes these seconds."""
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        for block, seconds in enumerate(blocks):
            for turn, each in enumerate(seconds):
                journal.add(Sample(SERIAL, block, turn, "steady", 1.0))
                journal.add(ReplicaSample(SERIAL, block, turn, each))
    return parbench.load(tmp_path)


def test_a_replica_is_of_the_baseline_or_the_best_cell_in_its_rounds(tmp_path: Path) -> None:
    """Every timing of a replica belongs to one of its original, of which it has the cell, in the same round."""
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]), replica_part=ALL)
    records, frame = again(tmp_path), parbench.load(tmp_path)
    best = replace(SERIAL, strategy="threads", cores=2)
    for cell, blocks in ((SERIAL, [1, 3]), (best, [2, 4])):  # in turns, not in the first, and in no more than two
        rows = frame[(frame["strategy"] == cell.strategy) & (frame["cores"] == cell.cores)]
        steady = rows[rows["phase"] == "steady"]
        places = set(zip(steady["block"], steady["round"], strict=True))
        ours = [(each.block, each.round) for each in records if each.cell == cell]
        assert set(ours) <= places
        assert [block for block, _ in ours] == [each for each in blocks for _ in range(fake_arms.SHORT.rounds)]
    assert {each.cell for each in records} == {SERIAL, best}


def test_a_replica_takes_turns_like_any_other_arm(tmp_path: Path) -> None:
    """Within a block the replica comes before its baseline in half of the rounds, and is not always next to it."""
    world = World()
    world.run(tmp_path, fake_arms.groups(["threads", "multiprocessing", "dask-threads"], cores=(1,)), replica_part=ALL)
    arms = [arm for arm in world.arms if arm.spec.cell.size == 1000]
    doubles = [arm for arm in arms if arm.spec.cell == SERIAL.at(REPLICA)]
    assert len(doubles) == MOST_REPLICAS
    apart = []
    for double in doubles:
        began = arms.index(double)
        mine = [arm for arm in arms[:began] if arm.spec.cell == SERIAL][-1]
        first = [one < other for one, other in zip(mine.sampled_at, double.sampled_at, strict=True)]
        assert sum(first) == len(first) // 2
        apart += [abs(one - other) for one, other in zip(mine.sampled_at, double.sampled_at, strict=True)]
    assert max(apart) > 1.5 * min(apart)


def test_replicas_change_nothing_of_what_cells_are(tmp_path: Path) -> None:
    """With replicas a run has the same cells, phases and outcomes, and its file no cell of another environment."""
    frames = []
    for name, share in (("with", ALL), ("without", 0.0)):
        World().run(tmp_path / name, fake_arms.groups(["threads"]), replica_part=share)
        frames.append(parbench.load(tmp_path / name))
    assert [bool(data_of(frame).replicas) for frame in frames] == [True, False]
    # memory is that of the process that tests
    one, other = (parbench.summarize(frame).drop(columns="peak_bytes") for frame in frames)
    pd.testing.assert_frame_equal(one, other)
    cells: list[Cell] = [record.cell for record in read(tmp_path / "with") if hasattr(record, "cell")]
    assert {cell.environment for cell in cells} == {HEAD}
    one, other = (frame.groupby(["strategy", "cores", "phase"]).size().to_frame() for frame in frames)
    pd.testing.assert_frame_equal(one, other)


def test_replicas_take_a_small_part_of_the_time(tmp_path: Path) -> None:
    """Of many groups only some have one, so that all of them together take no more than their part."""
    world = World()
    began = world.now
    groups = fake_arms.groups(["threads", "multiprocessing"], sizes=range(1000, 11_000, 1000))
    campaign = world.run(tmp_path, groups, replica_part=0.02)
    assert 0 < campaign.replica_seconds <= 0.02 * (world.now - began)
    sizes = {each.cell.size for each in again(tmp_path)}
    assert 0 < len(sizes) < 10


def test_time_is_not_taken_from_cells(tmp_path: Path) -> None:
    """Where the time left is just enough for a block of all cells, that has no replica; with more time it has one."""
    world, profile = World(), replace(fake_arms.SHORT, most_blocks=1, least_blocks=1)
    campaign = world.run(tmp_path / "one", fake_arms.groups(["threads"], cores=(2,)), profile=profile)
    spent, block = (
        world.now - World().now,
        sum(each.block_seconds for each in campaign.state.cells.values()),
    )
    for name, budget, replicated in (("short", spent + 1.05 * block, False), ("ample", spent + 2 * block, True)):
        World().run(tmp_path / name, fake_arms.groups(["threads"], cores=(2,)), replica_part=ALL, budget=budget)
        frame = parbench.load(tmp_path / name)
        assert set(frame.loc[frame["block"] == 1, "strategy"]) == {"serial", "vectorized", "threads"}
        assert bool(again(tmp_path / name)) == replicated


def test_a_comparison_has_no_replica(tmp_path: Path) -> None:
    """Where every cell has twins the base is there twice already."""
    cells = [cell for group in fake_arms.groups(["threads"]) for cell in group.cells]
    groups = group_cells(cells, {fake_arms.workload.name: fake_arms.entry}, (BASE, BASE_REPEAT))
    places: Any = {BASE: lambda spec: spec, BASE_REPEAT: lambda spec: spec}
    world = World(noise=0.01)
    world.run(tmp_path, groups, replica_part=ALL, transforms=places)
    assert again(tmp_path) == ()
    assert {arm.spec.cell.environment for arm in world.arms} == {HEAD, BASE, BASE_REPEAT}


def test_a_replica_that_fails_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica that dies leaves every cell as it is, and one sentence; there is no further one of its cell."""
    world, launch = World(), World.launch

    def dying(self: World, spec: Any) -> Any:
        arm = launch(self, spec)
        if getattr(spec, "cell", SERIAL).environment == REPLICA:
            monkeypatch.setattr(arm, "_sample", lambda **_: fail("crash"), raising=False)
        return arm

    def fail(status: str) -> None:
        raise ArmFailed(status, "it is scripted to.")

    monkeypatch.setattr(World, "launch", dying)
    world.run(tmp_path, fake_arms.groups(["threads"]), replica_part=ALL)
    frame = parbench.load(tmp_path)
    assert set(frame["status"]) == {"ok"}
    assert data_of(frame).warnings == tuple(
        RunWarning(f"doubles-1000-{cell} could not be measured against itself: it is scripted to.", "noise")
        for cell in ("serial-1", "threads-2")
    )
    assert sum(arm.spec.cell.environment == REPLICA for arm in world.arms) == 2
    assert world.ended()


def test_a_run_without_room_in_memory_has_no_replica(tmp_path: Path) -> None:
    """Where the arms of a block fill the memory there is none, and no more blocks than without."""
    World(free_bytes=330_000_000).run(tmp_path, fake_arms.groups(["threads"], cores=(1, 2)), replica_part=ALL)
    assert again(tmp_path) == ()


def test_what_the_same_program_differs_by_is_told(tmp_path: Path) -> None:
    """A block differs by its pseudo-median, either way alike; the usual is the median of all, and 1 their mean."""
    found = replicas(run_of(tmp_path, (1 / 1.01,) * 4, (1.01,) * 4, (1 / 1.002,) * 4, (1.0, 1.0, 1.0, 9.0)))
    (row,) = found.to_dict("records")
    assert list(found.columns) == COLUMNS
    assert {name: row[name] for name in COLUMNS[:6]} == {
        "workload": "doubles",
        "size": 1000,
        "strategy": "serial",
        "cores": 1,
        "blocks": 4,
        "rounds": 16,
    }
    noise = found.attrs["noise"]
    assert (noise.blocks, noise.largest) == (4, pytest.approx(0.01))
    assert noise.usual == pytest.approx(0.006, rel=0.01)
    assert noise.ratio.low < 1 < noise.ratio.high
    assert (row["ratio"], row["ratio_low"]) == (noise.ratio.value, noise.ratio.low)
    assert lines(found) == [
        "The same program against itself differed by 0.60 % in a block (the median of 4), by 1 % at most: "
        "a smaller difference in a single block is noise."
    ]


def test_a_replica_that_is_faster_has_a_ratio_above_one(tmp_path: Path) -> None:
    """The ratio reads as a speedup of the replica; one block has no interval, and is shown as one."""
    found = replicas(run_of(tmp_path, (0.5, 0.5)))
    assert found["ratio"].iloc[0] == pytest.approx(2)
    assert math.isnan(found["ratio_low"].iloc[0])
    assert lines(found) == ["The same program against itself differed by 100 % in one block."]


@pytest.mark.parametrize("seconds", [0.0, 5e-324, 9e17])
def test_the_strangest_replica_is_no_error(tmp_path: Path, seconds: float) -> None:
    """Whatever times a run file contains, there are rows and lines or none; times of other blocks match nothing."""
    frame = run_of(tmp_path, (seconds, seconds), (seconds, 1.0))
    lines(replicas(frame))
    write_report(parbench.Run(frame), tmp_path / "report")
    change(frame, replicas=(ReplicaSample(Cell("nobody", 1, "serial", 1), 0, 0, 1.0), ReplicaSample(SERIAL, 7, 0, 1.0)))
    assert (len(replicas(frame)), lines(replicas(frame))) == (0, [])


def test_the_report_has_a_section_and_rows(tmp_path: Path) -> None:
    """Terminal and page report the noise, and the table of the workload has the baseline against itself at its end."""
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]), replica_part=ALL)
    printed = "\n".join(RunOutcome(tmp_path, None, ()).lines(console(io.StringIO())))
    assert "\nThe same program against itself differed by" in printed
    assert "\nThe fastest parallel program against itself differed by" in printed
    text = write_report(parbench.Run(tmp_path), tmp_path).read_text(encoding="utf-8")
    Outline(text)
    part_of = text[text.index('<section id="noise"') :]
    assert "The same program against itself differed by" in part_of
    begin = text.index('id="w-0"')
    table = text[begin : text.index("</section>", begin)]
    assert "control: serial against itself" in table
    assert table.count("= control") == 2
    assert table.rindex('<th scope="row">') < table.index("control: threads against itself")
    assert list(pd.read_csv(tmp_path / "noise.csv").columns) == COLUMNS


def test_a_run_without_replicas_says_nothing_of_noise(tmp_path: Path) -> None:
    """Without them there is no section, no row, no table and no line."""
    World(noise=0.01).run(tmp_path / "run", fake_arms.groups(["threads"]), replica_part=0.0)
    assert not any(
        "against itself" in line for line in RunOutcome(tmp_path / "run", None, ()).lines(console(io.StringIO()))
    )
    text = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "program against itself" not in text
    assert "control:" not in text
    assert not (tmp_path / "run" / "noise.csv").exists()
