"""The figures of the report, for a paper or a notebook: each function gives a matplotlib Figure.

The first argument is a run: its file or folder, a frame of `parbench.load`, filtered or not, a summary of
`parbench.summarize` where no samples are needed, or a `parbench.Run`. Every function takes `Options` by name: `width`
in inches, or as a text with ``in``, ``cm``, ``mm`` or ``pt`` (``3.3in`` unless given; a figure is as high as it needs),
and `title` (False: in a paper it stands in the caption). Title and notes are the figure's label
(``figure.get_label()``) in any case.

A figure belongs to no window and to no state of pyplot: change it as any other, and save it by `save`, or by its own
``savefig`` within `style`. What a run does not have raises UsageError, in a sentence that names what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import pandas as pd
from matplotlib.figure import Figure

from parbench.analysis.break_even import break_even as break_even_sizes
from parbench.analysis.break_even_calls import break_even_calls
from parbench.analysis.cost import choices, costs
from parbench.analysis.losses import by_cell
from parbench.analysis.losses import losses as lost
from parbench.analysis.metg import grains, metg
from parbench.analysis.scaling import by_cores, fitted
from parbench.analysis.source import Given, Source
from parbench.analysis.summary import comparable
from parbench.errors import UsageError
from parbench.report.figures import (
    break_even as from_when_figure,
)
from parbench.report.figures import (
    cost as cost_figure,
)
from parbench.report.figures import (
    losses as where_figure,
)
from parbench.report.figures import (
    scaling_laws,
)
from parbench.report.figures import speedup as curves
from parbench.report.figures.options import Options, layout_of, save, style
from parbench.report.html.sections.break_even import at_largest, unit_of, usual
from parbench.report.html.sections.cost import figure_rows
from parbench.report.html.sections.losses import NOTHING, calls_of
from parbench.report.html.sections.scaling_laws import latency_bound
from parbench.report.sentences.break_even import of_these
from parbench.report.sentences.losses import Shown, chosen
from parbench.runfile.header import mapping

__all__ = [
    "FIGURES",
    "Options",
    "break_even",
    "cost",
    "grain",
    "laws",
    "losses",
    "repaid",
    "save",
    "speedup",
    "style",
    "time",
    "timeline",
]


def speedup(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """Speedup over the baseline against cores for one workload, with 95 % intervals, a panel for each size."""
    mine = Given.of(run)
    name = mine.one(workload)
    mine = mine.only(name, size, strategies)
    return curves.speedup(mine.summary, name, mine.unit(name), layout_of(options))


def time(
    run: Source, workload: str | None = None, *, strategies: Sequence[str] | None = None, **options: Unpack[Options]
) -> Figure:
    """Seconds of a call against size for one workload; bars span the middle 90 % of samples, where these are given."""
    mine = Given.of(run)
    name = mine.one(workload)
    mine = mine.only(name, strategies=strategies)
    return curves.time(mine.summary, name, mine.unit(name), mine.samples, layout_of(options))


def losses(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """Where the time of all cores went in a call, a bar a strategy, as shares; without a name, a bar a workload."""
    mine, shown = _shown(run, workload, size, strategies)
    if workload is None and len(shown) > 1:
        return where_figure.overview(shown, layout_of(options))
    return where_figure.bars(shown[0], where_figure.missing_note(mine.summary, shown[0]), layout_of(options))


def timeline(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """Who did what when in one traced call: of the fastest strategy, and of that which lost most outside of kernels."""
    name = Given.of(run).one(workload)
    mine, shown = _shown(run, name, size, strategies)
    calls = calls_of(shown[0], by_cell(mine.summary))
    if not calls:
        raise UsageError(f"no traced call of {name} says what happened when: name another workload.")
    return where_figure.timeline(name, calls, layout_of(options))


def break_even(
    run: Source, workload: str | None = None, *, strategies: Sequence[str] | None = None, **options: Unpack[Options]
) -> Figure:
    """Speedup against size, a panel a workload, with the size from which on each strategy is faster."""
    mine = Given.of(run).only(workload, strategies=strategies)
    answers = _plain(break_even_sizes(mine.summary, mine.summary), strategies)
    units = {name: unit_of(mine.summary, name) for name in mine.workloads}
    return _there(
        from_when_figure.speedups(mine.summary, answers, units, layout_of(options)),
        f"no curve has {from_when_figure.FEWEST} sizes: measure more sizes of a workload (--parbench-sizes).",
    )


def grain(
    run: Source, workload: str | None = None, *, strategies: Sequence[str] | None = None, **options: Unpack[Options]
) -> Figure:
    """Efficiency against seconds of one core a task, a panel a workload, with the finest useful grain."""
    mine = Given.of(run).only(workload, strategies=strategies)
    points, answers = grains(mine.summary, mine.summary), _plain(metg(mine.summary, mine.summary), strategies)
    return _there(
        from_when_figure.efficiencies(points, answers, list(mine.summary["strategy"]), layout_of(options)),
        f"no curve has a grain at {from_when_figure.FEWEST} sizes: measure more sizes of a workload "
        "(--parbench-sizes) whose tasks are alike.",
    )


def repaid(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """After how many calls the start of each strategy is repaid, a row a cell; without a size, at the largest."""
    mine = Given.of(run)
    kept = mine.only(workload, size, strategies)
    calls = break_even_calls(mine.frame, kept.summary)
    drawn = _plain(break_even_sizes(kept.summary, kept.summary), strategies)
    found = at_largest(of_these(calls[calls["outcome"].isin(["repaid", "at once"])], drawn))
    return _there(
        from_when_figure.repaid(found, list(kept.summary["strategy"]), layout_of(options)),
        "no start is repaid here, as no strategy is faster than the baseline for certain: take a larger size.",
    )


def laws(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """Speedup over itself on one core, with the universal scalability law fitted to it and where it leads."""
    mine = Given.of(run)
    name = mine.one(workload)
    kept = mine.only(name, size, strategies).summary
    rows = fitted(mine.frame, kept)
    drawn = scaling_laws.chosen(rows, name)
    if drawn.empty:
        reasons = [why for why in (*rows["usl_reason"], *rows["reason"]) if why]
        why = max(reasons, key=reasons.count, default="no strategy can use more than one core.")
        raise UsageError(f"no law could be fitted to {name}: {why}")
    waiting = name in latency_bound(kept)
    return scaling_laws.figure(drawn, by_cores(mine.frame, kept), waiting, rows["strategy"], layout_of(options))


def cost(
    run: Source,
    workload: str | None = None,
    *,
    size: int | None = None,
    strategies: Sequence[str] | None = None,
    **options: Unpack[Options],
) -> Figure:
    """Speed, CPU time and memory of the fastest strategies as times the baseline's; at the largest size unless told."""
    mine = Given.of(run).only(workload, size, strategies)
    there = choices(costs(mine.summary, mine.summary))
    if not there:
        raise UsageError("no parallel strategy was measured beside a baseline, so there is no price to show.")
    return cost_figure.draw(figure_rows(there), layout_of(options))


