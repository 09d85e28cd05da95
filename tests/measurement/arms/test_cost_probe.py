"""Measuring the costs of a workload: counts are right, and a failure costs a campaign nothing."""

from __future__ import annotations

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parbench import Stages, Workload
from parbench.analysis.advice.features import typical
from parbench.analysis.frame import data_of, load
from parbench.cli import main
from parbench.cli.advise import parse_bytes
from parbench.errors import UsageError, WorkloadError
from parbench.machine import facts
from parbench.measurement.arms.cost_probe import TaskTimer, pickling_cost, pin_threads
from parbench.measurement.arms.cost_probe import measure_cost as probe
from parbench.measurement.characterize import measure_cost, runnable_strategies
from parbench.runfile.locate import FILE
from parbench.runfile.records import WEIGHINGS, WorkloadCost
from parbench.runfile.writer import Journal
from parbench.strategies.executors import threads
from parbench.workload.cell import Cell
from parbench.workload.reference import load as load_workload
from parbench.workload.reference import parse_place
from tests.analysis.advice.test_adviser import catalogue
from tests.support import fake_arms, kernels


def weighed(workload: Workload, size: int = 1_000, cores: int = 2) -> WorkloadCost:
    """Costs of a workload here, alone in this process."""
    data = workload.make(size, 1)
    called: list[str] = []
    facts = probe(workload, data, cores, lambda data: called.append("whole"), lambda: called.append("widened"))
    assert called[0] == "whole"
    assert called[-1] == "widened"
    return WorkloadCost(Cell(workload.name, size, "serial", 1), 0, first_seconds=0.0, **facts)


def test_parts_tasks_and_bytes_are_counted() -> None:
    """A list cut in two is two tasks in one stage, and weighs what it is as a pickle."""
    found = weighed(kernels.listed(kernels.doubles))
    assert (found.parts, found.tasks, found.stages) == (2, 2, 1)
    assert found.in_bytes is not None
    assert found.out_bytes is not None
    assert 2_000 < found.in_bytes < 10_000
    assert found.vectorized_seconds is None
    assert not found.in_place


def test_dependent_tasks_are_stages() -> None:
    """Every step after the first is one more stage with one task per chunk, and its transfers count, too."""
    steps = Stages(kernels.next_in_ring, kernels.neighbours, lambda data, chunks: 3)
    found = weighed(kernels.listed(kernels.tagged, stages=steps, combine=kernels.keep_parts, verify=kernels.anything))
    assert (found.tasks, found.stages) == (8, 4)


def test_what_is_written_in_place_is_not_joined() -> None:
    """A workload with `write_into` says so."""

    def write_into(x: Any, out: Any) -> None:
        out[:] = 2 * x

    workload = Workload(
        "twice",
        lambda x: 2 * x,
        make=lambda size, seed: np.arange(size),
        sizes=(4, 8),
        vectorized=lambda x: 2 * x,
        output=lambda x: (x.shape, x.dtype),
        write_into=write_into,
    )
    found = weighed(workload)
    assert found.in_place
    assert found.vectorized_seconds is not None


def test_waiting_for_a_cpu_is_taken_out_where_it_was_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task whose thread waited beforehand began sooner, and one that waited while it ran ended sooner, too."""
    clock, waited = iter([0.0, 5.0, 8.0, 14.0]), iter([2.0, 2.0, 5.0, 6.0])
    monkeypatch.setattr("parbench.measurement.arms.cost_probe.time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("parbench.machine.cpus.seconds_waited", lambda: next(waited))
    with ThreadPoolExecutor(1) as pool:
        timer = TaskTimer(pool)
        timer.map(lambda item: item, [1, 2])
    assert timer.tasks == [[5.0, 5.0]]
    assert timer.spans == [10.0]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="CPUs cannot be pinned on this system")
def test_threads_side_by_side_have_a_cpu_each() -> None:
    """As many threads as CPUs, each pinned to another one, and the caller to none of them."""
    before = os.sched_getaffinity(0)
    with threads(len(before)) as pool:
        pin_threads(pool, len(before))
        together = threading.Barrier(len(before))

        def where() -> set[int]:
            together.wait()
            return os.sched_getaffinity(0)

        found = [each.result() for each in [pool.submit(where) for _ in before]]
    assert sorted(min(each) for each in found) == sorted(before)
    assert {len(each) for each in found} == {1}
    assert os.sched_getaffinity(0) == before


def test_what_cannot_be_pickled_has_no_bytes() -> None:
    """None, and no error, where tasks would be sent a lambda."""
    timer = TaskTimer()
    timer.map(lambda item: item, [lambda: None])
    assert pickling_cost(timer) == {"in_bytes": None, "in_seconds": None, "out_bytes": None, "out_seconds": None}


def test_a_run_weighs_each_workload_and_size_in_its_first_blocks(tmp_path: Path) -> None:
    """One weight a block and group, with the most cores among its cells, however many more blocks there are."""
    fake_arms.World(noise=0.05).run(
        tmp_path, fake_arms.groups(sizes=(1_000,)) + fake_arms.groups(sizes=(5_000,)), budget=60.0
    )
    weights = data_of(load(tmp_path)).weights
    found = Counter((each.cell.size, each.cell.strategy, each.parts) for each in weights)
    assert found == {(1_000, "serial", 2): WEIGHINGS, (5_000, "serial", 2): WEIGHINGS}
    assert load(tmp_path)["block"].max() > WEIGHINGS


def test_the_median_of_several_weighings_counts() -> None:
    """Time by time, so that one that was disturbed does not; a form that is not there stays so."""
    once = weighed(kernels.listed(kernels.doubles))
    times = (3.0, 1.0, 100.0)
    found = typical([replace(once, whole_seconds=each, busy_seconds=each, split_seconds=7 / each) for each in times])
    assert (found.whole_seconds, found.busy_seconds, found.split_seconds) == (3.0, 3.0, 7 / 3)
    assert found.vectorized_seconds is None
    assert found.tasks == once.tasks


@pytest.mark.parametrize("status", ["error", "timeout", "crash"])
def test_weighing_in_vain_fails_no_cell(tmp_path: Path, status: str) -> None:
    """The cells are measured all the same, and no weight is there."""
    world = fake_arms.World(failures={("serial", "weigh"): status})
    world.run(tmp_path, fake_arms.groups(), budget=60.0)
    frame = load(tmp_path)
    assert set(frame["status"]) == {"ok"}
    assert data_of(frame).weights == ()
    assert world.ended()


# -- the command -----------------------------------------------------------------------------------------

OWN = """
import parbench


