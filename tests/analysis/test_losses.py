"""Losses: factors that multiply, shares that add up, and the text if they are unknown."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.analysis.estimates import CELL
from parbench.analysis.losses import COLUMNS, FACTORS, LOSSES
from parbench.runfile.records import Trace
from tests.support import made_up_run
from tests.support.made_up_traces import call
from tests.support.run_data import change
from tests.support.runs_for_expectations import TIMES, frame_of

#: vectorized is the baseline.
VECTORIZED = TIMES | {("vectorized", 1): 0.8}
SERIAL = call("serial", 16.0, [16.0], 1)
#: A call of 10 s on two cores that takes 20 of their seconds for 16 of work loses these 4 in one way alone.
PLANTED: dict[str, Trace] = {
    "lost_inflation": call("threads", 10.0, [10.0, 10.0]),
    "lost_imbalance": call("threads", 10.0, [10.0, 6.0]),
    "lost_split": call("threads", 10.0, [8.0, 8.0], split_seconds=2.0),
    "lost_ship_in": call("threads", 10.0, [8.0, 8.0], in_seconds=2.0),
    "lost_ship_out": call("threads", 10.0, [8.0, 8.0], out_seconds=2.0),
    "lost_combine": call("threads", 10.0, [8.0, 8.0], combine_seconds=2.0),
    "lost_dispatch": call("threads", 10.0, [8.0, 8.0]),
}


def traced(*traces: Trace, times: dict[tuple[str, int], float] = TIMES) -> pd.DataFrame:
    """The frame of a run with these traces."""
    frame = frame_of(times)
    change(frame, traces=traces)
    return frame


def rows(found: pd.DataFrame) -> list[Any]:
    """The rows of a frame."""
    return list(found.itertuples())


def of_threads(*traces: Trace, times: dict[tuple[str, int], float] = TIMES) -> Any:
    """The row of threads on two cores in a run with these traces."""
    found = parbench.losses(traced(*traces, times=times))
    (row,) = rows(found[(found["strategy"] == "threads") & (found["cores"] == 2)])
    return row


def values(row: Any, names: list[str]) -> list[float]:
    """Some columns of a row."""
    return [getattr(row, name) for name in names]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_loss_shows_in_its_own_part_only(name: str) -> None:
    """A fifth of the cores' time that is lost in one way is found there, and nowhere else."""
    row = of_threads(SERIAL, PLANTED[name])
    assert row.traced_efficiency == pytest.approx(0.8)
    assert values(row, LOSSES) == pytest.approx([0.2 * (name == each) for each in LOSSES], abs=1e-12)
    factors = {"lost_inflation": "work_inflation", "lost_imbalance": "load_balance"}
    at_fault = factors.get(name, "dispatch_and_transfer")
    assert values(row, FACTORS) == pytest.approx([0.8 if each == at_fault else 1.0 for each in FACTORS])


def test_a_kernel_that_is_slower_than_the_baseline_is_chunking_cost() -> None:
    """The time by which the kernel exceeds the baseline for the whole is lost to chunking, and nowhere else."""
    base, serial = call("vectorized", 16.0, [16.0], 1), call("serial", 20.5, [20.0], 1)
    row = of_threads(base, serial, call("threads", 10.0, [10.0, 10.0]), times=VECTORIZED)
    assert values(row, ["traced_efficiency", *FACTORS]) == pytest.approx([0.8, 0.8, 1.0, 1.0, 1.0])
    assert values(row, LOSSES) == pytest.approx([0.2 * (name == "lost_chunking") for name in LOSSES], abs=1e-12)


def test_what_is_gained_is_a_negative_loss() -> None:
    """Kernels that take less time in workers than alone are a gain, reported as such, even if efficiency is above 1."""
    row = of_threads(SERIAL, call("threads", 7.0, [7.0, 7.0]))
    assert row.traced_efficiency == pytest.approx(16 / 14)
    assert row.work_inflation == pytest.approx(16 / 14)
    assert row.lost_inflation == pytest.approx(-2 / 14)


