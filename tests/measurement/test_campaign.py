"""A campaign in a world without a clock: its measurements, their order, and its end."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.analysis.verdict import verdicts
from parbench.machine.cpus import cores_axis
from parbench.measurement.block import FEW_ROUNDS
from parbench.measurement.state import STOP_FROM
from parbench.report.sentences import time_use
from parbench.workload.cell import BASELINES, Cell
from tests.support import fake_arms
from tests.support.fake_arms import SHORT, World

#: Blocks of a cell that is precise from the start.
ENOUGH = max(SHORT.least_blocks, STOP_FROM)


def steady(folder: Path) -> pd.DataFrame:
    """The steady samples of a run."""
    frame = parbench.load(folder)
    return frame[frame["phase"] == "steady"]


def by(table: pd.DataFrame, *columns: str) -> Any:
    """The table with these columns as its index."""
    return table.set_index(list(columns) if len(columns) > 1 else columns[0])


def blocks_of(folder: Path) -> dict[tuple[str, int, int], int]:
    """How many blocks every measured cell got, by strategy, cores and size."""
    counts = steady(folder).groupby(["strategy", "cores", "size"])["block"].nunique()
    return {(str(key[0]), int(key[1]), int(key[2])): int(count) for key, count in counts.items()}  # type: ignore[index]


def least_blocks(folder: Path) -> int:
    """The fewest blocks of a cell, if no other but a baseline has more: those accompany each block."""
    counts = {key: count for key, count in blocks_of(folder).items() if key[0] not in BASELINES}
    assert set(counts.values()) == {min(counts.values())}
    return min(counts.values())


def test_a_quiet_world_is_measured_once_to_the_least(tmp_path: Path) -> None:
    """Without noise every cell gets as few blocks as are trusted and all rounds, and the true speedups come out."""
    world = World()
    world.run(tmp_path, fake_arms.groups())
    assert least_blocks(tmp_path) == ENOUGH
    assert set(steady(tmp_path).groupby(["strategy", "cores", "block"]).size()) == {SHORT.rounds}
    summary = by(parbench.summarize(parbench.load(tmp_path)), "strategy", "cores")
    assert summary.loc[("threads", 2), "speedup"] == pytest.approx(2 / 1.1)
    assert summary.loc[("threads", 2), "relative"] == pytest.approx(2)
    assert summary.loc[("threads", 2), "of_ceiling"] == pytest.approx(2 / 1.1 / 1.9)
    assert summary["verdict"].to_dict() == {
        ("serial", 1): "baseline",
        ("vectorized", 1): "slower",
        ("threads", 1): "slower",
        ("threads", 2): "faster",
    }
    assert (summary["peak_bytes"] > 0).all()
    assert world.ended()


def test_a_slow_start_costs_rounds_in_the_first_block_only(tmp_path: Path) -> None:
    """An arm whose first calls look ten times slower has few rounds at first, and all once a call's time is known."""
    world = World(slow_start=lambda cell: 10.0 if cell.strategy == "threads" else 1.0)
    world.run(tmp_path, fake_arms.groups(), profile=replace(SHORT, rounds=8))
    rounds = steady(tmp_path).groupby(["strategy", "cores", "block"]).size().unstack().loc["threads"]
    assert rounds[0].max() <= FEW_ROUNDS
    assert set(rounds.drop(columns=0).stack().dropna()) == {8}


@pytest.mark.parametrize("cpus", [1, 2, 64, 1024])
def test_the_whole_road_on_machines_of_every_width(tmp_path: Path, cpus: int) -> None:
    """From groups to a verdict on 1 to 1024 cores, each arm pinned to exactly as many CPUs as it has cores."""
    world = World(noise=0.01)
    world.run(
        tmp_path, fake_arms.groups(["threads", "multiprocessing"], cores=cores_axis(cpus)), cpus=cpus, budget=math.inf
    )
    rows = steady(tmp_path)
    for arm in world.arms:
        windows = [fields["cpus_now"] for request, fields in arm.asked if request == "sample"]
        assert {len(set(window)) for window in [arm.spec.cpus, *windows]} == {arm.spec.cell.cores}
    assert rows["ceiling"].notna().all()
    assert set(rows["cores"]) == set(cores_axis(cpus))
    (verdict,) = verdicts(parbench.summarize(parbench.load(tmp_path)))
    assert (verdict.cores, verdict.best) == (cpus, "serial") if cpus == 1 else verdict.cores == cpus
    assert world.ended()


