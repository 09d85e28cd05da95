"""From a run file to the tidy frame: one row a sample, and one row for a cell that has none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from parbench.errors import AnalysisError, RunFileError
from parbench.runfile.header import moment
from parbench.runfile.locate import FILE, below, find
from parbench.runfile.reader import read
from parbench.runfile.records import (
    Again,
    Ceiling,
    Confirming,
    Footer,
    Header,
    Memory,
    Outcome,
    Record,
    Sample,
    Trace,
    Warned,
    Weight,
)
from parbench.text import one_line
from parbench.workload.cell import HEAD, Cell

#: The columns of the frame, in order, with their types. Seconds and bytes are per call.
COLUMNS = {
    "run": "str",
    "workload": "str",
    "size": "int64",
    "strategy": "str",
    "cores": "int64",
    "chunks": "int64",
    "environment": "str",
    "block": "Int64",
    "round": "Int64",
    "phase": "str",
    "seconds": "float64",
    "loops": "Int64",
    "cpu_seconds": "float64",
    "peak_bytes": "float64",
    "ceiling": "float64",
    "status": "str",
    "reason": "str",
}

#: Records that are no samples, and go with the frame in its ``attrs`` under these names.
KEPT: dict[type[Any], str] = {Trace: "traces", Again: "again", Weight: "weights"}


#: Tables without some of these columns have no row of a sample in them.
_NEEDED = [name for name in COLUMNS if name not in ("run", "loops")]
#: How a user's own table may name a text that is not there; a table that comes out of a file has NaN for it.
_TEXTS = [name for name, kind in COLUMNS.items() if kind == "str"]
_COUNTS = [name for name, kind in COLUMNS.items() if kind == "int64"]


class Kept(tuple[Any, ...]):
    """Records that travel with a frame, in its ``attrs``, which pandas copies deeply at every step: these are not."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Kept:
        return self


class Facts(dict[str, Any]):
    """The header that travels with a frame, not copied either: of hundreds of cells that would take minutes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Facts:
        return self


def load(run: str | Path) -> pd.DataFrame:
    """The samples of a run as a frame with `COLUMNS`, one row a sample.

    `run` is a run file or a folder that holds one. A cell that failed has its status and reason in every one of its
    rows, and one row without seconds if nothing was measured. ``frame.attrs`` holds ``header`` (a dict), ``folder``
    (the name of the run's folder), ``warnings`` (sentences), ``confirming`` (the first block that confirms changes, or
    None), ``complete``, ``seconds`` (of the whole run), ``traces`` (`records.Trace`, a traced call each), ``again``
    (`records.Again`, a timing of the baseline by its replica each), ``weights`` (`records.Weight`, what a workload
    weighs at a size) and ``rates`` (`records.Ceiling`, those that say what cores gave a second). Raises RunFileError,
    with the number of the line that is wrong.
    """
    return Reader(run).frame()


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with the types that `load` gives it, whatever files and hands it went through meanwhile.

    Rows may be missing, in any order or there twice, and a CSV file has nothing for a text that is empty. Raises
    AnalysisError if columns are missing, if a row has no size, and for rows of several runs.
    """
    if missing := [name for name in _NEEDED if name not in frame.columns]:
        raise AnalysisError(
            f"the table has no {', '.join(missing)}: give rows of a frame of parbench.load, with all of its columns."
        )
    changed: dict[str, Any] = {}
    for name in _TEXTS:
        if name in frame.columns and not is_text(frame[name]):
            changed[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
    for name in _COUNTS:
        if not pd.api.types.is_integer_dtype(frame[name]) or frame[name].hasnans:
            changed[name] = _whole(frame[name])
    found = frame.assign(**changed) if changed else frame
    runs: Any = found["run"].unique() if "run" in found.columns else []
    if len(runs) > 1:
        raise AnalysisError(
            f"the table has rows of {len(runs)} runs, {runs[0]} and others, whose rounds have nothing to do with each "
            'other: take one after the other, as by frame.groupby("run"), or side by side by parbench.side_by_side.'
        )
    return found


def is_text(column: pd.Series[Any]) -> bool:
    """Whether a column has a text in each row, and is no category of texts."""
    of_texts = pd.api.types.is_string_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype)
    return of_texts and not column.hasnans


