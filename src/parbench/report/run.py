"""One run, opened: its frame, tables and figures, and how a notebook shows it."""

from __future__ import annotations

from functools import cached_property
from io import StringIO
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd

from parbench.analysis.advice.advice import LONGEST_SENTENCE
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.alone import alone
from parbench.analysis.break_even import break_even
from parbench.analysis.break_even_calls import break_even_calls
from parbench.analysis.compare_paired import compare_twins
from parbench.analysis.disturbance import disturbance
from parbench.analysis.expectations import expectations
from parbench.analysis.frame import RunData, data_of, load, ours, require_samples
from parbench.analysis.losses import losses
from parbench.analysis.metg import metg
from parbench.analysis.noise import replicas
from parbench.analysis.run_names import name_of
from parbench.analysis.summary import summarize
from parbench.analysis.verdict import Verdict, headlines, verdicts
from parbench.errors import UsageError
from parbench.report.sentences import noise, remedies, waiting
from parbench.report.sentences.advice import advices
from parbench.report.sentences.losses import LossView, loss_views
from parbench.report.sentences.verdicts import sentence
from parbench.runfile.header import Header
from parbench.runfile.locate import FILE, find
from parbench.runfile.records import RunWarning
from parbench.text import join, one_line, plural
from parbench.workload.cell import BASE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Most sentences below the line that a prompt shows; `print` shows all.
MOST_SENTENCES = 5