def test_noise_gets_more_blocks_until_it_is_precise(tmp_path: Path) -> None:
    """A noisy cell is measured until its interval is inside the target, and never past the most blocks."""
    world = World(block_noise=0.03)
    campaign = world.run(tmp_path, fake_arms.groups(), budget=math.inf)
    (group,) = campaign.groups
    counts = [campaign.state[cell].blocks for cell in group.cells]
    assert max(counts) > ENOUGH
    for cell in group.cells:
        assert campaign.state.is_precise(group, cell) or campaign.state[cell].blocks == SHORT.most_blocks
    world = World(block_noise=1.0)
    world.run(tmp_path / "wild", fake_arms.groups(), budget=math.inf)
    rivals = Counter(arm.spec.cell for arm in world.arms if arm.spec.cell.strategy not in BASELINES)
    assert max(rivals.values()) == SHORT.most_blocks


def test_time_left_goes_to_what_is_open(tmp_path: Path) -> None:
    """After the first blocks the time goes to the size at which it is open whether threads beat the baseline."""
    speeds = {1000: 2.0, 2000: 1.08, 3000: 0.5}

    def seconds(cell: Cell) -> float:
        return 0.01 / (speeds[cell.size] if cell.strategy == "threads" else 1.0)

    world = World(seconds=seconds, block_noise=0.05)
    world.run(tmp_path, fake_arms.groups(["threads"], cores=(1,), sizes=tuple(speeds)), budget=9.0)
    blocks = blocks_of(tmp_path)
    assert blocks["threads", 1, 2000] > max(blocks["threads", 1, 1000], blocks["threads", 1, 3000])


def test_the_uses_of_time_make_up_the_run(tmp_path: Path) -> None:
    """The run records what its time was used for, and the lines that print it have each use once."""
    world = World(noise=0.01)
    world.run(tmp_path, fake_arms.groups())
    frame = parbench.load(tmp_path)
    data = data_of(frame)
    assert data.seconds is not None
    assert 0.9 * data.seconds < sum(data.time_use.values()) <= data.seconds
    first, *rest = time_use.lines(frame)
    assert first == f"The run took {data.seconds:.0f} s:"
    assert sum(float(line.split(" s ")[0]) for line in rest) == pytest.approx(data.seconds, abs=0.5)
    assert any("timed samples" in line for line in rest)
    frame.attrs = {}
    assert time_use.lines(frame) == [time_use.NOT_RECORDED]


def test_every_group_gets_a_block_before_any_gets_two(tmp_path: Path) -> None:
    """The blocks of the first pass go round the groups in turn."""
    World(block_noise=0.05).run(tmp_path, fake_arms.groups(sizes=(1000, 2000, 3000)))
    assert steady(tmp_path).groupby("block")["size"].first().tolist()[:3] == [1000, 2000, 3000]


def test_many_cells_get_intervals_from_the_second_block_of_one_group(tmp_path: Path) -> None:
    """If the budget allows a part of the groups one block only, one second block gives all measured cells intervals."""
    World(block_noise=0.03, noise=0.05).run(tmp_path, fake_arms.groups(sizes=range(1000, 10_000, 500)), budget=16.0)
    summary = parbench.summarize(parbench.load(tmp_path))
    measured = summary[summary["status"] == "ok"]
    assert measured["blocks"].value_counts().idxmax() == 1
    assert measured["speedup_low"].notna().all()
    assert set(summary["status"]) == {"ok", "skipped"}