def test_workers_without_a_task_are_idle() -> None:
    """With one task for two cores, half of their time is lost to imbalance, in the trace or not."""
    for busy in ([16.0], [16.0, 0.0]):
        row = of_threads(SERIAL, call("threads", 16.0, busy, tasks=1))
        assert (row.traced_efficiency, row.load_balance, row.lost_imbalance, row.tasks) == (0.5, 0.5, 0.5, 1)


def test_shipping_in_many_workers_is_no_more_than_there_is() -> None:
    """Shipping that took longer over all tasks than was left of the call shares what was left."""
    row = of_threads(SERIAL, call("threads", 10.0, [8.0, 8.0], split_seconds=1.0, in_seconds=6.0, out_seconds=2.0))
    names = ["lost_split", "lost_ship_in", "lost_ship_out", "lost_dispatch"]
    assert values(row, names) == pytest.approx([0.1, 0.075, 0.025, 0.0])


def test_joining_beside_kernels_is_no_loss() -> None:
    """Cutting and joining that went on while kernels ran count for no more than was left of the call."""
    row = of_threads(SERIAL, call("threads", 10.0, [8.0, 8.0], split_seconds=1.0, combine_seconds=3.0, in_seconds=1.0))
    names = ["lost_split", "lost_combine", "lost_ship_in", "lost_dispatch"]
    assert values(row, names) == pytest.approx([0.05, 0.15, 0.0, 0.0])


def test_several_blocks_are_geometric_means() -> None:
    """Over blocks that are slow and fast in different parts, efficiency and factors are geometric means."""
    blocks = [
        *(SERIAL, call("threads", 10.0, [10.0, 10.0])),
        *(call("serial", 32.0, [32.0], 1, block=1), call("threads", 32.0, [16.0, 16.0], block=1)),
    ]
    row = of_threads(*blocks)
    assert row.blocks == 2
    assert row.traced_efficiency == pytest.approx(math.sqrt(0.8 * 0.5))
    assert row.work_inflation == pytest.approx(math.sqrt(0.8))
    assert row.dispatch_and_transfer == pytest.approx(math.sqrt(0.5))
    assert row.lost_dispatch == pytest.approx(1 - math.sqrt(0.5))


def test_blocks_count_alike_for_what_is_lost_outside_of_kernels() -> None:
    """A block whose caller worked at the same time as kernels has no more weight than one in which it only waited."""
    beside = call("threads", 10.0, [8.0, 8.0], split_seconds=1.0, combine_seconds=3.0)
    row = of_threads(SERIAL, call("serial", 16.0, [16.0], 1, 1), beside, call("threads", 10.0, [8.0, 8.0], block=1))
    names = ["lost_split", "lost_combine", "lost_dispatch"]
    assert values(row, names) == pytest.approx([0.025, 0.075, 0.1])


def test_clocks_that_disagree_in_one_block_do_not_turn_losses_around() -> None:
    """Where kernels took longer than calls on the whole, cutting and joining are no gains because of it."""
    wrong = call("threads", 10.0, [20.0, 20.0], block=1)
    row = of_threads(SERIAL, call("serial", 16.0, [16.0], 1, 1), PLANTED["lost_split"], wrong)
    assert row.lost_split == 0
    assert row.lost_dispatch == pytest.approx(1 - math.sqrt(0.8 * 2))