class Run:
    """A run: ``parbench.Run("reports/latest")``, or of a frame of `parbench.load`, filtered or not.

    In a notebook it shows its answers, speedup figures and summary, at a prompt its answers, and `print` adds the
    summary; everything is computed on use, and once.
    Raises RunFileError for what is no run, and AnalysisError for a table that is none.
    """

    def __init__(self, run: str | Path | pd.DataFrame) -> None:
        self.temporary: TemporaryDirectory[str] | None = None  # the folder of a run that nobody asked to keep
        if isinstance(run, pd.DataFrame):
            self.samples, self.path = require_samples(run), None
        else:
            self.samples, self.path = load(run), Path(run)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The samples, a row each, without those of a base that it was compared with; `samples` has all."""
        return ours(self.samples)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per cell: `parbench.summarize`."""
        return summarize(self.frame)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Which strategy to take, for each workload and size."""
        return verdicts(self.summary)

    @property
    def sentences(self) -> list[str]:
        """How long workloads wait, and the verdict of each workload at its largest size that has one."""
        return [*waiting.lines(self.summary), *map(sentence, headlines(self.verdicts).values())]

    @cached_property
    def expected(self) -> pd.DataFrame:
        """Expectations of theory, and the results: `parbench.expectations`."""
        return expectations(self.summary, self.frame)

    @cached_property
    def replicas(self) -> pd.DataFrame:
        """Differences of baselines from themselves."""
        return replicas(self.frame)

    @cached_property
    def alone(self) -> pd.DataFrame:
        """The best cells once more, with no other arm alive."""
        return alone(self.frame, self.summary)

    @cached_property
    def losses(self) -> pd.DataFrame | None:
        """The losses of each traced cell: `parbench.losses`; None if the run has no traced calls."""
        return losses(self.frame, self.summary) if self.data.traces else None

    @cached_property
    def loss_views(self) -> list[LossView]:
        """The losses of each workload that has any, at its largest size."""
        if self.losses is None:
            return []
        return loss_views(self.losses, self.summary, self.header)

    @cached_property
    def break_even(self) -> pd.DataFrame:
        """The break-even sizes: `parbench.break_even`."""
        return break_even(self.frame, self.summary)

    @cached_property
    def break_even_calls(self) -> pd.DataFrame:
        """The calls after which a start is repaid: `parbench.break_even_calls`."""
        return break_even_calls(self.frame, self.summary)

    @cached_property
    def finest_grains(self) -> pd.DataFrame:
        """The finest useful grains: `parbench.metg`."""
        return metg(self.frame, self.summary)

    @cached_property
    def advice(self) -> pd.DataFrame:
        """The strategy to use for each workload, size and number of calls; empty if no cell was measured."""
        if not (self.summary["status"] == "ok").any():
            return pd.DataFrame()
        return advices(Adviser(self.frame, self.summary))

    @cached_property
    def changes(self) -> pd.DataFrame | None:
        """The changes against the base of the same run; None if the run has none."""
        return compare_twins(self.samples) if self.compared else None

    @property
    def compared(self) -> bool:
        """Whether the run was to be compared with a base, which may have failed."""
        return bool(self.header.settings.against) or BASE in set(self.samples["environment"])

    @property
    def against(self) -> str:
        """The name of the base."""
        return self.header.settings.against or "the base"

    @property
    def data(self) -> RunData:
        """The records of the run besides its samples; empty ones for a table that has lost them."""
        return data_of(self.samples)

    @property
    def header(self) -> Header:
        """The machine, the versions, the workloads and the settings of the run."""
        return self.data.header

    @property
    def first_warnings(self) -> list[str]:
        """Warnings that concern every number of the run."""
        return [each.text for each in self.warning_records if each.about in remedies.FIRST]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the reader of the results."""
        return tuple(each.text for each in self.warning_records)

    @cached_property
    def warning_records(self) -> list[RunWarning]:
        """The warnings with their subjects; a busy machine comes first."""
        busy = noise.disturbance_line(disturbance(self.samples))
        different = noise.alone_lines(self.alone, only_different=True)
        first = [RunWarning(busy, "busy machine")] * bool(busy)
        return [*first, *self.data.warnings, *(RunWarning(line, "alone") for line in different)]

    @property
    def workloads(self) -> list[str]:
        """The names of the workloads."""
        return [str(name) for name in self.summary["workload"].drop_duplicates()]

    def table(self, what: str = "summary") -> pd.DataFrame:
        """A table of this run by name, as `parbench.table` gives it."""
        from parbench.report.tables import table

        return table(self.samples if what in ("samples", "changes") else self, what)

    def figure(self, kind: str = "speedup", workload: str | None = None, **options: Any) -> Figure:
        """A figure by its name in `parbench.figures.FIGURES`; raises UsageError for what is not there."""
        from parbench.report.figures.public import FIGURES

        if kind not in FIGURES:
            raise UsageError(f"there is no figure {kind!r}: use one of {', '.join(FIGURES)}.")
        return FIGURES[kind].draw(self, workload, **options)

    def figures(self, kind: str = "speedup", **options: Any) -> dict[str, Figure]:
        """That figure of every workload, by its name."""
        return {name: self.figure(kind, name, **options) for name in self.workloads}

    def save(self, folder: str | Path = "reports") -> Path:
        """Copy the run into a new folder of `folder` and write its report there; returns the path of the report.

        Raises UsageError for a run of a table, and for a folder that cannot be written or has the run already.
        """
        from parbench.report.write import publish_in_list

        if self.path is None:
            raise UsageError("a run of a table has no run file: save the run that the table was made from.")
        place = Path(folder) / self.header.run
        try:
            place.mkdir(parents=True)
            copyfile(find(self.path), place / FILE)
        except OSError as error:
            raise UsageError(
                f"the run cannot be saved in {place} ({error.strerror}): choose another folder."
            ) from error
        return publish_in_list(Run(place))[0]

    def __repr__(self) -> str:
        compared = " against a base" if self.compared else ""
        name = name_of(self.samples) or "of a table"
        cells = plural(len(self.summary), "cell")
        workloads = join((one_line(name, 40) for name in self.workloads), most=3) or "no workload"
        lines = [
            f"<parbench.Run {name}{compared}: {cells} of {workloads}>",
            *self.first_warnings,
            *self.sentences[:MOST_SENTENCES],
        ]
        return "\n".join(one_line(each, LONGEST_SENTENCE) for each in lines)

    def __str__(self) -> str:
        from parbench.report.terminal import results, screen

        target = screen.console(StringIO())
        lines = screen.lines(target, self.first_warnings)
        return "\n".join([*lines, *results.render(self.summary, self.expected, self.replicas, target)])

    def _repr_html_(self) -> str:
        from parbench.report.notebook import html

        return html(self)