@pytest.mark.parametrize("budget", [6.0, 8.0, 11.0])
def test_a_budget_is_kept_and_used(tmp_path: Path, budget: float) -> None:
    """Once the cost of each group is known, no block starts that would not fit and none that fits is left out."""
    world = World()
    began = world.now
    campaign = world.run(
        tmp_path, fake_arms.groups(sizes=(100, 200, 300)), profile=replace(SHORT, least_blocks=12), budget=budget
    )
    control = fake_arms.CLOSING + fake_arms.OPENING  # not in a group's cost
    assert campaign.blocks > 3
    assert budget - campaign.state.block_cost(campaign.groups[0]) - control < world.now - began < budget + control
    assert data_of(parbench.load(tmp_path)).complete


def test_a_short_budget_opens_some_cells_only(tmp_path: Path) -> None:
    """If not all cells fit into the budget, the first block has the baseline and some of them, and ends in time."""
    world = World(seconds=lambda cell: 1.0)
    began = world.now
    world.run(tmp_path, fake_arms.groups(("serial", "threads", "multiprocessing", "joblib"), (1, 2)), budget=30.0)
    summary = parbench.summarize(parbench.load(tmp_path))
    fine = summary[summary["status"] == "ok"]
    assert {"serial", "threads"} <= set(fine["strategy"])
    assert 2 < len(fine) < len(summary)
    assert world.now - began < 1.5 * 30


def test_what_the_budget_did_not_reach_says_so(tmp_path: Path) -> None:
    """Cells whose turn never came are rows with the status skipped and a sentence that names the option."""
    world = World()
    world.run(tmp_path, fake_arms.groups(sizes=(1000, 2000, 3000)), budget=0.5)
    rows = by(parbench.load(tmp_path), "size")
    assert "ok" in set(rows.loc[1000, "status"])
    assert set(rows.loc[[2000, 3000], "status"]) == {"skipped"}
    assert "budget of 0.5 s ran out; allow more with --parbench-budget" in rows.loc[2000, "reason"].iloc[0]
    summary = by(parbench.summarize(parbench.load(tmp_path)), "size")
    assert set(summary.loc[2000, "verdict"]) == {"undecided"}
    assert world.ended()


@pytest.mark.parametrize("request_", ["open", "first", "probe", "sample"])
@pytest.mark.parametrize("status", ["wrong", "error", "crash", "timeout", "memory", "missing"])
def test_a_failing_cell_is_a_row_and_the_others_go_on(tmp_path: Path, request_: str, status: str) -> None:
    """Whenever and however one strategy fails, it is recorded once per cell and costs the others nothing."""
    world = World(failures={("threads", request_): status})
    campaign = world.run(tmp_path, fake_arms.groups(["threads", "multiprocessing"]))
    summary = by(parbench.summarize(parbench.load(tmp_path)), "strategy")
    assert list(summary.loc["threads", "status"]) == [status, status]
    assert list(summary.loc["threads", "verdict"]) == ["failed", "failed"]
    assert set(summary.loc["threads", "reason"]) == {f"scripted to fail at {request_}."}
    assert set(summary.loc[["serial", "multiprocessing"], "status"]) == {"ok"}
    assert set(summary.loc["multiprocessing", "blocks"]) == {ENOUGH}
    assert campaign.state.failures == 2
    assert world.ended()


@pytest.mark.parametrize("failing", [["serial"], ["serial", "vectorized"]])
def test_a_baseline_that_fails_is_replaced_or_missed(tmp_path: Path, failing: list[str]) -> None:
    """The other serial strategy becomes the baseline; without any, times are still had and no verdict is made up."""
    world = World(failures=dict.fromkeys([(each, "first") for each in failing], "timeout"))
    world.run(tmp_path, fake_arms.groups(["threads"]))
    summary = by(parbench.summarize(parbench.load(tmp_path)), "strategy")
    assert summary.loc["threads", "seconds"].notna().all()
    assert set(summary["baseline"]) == ({"vectorized"} if len(failing) == 1 else {""})
    assert set(summary.loc["threads", "verdict"]) == ({"faster"} if len(failing) == 1 else {"undecided"})
    assert len(verdicts(summary.reset_index())) == 1


