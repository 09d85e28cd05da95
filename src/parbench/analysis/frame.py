"""From a run file to the tidy frame: one row per sample, and one row for a cell that has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from parbench.analysis.estimates import variance_model
from parbench.analysis.stats.moderated import VarianceModel
from parbench.errors import AnalysisError, RunFileError
from parbench.runfile.calls import in_seconds
from parbench.runfile.header import UNKNOWN, Header
from parbench.runfile.locate import FILE, below, find
from parbench.runfile.reader import read
from parbench.runfile.records import (
    AloneSample,
    Ceiling,
    Confirming,
    Footer,
    Memory,
    Outcome,
    ReplicaSample,
    RunWarning,
    Sample,
    Trace,
    Waiting,
    WorkloadCost,
)
from parbench.text import one_line
from parbench.workload.cell import HEAD, Cell

T = TypeVar("T")
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
    "mean_seconds": "float64",
    "calls": "object",
    "loops": "Int64",
    "cpu_seconds": "float64",
    "peak_bytes": "float64",
    "ceiling": "float64",
    "status": "str",
    "reason": "str",
}

#: Columns that a table of a user can lack.
_OPTIONAL = ("run", "mean_seconds", "calls", "loops")


@dataclass(frozen=True, eq=False)
class RunData:
    """The records of a run besides its samples; a table of samples carries it as ``attrs["run"]``.

    Fields:
        header: the header of the run; a workload that was found to wait is bound by latency.
        folder: the name of the folder of the run.
        warnings: sentences for the reader of the results, with their subjects.
        traces: the traced calls.
        replicas: the timings of baselines by their replicas.
        alone: the timings of the best cells with no other arm alive.
        weights: the costs of the workloads at their sizes.
        rates: the ceilings that have a rate.
        confirming: the first block that confirms changes, or None.
        complete: whether the run ended as planned.
        seconds: the duration of the whole run, or None if it was cut short.
        time_use: seconds by what they were spent on, as far as the run recorded it.
        others_share, stolen_share: see `Footer`.
        samples: the complete frame of the run, of which a table may have some rows only.
        waiting: workloads that were found to wait, each with a size.
    """

    header: Header
    folder: str = ""
    warnings: tuple[RunWarning, ...] = ()
    traces: tuple[Trace, ...] = ()
    replicas: tuple[ReplicaSample, ...] = ()
    alone: tuple[AloneSample, ...] = ()
    weights: tuple[WorkloadCost, ...] = ()
    rates: tuple[Ceiling, ...] = ()
    confirming: int | None = None
    complete: bool = True
    seconds: float | None = None
    time_use: Mapping[str, float] = field(default_factory=dict)
    others_share: float | None = None
    stolen_share: float | None = None
    samples: pd.DataFrame | None = None
    waiting: tuple[Waiting, ...] = ()

    @cached_property
    def variances(self) -> VarianceModel | None:
        """What the whole run shows of the variance between blocks; None without samples."""
        return None if self.samples is None else variance_model(self.samples)

    def __deepcopy__(self, memo: dict[int, Any]) -> RunData:
        return self  # pandas copies the attributes of a frame at every step


#: The data of a table that has lost them.
LOST = RunData(UNKNOWN)


def data_of(frame: pd.DataFrame) -> RunData:
    """The data of the run that a table was made from; empty ones if the table has lost them."""
    data = frame.attrs.get("run")
    return data if isinstance(data, RunData) else LOST


def variances_of(frame: pd.DataFrame) -> VarianceModel:
    """The variance model of the run that a frame is of, of the rows of the frame if the run is not known.

    Rows that were left out count too, so that a cell has the same interval wherever it is shown.
    """
    return data_of(frame).variances or variance_model(frame)


def load(run: str | Path) -> pd.DataFrame:
    """The samples of a run as a frame with `COLUMNS`, one row per sample.

    `run` is a run file or a folder that contains one. ``calls`` is a tuple of the seconds of the calls of a sample, as
    far as the run has them; ``frame.explode("calls")`` has one row per call. The status and reason of a cell that
    failed are in each of its rows; a cell without samples has one row without seconds. ``frame.attrs["run"]`` is the
    `RunData` of the run: its header, warnings, traces and other records. Raises RunFileError, with the number of the
    line that is wrong.
    """
    records = Records(run)
    (header,) = records.of(Header)
    waiting = records.of(Waiting)
    header = with_waiting(header, waiting)
    frame = pd.DataFrame(rows(header, records), columns=list(COLUMNS)).astype(COLUMNS)
    footer, confirming = records.last(Footer), records.last(Confirming)
    frame.attrs["run"] = RunData(
        header,
        folder_of(run),
        tuple(records.of(RunWarning)),
        tuple(records.of(Trace)),
        tuple(records.of(ReplicaSample)),
        tuple(records.of(AloneSample)),
        tuple(records.of(WorkloadCost)),
        tuple(record for record in records.of(Ceiling) if record.rate is not None),
        confirming.block if confirming else None,
        footer is not None,
        footer.seconds if footer else None,
        footer.time_use if footer else {},
        footer.others_share if footer else None,
        footer.stolen_share if footer else None,
        frame.copy(deep=False),
        tuple(waiting),
    )
    return frame


def with_waiting(header: Header, waiting: Sequence[Waiting]) -> Header:
    """The header in which workloads that were found to wait are bound by latency."""
    found = {each.workload for each in waiting}
    workloads = {
        name: replace(facts, bound="latency") if name in found else facts for name, facts in header.workloads.items()
    }
    return replace(header, workloads=workloads)


def require_samples(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame itself; raises AnalysisError unless its rows are samples of one run, in the types of `load`.

    Rows may be missing, in any order, or repeated.
    """
    if missing := [name for name in COLUMNS if name not in (*frame.columns, *_OPTIONAL)]:
        raise AnalysisError(
            f"the table has no {', '.join(missing)}: give rows of a frame of parbench.load, with all of its columns."
        )
    for name in (name for name in COLUMNS if name in frame.columns):
        if not _has_type(frame[name], COLUMNS[name]):
            raise AnalysisError(
                f"the column {name} of the table has not the type that parbench.load gives it, {COLUMNS[name]}: "
                "give rows of a frame of parbench.load, not of a table that was read from a CSV file or merged."
            )
    runs: Any = frame["run"].unique() if "run" in frame.columns else []
    if len(runs) > 1:
        raise AnalysisError(
            f"the table has rows of {len(runs)} runs, {runs[0]} and others, whose rounds have nothing to do with each "
            'other: take one after the other, as by frame.groupby("run"), or side by side by parbench.side_by_side.'
        )
    return frame


