"""Work that waits is recognised, and measured with more workers than cores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.machine import cpus
from parbench.measurement.plan import Group, Selection, cells_of, group_cells
from parbench.measurement.scope import Scope, collect
from parbench.measurement.session import Session, Settings
from parbench.measurement.tally import _label
from parbench.report.sentences import waiting
from parbench.runfile.locate import FILE
from parbench.workload.cell import BASE, Cell
from tests.support import fake_arms
from tests.support.fake_arms import World

STRATEGIES = ("serial", "threads", "multiprocessing")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two cores."""
    monkeypatch.setattr(cpus, "count", lambda: 2)


def sleep(cell: Cell) -> float:
    """Seconds of a call whose items sleep 1 ms each, with some cost per worker."""
    return 1e-3 * cell.size / cell.cores + 1e-4 * cell.cores


def groups(size: int = 1000, cores_named: bool = False, **more: Any) -> list[Group]:
    """Groups whose core counts nobody has named, unless that is asked for."""
    of = replace(fake_arms.workload, vectorized=None, **more)
    return [replace(each, cores_named=cores_named) for each in fake_arms.groups(STRATEGIES, sizes=(size,), of=of)]


def measured(folder: Path, strategy: str) -> set[int]:
    """The workers with which a strategy was measured."""
    frame = parbench.load(folder)
    return set(frame.loc[(frame["strategy"] == strategy) & (frame["phase"] == "steady"), "cores"])


def test_more_workers_than_cores_are_measured(tmp_path: Path) -> None:
    """Serial calls with little CPU time add workers, of processes a few times the cores only, and the run says so."""
    World(seconds=sleep, cpu_share=0.02).run(tmp_path, groups())
    assert measured(tmp_path, "threads") == {1, 2, 4, 8, 16, 32}
    assert measured(tmp_path, "multiprocessing") == {1, 2, 4, 8}
    run = parbench.Run(tmp_path)
    assert run.header.facts("doubles").waits
    assert [(each.workload, each.size, each.share) for each in run.data.waiting] == [("doubles", 1000, 0.98)]
    assert run.verdicts[0].best == "threads"
    assert run.verdicts[0].cores == 32
    assert "threads on 32 workers" in run.sentences[-1]
    lines = (tmp_path / FILE).read_text(encoding="utf-8").splitlines()
    assert '"bound": "compute"' in lines[0]
    assert '{"kind": "waiting", "workload": "doubles", "size": 1000, "share": 0.98}' in lines


def test_progress_counts_workers() -> None:
    """The first answer of work that waits names workers, as the report does."""
    (group,) = groups(bound="latency")
    assert _label(group, group.cells[-1]) == "multiprocessing on 2 workers"


def test_no_more_workers_than_elements_are_measured(tmp_path: Path) -> None:
    """Workers without an element would do nothing."""
    World(seconds=sleep, cpu_share=0.02).run(tmp_path, groups(size=9))
    assert measured(tmp_path, "threads") == {1, 2, 4, 8}


@pytest.mark.parametrize("share", [None, 0.2, 0.5, 1.0])
def test_work_that_computes_is_left_alone(tmp_path: Path, share: float | None) -> None:
    """With a fifth of CPU time and more, or if it is unknown, no workers are added."""
    World(cpu_share=share).run(tmp_path, groups())
    assert measured(tmp_path, "threads") == {1, 2}
    assert not parbench.Run(tmp_path).header.facts("doubles").waits


def test_named_cores_and_declared_waiting_stay(tmp_path: Path) -> None:
    """Core counts that somebody chose, and workloads that say that they wait, have no cells added."""
    world = World(seconds=sleep, cpu_share=0.02)
    world.run(tmp_path / "named", groups(cores_named=True))
    assert measured(tmp_path / "named", "threads") == {1, 2}
    world.run(tmp_path / "declared", groups(bound="latency"))
    assert measured(tmp_path / "declared", "threads") == {1, 2}
    assert data_of(parbench.load(tmp_path / "declared")).waiting == ()


def test_core_counts_are_open_unless_somebody_names_them() -> None:
    """A mark, an option and growing sizes fix the core counts of a workload; otherwise workers may be added."""

    def cores_open(option: tuple[int, ...] | None = None, **scope: Any) -> set[str]:
        session = Session(Settings(Selection(cores=option)))
        collect(session, Scope(workloads=(fake_arms.workload,), **scope), lambda _: fake_arms.entry.reference)
        return session.cores_open

    assert cores_open() == {"doubles"}
    assert cores_open(option=(1, 2)) == set()
    assert cores_open(cores=(1, 2)) == set()
    assert cores_open(weak=True) == set()


def test_declared_waiting_has_few_processes() -> None:
    """Without core counts of a mark or an option, threads go up to 64 workers, and processes to a few per core."""
    workload = replace(fake_arms.workload, vectorized=None, bound="latency")
    cells = cells_of(workload, Selection(strategies=("threads", "multiprocessing")), [1000])
    most = {name: max(cell.cores for cell in cells if cell.strategy == name) for name in ("threads", "multiprocessing")}
    assert most == {"threads": 64, "multiprocessing": 8}
    named = cells_of(workload, Selection(strategies=("multiprocessing",), cores=(64,)), [1000])
    assert [cell.cores for cell in named] == [64]


def test_a_comparison_has_named_cores() -> None:
    """Cells of two versions are the same ones, so none is added."""
    cells = [Cell("doubles", 20, "threads", 2)]
    entries = {"doubles": fake_arms.entry}
    plan = group_cells
    assert [each.cores_named for each in plan(cells, entries, [BASE], ["doubles"])] == [True]
    assert [each.cores_named for each in plan(cells, entries, [], ["doubles"])] == [False]


def test_the_time_that_it_waits_is_said(tmp_path: Path) -> None:
    """The sentence has the part of the serial time that is no CPU time; work that computes has none."""
    World(seconds=sleep, cpu_share=0.02).run(tmp_path, groups())
    run = parbench.Run(tmp_path)
    base = run.summary["verdict"] == "baseline"
    run.summary.loc[base, "cpu_seconds"] = 0.05 * run.summary.loc[base, "seconds"]
    said = "doubles waits 95 % of its time, so it was measured with more workers than cores."
    assert waiting.sentence(run.summary, "doubles") == said
    assert run.sentences[0] == said
    assert said in str(run)
    World(cpu_share=0.5).run(tmp_path / "computes", groups())
    assert waiting.sentence(parbench.Run(tmp_path / "computes").summary, "doubles") == ""