@pytest.mark.parametrize("status", ["error", "wrong", "crash"])
def test_a_fault_without_parallelism_skips_the_rest_of_the_workload(tmp_path: Path, status: str) -> None:
    """It is one failure, no other arm of the workload starts at any size, and each other cell names it."""
    world = World(failures={("serial", "first"): status})
    campaign = world.run(tmp_path, fake_arms.groups(["threads", "multiprocessing"], sizes=(1000, 2000)))
    rows = parbench.load(tmp_path)
    assert campaign.state.failures == 1
    assert set(rows.loc[rows["status"] != "skipped", "strategy"]) == {"serial"}
    assert rows.loc[rows["status"] == "skipped", "reason"].str.contains(r"-1000-serial-1 failed").all()
    assert {arm.spec.cell.strategy for arm in world.arms} <= {"serial", "vectorized"}
    assert "steady" not in set(rows["phase"])
    assert world.ended()


def test_enough_failures_end_the_run(tmp_path: Path) -> None:
    """As with pytest's -x, no further block starts after as many failures as are allowed, and the rest says why."""
    world = World(failures={("threads", "first"): "error"})
    campaign = world.run(tmp_path, fake_arms.groups(["threads"], sizes=(1000, 2000)), failures_allowed=1)
    assert campaign.blocks == 1
    rows = by(parbench.load(tmp_path), "size")
    assert set(rows.loc[2000, "status"]) == {"skipped"}
    assert "as many failures" in rows.loc[2000, "reason"].iloc[0]


def test_what_does_not_fit_into_memory_is_not_started(tmp_path: Path) -> None:
    """A cell larger than the free memory is refused with both figures, and no arm of it ever starts."""
    world = World(free_bytes=300_000_000)
    world.run(tmp_path, fake_arms.groups(["threads"], sizes=(1000, 10_000_000)))
    rows = by(parbench.load(tmp_path), "size")
    assert set(rows.loc[10_000_000, "status"]) == {"memory"}
    assert "about 1.1 GB and 0.3 GB are free" in rows.loc[10_000_000, "reason"].iloc[0]
    assert {arm.spec.cell.size for arm in world.arms} == {1000}


def test_little_memory_makes_more_blocks_each_with_its_baselines(tmp_path: Path) -> None:
    """Where not all arms fit together they are measured in batches, and every batch has the serial strategies in it."""
    world = World(free_bytes=400_000_000)
    campaign = world.run(tmp_path, fake_arms.groups(["threads"], cores=(1, 2, 4)), cpus=4)
    assert campaign.blocks > ENOUGH
    assert all("serial" in set(rows["strategy"]) for _, rows in steady(tmp_path).groupby("block"))
    assert min(blocks_of(tmp_path).values()) == ENOUGH


def test_kept_awake_cpus_rest_whenever_an_arm_works(tmp_path: Path) -> None:
    """Between samples no CPU idles, but they rest during everything an arm is asked (the fake arm asserts that)."""
    world = World()
    world.run(tmp_path, fake_arms.groups(["threads"]), keep_awake=True)
    assert world.ceilings[0].keep_awake
    assert world.spins > world.samples > 0
    assert world.ended()


def test_without_pinning_the_run_says_so(tmp_path: Path) -> None:
    """If there is no CPU set, arms get none, the ceiling is not pinned, and a warning is recorded."""
    world = World()
    world.run(tmp_path, fake_arms.groups(["threads"]), cpus=0)
    assert all(not arm.spec.cpus for arm in world.arms)
    assert len(world.ceilings[0].cpus) == 2
    assert "cannot be pinned" in data_of(parbench.load(tmp_path)).warnings[0].text


