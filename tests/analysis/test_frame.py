"""From a run file to the tidy frame."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import COLUMNS, data_of
from parbench.errors import RunFileError
from parbench.runfile.locate import FILE
from parbench.runfile.records import Ceiling, Footer, Memory, Outcome, Record, RunWarning, Sample
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from tests.support import fake_arms

ONE, TWO = Cell("doubles", 1000, "threads", 1), Cell("doubles", 1000, "threads", 2)


def loaded(folder: Path, *records: Record) -> pd.DataFrame:
    """The frame of a run file with these records."""
    with Journal(folder / FILE, fake_arms.header()) as journal:
        for record in records:
            journal.add(record)
    return parbench.load(folder)


def test_a_run_of_nothing_is_an_empty_frame(tmp_path: Path) -> None:
    """A run file of a header alone gives no rows, all columns of their types, and says that it was cut short."""
    frame = loaded(tmp_path)
    assert frame.empty
    assert list(frame.columns) == list(COLUMNS)
    assert frame["size"].dtype == "int64"
    assert (data_of(frame).complete, data_of(frame).seconds) == (False, None)
    assert data_of(frame).header == fake_arms.header()


def test_a_sample_is_a_row(tmp_path: Path) -> None:
    """Its cell, its place and its values are in one row, with the cell's peak memory and status."""
    frame = loaded(
        tmp_path,
        Sample(TWO, 3, 1, "steady", 0.25, 2, 0.5, [0, 1], 0.3, [1000, 1400]),
        Memory(TWO, 0, 100),
        Memory(TWO, 3, 70),
    )
    (row,) = frame.to_dict("records")
    assert {**row, "ceiling": None} == {
        "run": fake_arms.header().run,
        "workload": "doubles",
        "size": 1000,
        "strategy": "threads",
        "cores": 2,
        "chunks": 1,
        "environment": "",
        "block": 3,
        "round": 1,
        "phase": "steady",
        "seconds": 0.25,
        "mean_seconds": 0.3,
        "calls": (0.25, 0.35),
        "loops": 2,
        "cpu_seconds": 0.5,
        "peak_bytes": 100,
        "ceiling": None,
        "status": "ok",
        "reason": "",
    }


def test_the_ceiling_is_that_of_the_same_round(tmp_path: Path) -> None:
    """A steady sample has the ceiling of its block, round, bound and cores; one core has 1; other phases have none."""
    frame = loaded(
        tmp_path,
        Ceiling(0, 0, "compute", 2, 1.5),
        Ceiling(0, 1, "compute", 2, 1.6),
        Ceiling(0, 1, "memory", 2, 1.1),
        Sample(TWO, 0, 1, "steady", 1.0),
        Sample(ONE, 0, 1, "steady", 1.0),
        Sample(TWO, 0, 2, "steady", 1.0),
        Sample(TWO, 0, 0, "start", 1.0),
    )
    assert list(frame["ceiling"].fillna(-1)) == [1.6, 1.0, -1, -1]


def test_a_failed_cell_is_a_row_of_its_own(tmp_path: Path) -> None:
    """Without samples it has one row without seconds; with samples its status is in each of them; the last counts."""
    frame = loaded(
        tmp_path,
        Sample(TWO, 0, 0, "steady", 1.0),
        Outcome(ONE, "skipped", "later"),
        Outcome(ONE, "missing", "not installed"),
        Outcome(TWO, "crash", "gone"),
    )
    assert list(frame["status"]) == ["crash", "missing"]
    assert list(frame["reason"]) == ["gone", "not installed"]
    assert list(frame["phase"]) == ["steady", ""]
    assert list(frame["seconds"].isna()) == [False, True]


def test_a_finished_run_says_so(tmp_path: Path) -> None:
    """The footer and the warnings are in the attributes."""
    frame = loaded(tmp_path, RunWarning("one"), RunWarning("two"), Footer(12.5, 3))
    assert data_of(frame).warnings == (RunWarning("one"), RunWarning("two"))
    assert (data_of(frame).complete, data_of(frame).seconds) == (True, 12.5)


def test_text_that_cannot_be_encoded_is_made_so(tmp_path: Path) -> None:
    """Half a character in a reason, as undecodable file names give it, becomes a question mark; whole ones stay."""
    frame = loaded(tmp_path, Outcome(ONE, "error", "no file \udcff here 🙂"))
    assert frame["reason"].iloc[0] == "no file ? here 🙂"


def test_a_bad_file_is_refused_by_load(tmp_path: Path) -> None:
    """Load refuses the lines that the reader refuses, with the line number."""
    (tmp_path / FILE).write_text("{}\n{}\n")
    with pytest.raises(RunFileError, match="line 1"):
        parbench.load(tmp_path)