def kernel(chunk):
    return [each * each for each in chunk]


own = parbench.Workload("own", kernel, make=lambda size, seed: list(range(size)), sizes=[4, 100])
"""


def stored(folder: Path, machine_id: str) -> Path:
    """The made-up catalogue as a run file of a machine."""
    frame = catalogue()
    from parbench.runfile.records import Sample

    header = fake_arms.header(machine={"machine_id": machine_id}, workloads=data_of(frame).header.workloads)
    with Journal(folder / "run" / FILE, header) as journal:
        for row in frame.itertuples():
            cell = Cell(row.workload, row.size, row.strategy, row.cores)
            journal.add(Sample(cell, row.block, 0, row.phase, row.seconds))
        for weight in data_of(frame).weights:
            journal.add(weight)
    return folder / "run"


def test_the_command_advises_a_workload_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sentence comes first but for a note about the machine, and every candidate has a line."""
    run = stored(tmp_path, "other")
    assert main.main(["advise", str(run), "--workload", "plain", "--size", "50000", "--calls", "1000"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("This run was made on another machine")
    assert "Use threads on 2 cores" in out[1]
    assert "1,000 calls take about" in out[1]
    assert [line.split()[0] for line in out[3:7]] == ["strategy", "threads", "multiprocessing", "serial"]


def test_the_command_weighs_a_new_workload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A workload in a file of the user's is weighed here and predicted; on another machine that is refused."""
    (tmp_path / "own_module.py").write_text(OWN)
    place = f"{tmp_path / 'own_module.py'}:own"
    ours = stored(tmp_path / "ours", facts.describe()["machine_id"])
    assert main.main(["advise", str(ours), "--workload", place, "--size", "1000", "--cores", "1"]) == 0
    assert "predicted" in capsys.readouterr().out
    assert main.main(["advise", str(stored(tmp_path / "other", "other")), "--workload", place, "--size", "1000"]) == 2
    assert "measure the catalogue on this machine" in capsys.readouterr().err


def test_a_workload_that_fails_is_named(tmp_path: Path) -> None:
    """A workload that cannot run has no costs, and the reason is given."""
    (tmp_path / "broken_module.py").write_text(OWN.replace("each * each", "each / 0"))
    reference = parse_place(f"{tmp_path / 'broken_module.py'}:own")
    with pytest.raises(WorkloadError, match=r"own cannot be weighed at 10: it raised ZeroDivisionError"):
        measure_cost(load_workload(reference)[0], reference, 10, 1)


@pytest.mark.parametrize("place", ["nothing.py:own", "no_such_module:own", ":own", "json:"])
def test_a_place_that_is_none_is_refused(place: str) -> None:
    """One sentence with the two forms of a place."""
    with pytest.raises(UsageError, match=r"file\.py:workload"):
        parse_place(place)


@pytest.mark.parametrize(("text", "amount"), [("500MB", 5e8), ("2 GiB", 2 * 1024**3), ("1000", 1000.0), ("1.5k", 1500)])
def test_amounts_of_memory(text: str, amount: float) -> None:
    """With and without a unit, in powers of 1,000 or of 1,024."""
    assert parse_bytes(text) == amount


@pytest.mark.parametrize("text", ["", "many", "-5MB", "0", "5 parsecs"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(UsageError, match="500MB"):
        parse_bytes(text)


def test_strategies_without_a_way_are_left_out() -> None:
    """A new workload is advised only what can run it."""
    plain = kernels.listed(kernels.doubles)
    assert runnable_strategies(plain, ["threads", "shared-memory", "asyncio"]) == ["serial", "threads"]