@dataclass(frozen=True)
class Drawing:
    """A figure that can be had by name: how it is drawn, what it shows, and whether one size can be chosen for it."""

    draw: Callable[..., Figure]
    about: str
    sized: bool = True


#: The figures by the names that the command line knows them by.
FIGURES = {
    "speedup": Drawing(speedup, "speedup against cores, a panel for each size"),
    "time": Drawing(time, "time of a call against size", sized=False),
    "losses": Drawing(losses, "where the time of all cores went"),
    "timeline": Drawing(timeline, "who did what when in one call"),
    "break-even": Drawing(break_even, "speedup against size, and from which size on it pays", sized=False),
    "repaid": Drawing(repaid, "after how many calls the start is repaid"),
    "grain": Drawing(grain, "efficiency against the time of a task", sized=False),
    "laws": Drawing(laws, "fitted laws of scaling, and where they lead"),
    "cost": Drawing(cost, "speed, CPU time and memory against the baseline's"),
}


def _plain(rows: pd.DataFrame, strategies: Sequence[str] | None) -> pd.DataFrame:
    """One row a curve of the kind that is drawn; the tutorial's own way, which may compute something else, if named."""
    return usual(rows if strategies is not None else comparable(rows))


def _there(figure: Figure | None, why_not: str) -> Figure:
    if figure is None:
        raise UsageError(why_not)
    return figure


def _shown(
    run: Source, workload: str | None, size: int | None, strategies: Sequence[str] | None
) -> tuple[Given, list[Shown]]:
    """What is shown of the traced calls of a run."""
    whole = Given.of(run)
    mine = whole.only(workload, size, strategies)
    found: Any = lost(whole.summary, mine.summary)
    shown = chosen(found, mine.summary, mapping(mine.header, "workloads"))
    if not whole.summary.attrs.get("traces"):
        raise UsageError(NOTHING)
    if not shown:
        where = f"of {workload} " if workload else ""
        raise UsageError(f"no traced call {where}could be taken apart: name another workload, size or strategy.")
    return mine, shown
