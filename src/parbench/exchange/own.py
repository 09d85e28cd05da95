"""parbench's own run file, on either end of a conversion."""

from __future__ import annotations

import json
import math
from pathlib import Path

from parbench.errors import ExchangeError, UsageError
from parbench.exchange.results import Results, Series, Timing
from parbench.exchange.typed import Place
from parbench.journal import FILE, Journal, find, parse
from parbench.journal import read as records_of
from parbench.records import HEAD, Cell, Footer, Header, Outcome, Record, Sample, Warned, as_line

NAME = "parbench"
ABOUT = "a run of parbench: its run.jsonl, or the folder that holds it"
#: What else goes along, of each cell: the columns of the summary.
SAID = ("speedup", "speedup_low", "speedup_high", "baseline", "verdict")


def belongs(place: Place) -> bool:
    """Whether this is the first line of a run file."""
    return place.has("kind") and place.value["kind"] == Header.kind


def read(path: Path) -> Results:
    """The steady timings of a run, and what became of its cells; raises RunFileError."""
    series: dict[Cell, Series] = {}
    header: Header | None = None
    for record in records_of(path):
        if isinstance(record, Header):
            header = record
        elif isinstance(record, Sample) and record.phase == "steady" and record.seconds > 0:
            timing = Timing(record.round, record.seconds, max(1, record.loops))
            series.setdefault(record.cell, Series(record.cell)).blocks.setdefault(record.block, []).append(timing)
        elif isinstance(record, Outcome):
            found = series.setdefault(record.cell, Series(record.cell))
            found.status, found.reason = record.status, record.reason
    assert header is not None  # a run file begins with one
    results = Results(header, list(series.values()), said=summary_of(path))
    results.notes += results.left_out()
    if not results.measured():
        raise ExchangeError(f"{path} has no cell with timings: there is nothing to convert.")
    return results


def summary_of(path: Path) -> dict[Cell, dict[str, float | str]]:
    """The speedup and the verdict of each cell of our own environment."""
    from parbench.analysis.summary import CELL, summarize
    from parbench.frame import load, ours

    said = {}
    for row in summarize(ours(load(path))).to_dict("records"):
        known = {name: row[name] for name in SAID if not (isinstance(row[name], float) and math.isnan(row[name]))}
        said[Cell(*(row[axis] for axis in CELL))] = known
    return said


def write(results: Results, path: Path) -> Path:
    """Write a run file, or a folder with one; its path. Raises ExchangeError where there is one."""
    place = path if path.suffix == ".jsonl" else path / FILE
    if place.exists():
        raise ExchangeError(f"{place} is there already: name another file or folder.")
    records = list(records_from(results))
    for record in [results.header, *records]:
        parse(json.dumps(as_line(record)))  # it comes from elsewhere: nothing is written that could not be read
    try:
        with Journal(place, results.header) as journal:
            for record in records:
                journal.add(record)
    except UsageError as error:
        raise ExchangeError(f"{place} cannot be written: name a place that you can write.") from error
    return find(place)


def records_from(results: Results) -> list[Record]:
    """The lines of a run file below its header."""
    found: list[Record] = [Warned(note) for note in results.notes]
    for each in results.series:
        for number, block in each.blocks.items():
            found += [Sample(each.cell, number, one.round, "steady", one.seconds, one.loops) for one in block]
        if each.status != "ok":
            found.append(Outcome(each.cell, each.status, each.reason))
    ours = [each for each in results.series if each.cell.environment == HEAD]
    spent = sum(one.seconds * one.loops for each in ours for block in each.blocks.values() for one in block)
    return [*found, Footer(spent, max((len(each.blocks) for each in ours), default=0))]
