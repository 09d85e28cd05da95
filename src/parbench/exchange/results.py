"""What all formats are turned into and made from: the timings of cells, and what is known of where they come from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from parbench.errors import ExchangeError
from parbench.exchange.typed import MOST_TIMINGS, plain
from parbench.records import HEAD, Cell, Header

#: The strategy of a benchmark that does not say which it ran.
UNKNOWN = "unknown"
#: The parameters by which a foreign benchmark says which cell it is; those with a number of cores are enough.
STRATEGY, CORES, CHUNKS, SIZE, WORKLOAD = "strategy", "cores", "chunks", "size", "workload"
_MACHINE_ID = re.compile(r"[0-9a-f]{8}")


class Timing(NamedTuple):
    """One steady timing: its round within the block, seconds of one call, and calls made back to back."""

    round: int
    seconds: float
    loops: int = 1


@dataclass
class Series:
    """The timings of one cell by block; a `status` other than ok says why there are none."""

    cell: Cell
    blocks: dict[int, list[Timing]] = field(default_factory=dict)
    status: str = "ok"
    reason: str = ""
    unit: str = ""

    def seconds(self) -> list[float]:
        """All timings, block after block."""
        return [timing.seconds for block in self.blocks.values() for timing in block]


@dataclass
class Results:
    """What a file holds, whatever its format.

    Fields:
        header: of the run, also where the file is none.
        series: one a cell.
        notes: sentences on what a reader has to know, or on what was left out.
        said: what else is known of cells, such as speedups; plain values.
    """

    header: Header
    series: list[Series]
    notes: list[str] = field(default_factory=list)
    said: Mapping[Cell, Mapping[str, Any]] = field(default_factory=dict)

    def measured(self) -> list[Series]:
        """The cells of our own environment that have timings and did not fail, in order."""
        found = [each for each in self.series if each.blocks and each.status == "ok" and each.cell.environment == HEAD]
        return sorted(found, key=lambda each: each.cell)

    def left_out(self) -> list[str]:
        """What a format without failures and other environments cannot take, in sentences."""
        failed = [each for each in self.series if each.status != "ok" and each.cell.environment == HEAD]
        others = [each for each in self.series if each.cell.environment != HEAD]
        told = []
        if failed:
            told.append(f"Cells without a result are left out: {len(failed)}, such as {failed[0].cell}.")
        if others:
            told.append(f"Cells of the base of a comparison are left out: {len(others)}.")
        return told


@dataclass(frozen=True)
class Source:
    """What a foreign file says of itself.

    Fields:
        tool: the name of its format.
        file: its name, without folders.
        created: when it was made, in UTC; None where it does not say.
        version: of the tool; empty where it does not say.
        node: what it calls the machine.
        machine: facts of it, under the names that the header of a run has.
        python: the version of Python.
        commit: a hash, with "+" behind it where files differed.
        blocks: what a block of the imported run is, in a sentence.
    """

    tool: str
    file: str
    created: datetime | None
    version: str = ""
    node: str = ""
    machine: Mapping[str, Any] = field(default_factory=dict)
    python: str = ""
    commit: str = ""
    blocks: str = ""


def named(name: str, params: Mapping[str, Any], whole_name: str) -> tuple[Cell, str]:
    """The cell that a foreign benchmark is, and the unit of its size.

    `name` is without parameters, `whole_name` with them. Where parameters called ``strategy`` and ``cores`` are a text
    and a whole number, they say which cell it is, with ``size``, ``chunks`` and ``workload`` if they are there.
    Otherwise the strategy is `UNKNOWN`, on one core. The only whole number among the other parameters is the size, with
    its name as the unit; the rest becomes part of the workload's name. A size of 1 without a unit stands for none.
    """
    rest = dict(params)
    strategy, cores, chunks = UNKNOWN, 1, 1
    if isinstance(rest.get(STRATEGY), str) and is_whole(rest.get(CORES), 1):
        strategy, cores = plain(rest.pop(STRATEGY)), rest.pop(CORES)
        if is_whole(rest.get(CHUNKS)):
            chunks = rest.pop(CHUNKS)
        if isinstance(rest.get(WORKLOAD), str):
            name = plain(rest.pop(WORKLOAD))
    wholes = [key for key, value in rest.items() if is_whole(value)]
    unit = SIZE if SIZE in wholes else wholes[0] if len(wholes) == 1 else ""
    if not unit and strategy == UNKNOWN:
        return Cell(whole_name, 1, UNKNOWN, 1), ""
    size = rest.pop(unit) if unit else 1
    more = ",".join(f"{plain(key)}={plain(str(value))}" for key, value in rest.items())
    return Cell(f"{name}[{more}]" if more else name, size, strategy, cores, chunks), unit if unit != SIZE else ""


def is_whole(value: Any, least: int = 0) -> bool:
    """Whether it is a whole number that a cell may have."""
    return type(value) is int and least <= value < 10**15


def imported(source: Source, series: list[Series], notes: Iterable[str] = ()) -> Results:
    """The results of a foreign file, with a header and the sentences that its report needs; raises ExchangeError."""
    if not series:
        raise ExchangeError(
            f"{source.file} has no timings that can be taken over: give a file with benchmarks of time."
        )
    seen: set[Cell] = set()
    for cell in (each.cell for each in series):
        if cell in seen:
            raise ExchangeError(
                f"two benchmarks of {source.file} are the same cell, {cell}: give them parameters that tell them apart."
            )
        if not cell.workload or not cell.strategy:
            raise ExchangeError(f"a benchmark of {source.file} has no name: give the file as the tool wrote it.")
        seen.add(cell)
    if sum(len(block) for each in series for block in each.blocks.values()) > MOST_TIMINGS:
        raise ExchangeError(f"{source.file} has more than {MOST_TIMINGS:,} timings: split it.")
    told = [
        f"Imported from {source.tool}{f' {source.version}' if source.version else ''} ({source.file}): {source.blocks}"
    ]
    return Results(header(source, series), series, [*told, *unknowns(series), *notes])


def unknowns(series: Iterable[Series]) -> list[str]:
    """What the benchmarks do not say of themselves, in sentences."""
    without = [each.cell for each in series if each.cell.strategy == UNKNOWN]
    if not without:
        return []
    told = [
        f"Benchmarks that do not say with which strategy and on how many cores: {len(without)}. They are shown as "
        f"strategy “{UNKNOWN}” on 1 core, without a baseline, and so without speedup and verdict. Parameters called "
        "strategy and cores would say it."
    ]
    if sizeless := sum(each.cell.strategy == UNKNOWN and each.cell.size == 1 and not each.unit for each in series):
        told.append(f"Of these, without one whole number as a parameter, and shown at size 1: {sizeless}.")
    return told


def header(source: Source, series: Iterable[Series]) -> Header:
    """The header of an imported run; what the file does not say is left out."""
    created = source.created or datetime.now(UTC)
    identity = source.node if _MACHINE_ID.fullmatch(source.node) else hashed(source.node or "unknown")
    return Header(
        run=f"{created:%Y%m%d-%H%M%S}-imported",
        created=created.isoformat(timespec="seconds"),
        profile="imported",
        seed=0,
        command=[],
        machine={"machine_id": identity, **source.machine},
        versions={name: text for name, text in (("python", source.python), (source.tool, source.version)) if text},
        commit=source.commit,
        workloads={each.cell.workload: {"unit": each.unit} for each in series},
        settings={"imported_from": source.tool, "imported_file": source.file},
    )


def hashed(text: str) -> str:
    """Eight characters that stand for a machine's name without telling it."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def when(text: str, path: Path) -> datetime:
    """A date as tools write it, in UTC where it has no zone; where it cannot be read, that of the file."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last day there are have no other zone
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
