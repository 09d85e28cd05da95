"""The figures of the report, for a paper or a notebook: each function returns a matplotlib Figure.

Every function takes the same arguments. `run` is a run: its file or folder, a frame of `parbench.load`, filtered or
not, a summary of `parbench.summarize` if no samples are needed, or a `parbench.Run`. `workload`, `size` and
`strategies` limit the figure to these; the baseline stays. `Options` are given by name: `width` in inches, or as a text
with ``in``, ``cm``, ``mm`` or ``pt`` (default: ``3.3in``), and `title` (False: in a paper it belongs to the caption).
Title and notes are the figure's label (``figure.get_label()``) in any case.

A figure belongs to no window and to no state of pyplot: change it as any other, and save it by `save`, or by its own
``savefig`` within `style`. Missing content of a run raises UsageError with a sentence that names the available content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Unpack

import pandas as pd
from matplotlib.figure import Figure

from parbench.analysis.break_even import FEWEST_SIZES, at_largest_size, of_curves, one_per_strategy
from parbench.analysis.break_even import break_even as break_even_sizes
from parbench.analysis.break_even_calls import break_even_calls
from parbench.analysis.choice import comparable
from parbench.analysis.cost import choices, costs
from parbench.analysis.frame import data_of
from parbench.analysis.losses import by_cell
from parbench.analysis.losses import losses as losses_of
from parbench.analysis.metg import grains, metg
from parbench.analysis.scaling import by_cores, fit_laws
from parbench.analysis.source import RunView, Source
from parbench.analysis.verdict import verdicts
from parbench.errors import UsageError
from parbench.report.figures import break_even as break_even_figures
from parbench.report.figures import cost as cost_figure
from parbench.report.figures import dots, scaling_laws
from parbench.report.figures import losses as losses_figures
from parbench.report.figures import samples as strips
from parbench.report.figures import speedup as curves
from parbench.report.figures.layout import Layout
from parbench.report.figures.options import Options, layout_of, save, style
from parbench.report.sentences.losses import NO_TRACES, LossView, loss_views

__all__ = [
    "FIGURES",
    "Options",
    "break_even",
    "cost",
    "grain",
    "laws",
    "losses",
    "repaid",
    "samples",
    "save",
    "speedup",
    "style",
    "time",
    "timeline",
]


@dataclass(frozen=True)
class FigureRequest:
    """The part of a run that a figure shows.

    Fields:
        run: the run with all of its cells.
        part: the run with the chosen workload, size and strategies only.
        workload: the name of the workload; None if the figure may show several and none was chosen.
        all_named: whether the caller chose the strategies, so that the tutorial's own form is drawn if it is named.
        layout: the size of the figure.
    """

    run: RunView
    part: RunView
    workload: str | None
    all_named: bool
    layout: Layout

    @property
    def name(self) -> str:
        """The workload of a figure of one workload."""
        return self.workload or self.part.one(None)

    @property
    def summary(self) -> pd.DataFrame:
        """The cells of the part."""
        return self.part.summary

    def curves(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of an analysis that are drawn, one per curve."""
        return one_per_strategy(rows if self.all_named else comparable(rows))


class Draw(Protocol):
    """A function of this module that draws a figure."""

    def __call__(
        self,
        run: Source,
        workload: str | None = None,
        *,
        size: int | None = None,
        strategies: Sequence[str] | None = None,
        **options: Unpack[Options],
    ) -> Figure:
        """The figure; raises UsageError."""


@dataclass(frozen=True)
class Drawing:
    """A figure of the registry: the function that draws it, and one line about it."""

    draw: Draw
    about: str


#: The figures by the names that the command line uses.
FIGURES: dict[str, Drawing] = {}


def figure(
    about: str, *, single: bool = True, sized: bool = True
) -> Callable[[Callable[[FigureRequest], Figure]], Draw]:
    """Register a figure of a `FigureRequest` in `FIGURES`, as a function of a run; `single` ones show one workload."""

    def register(inner: Callable[[FigureRequest], Figure]) -> Draw:
        name = inner.__name__.replace("_", "-")

        def draw(
            run: Source,
            workload: str | None = None,
            *,
            size: int | None = None,
            strategies: Sequence[str] | None = None,
            **options: Unpack[Options],
        ) -> Figure:
            if size is not None and not sized:
                raise UsageError(f"{name} is a figure over all sizes: leave out the size.")
            layout, whole = layout_of(options), RunView.of(run)
            chosen_name = whole.one(workload) if single else workload
            part = whole.only(chosen_name, size, strategies)
            return inner(FigureRequest(whole, part, chosen_name, strategies is not None, layout))

        draw.__name__ = draw.__qualname__ = inner.__name__
        draw.__doc__, draw.__module__ = inner.__doc__, inner.__module__
        FIGURES[name] = Drawing(draw, about)
        return draw

    return register


@figure("speedup against cores, a panel for each size")
def speedup(of: FigureRequest) -> Figure:
    """Speedup over the baseline against cores for one workload, with 95 % intervals, one panel per size.

    With fewer than four core counts, it is a dot per cell, one row per size and strategy.
    """
    draw = dots.speedup if dots.has_few_cores(of.summary, of.name) else curves.speedup
    return draw(of.summary, of.name, of.part.unit(of.name), of.layout)


