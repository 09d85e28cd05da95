"""Outcome of a run: its published report, the result of each cell, and changes that fail the session."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.errors import ParbenchError
from parbench.measurement.campaign import FAULTS, SERIAL
from parbench.workload.cell import Cell

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


class CellFailed(ParbenchError):
    """A cell has no result; `status` is the kind of failure."""

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


class RunOutcome:
    """The results of the run in `folder`, which is published: its report, ``latest``, and the list of the runs.

    `against` names the base of a comparison, and `fail_on` the verdicts that fail it.
    """

    def __init__(self, folder: Path, against: str | None, fail_on: Collection[str]) -> None:
        from parbench.report.run import Run
        from parbench.report.write import publish_in_list

        self.against, self.fail_on = against, fail_on
        self.run = run = Run(folder)
        self.page, self.index = publish_in_list(run)
        self._results = results(run.frame, run.summary)
        self._faults = {
            cell.workload: CellFailed(result.status, f"not measured, as {cell} failed: {result}")
            for cell, result in self._results.items()
            if isinstance(result, CellFailed) and cell.strategy == SERIAL and result.status in FAULTS
        }
        self._first: dict[tuple[str, str], Cell] = {}  # the first with a reason, by workload and reason

    def result(self, cell: Cell) -> Result:
        """The measured result of `cell`; raises CellFailed if there is none.

        A fault under serial is raised for one of the cells that it skips, as serial may have no test of its own. Each
        reason is raised for one cell of a workload; the others are skipped.
        """
        result = self._results.get(cell, CellFailed("skipped", "not measured: the run ended before its turn."))
        if isinstance(result, CellFailed):
            fault = self._faults.pop(cell.workload, result)
            first = self._first.setdefault((cell.workload, str(result)), cell)
            if first != cell and result.status in FAULTS:
                raise CellFailed("skipped", f"it fails as {first} does.")
            raise fault if result.status == "skipped" else result
        return result

    def unwanted_changes(self) -> dict[str, str]:
        """Sentences by cell for verdicts of `fail_on`, also for baselines that no test has."""
        from parbench.report.sentences import comparison

        rows: list[Any] = [] if self.run.changes is None else list(self.run.changes.itertuples())
        return {comparison.cell(row): comparison.sentence(row) for row in rows if row.verdict in self.fail_on}

    def failed(self) -> bool:
        """Whether the comparison fails."""
        from parbench.report.sentences.comparison import failing

        return self.run.changes is not None and failing(self.run.changes, self.fail_on)

    def lines(self, target: Console) -> list[str]:
        """Lines at the end of a session: verdicts, deviations, changes, tables, and the place of the report."""
        from parbench.report.sentences import comparison
        from parbench.report.terminal import results, screen

        run, changes = self.run, self.run.changes
        compared = [] if changes is None else [f"against {self.against}:", *comparison.lines(changes), ""]
        lines = screen.lines(target, [*run.first_warnings, *compared])
        lines += results.render(run.summary, run.expected, run.replicas, target)
        return [*lines, *screen.lines(target, [self.index, f"report: {self.page}"])]

    def short_sentences(self) -> list[str]:
        """Sentences for ``-q``: warnings, one per workload, unwanted changes, and the place of the report."""
        from parbench.report.terminal.results import headline_sentences

        changes = [f"{cell}: {sentence}" for cell, sentence in self.unwanted_changes().items()]
        return [*self.run.first_warnings, *headline_sentences(self.run.summary), *changes, f"report: {self.page}"]


def results(frame: pd.DataFrame, summary: pd.DataFrame) -> dict[Cell, Result | CellFailed]:
    """The result of each cell of a summary; `frame` has its samples."""
    axes = [axis.name for axis in fields(Cell)]
    samples = frame[frame["phase"] == "steady"].groupby(axes)["seconds"]
    seconds: dict[Any, list[float]] = {key: list(map(float, values)) for key, values in samples}
    by_cell: dict[Cell, Result | CellFailed] = {}
    for row in list[Any](summary.itertuples()):
        cell = Cell(*(getattr(row, axis) for axis in axes))
        speedup = row.speedup, row.speedup_low, row.speedup_high
        measured = Result(cell, seconds.get(astuple(cell), []), row.seconds, *speedup, row.baseline, row.verdict)
        by_cell[cell] = measured if row.status == "ok" else CellFailed(row.status, row.reason)
    return by_cell
