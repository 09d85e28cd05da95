"""Chunks a core: how they are asked for and named, what a strategy's own are, and what is made of the results."""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.pool import Pool, ThreadPool
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import parbench
from parbench import Steps, Workload
from parbench.analysis.changes import lines
from parbench.analysis.verdict import verdicts
from parbench.arm import CellSampler
from parbench.asking import check_wishes, left_out
from parbench.errors import UsageError
from parbench.findings import results
from parbench.harnesses import find
from parbench.harnesses.base import MOST_TASKS, parts_of
from parbench.journal import parse
from parbench.options import settings
from parbench.plan import Asked, Entry, cells_of, grouped
from parbench.protocol import Spec
from parbench.records import OWN, Cell, Sample, as_line
from parbench.reference import Reference
from parbench.suite import Settings, Suite
from tests import fake, kernels
from tests.fake import World
from workloads import affine, affine_sum, square_array

FORMS = r"takes whole numbers from 1 to 1,000,000 and the word own, such as 1,4,16,own, not .*\.$"


def own(label: str, workload: Workload, size: int, cores: int, data: Any = None) -> int:
    """Into how many parts a strategy cuts by itself."""
    data = workload.make(size, 1) if data is None else data
    return parts_of(find(label)[0], workload, data, Cell(workload.name, size, label, cores, OWN))


def named(workload: Workload = fake.workload, asked: Asked | None = None, **wishes: Any) -> list[str]:
    """The names of the cells that are asked for, at size 10 on 2 cores."""
    return [str(cell) for cell in cells_of(workload, asked or Asked(), sizes=(10,), cores=(2,), **wishes)]


# -- asking and naming ---------------------------------------------------------------------------------------


def test_chunks_are_read_in_any_order_and_own_is_last() -> None:
    """Each count comes once, growing, and `own` is 0 behind them; nothing typed is nothing asked."""
    assert settings({"chunks": "16, own,1_000,1,1"}, [], Path()).asked.chunks == (1, 16, 1000, OWN)
    assert settings({}, [], Path()).asked.chunks is None


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "4;1", "1__x", "own 4", "9" * 30, "9" * 5000])
def test_chunks_that_cannot_be_typed_are_one_sentence(text: str) -> None:
    """Anything but whole numbers from 1 and `own` is refused with what is accepted."""
    with pytest.raises(UsageError, match=f"^--parbench-chunks {FORMS}"):
        settings({"chunks": f"1,{text}"}, [], Path())


@pytest.mark.parametrize("text", ["", " ", ",,"])
def test_no_chunks_typed_are_one_sentence(text: str) -> None:
    """An empty list is refused with what is accepted."""
    with pytest.raises(UsageError, match=r"^--parbench-chunks is empty: give whole numbers from 1 .* own, .*\.$"):
        settings({"chunks": text}, [], Path())


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        *(
            ({"chunks": [1, each]}, f"^chunks of the parbench mark {FORMS}")
            for each in (0, -1, "x", "4", True, 1.5, None)
        ),
        ({"chunks": []}, r"^chunks of the parbench mark is empty: give whole numbers"),
        ({"chunks": "own"}, r"has chunks='own': give a list, such as \['own'\]\.$"),
        ({"chunks": 4}, r"has chunks=4: give a list, such as \[4\]\.$"),
        ({"profiles": "quick"}, r"has profiles='quick': give a list"),
        ({"profiles": ["lazy"]}, r"no profile 'lazy': choose from quick, standard, thorough\.$"),
    ],
)
def test_marks_that_cannot_be_meant_are_one_sentence(wishes: dict[str, Any], words: str) -> None:
    """The mark takes what the option takes, in a list, and names of profiles."""
    with pytest.raises(UsageError, match=words):
        check_wishes(wishes)


def test_the_name_of_a_cell_has_its_chunks_where_they_are_not_one() -> None:
    """Cores x chunks, `own` in words; one chunk a core is named as cells always were."""
    names = named(strategies=["threads"], chunks=(1, 4, OWN))
    assert names == ["doubles-10-threads-2", "doubles-10-threads-2x4", "doubles-10-threads-2xown"]
    assert str(Cell("w", 1, "threads", 2, OWN, "base")) == "w-1-threads-2xown (base)"
    assert len({str(cell) for cell in (Cell("w", 1, "s", 2), Cell("w", 1, "s", 2, 2), Cell("w", 1, "s", 2, 22))}) == 3


