"""Chunks per core: analyses of results that differ by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import parbench
from parbench.analysis.verdict import verdicts
from parbench.measurement.plan import LocatedWorkload, Selection, cells_of, group_cells
from parbench.pytest_plugin.outcome import results
from parbench.report.sentences.comparison import lines
from parbench.report.sentences.verdicts import sentence
from parbench.workload.cell import AUTO, Cell
from tests.support import fake_arms
from tests.support.fake_arms import World
from tests.support.run_data import change_header


def cut_world(best: int, **more: Any) -> World:
    """A world in which threads with `best` chunks per core take 0.8 of their time."""

    def seconds(cell: Cell) -> float:
        return fake_arms.ideal(cell) * (0.8 if cell.strategy == "threads" and cell.chunks == best else 1.0)

    return World(seconds=seconds, noise=0.01, block_noise=0.01, **more)


def measured(folder: Path, best: int, **more: Any) -> Any:
    """The frame of a run of threads on 1 and 2 cores, at 1, 4 and `auto` chunks per core."""
    cells = cells_of(
        fake_arms.workload, Selection(chunks=(1, 4, AUTO)), sizes=(1000,), strategies=["threads"], cores=(1, 2)
    )
    groups = group_cells(cells, {"doubles": LocatedWorkload(fake_arms.workload, fake_arms.entry.reference)})
    cut_world(best, **more).run(folder, groups)
    frame = parbench.load(folder)
    change_header(frame, machine={"machine_id": "one"})
    return frame


@pytest.mark.parametrize(("best", "words"), [(1, ""), (4, " with 4 chunks per core"), (AUTO, " with auto chunks")])
def test_a_verdict_names_the_chunks(tmp_path: Path, best: int, words: str) -> None:
    """The fastest is recommended with its chunks, which are not mentioned if there is one per core."""
    (found,) = verdicts(parbench.summarize(measured(tmp_path, best)))
    assert (found.best, found.cores, found.chunks) == ("threads", 2, best)
    assert f": use threads on 2 cores{words}, 2." in sentence(found)


def test_relative_is_against_the_same_chunks_and_samples_are_the_cells_own(tmp_path: Path) -> None:
    """Each number of chunks is compared with its own cell on one core, and has its own samples."""
    frame = measured(tmp_path, 4)
    summary = parbench.summarize(frame)
    two = summary[(summary["strategy"] == "threads") & (summary["cores"] == 2)]
    assert list(two["chunks"]) == [1, 4, AUTO]
    assert list(two["relative"]) == pytest.approx([2, 2, 2], rel=0.03)
    assert list(summary[summary["verdict"] == "baseline"]["chunks"]) == [1]
    found = {str(cell): each for cell, each in results(frame, summary).items()}
    sure: list[Any] = [found[f"doubles-1000-threads-2{cut}"] for cut in ("", "x4", "xauto")]
    assert [len(each.samples) for each in sure] == list(two["rounds"])
    assert [float(np.median(each.samples)) for each in sure] == pytest.approx(list(two["seconds"]))


def test_comparisons_and_histories_tell_chunks_apart(tmp_path: Path) -> None:
    """A slower cell with four chunks per core is named with them, and compared with the same baseline as the others."""
    base, head = measured(tmp_path / "a", 4, seed=1), measured(tmp_path / "b", 1, seed=2)
    changes = parbench.compare(base, head, margin=0.05)
    rows: list[Any] = list(changes[changes["cores"] == 2].itertuples())
    ratios = {row.chunks: row.ratio for row in rows}
    assert ratios == pytest.approx({1: 0.8, 4: 1.25, AUTO: 1.0}, rel=0.03)
    told = "\n".join(lines(changes.assign(verdict="SLOWER")))
    assert "doubles-1000-threads-2x4 " in told
    assert "doubles-1000-threads-2xauto " in told
    runs = parbench.history([base])
    assert {row.chunks for row in list[Any](runs.itertuples())} == {1, 4, AUTO}


def test_a_margin_is_of_a_cell_with_its_chunks(tmp_path: Path) -> None:
    """A test's margin counts for the cells of its chunks, by name."""
    base, head = measured(tmp_path / "a", 4, seed=1), measured(tmp_path / "b", 4, seed=2)
    change_header(head, settings={"margin": 0.5, "margins": {"doubles-1000-threads-2x4": 0.7}})
    changes = parbench.compare(base, head)
    rows: list[Any] = list(changes.itertuples())
    assert {(row.cores, row.chunks) for row in rows if row.margin == 0.7} == {(2, 4)}
