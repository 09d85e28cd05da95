"""parbench's own run file, on either end of a conversion."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from parbench.errors import ExchangeError, UsageError
from parbench.interchange.results import Results
from parbench.runfile.header import Header
from parbench.runfile.locate import FILE
from parbench.runfile.reader import parse
from parbench.runfile.reader import read as read_records
from parbench.runfile.records import Footer, Outcome, Record, RunWarning, Sample, as_line
from parbench.runfile.writer import Journal
from parbench.workload.cell import HEAD, Cell

NAME = "parbench"
#: The columns of the summary that go into the other file, for each cell.
SUMMARY_COLUMNS = ("speedup", "speedup_low", "speedup_high", "baseline", "verdict")


def read(path: Path) -> Results:
    """The steady timings of a run, without cells that failed and without a base; raises ExchangeError, RunFileError."""
    samples: list[Sample] = []
    statuses: dict[Cell, str] = {}
    header: Header | None = None
    for record in read_records(path):
        if isinstance(record, Header):
            header = record
        elif isinstance(record, Sample) and record.phase == "steady" and record.seconds > 0:
            samples.append(record)
        elif isinstance(record, Outcome):
            statuses[record.cell] = record.status
    assert header is not None  # a run file begins with one
    failed = [cell for cell, status in statuses.items() if status != "ok" and cell.environment == HEAD]
    complete = [each for each in samples if each.cell.environment == HEAD and each.cell not in failed]
    if not complete:
        raise ExchangeError(f"{path} has no cell with timings: there is nothing to convert.")
    others = {cell for cell in (*statuses, *(each.cell for each in samples)) if cell.environment != HEAD}
    complete.sort(key=lambda each: each.cell)
    return Results(header, complete, omissions(failed, len(others)), summarize_cells(path))


def omissions(failed: list[Cell], others: int) -> list[str]:
    """Sentences on cells that the other format cannot express."""
    notes = []
    if failed:
        notes.append(f"Cells without a result are left out: {len(failed)}, such as {failed[0]}.")
    if others:
        notes.append(f"Cells of the base of a comparison are left out: {others}.")
    return notes


def summarize_cells(path: Path) -> Mapping[Cell, Mapping[str, float | str]]:
    """The speedup and the verdict of each cell of our own environment."""
    from parbench.analysis.estimates import CELL
    from parbench.analysis.frame import load, ours
    from parbench.analysis.summary import summarize

    return {
        Cell(*(row[axis] for axis in CELL)): {
            name: row[name] for name in SUMMARY_COLUMNS if not (isinstance(row[name], float) and math.isnan(row[name]))
        }
        for row in summarize(ours(load(path))).to_dict("records")
    }


def write(results: Results, path: Path) -> Path:
    """Write a run file, or a folder with one, and return its path; raises ExchangeError if there is one."""
    run_file = path if path.suffix == ".jsonl" else path / FILE
    if run_file.exists():
        raise ExchangeError(f"{run_file} is there already: name another file or folder.")
    records = records_of(results)
    for record in [results.header, *records]:
        parse(json.dumps(as_line(record)))  # a record that could not be read back is not written
    try:
        with Journal(run_file, results.header) as journal:
            for record in records:
                journal.add(record)
    except UsageError as error:
        raise ExchangeError(f"{run_file} cannot be written: name a place that you can write.") from error
    return run_file


def records_of(results: Results) -> list[Record]:
    """The lines of a run file below its header."""
    total = sum(sample.seconds * sample.loops for sample in results.samples)
    blocks = Counter(cell for cell, _ in {(sample.cell, sample.block) for sample in results.samples})
    return [*map(RunWarning, results.notes), *results.samples, Footer(total, max(blocks.values()))]