def test_what_is_not_cut_is_measured_once() -> None:
    """Baselines, whole-array forms and the tutorial's are at one chunk a core, whatever is asked of the others."""
    strategies = ["serial", "vectorized", "threads", "multiprocessing[tutorial]", "dask-threads[tutorial]"]
    found = named(asked=Asked(chunks=(4, OWN), strategies=tuple(strategies)))
    assert [name.removeprefix("doubles-10-") for name in found] == [
        "serial-1",
        "vectorized-1",
        "threads-2x4",
        "threads-2xown",
        "multiprocessing[tutorial]-2",
        "dask-threads[tutorial]-2",
    ]


def test_the_option_comes_before_the_mark_and_one_is_the_default() -> None:
    """As with the other axes; a baseline that nobody asked for comes uncut."""
    assert named(strategies=["threads"]) == ["doubles-10-threads-2"]
    assert named(asked=Asked(chunks=(8,)), strategies=["threads"], chunks=(1, 4)) == ["doubles-10-threads-2x8"]
    cells = cells_of(fake.workload, Asked(chunks=(8,)), sizes=(10,), strategies=["threads"], cores=(2,))
    (group,) = grouped(cells, {"doubles": fake.entry})
    assert {str(cell) for cell in group.cells} == {"doubles-10-serial-1", "doubles-10-vectorized-1", *map(str, cells)}


def test_old_run_files_and_own_chunks_are_read() -> None:
    """A cell without chunks has one a core, and own chunks come back as they were."""
    line = as_line(Sample(Cell("w", 1, "threads", 2, OWN), 0, 0, "steady", 1.0))
    assert parse(json.dumps(line)) == Sample(Cell("w", 1, "threads", 2, OWN), 0, 0, "steady", 1.0)
    del line["cell"]["chunks"], line["cell"]["environment"]
    assert parse(json.dumps(line)) == Sample(Cell("w", 1, "threads", 2), 0, 0, "steady", 1.0)


# -- a strategy's own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 25, 1000])
def test_own_of_a_pool_is_what_the_pool_does(monkeypatch: pytest.MonkeyPatch, count: int, cores: int) -> None:
    """`multiprocessing` and `shared-memory` make as many tasks of so many items as `Pool.map` itself."""
    batches: list[Any] = []
    original = Pool._get_tasks  # type: ignore[attr-defined]  # with which a pool of either kind cuts

    def noted(*given: Any) -> Any:
        batches.extend(original(*given))
        return iter(batches)

    monkeypatch.setattr(Pool, "_get_tasks", staticmethod(noted))
    with ThreadPool(cores) as pool:
        pool.map(abs, range(count))
    for label in ("multiprocessing", "multiprocessing[spawn]", "shared-memory"):
        assert own(label, kernels.good, count, cores) == len(batches)


def test_own_of_threads_is_what_the_executor_does() -> None:
    """A task an item, as `Executor.map` submits them."""

    class Counting(ThreadPoolExecutor):
        submitted = 0

        def submit(self, *given: Any, **more: Any) -> Future[Any]:
            self.submitted += 1
            return super().submit(*given, **more)

    with Counting(2) as executor:
        list(executor.map(abs, range(37)))
        assert own("threads", kernels.good, 37, 2) == executor.submitted == 37


@pytest.mark.parametrize("size", [100, 1000, 1001, 12_345])
def test_own_of_dask_is_what_dask_does(size: int) -> None:
    """An array form is cut into as many chunks as ``chunks="auto"`` makes; delayed tasks are one an item."""
    import dask
    import dask.array as da

    with dask.config.set({"array.chunk-size": "8kB"}):
        auto = da.from_array(np.zeros(size), chunks="auto").numblocks[0]
        for label in ("dask-threads", "dask-processes", "dask-distributed"):
            assert own(label, square_array.workload, size, 2) == auto
    assert own("dask-threads", kernels.good, 37, 2) == 37
    delayed = replace(kernels.good, dask=lambda data, parts: dask.delayed(list)(data))
    assert own("dask-threads", delayed, 37, 2) == 37


def test_own_of_dask_knows_arrays_that_nobody_sends() -> None:
    """Numbers made in the workers count 8 bytes each, also where one is all that comes back; 128 MiB are a chunk."""
    for workload in (affine.workload, affine_sum.workload):
        assert own("dask-threads", workload, 2048, 2) == 1
        assert own("dask-threads", workload, 10_000, 2) == 6