def _whole(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of whole numbers as such; raises AnalysisError."""
    try:
        return column.astype(float).astype("int64")
    except (TypeError, ValueError):
        raise AnalysisError(
            f"a row of the table has no {column.name} that is a whole number: take out the rows without a sample."
        ) from None


def ours(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the environment that we run in, without those of a base that it was compared with."""
    environment = frame["environment"]
    # a table that went through a file may have nothing in place of an empty name
    found = frame[(environment == HEAD) | environment.isna()]
    found.attrs = dict(frame.attrs)
    return found


def folder_of(run: str | Path) -> str:
    """The name of the folder that holds a run; of a run file with a name of its own, that name."""
    place = find(run).resolve()
    return place.parent.name if place.name == FILE else place.stem


def load_all(folder: Path, passed_over: list[str]) -> Iterator[pd.DataFrame]:
    """The frames of all runs in `folder` and below it, as `parbench.load` gives them, by path.

    Files that cannot be read, and copies of runs that were read before, go to `passed_over` as a sentence each, which
    begins with the path. Raises RunFileError where `folder` is none.
    """
    seen: dict[str, Path] = {}
    for path in below(folder):
        try:
            frame = load(path)
            moment(frame.attrs["header"], path)
        except RunFileError as error:
            passed_over.append(one_line(str(error)))
            continue
        first = seen.setdefault(repr(frame.attrs["header"]), path)
        if first is path:
            yield frame
        else:
            passed_over.append(one_line(f"{path} is a copy of {first}."))


class Reader:
    """Sorts the records of one run file into what the frame's rows need."""

    def __init__(self, run: str | Path) -> None:
        self.samples: list[Sample] = []
        self.ceilings: dict[tuple[int, int, str, int], float] = {}
        self.rates: list[Ceiling] = []
        self.peaks: dict[Cell, int] = {}
        self.kept: dict[str, list[Any]] = {name: [] for name in KEPT.values()}
        self.outcomes: dict[Cell, Outcome] = {}
        self.warnings: list[str] = []
        self.confirming: int | None = None
        self.footer: Footer | None = None
        self.folder = folder_of(run)
        for record in read(run):
            if type(record) in KEPT:
                self.kept[KEPT[type(record)]].append(record)
                continue
            self._sort(record)

    def _sort(self, record: Record) -> None:
        match record:
            case Header():
                self.header = record
            case Sample():
                self.samples.append(record)
            case Ceiling():
                self.ceilings[record.block, record.round, record.bound, record.cores] = record.value
                if record.rate is not None:
                    self.rates.append(record)
            case Memory():
                self.peaks[record.cell] = max(record.peak_bytes, self.peaks.get(record.cell, 0))
            case Outcome():
                self.outcomes[record.cell] = record
            case Warned():
                self.warnings.append(record.text)
            case Confirming():
                self.confirming = record.block
            case Footer():
                self.footer = record

    def frame(self) -> pd.DataFrame:
        rows = [self._row(sample) for sample in self.samples]
        measured = {sample.cell for sample in self.samples}
        rows += [self._bare(cell) for cell in self.outcomes if cell not in measured]
        frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
        frame.attrs = {
            "header": Facts(asdict(self.header)),
            "folder": self.folder,
            "warnings": self.warnings,
            "confirming": self.confirming,
            **{name: Kept(records) for name, records in self.kept.items()},
            "rates": Kept(self.rates),
            "complete": self.footer is not None,
            "seconds": self.footer.seconds if self.footer else None,
        }
        return frame

    def _bare(self, cell: Cell) -> dict[str, Any]:
        """The values in every row of `cell`, whether it was measured or not."""
        outcome = self.outcomes.get(cell)
        return {
            "run": self.header.run,
            **asdict(cell),
            "phase": "",
            "peak_bytes": self.peaks.get(cell),
            "status": outcome.status if outcome else "ok",
            "reason": outcome.reason if outcome else "",
        }

    def _row(self, sample: Sample) -> dict[str, Any]:
        return {
            **self._bare(sample.cell),
            "block": sample.block,
            "round": sample.round,
            "phase": sample.phase,
            "seconds": sample.seconds,
            "loops": sample.loops,
            "cpu_seconds": sample.cpu_seconds,
            "ceiling": self._ceiling(sample),
        }

    def _ceiling(self, sample: Sample) -> float | None:
        if sample.phase != "steady":
            return None
        if sample.cell.cores == 1:
            return 1.0
        bound = str(self.header.workloads.get(sample.cell.workload, {}).get("bound", "compute"))
        return self.ceilings.get((sample.block, sample.round, bound, sample.cell.cores))