@pytest.mark.parametrize("request_", ["open", "wake", "rate"])
def test_a_ceiling_that_fails_is_done_without(tmp_path: Path, request_: str) -> None:
    """Without its control arm a run has no ceilings, which is reported once, and everything else."""
    world = World(failures={("ceiling", request_): "crash"})
    world.run(tmp_path, fake_arms.groups(["threads"]))
    rows = steady(tmp_path)
    assert rows.loc[rows["cores"] > 1, "ceiling"].isna().all()
    (warning,) = data_of(parbench.load(tmp_path)).warnings
    assert "control arm was lost" in warning.text
    assert min(blocks_of(tmp_path).values()) == ENOUGH
    assert world.ended()


def test_arms_start_together_only_in_later_blocks(tmp_path: Path) -> None:
    """Start-up is recorded where arms start alone, which is in their first block, and steady times in all."""
    world = World()
    world.run(tmp_path, fake_arms.groups(), together=2)
    frame = parbench.load(tmp_path)
    assert set(frame.loc[frame["phase"] == "start", "block"]) == {0}
    assert least_blocks(tmp_path) == ENOUGH
    assert world.ended()


def test_the_same_seed_asks_for_the_same_things(tmp_path: Path) -> None:
    """Two campaigns under the same conditions ask their arms the same, and another seed gives another order."""
    asked = []
    for name, seed in (("one", 1), ("two", 1), ("three", 2)):
        world = World(noise=0.05)
        world.run(tmp_path / name, fake_arms.groups(), seed=seed)
        asked.append([(str(arm.spec.cell), arm.sampled_at) for arm in world.arms])
    assert asked[0] == asked[1] != asked[2]


def test_a_profile_without_time_still_ends(tmp_path: Path) -> None:
    """With no budget at all nothing is measured, every cell is skipped and the file is complete."""
    campaign = World().run(tmp_path, fake_arms.groups(), profile=replace(SHORT, budget=0.0))
    frame = parbench.load(tmp_path)
    assert campaign.blocks == 0
    assert set(frame["status"]) == {"skipped"}
    assert data_of(frame).complete


def test_an_arm_far_behind_takes_part_in_few_rounds(tmp_path: Path) -> None:
    """One that takes more than four times as long as serial gets few rounds per block; one at three times gets all."""
    slow = {"threads": 5, "multiprocessing": 3}
    world = World(seconds=lambda cell: 0.001 * slow.get(cell.strategy, 1))
    world.run(tmp_path, fake_arms.groups(["threads", "multiprocessing"], cores=(1,)), profile=replace(SHORT, rounds=8))
    counts = steady(tmp_path).groupby(["strategy", "block"]).size().groupby("strategy").max()
    assert counts.to_dict() == {"multiprocessing": 8, "serial": 8, "threads": FEW_ROUNDS, "vectorized": 8}


def test_a_short_budget_goes_to_what_may_win(tmp_path: Path) -> None:
    """Of the time after the first blocks, cells that are clearly slower get none once the noise of the run is known."""

    def seconds(cell: Cell) -> float:
        return 0.01 if cell.strategy in ("serial", "vectorized", "threads") else 0.04

    sizes = (1000, 2000, 3000)
    groups = fake_arms.groups(["threads", "multiprocessing", "dask-threads"], cores=(1,), sizes=sizes)
    ample = World(seconds=seconds, noise=0.1)
    began = ample.now
    ample.run(tmp_path / "ample", groups, profile=replace(SHORT, most_blocks=1, least_blocks=1))
    World(seconds=seconds, noise=0.1).run(tmp_path / "short", groups, budget=1.6 * (ample.now - began))
    blocks = blocks_of(tmp_path / "short")
    assert sum(blocks["threads", 1, size] for size in sizes) > len(sizes) + 2
    assert sorted(blocks["multiprocessing", 1, size] for size in sizes) == [1, 1, 2]