def _has_type(column: pd.Series[Any], kind: str) -> bool:
    """Whether a column has values of this type; numbers that may be missing have any type of numbers."""
    types = pd.api.types
    if kind == "str":
        texts = types.is_string_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype)
        return texts and not column.hasnans
    if kind == "object":
        return types.is_object_dtype(column)
    if kind == "int64":
        return types.is_integer_dtype(column) and not column.hasnans
    return types.is_numeric_dtype(column)


def ours(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the environment that we run in, without those of a base that it was compared with."""
    return table[table["environment"] == HEAD]


def folder_of(run: str | Path) -> str:
    """The name of the folder that holds a run; of a run file with a name of its own, that name."""
    place = find(run).resolve()
    return place.parent.name if place.name == FILE else place.stem


def load_all(folder: Path, passed_over: list[str]) -> Iterator[pd.DataFrame]:
    """The frames of all runs in `folder` and below it, as `parbench.load` gives them, by path.

    Files that cannot be read, and copies of runs that were read before, go to `passed_over` as a sentence each, which
    begins with the path. Raises RunFileError if `folder` is no folder.
    """
    seen: dict[str, Path] = {}
    for path in below(folder):
        try:
            frame = load(path)
        except RunFileError as error:
            passed_over.append(one_line(str(error)))
            continue
        first = seen.setdefault(repr(data_of(frame).header), path)
        if first is path:
            yield frame
        else:
            passed_over.append(one_line(f"{path} is a copy of {first}."))


class Records:
    """The records of a run file by their kind."""

    def __init__(self, run: str | Path) -> None:
        self._by_kind: dict[type[Any], list[Any]] = {}
        for record in read(run):
            self._by_kind.setdefault(type(record), []).append(record)

    def of(self, kind: type[T]) -> list[T]:
        """The records of one kind, in their order."""
        return self._by_kind.get(kind, [])

    def last(self, kind: type[T]) -> T | None:
        """The last record of one kind; None if there is none."""
        return next(reversed(self.of(kind)), None)


def rows(header: Header, records: Records) -> Iterator[dict[str, Any]]:
    """The rows of the frame: one per sample, and one per cell that has none."""
    ceilings = {(each.block, each.round, str(each.bound), each.cores): each.value for each in records.of(Ceiling)}
    bounds = {name: facts.bound or "compute" for name, facts in header.workloads.items()}
    outcomes = {record.cell: record for record in records.of(Outcome)}
    peaks: dict[Cell, int] = {}
    for record in records.of(Memory):
        peaks[record.cell] = max(record.peak_bytes, peaks.get(record.cell, 0))

    @cache
    def bare(cell: Cell) -> dict[str, Any]:
        """The values in every row of a cell, whether it was measured or not."""
        outcome = outcomes.get(cell, Outcome(cell, "ok"))
        row = {"run": header.run, **asdict(cell), "phase": "", "peak_bytes": peaks.get(cell), "calls": ()}
        return row | {"status": outcome.status, "reason": outcome.reason}

    for sample in records.of(Sample):
        cell, place, ceiling = sample.cell, (sample.block, sample.round), None
        if sample.phase == "steady":
            bound = bounds.get(cell.workload, "compute")
            ceiling = 1.0 if cell.cores == 1 else ceilings.get((*place, bound, cell.cores))
        yield bare(cell) | {
            "block": sample.block,
            "round": sample.round,
            "phase": sample.phase,
            "seconds": sample.seconds,
            "mean_seconds": sample.mean_seconds,
            "calls": in_seconds(sample.calls, sample.seconds),
            "loops": sample.loops,
            "cpu_seconds": sample.cpu_seconds,
            "ceiling": ceiling,
        }
    measured = {sample.cell for sample in records.of(Sample)}
    yield from (bare(cell) for cell in outcomes if cell not in measured)