def test_items_are_what_the_workload_can_cut() -> None:
    """Rows where rows are cut, not numbers, nor the fields of the record that stands for them."""
    assert own("threads", affine.workload, 48, 2) == 48
    assert own("multiprocessing", affine.workload, 48, 2) == 8


def test_own_chunks_are_ten_thousand_tasks_at_most() -> None:
    """Many items, and items whose steps multiply them, are cut less finely; asked for in numbers, they are not."""
    assert own("threads", kernels.good, 0, 2, range(50_000)) == MOST_TASKS
    steps = Steps(kernels.next_in_ring, kernels.neighbours, lambda data, chunks: chunks)
    ring = replace(kernels.ring, steps=steps)
    parts = own("threads", ring, 5000, 2)
    assert parts * (parts + 1) <= MOST_TASKS < 2 * parts * (2 * parts + 1)
    cell = Cell("doubles", 8, "threads", 2, 50_000)
    assert parts_of(find("threads")[0], kernels.good, [1], cell) == 100_000


def test_a_strategy_without_a_habit_has_one_chunk_a_core() -> None:
    """Somebody else's harness need not say what its own is."""
    assert own("serial", kernels.good, 100, 3) == 3


def test_an_arm_cuts_as_its_cell_says() -> None:
    """The arm makes as many parts as the data have items where threads cut by themselves, else as many as are asked."""
    where = Reference("tests.kernels", "", "good")
    for chunks, parts in ((1, 1), (4, 4), (OWN, 8)):
        sampler = CellSampler(Spec(Cell("doubles", 8, "threads", 1, chunks), where, 1, [], []))
        sampler.open()
        assert sampler.parts == parts
        assert sampler.first()["seconds"] > 0
        sampler.close()


# -- results -----------------------------------------------------------------------------------------------------


def cut_world(best: int, **more: Any) -> World:
    """A world in which threads with `best` chunks a core take 0.8 of their time."""

    def seconds(cell: Cell) -> float:
        return fake.ideal(cell) * (0.8 if cell.strategy == "threads" and cell.chunks == best else 1.0)

    return World(seconds=seconds, noise=0.01, block_noise=0.01, **more)


def measured(folder: Path, best: int, **more: Any) -> Any:
    """The frame of a run of threads on 1 and 2 cores, at 1, 4 and their own chunks a core."""
    cells = cells_of(fake.workload, Asked(chunks=(1, 4, OWN)), sizes=(1000,), strategies=["threads"], cores=(1, 2))
    groups = grouped(cells, {"doubles": Entry(fake.workload, fake.entry.reference)})
    cut_world(best, **more).run(folder, groups)
    frame = parbench.load(folder)
    frame.attrs["header"]["machine"]["machine_id"] = "one"
    return frame


@pytest.mark.parametrize(("best", "words"), [(1, ""), (4, " with 4 chunks a core"), (OWN, " with chunks of its own")])
def test_a_verdict_names_the_chunks(tmp_path: Path, best: int, words: str) -> None:
    """The fastest is advised with its chunks, which are not spoken of where there is one a core."""
    (found,) = verdicts(parbench.summarize(measured(tmp_path, best)))
    assert (found.best, found.cores, found.chunks) == ("threads", 2, best)
    assert f": take threads on 2 cores{words}, 2.2" in found.sentence


def test_relative_is_against_the_same_chunks_and_samples_are_the_cells_own(tmp_path: Path) -> None:
    """Each number of chunks has its own cell on one core to be held against, and its own samples."""
    frame = measured(tmp_path, 4)
    summary = parbench.summarize(frame)
    two = summary[(summary["strategy"] == "threads") & (summary["cores"] == 2)]
    assert list(two["chunks"]) == [1, 4, OWN]
    assert list(two["relative"]) == pytest.approx([2, 2, 2], rel=0.03)
    assert list(summary[summary["verdict"] == "baseline"]["chunks"]) == [1]
    found = {str(cell): each for cell, each in results(frame, summary)}
    sure: list[Any] = [found[f"doubles-1000-threads-2{cut}"] for cut in ("", "x4", "xown")]
    assert [len(each.samples) for each in sure] == list(two["rounds"])
    assert [float(np.median(each.samples)) for each in sure] == pytest.approx(list(two["seconds"]))


