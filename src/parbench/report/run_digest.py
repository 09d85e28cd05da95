"""What a run came to in a few words, kept beside it as ``verdicts.json``, so that a list of many runs is quick.

A kept digest is untrusted input, as the run file is. One of another run, or of another length of the run file, counts
as none.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.errors import RunFileError
from parbench.runfile.locate import below
from parbench.runfile.reader import built, header_of
from parbench.runfile.records import Header

if TYPE_CHECKING:
    import pandas as pd

FILE = "verdicts.json"
SCHEMA = 1
#: A digest is no longer than this, characters; it has a line of text for each workload.
LONGEST = 5_000_000


@dataclass(frozen=True)
class Told:
    """The verdict of one workload at its largest size; `best` is empty where there is none."""

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
    """What a run came to.

    `length` is that of its run file in bytes; `seconds` are those of the whole run; `failed` and `skipped` are cells;
    `against` names what it was compared with, and `changes` has how many cells came to which verdict.
    """

    run: str
    length: int
    complete: bool
    seconds: float | None
    cells: int
    failed: int
    skipped: int
    told: list[Told]
    against: str = ""
    changes: dict[str, int] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass(frozen=True)
class Listed:
    """A run in a list: its run file, what its header says, when it was made (UTC), and what it came to, if known."""

    place: Path
    header: Header
    made: datetime
    digest: Digest | None


def digest(
    place: Path, frame: pd.DataFrame, summary: pd.DataFrame, verdicts: Sequence[Any], changes: pd.DataFrame | None
) -> Digest:
    """What the run whose file is at `place` came to, from what was made of it; `changes` where it was compared."""
    header, seconds = frame.attrs["header"], frame.attrs.get("seconds")
    counts: Any = {} if changes is None else changes["verdict"].value_counts()
    return Digest(
        run=header["run"],
        length=place.stat().st_size,
        complete=bool(frame.attrs.get("complete", False)),
        seconds=seconds,
        cells=len(summary),
        failed=int((summary["verdict"] == "failed").sum()),
        skipped=int((summary["status"] == "skipped").sum()),
        told=[told(verdict) for verdict in at_largest(verdicts)],
        against=str(header["settings"].get("against", "")) if changes is not None else "",
        changes={str(verdict): int(count) for verdict, count in counts.items()},
    )


def at_largest(verdicts: Sequence[Any]) -> list[Any]:
    """The verdict of each workload at its largest size at which there is one, or else at its largest."""
    found: dict[str, Any] = {}
    for each in sorted(verdicts, key=lambda verdict: (bool(verdict.best), verdict.size)):
        found[each.workload] = each
    return [found[name] for name in dict.fromkeys(verdict.workload for verdict in verdicts)]


def told(verdict: Any) -> Told:
    """A verdict as a digest keeps it."""
    return Told(
        workload=verdict.workload,
        size=verdict.size,
        best=verdict.best,
        on=verdict.on,
        chunks=verdict.chunks,
        baseline=verdict.baseline,
        speedup=verdict.speedup if math.isfinite(verdict.speedup) else None,
        decided=verdict.decided,
    )


def keep(place: Path, found: Digest) -> None:
    """Write a digest beside the run file at `place`; where that cannot be, there is none, and it is made when asked."""
    try:
        replace_file(place.with_name(FILE), json.dumps(asdict(found), indent=1, allow_nan=False) + "\n")
    except OSError:
        pass  # it can be made again at any time


def kept(place: Path, header: Header) -> Digest | None:
    """The digest beside the run file at `place`; None where there is none that belongs to it. Raises RunFileError."""
    path = place.with_name(FILE)
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8") as file:
            loaded = json.loads(file.read(LONGEST))
        if not isinstance(loaded, dict):
            raise RunFileError("it is no JSON object")
        if loaded.get("schema") != SCHEMA:
            return None  # of another parbench, which is no mistake
        found = built(Digest, loaded, "verdicts")
        belongs = (found.run, found.length) == (header.run, place.stat().st_size)
    except (OSError, ValueError, RecursionError, RunFileError) as error:
        why = str(error).removesuffix(".")
        raise RunFileError(f"{path} is not what parbench wrote ({why}): delete it, or run `parbench index`.") from error
    return found if belongs else None


def made(place: Path) -> Digest:
    """A digest of the run at `place`, from the whole of it, which takes a while; raises RunFileError."""
    from parbench.report.run import Run

    run = Run(place)
    return digest(place, run.frame, run.summary, run.verdicts, run.changes)


def listed(folder: Path, passed_over: list[str], whole: bool) -> list[Listed]:
    """The runs in `folder` and below it, newest first.

    With `whole`, runs that have no digest yet get one, which is kept beside them; without it, which is quick however
    many runs there are, they have None. Sentences about what cannot be read, and about copies, go to `passed_over`.
    Raises RunFileError where `folder` is none.
    """
    from parbench.runfile.header import moment
    from parbench.text import one_line

    found: list[Listed] = []
    seen: dict[str, Path] = {}
    for place in below(folder):
        try:
            header = header_of(place)
            when = moment({"created": header.created}, place)
            first = seen.setdefault(repr(header), place)
            if first is not place:
                raise RunFileError(f"{place} is a copy of {first}.")
            found.append(Listed(place, header, when, _digest_of(place, header, passed_over, whole)))
        except RunFileError as error:
            passed_over.append(one_line(str(error)))
    return sorted(found, key=lambda each: (each.made, each.header.run), reverse=True)


def _digest_of(place: Path, header: Header, passed_over: list[str], whole: bool) -> Digest | None:
    from parbench.text import one_line

    try:
        found = kept(place, header)
    except RunFileError as error:
        found = None
        if not whole:
            passed_over.append(one_line(str(error)))
    if found is None and whole:
        found = made(place)
        keep(place, found)
    return found


def replace_file(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, so that nobody sees half of it; a link there is not followed.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with fresh.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
