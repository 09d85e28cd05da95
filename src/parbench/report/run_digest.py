"""The results of a run in a few words, kept next to its run file as ``verdicts.json``, so that lists of runs are quick.

A kept digest is untrusted input, as the run file is. It is made again if it is not readable, or belongs to another run
or another length of the run file.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.analysis.verdict import Verdict, headlines
from parbench.errors import RunFileError
from parbench.report.write import replace_file
from parbench.runfile.header import Header
from parbench.runfile.locate import below
from parbench.runfile.reader import built, header_of
from parbench.text import one_line, plural

if TYPE_CHECKING:
    from parbench.report.run import Run

FILE = "verdicts.json"
SCHEMA = 1
#: A digest is no longer than this, characters; it has a line of text for each workload.
LONGEST = 5_000_000


@dataclass(frozen=True)
class WorkloadDigest:
    """The verdict of one workload at its largest size; `best` is empty if there is none."""

    workload: str
    size: int
    best: str
    on: str  # its cores in words
    chunks: int
    baseline: str
    speedup: float | None
    decided: bool


@dataclass(frozen=True)
class Digest:
    """The results of a run.

    `length` is that of its run file in bytes; `seconds` is the duration of the run; `failed` and `skipped` count cells;
    `against` names the base of a comparison, and `changes` counts its cells by verdict.
    """

    run: str
    length: int
    complete: bool
    seconds: float | None
    cells: int
    failed: int
    skipped: int
    told: list[WorkloadDigest]
    against: str = ""
    changes: dict[str, int] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass(frozen=True)
class RunEntry:
    """A run in a list: its run file, its header, its time in UTC, and its digest."""

    place: Path
    header: Header
    made: datetime
    digest: Digest


def digest(place: Path, run: Run) -> Digest:
    """The digest of the run whose file is at `place`."""
    data, changes = run.data, run.changes
    counts: Any = {} if changes is None else changes["verdict"].value_counts()
    return Digest(
        run=data.header.run,
        length=place.stat().st_size,
        complete=data.complete,
        seconds=data.seconds,
        cells=len(run.summary),
        failed=int((run.summary["verdict"] == "failed").sum()),
        skipped=int((run.summary["status"] == "skipped").sum()),
        told=[workload_digest(verdict) for verdict in headlines(run.verdicts).values()],
        against=run.against if run.compared else "",
        changes={str(verdict): int(count) for verdict, count in counts.items()},
    )


def workload_digest(verdict: Verdict) -> WorkloadDigest:
    """A verdict as a digest keeps it."""
    return WorkloadDigest(
        workload=verdict.workload,
        size=verdict.size,
        best=verdict.best,
        on=plural(verdict.cores, verdict.each),
        chunks=verdict.chunks,
        baseline=verdict.baseline,
        speedup=verdict.speedup if math.isfinite(verdict.speedup) else None,
        decided=verdict.decided,
    )


def keep(place: Path, found: Digest) -> None:
    """Write a digest next to the run file at `place`, unless its folder cannot be written."""
    try:
        replace_file(place.with_name(FILE), json.dumps(asdict(found), indent=1, allow_nan=False) + "\n")
    except OSError:
        pass  # it can be made again


def read_digest(place: Path, header: Header) -> Digest | None:
    """The digest next to the run file at `place`; None unless it is readable and belongs to this run file."""
    try:
        with place.with_name(FILE).open(encoding="utf-8") as file:
            loaded = json.loads(file.read(LONGEST))
        if not isinstance(loaded, dict) or loaded.get("schema") != SCHEMA:
            return None
        found = built(Digest, loaded, "verdicts")
        return found if (found.run, found.length) == (header.run, place.stat().st_size) else None
    except (OSError, ValueError, RecursionError, RunFileError):
        return None


def entries(folder: Path, passed_over: list[str]) -> list[RunEntry]:
    """The runs in `folder` and below it, newest first.

    A run without a digest gets one, which is kept next to it. Sentences about files that cannot be read go to
    `passed_over`. Raises RunFileError if `folder` is no folder.
    """
    found = []
    for place in below(folder):
        try:
            header = header_of(place)
            found.append(RunEntry(place, header, header.moment, read_digest(place, header) or new_digest(place)))
        except RunFileError as error:
            passed_over.append(one_line(str(error)))
    return sorted(found, key=lambda each: (each.made, each.header.run), reverse=True)


def new_digest(place: Path) -> Digest:
    """A digest of the run at `place`, which is kept next to it; it reads the whole run. Raises RunFileError."""
    from parbench.report.run import Run

    found = digest(place, Run(place))
    keep(place, found)
    return found
