"""Results of a run: read from its folder, written next to it as a report, and returned per cell."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.errors import ParbenchError
from parbench.workload.cell import Cell

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


class CellFailed(ParbenchError):
    """A cell has no result; `status` says of which kind the failure is."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Result:
    """Result of one cell.

    `samples` are the steady times in seconds per call; `speedup` is relative to the `baseline` strategy, with the ends
    of its 95 % interval, NaN if it is unknown; `verdict` is that of `parbench.summarize`.
    """

    cell: Cell
    samples: list[float]
    seconds: float
    speedup: float
    speedup_low: float
    speedup_high: float
    baseline: str
    verdict: str


class Findings:
    """The results of the run in `folder`; writes its report at once, and then the list of the runs next to it.

    `against` names the base that it was compared with, if there is one, and `fail_on` the verdicts that are not wanted.
    """

    def __init__(self, folder: Path, against: str | None, fail_on: Collection[str]) -> None:
        from parbench.report.run import Run
        from parbench.report.write import publish

        self.folder, self.against, self.fail_on = folder, against, fail_on
        self.run = run = Run(folder)
        self.changes = run.changes
        self._results = dict(results(run.frame, run.summary))
        publish(run)
        point_latest_at(folder)
        self.index = list_runs(folder.parent)

    def result(self, cell: Cell) -> Result:
        """The measured result of `cell`; raises CellFailed if there is none."""
        found = self._results.get(cell, CellFailed("skipped", "not measured: the run ended before its turn."))
        if isinstance(found, CellFailed):
            raise found
        return found

    def unwanted(self, cell: Cell) -> str:
        """Verdict of a cell against the base, if the user wants to fail on it; otherwise empty."""
        return self.broken().get(str(cell), "")

    def broken(self) -> dict[str, str]:
        """The same for all cells by name, baselines that no test asks for included."""
        from parbench.report.sentences import comparison

        rows: list[Any] = [] if self.changes is None else list(self.changes.itertuples())
        return {comparison.cell(row): comparison.sentence(row) for row in rows if row.verdict in self.fail_on}

    def failed(self) -> bool:
        """Whether a comparison has a verdict on which the user wants to fail."""
        from parbench.report.sentences.comparison import failing

        return self.changes is not None and failing(self.changes, self.fail_on)

    def lines(self, target: Console) -> list[str]:
        """What to say at the end: tables, verdicts, deviations, what failed, what changed, and where the report is."""
        from parbench.report.sentences import comparison
        from parbench.report.terminal import results, screen

        lines = results.render(self.run.summary, self.run.expected, self.run.replicas, target)
        changes = [] if self.changes is None else ["", f"against {self.against}:", *comparison.lines(self.changes)]
        return [*lines, *screen.lines(target, [*changes, self.index, f"report: {self.page}"])]

    @property
    def page(self) -> Path:
        """Where the report is, as seen from here."""
        return relative(self.folder / "report.html")


def results(frame: pd.DataFrame, summary: pd.DataFrame) -> list[tuple[Cell, Result | CellFailed]]:
    """Each cell of a summary with its result; `frame` has its samples."""
    samples = frame[frame["phase"] == "steady"].groupby(["workload", "size", "strategy", "cores", "chunks"])["seconds"]
    steady = {key: list(map(float, values)) for key, values in samples}
    rows: list[Any] = list(summary.itertuples())
    return [(each, _result(each, row, steady)) for row in rows for each in [_cell(row)]]


def _cell(row: Any) -> Cell:
    return Cell(row.workload, row.size, row.strategy, row.cores, row.chunks, row.environment)


def _result(cell: Cell, row: Any, steady: dict[Any, list[float]]) -> Result | CellFailed:
    if row.status != "ok":
        return CellFailed(row.status, row.reason)
    times = steady.get((cell.workload, cell.size, cell.strategy, cell.cores, cell.chunks), [])
    return Result(cell, times, row.seconds, row.speedup, row.speedup_low, row.speedup_high, row.baseline, row.verdict)


def relative(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def point_latest_at(folder: Path) -> None:
    """Let ``latest`` next to `folder` lead to it; without links in the system there is none."""
    link = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
    except OSError:
        fresh.unlink(missing_ok=True)


def list_runs(folder: Path) -> str:
    """List the runs of `folder` on a page; returns its place, or the reason if there is none."""
    from parbench.report.html.index_page import write_index

    try:
        page, _ = write_index(folder)
    except ParbenchError as error:
        return f"parbench: no list of runs: {error}"
    return f"all runs: {relative(page)}"