@figure("time of a call against size", sized=False)
def time(of: FigureRequest) -> Figure:
    """Seconds per call against size for one workload; bars span the middle 90 % of samples, if there are samples."""
    return curves.time(of.summary, of.name, of.part.unit(of.name), of.part.samples, of.layout)


@figure("every sample of the fastest cell of each strategy, by block")
def samples(of: FigureRequest) -> Figure:
    """Each sample of a workload as a dot, a line of dots per block; without a size, at the largest."""
    cells = strips.cells_of(of.summary, of.name)
    if cells.empty:
        raise UsageError(f"no cell of {of.name} was measured, so there is no sample to show.")
    return strips.strip(cells, of.run.frame, of.run.summary["strategy"], of.part.unit(of.name), of.layout)


@figure("where the time of all cores went", single=False)
def losses(of: FigureRequest) -> Figure:
    """Shares of the time of all cores in a call, one bar per strategy; without a workload, one bar per workload."""
    views = _loss_views(of)
    if of.workload is None and len(views) > 1:
        return losses_figures.overview(views, of.layout)
    return losses_figures.bars(views[0], losses_figures.missing_note(of.summary, views[0]), of.layout)


@figure("who did what when in one call")
def timeline(of: FigureRequest) -> Figure:
    """Workers over time in one traced call: of the fastest strategy, and of that with the most time outside kernels."""
    calls = losses_figures.calls_of(_loss_views(of)[0], by_cell(of.summary))
    if not calls:
        raise UsageError(f"no traced call of {of.name} has a timeline: name another workload.")
    return losses_figures.timeline(of.name, calls, of.layout)


@figure("speedup against size, and from which size on it pays", single=False, sized=False)
def break_even(of: FigureRequest) -> Figure:
    """Speedup against size, one panel per workload, with the size from which each strategy is faster."""
    answers = of.curves(break_even_sizes(of.summary, of.summary))
    units = {name: of.part.unit(name) or "elements" for name in of.part.workloads}
    return _required(
        break_even_figures.speedups(of.summary, answers, units, of.layout),
        f"no curve has {FEWEST_SIZES} sizes: measure more sizes of a workload (--parbench-sizes).",
    )


@figure("after how many calls the start is repaid", single=False)
def repaid(of: FigureRequest) -> Figure:
    """Calls after which the start of each strategy is repaid, one row per cell; without a size, at the largest."""
    calls = break_even_calls(of.run.frame, of.summary)
    drawn = of.curves(break_even_sizes(of.summary, of.summary))
    rows = at_largest_size(of_curves(calls[calls["outcome"].isin(["repaid", "at once"])], drawn))
    return _required(
        break_even_figures.repaid(rows, list(of.summary["strategy"]), of.layout),
        "no start is repaid here, as no strategy is significantly faster than the baseline: use a larger size.",
    )


@figure("efficiency against the time of a task", single=False, sized=False)
def grain(of: FigureRequest) -> Figure:
    """Efficiency against seconds of one core per task, one panel per workload, with the finest useful grain."""
    points, answers = grains(of.summary, of.summary), of.curves(metg(of.summary, of.summary))
    return _required(
        break_even_figures.efficiencies(points, answers, list(of.summary["strategy"]), of.layout),
        f"no curve has a grain at {FEWEST_SIZES} sizes: measure more sizes of a workload (--parbench-sizes) whose "
        "tasks are alike.",
    )


@figure("fitted laws of scaling, and where they lead")
def laws(of: FigureRequest) -> Figure:
    """Speedup over itself on one core, with the universal scalability law fitted to it and extrapolated."""
    rows = fit_laws(of.run.frame, of.summary)
    drawn = scaling_laws.drawn_curves(rows, of.name)
    if drawn.empty:
        reasons = [why for why in (*rows["usl_reason"], *rows["reason"]) if why]
        why = max(reasons, key=reasons.count, default="no strategy can use more than one core.")
        raise UsageError(f"no law could be fitted to {of.name}: {why}")
    workers = of.part.header.facts(of.name).waits
    return scaling_laws.figure(drawn, by_cores(of.run.frame, of.summary), workers, rows["strategy"], of.layout)


@figure("speed, CPU time and memory against the baseline's", single=False)
def cost(of: FigureRequest) -> Figure:
    """Speed, CPU time and memory of the fastest strategies relative to the baseline; at the largest size by default."""
    found = choices(costs(of.summary, of.summary), verdicts(of.summary))
    if not found:
        raise UsageError("no parallel strategy was measured along with a baseline, so there is no price to show.")
    return cost_figure.draw(cost_figure.figure_rows(found), of.layout)


def _required(drawn: Figure | None, why_not: str) -> Figure:
    if drawn is None:
        raise UsageError(why_not)
    return drawn


def _loss_views(of: FigureRequest) -> list[LossView]:
    """The traced cells of the part, by workload; raises UsageError if there is none."""
    if not data_of(of.run.summary).traces:
        raise UsageError(NO_TRACES)
    found = losses_of(of.run.summary, of.summary)
    views = loss_views(found, of.summary, of.part.header)
    if not views:
        where = f"of {of.workload} " if of.workload else ""
        raise UsageError(f"no traced call {where}could be taken apart: name another workload, size or strategy.")
    return views
