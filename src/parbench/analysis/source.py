"""Forms in which a caller gives a run: a path, a frame, a summary, or an opened run; and a length."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import pandas as pd

from parbench.analysis.frame import data_of, load, ours, require_samples
from parbench.analysis.summary import summarize
from parbench.errors import UsageError
from parbench.runfile.header import Header
from parbench.text import join, one_line

_LENGTH = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(in|cm|mm|pt)?")
_INCHES = {None: 1.0, "in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4, "pt": 1 / 72}
#: The smallest width of a figure.
LEAST_INCHES = 1.0
#: The largest width of a figure.
MOST_INCHES = 40.0


@runtime_checkable
class RunLike(Protocol):
    """A run that was opened, such as `parbench.Run`."""

    @property
    def frame(self) -> pd.DataFrame:
        """The samples of our environment."""

    @property
    def summary(self) -> pd.DataFrame:
        """One row per cell of these."""


Source = str | Path | pd.DataFrame | RunLike


@dataclass(frozen=True)
class RunView:
    """A run for those who show it: its summary, and its samples unless only the summary was given."""

    summary: pd.DataFrame
    samples: pd.DataFrame | None

    @classmethod
    def of(cls, run: Source) -> RunView:
        """From whatever a run may be; raises UsageError or RunFileError."""
        if isinstance(run, pd.DataFrame):
            if "phase" in run.columns:
                samples = ours(require_samples(run))
                return cls(summarize(samples), samples)
            if {"speedup", "verdict"} <= set(run.columns):
                return cls(ours(run), None)
            raise UsageError(
                "this table is neither a frame of parbench.load nor a summary of parbench.summarize: give one of these."
            )
        if isinstance(run, RunLike):
            return cls(run.summary, run.frame)
        return cls.of(load(run))

    @property
    def header(self) -> Header:
        """The header of the run; one without facts for a table that has lost it."""
        return data_of(self.summary).header

    @property
    def frame(self) -> pd.DataFrame:
        """The samples; raises UsageError if there is a summary only."""
        if self.samples is None:
            raise UsageError("this needs the samples, not their summary alone: give the run, or a frame of it.")
        return self.samples

    @property
    def workloads(self) -> list[str]:
        """The names of the workloads, in their order."""
        return [str(name) for name in self.summary["workload"].drop_duplicates()]

    def one(self, workload: str | None) -> str:
        """The workload of this name, or the only one; raises UsageError, which names what there is."""
        if workload is None and len(self.workloads) == 1:
            return self.workloads[0]
        if workload is None:
            raise UsageError(f"there are several workloads, {join_untrusted(self.workloads)}: name one.")
        check("workload", workload, self.workloads)
        return workload

    def only(self, workload: str | None, size: int | None = None, strategies: Iterable[str] | None = None) -> RunView:
        """This run without other workloads, sizes and strategies; baselines stay. Raises UsageError."""
        cells = self.summary
        if workload is not None:
            check("workload", workload, self.workloads)
            cells = cells[cells["workload"] == workload]
        if size is not None:
            check("size", str(size), [str(each) for each in sorted(cells["size"].unique())])
            cells = cells[cells["size"] == size]
        if strategies is not None:
            names = [strategies] if isinstance(strategies, str) else list(strategies)
            there = [str(name) for name in cells["strategy"].drop_duplicates()]
            for name in names:
                check("strategy", name, there)
            bases = cells.loc[cells["verdict"] == "baseline", "strategy"]
            cells = cells[cells["strategy"].isin([*names, *bases])]
        return replace(self, summary=cells)

    def unit(self, workload: str) -> str:
        """The unit of the sizes of a workload."""
        return self.header.facts(workload).unit


def check(what: str, name: str, there: Collection[str]) -> None:
    """Raise UsageError where `name` is none of those that are there."""
    if name not in there:
        raise UsageError(f"there is no {what} {one_line(str(name))!r} in this run, which has {join_untrusted(there)}.")


def join_untrusted(names: Iterable[str]) -> str:
    """Some names of a run file, in one line; ``none`` for none."""
    return one_line(join(names)) or "none"


def inches(length: float | str) -> float:
    """A length as inches, from a number of them or a text such as ``8.4cm``, ``84mm``, ``240pt``; raises UsageError."""
    match = _LENGTH.fullmatch(str(length).strip())
    value = float(match[1]) * _INCHES[match[2]] if match else 0.0
    if not LEAST_INCHES <= value <= MOST_INCHES:
        raise UsageError(
            f"a width is {LEAST_INCHES:g} to {MOST_INCHES:g} inches, such as 3.3in, 8.4cm, 84mm or 240pt, "
            f"not {one_line(str(length))!r}."
        )
    return value