def random_traces(rng: np.random.Generator, cores: int, blocks: int) -> list[Trace]:
    """Traces of calls of any shape: cells, serial and baseline in the same blocks."""

    def made(strategy: str, count: int, block: int) -> Trace:
        seconds = float(rng.lognormal(0, 3))
        busy = sorted((float(each) for each in seconds * rng.random(count)), reverse=True)
        own: dict[str, Any] = {name: seconds * float(rng.random()) for name in ("split_seconds", "combine_seconds")}
        shipped: dict[str, Any] = {name: seconds * float(rng.exponential()) for name in ("in_seconds", "out_seconds")}
        return call(strategy, seconds, busy, count, block, **own, **shipped)

    return [
        made(strategy, count, block)
        for block in range(blocks)
        for strategy, count in (("serial", 1), ("vectorized", 1), ("threads", cores))
    ]


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_multiply_and_add_up(seed: int) -> None:
    """Whatever the traces, the factors multiply to the traced efficiency, and all shares add up to 1."""
    rng = np.random.default_rng(seed)
    cores, blocks = int(rng.integers(1, 9)), int(rng.integers(1, 5))
    times = VECTORIZED | {("threads", cores): 0.5}
    traces = random_traces(rng, cores, blocks)
    found = parbench.losses(traced(*traces, times=times))
    (row,) = rows(found[found["strategy"] == "threads"])
    base = [trace.seconds for trace in traces if trace.cell.strategy == "vectorized"]
    mine = [trace.seconds for trace in traces if trace.cell.strategy == "threads"]
    ratios = np.array(base) / (cores * np.array(mine))
    assert row.traced_efficiency == pytest.approx(float(np.prod(ratios)) ** (1 / blocks), rel=1e-9)
    assert math.prod(values(row, FACTORS)) == pytest.approx(row.traced_efficiency, rel=1e-9)
    assert row.traced_efficiency + sum(values(row, LOSSES)) == pytest.approx(1, abs=1e-9)
    assert min(values(row, LOSSES[2:])) >= -1e-12


def test_the_baseline_has_a_row_of_its_own() -> None:
    """The baseline uses all of its core, whatever it does between kernels."""
    found = parbench.losses(traced(call("serial", 16.0, [15.0], 1, combine_seconds=1.0)))
    (row,) = rows(found)
    assert row.traced_efficiency == 1
    assert row.chunking_cost == pytest.approx(16 / 15)
    assert (row.lost_chunking, row.lost_combine) == pytest.approx((-1 / 16, 1 / 16))


def test_blocks_without_serial_do_not_count() -> None:
    """Of two blocks, only the one in which serial was traced, too, is taken apart."""
    row = of_threads(SERIAL, PLANTED["lost_split"], call("threads", 99.0, [1.0, 1.0], block=1))
    assert (row.blocks, row.missing) == (1, "")
    assert row.lost_split == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("traces", "missing", "known"),
    [
        ([call("vectorized", 16.0, [16.0], 1)], "serial not traced", True),
        ([call("serial", 20.0, [20.0], 1)], "baseline not traced", False),
        ([call("vectorized", 16.0, [16.0], 1), call("serial", 20.0, [20.0], 1, block=1)], "serial not traced", True),
        ([call("vectorized", 16.0, [16.0], 1), call("serial", 20.0, [0.0], 1)], "serial not traced", True),
    ],
)
def test_what_is_missing_is_told(traces: list[Trace], missing: str, known: bool) -> None:
    """Without a trace of serial or the baseline in the block, the row says so, and has what needs neither."""
    row = of_threads(*traces, call("threads", 10.0, [8.0, 4.0]), times=VECTORIZED)
    assert row.missing == missing
    assert values(row, ["load_balance", "dispatch_and_transfer"]) == pytest.approx([0.75, 0.8])
    assert math.isnan(row.traced_efficiency) is not known
    assert all(map(math.isnan, values(row, ["chunking_cost", "work_inflation", *LOSSES])))


def test_kernels_that_nobody_saw_are_told() -> None:
    """A strategy whose workers cannot be seen has its efficiency, and says what is missing."""
    row = of_threads(SERIAL, call("threads", 10.0, [0.0, 0.0], unseen="Its threads cannot be seen."))
    assert (row.traced_efficiency, row.missing) == (pytest.approx(0.8), "workers not seen")
    assert row.unseen == "Its threads cannot be seen."
    assert all(map(math.isnan, values(row, [*FACTORS, *LOSSES])))


def test_a_cell_that_failed_half_way_has_no_parts() -> None:
    """Traces of a cell that failed later are not shown as if it had a result."""
    frame = traced(SERIAL, PLANTED["lost_split"])
    frame.loc[frame["strategy"] == "threads", ["status", "reason"]] = ["crash", "A worker died."]
    (row,) = rows(parbench.losses(frame).query("strategy == 'threads'"))
    assert (row.missing, row.reason) == ("no result", "A worker died.")
    assert all(map(math.isnan, values(row, ["traced_efficiency", *FACTORS, *LOSSES])))