def test_comparisons_and_histories_tell_chunks_apart(tmp_path: Path) -> None:
    """What got slower with four chunks a core is named so, and held against the same baseline as the others."""
    base, head = measured(tmp_path / "a", 4, seed=1), measured(tmp_path / "b", 1, seed=2)
    changes = parbench.compare(base, head, margin=0.05)
    rows: list[Any] = list(changes[changes["cores"] == 2].itertuples())
    ratios = {row.chunks: row.ratio for row in rows}
    assert ratios == pytest.approx({1: 0.8, 4: 1.25, OWN: 1.0}, rel=0.03)
    told = "\n".join(lines(changes.assign(verdict="SLOWER")))
    assert "doubles-1000-threads-2x4 " in told
    assert "doubles-1000-threads-2xown " in told
    runs = parbench.history([base])
    assert {row.chunks for row in list[Any](runs.itertuples())} == {1, 4, OWN}


def test_a_margin_is_of_a_cell_with_its_chunks(tmp_path: Path) -> None:
    """A test's margin counts for the cells of its chunks, by name."""
    base, head = measured(tmp_path / "a", 4, seed=1), measured(tmp_path / "b", 4, seed=2)
    head.attrs["header"]["settings"] = {"margin": 0.5, "margins": {"doubles-1000-threads-2x4": 0.7}}
    changes = parbench.compare(base, head)
    rows: list[Any] = list(changes.itertuples())
    assert {(row.cores, row.chunks) for row in rows if row.margin == 0.7} == {(2, 4)}


# -- tests of some profiles --------------------------------------------------------------------------------------


def test_a_test_may_belong_to_some_profiles() -> None:
    """In others it is left out, in words, unless its workloads are named; without the wish it never is."""
    quick, standard = (Suite(Settings(Asked(profile=name))) for name in ("quick", "standard"))
    named = Suite(Settings(workloads=("one",)))
    wishes = {"profiles": ("standard", "thorough")}
    assert left_out(quick, wishes).startswith("it belongs to --parbench-profile=standard or thorough")
    assert left_out(standard, wishes) == left_out(named, wishes) == left_out(quick, {}) == ""


TWO = """
import pytest

import parbench

one = parbench.Workload("one", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))
two = parbench.Workload("two", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))


@pytest.mark.parbench(one, strategies=["threads"], cores=[1], chunks=[1, 2, "own"])
def test_one(cell, chunks):
    assert cell.cell.chunks == chunks
    cell.measure()


@pytest.mark.parbench(two, strategies=["serial"], profiles=["standard"])
def test_two(cell):
    cell.measure()
"""


def test_ids_have_chunks_and_profiles_choose_tests(pytester: pytest.Pytester) -> None:
    """A test a number of chunks; what belongs to another profile is deselected and named, unless its file is."""
    pytester.makepyfile(test_it=TWO)
    result = pytester.runpytest_subprocess("-v")
    result.assert_outcomes(passed=3, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "parbench: test_it.py::test_two is left out: it belongs to *",
            "*one-10-threads-1x2?*",
            "*one-10-threads-1xown?*",
        ]
    )
    result = pytester.runpytest_subprocess("test_it.py", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["4 tests collected *"])
    result = pytester.runpytest_subprocess("--parbench-profile=standard", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["4 tests collected *"])


def test_workloads_that_are_not_wanted_are_not_measured(pytester: pytest.Pytester) -> None:
    """With only one of two workloads named, the test of the other has no cell and does not stop the measuring."""
    pytester.makepyfile(test_it=TWO)
    result = pytester.runpytest_subprocess(
        "test_it.py", "--benchmark", "--parbench-budget=3", "--parbench-workloads=one", "-p", "no:cacheprovider"
    )
    result.assert_outcomes(passed=3, deselected=1)
    frame = parbench.load(pytester.path / "reports" / "latest")
    assert set(frame.loc[frame["strategy"] == "threads", "chunks"]) == {1, 2, OWN}
    assert set(frame.loc[frame["strategy"] == "serial", "chunks"]) == {1}


def test_chunks_are_named_in_the_settings(pytester: pytest.Pytester) -> None:
    """The header says what was asked for as it was typed, so that a reader needs no key to it."""
    pytester.makepyfile(test_it=TWO)
    pytester.runpytest_subprocess(
        "test_it.py::test_two", "--benchmark", "--parbench-budget=2", "--parbench-chunks=4,own"
    )
    frame = parbench.load(pytester.path / "reports" / "latest")
    assert frame.attrs["header"]["settings"]["chunks"] == ["4", "own"]