def test_a_filtered_frame_has_the_rows_of_its_cells() -> None:
    """Of a filtered frame its own cells are taken apart, against the baseline that is in it."""
    frame = traced(SERIAL, PLANTED["lost_split"], call("multiprocessing", 20.0, [8.0, 8.0]))
    some = parbench.losses(frame[frame["strategy"].isin(["serial", "threads"])])
    assert list(some["strategy"]) == ["serial", "threads"]
    (alone,) = rows(parbench.losses(frame[frame["strategy"] == "threads"]))
    assert alone.missing == "no serial strategy"


def test_a_run_without_traces_has_no_rows() -> None:
    """If nothing was traced there are the columns, and no row."""
    found = parbench.losses(frame_of(TIMES))
    assert (list(found.columns), len(found)) == (COLUMNS, 0)


def test_tracing_has_its_own_cost() -> None:
    """The cost of tracing is a traced call's time over one without, the mean over blocks; NaN if that is missing."""
    one, two = (call("threads", 10.0, [8.0, 8.0], block=block, plain_seconds=8.0 - 3 * block) for block in (0, 1))
    assert of_threads(SERIAL, one, two).tracing_cost == pytest.approx(math.sqrt(10 / 8 * 10 / 5))
    assert math.isnan(of_threads(SERIAL, call("threads", 10.0, [8.0, 8.0], plain_seconds=0.0)).tracing_cost)


NUMBERS = (0.0, 5e-324, 1e-300, 1e-9, 1.0, 9e17)


@pytest.mark.parametrize("seed", range(30))
def test_the_strangest_traces_give_no_nonsense(seed: int) -> None:
    """Times at the ends of what a run file may hold: shares add up to 1 or are not there, and nothing is infinite."""
    rng = np.random.default_rng(seed)

    def some(count: int) -> list[float]:
        return [float(each) for each in rng.choice(NUMBERS, count)]

    traces = []
    for strategy, cores in (("serial", 1), ("threads", 2), ("multiprocessing", 2)):
        seconds, plain, split, combine, into, out = some(6)
        busy = sorted(some(int(rng.integers(1, 5))), reverse=True)
        more: dict[str, Any] = {"plain_seconds": plain, "split_seconds": split, "combine_seconds": combine}
        traces.append(call(strategy, seconds or 5e-324, busy, cores, in_seconds=into, out_seconds=out, tasks=0, **more))
    for row in rows(parbench.losses(traced(*traces))):
        numbers = values(row, ["traced_efficiency", *FACTORS, *LOSSES])
        assert not any(map(math.isinf, numbers))
        whole = row.traced_efficiency + sum(values(row, LOSSES))
        assert whole == pytest.approx(1, abs=1e-9) if row.missing == "" else math.isnan(whole)


def test_a_call_shorter_than_its_kernels_is_told_as_it_is() -> None:
    """Where clocks disagree, so that kernels took longer than the call, what is left over is negative, and adds up."""
    row = of_threads(SERIAL, call("threads", 8.0, [10.0, 10.0], split_seconds=1.0))
    assert (row.lost_split, row.lost_dispatch) == pytest.approx((0.0, -0.25))
    assert row.traced_efficiency + sum(values(row, LOSSES)) == pytest.approx(1)


def test_every_cell_of_a_traced_run_is_taken_apart() -> None:
    """A run with several chunks per core, sizes and cores has a row for each of its cells, and none lacks a value."""
    frame, summary, _ = made_up_run.run(made_up_run.Plan(chunks=(1, 4, 0), sizes=(10_000, 1_000_000), traced=True))
    found = parbench.losses(frame, summary)
    assert found[CELL].to_numpy().tolist() == summary[CELL].to_numpy().tolist()
    assert set(found["missing"]) == {""}
    assert found[["traced_efficiency", *FACTORS, *LOSSES, "tracing_cost"]].notna().all(axis=None)
