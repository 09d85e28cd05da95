"""The section on losses: the used part of the cores' time, and the causes of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.losses import FACTORS, LOSSES, by_cell
from parbench.report.figures.annotations import cell_address
from parbench.report.figures.losses import bars, calls_of, missing_note, overview, timeline
from parbench.report.html.sections import Section
from parbench.report.html.svg import interactive
from parbench.report.html.template import anchor, render_part
from parbench.report.run import Run
from parbench.report.sentences import losses as sentences
from parbench.report.sentences.losses import LossView, few, name_of, parts
from parbench.runfile.records import Trace
from parbench.text import one_line, safe_name
from parbench.workload.cell import BASELINES, HEAD, Cell

NAME, TITLE = "losses", "Why not more?"
#: With more workloads than this, one bar of each is on the page, and one timeline.
FEW = 4
#: The name of the figure with these bars.
OVERVIEW = "fastest-of-all"


def section(run: Run) -> Section | None:
    """The section; None for a run without cells, and for a comparison, which traces nothing."""
    summary = run.summary
    if run.losses is None:
        if summary.empty or run.header.settings.against:
            return None
        return Section(NAME, TITLE, render_part("losses.html", workloads=[], nothing=sentences.NO_TRACES, notes=[]))
    found, shown, traced = run.losses, run.loss_views, by_cell(run.frame)
    figures = _figures(shown, summary, traced)
    many = len(shown) > FEW
    inside = _inlined(figures, many)
    body = render_part(
        "losses.html",
        workloads=[_texts(each, summary, [] if many else inside[each.workload]) for each in shown],
        many=many,
        nothing="No traced call of this run could be taken apart.",
        tracing=sentences.tracing(found),
        figures=[figure for each in inside.values() for figure in each] if many else [],
        heads=[sentences.NAMES[name] for name in (sentences.USED, *LOSSES)],
        notes=[*_unseen(found), *_left_out(found, shown)],
    )
    return Section(
        NAME,
        TITLE,
        body,
        {"-".join(drawn.address): drawn.figure for drawn in figures},
        {"losses": found},
        anchors=frozenset(each.workload for each in shown),
    )


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure with its label and caption; its address is its workload and its kind, or its name."""

    address: tuple[str, ...]
    label: str
    figure: Figure
    caption: str


def _figures(
    shown: list[LossView], summary: pd.DataFrame, traced: Mapping[Cell, Mapping[int, Trace]]
) -> list[CaptionedFigure]:
    """Bars and a timeline of each workload; if there are many, bars of each, and one overview and timeline."""
    found, many, where = list[CaptionedFigure](), len(shown) > FEW, "Where the time went"
    if many:
        found.append(CaptionedFigure((OVERVIEW,), where, overview(shown), sentences.overview_caption(shown)))
    slow = min(shown, key=lambda each: each.best.dispatch_and_transfer, default=None)
    for each in shown:
        name, figure = each.workload, bars(each, missing_note(summary, each))
        found.append(CaptionedFigure((name, "bars"), f"{where}, {name}", figure, sentences.bars_caption(each)))
        calls = calls_of(each, traced)
        if calls and (each is slow or not many):
            label, caption = f"Who did what when, {name}", sentences.timeline_caption(calls)
            found.append(CaptionedFigure((name, "timeline"), label, timeline(name, calls), caption))
    return found


def _inlined(figures: list[CaptionedFigure], many: bool) -> dict[str, list[dict[str, Any]]]:
    """The figures of the page, by workload; of many workloads, their own bars are only files next to it."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in figures:
        if not (many and each.address[-1] == "bars"):
            text = interactive(each.figure, *each.address)
            found.setdefault(each.address[0], []).append({"svg": text, "caption": each.caption, "label": each.label})
    return found


def _texts(shown: LossView, summary: pd.DataFrame, figures: list[dict[str, Any]]) -> dict[str, Any]:
    """One workload for the template."""
    return {
        "workload": shown.workload,
        "id": anchor(NAME, summary, shown.workload),
        "at": shown.at,
        "best": sentences.of_best(shown),
        "others": sentences.of_others(shown),
        "figures": figures,
        "beside": "" if figures else f"figures/{safe_name(f'{shown.workload}-bars')}.svg",
        "caption": f"{shown.workload}, {shown.at}, on {shown.on}",
        "note": "all other cells are in losses.csv",
        "rows": [_row(row) for row in [*shown.rows, *shown.others]],
        "whole": len(shown.rows),
        "notes": list(_notes(shown, summary)),
    }


def _row(row: Any) -> dict[str, Any]:
    """One cell as texts for the tables, its losses as they are drawn."""
    return {
        "id": cell_address(row, "losses"),
        "of": row.strategy,
        "name": name_of(row),
        "factors": [
            text.percent(row.efficiency),
            text.percent(row.traced_efficiency),
            *(text.number(getattr(row, name)) for name in FACTORS),
            text.count(row.tasks),
            text.times(row.tracing_cost),
        ],
        "reason": sentences.why_missing(row) if row.missing else "",
        "losses": [text.percent(row.traced_efficiency), *map(text.percent, parts(row).values())],
    }


def _notes(shown: LossView, summary: pd.DataFrame) -> Iterable[str]:
    """Unknown losses of the strategies of one workload, and how to measure them."""
    missing: dict[str, list[str]] = {}
    for row in shown.others:
        missing.setdefault(sentences.why_and_remedy(row), []).append(name_of(row))
    yield from (f"{few(who)} could not be taken apart: {why}." for why, who in missing.items())
    # a strategy with its own threads is busy with fewer tasks, too
    short = [row for row in shown.rows if row.tasks < row.cores and row.load_balance <= row.tasks / row.cores + 1e-9]
    if short:
        yield (
            f"{few([f'{name_of(row)} ({text.count(row.tasks)})' for row in short])} had fewer tasks than there are "
            f"{shown.each}s, so some had nothing to do: cut finer (--parbench-chunks), or measure a larger size."
        )
    apart = [
        row
        for row in shown.rows
        if row.efficiency > 0 and not 1 / APART < row.traced_efficiency / row.efficiency < APART
    ]
    if apart:
        told = [
            f"{name_of(row)} ({text.percent(row.traced_efficiency)}, timed {text.percent(row.efficiency)})"
            for row in apart
        ]
        yield f"traced calls were not like timed ones in {few(told)}: tracing or other programs changed them."
    here = summary[
        (summary["workload"] == shown.workload)
        & (summary["size"] == shown.size)
        & (summary["cores"] == shown.cores)
        & (summary["status"] == "ok")
        & (summary["environment"] == HEAD)
        & ~summary["strategy"].isin(BASELINES)
    ]
    known = {row.strategy for row in [*shown.rows, *shown.others]}
    gone = [str(name) for name in here["strategy"].drop_duplicates() if name not in known]
    if gone:
        remedy = sentences.MORE_TRACES.format("one")
        yield f"{few(gone)} {'has' if len(gone) == 1 else 'have'} no traced call here: {remedy}."


#: Factor between the efficiencies of traced and timed calls above which traced calls are not representative.
APART = 1.25


def _unseen(found: pd.DataFrame) -> list[str]:
    """Parts of calls that cannot be traced, combined for strategies that have them in common."""
    told = found[found["unseen"] != ""].drop_duplicates(["unseen", "strategy"])
    groups: Any = told.groupby("unseen", sort=False)
    return [f"{text.join(who['strategy'])}: {one_line(why)}" for why, who in groups]


def _left_out(found: pd.DataFrame, shown: list[LossView]) -> list[str]:
    """Why nothing can be shown of a workload that has traces; those with the same reasons together."""
    told = {each.workload for each in shown}
    rest = found[(found["environment"] == HEAD) & ~found["workload"].isin(told)]
    reasons: dict[str, list[str]] = {}
    for workload, cells in rest.groupby("workload", sort=False):
        parallel = cells[~cells["strategy"].isin(BASELINES)]
        why = list(dict.fromkeys(map(sentences.why_and_remedy, parallel[parallel["missing"] != ""].itertuples())))
        text = "; ".join(why[:2]) or f"no parallel strategy was traced: {sentences.MORE_TRACES.format('one')}"
        reasons.setdefault(text, []).append(str(workload))
    return [f"{few(names)}: {text}." for text, names in reasons.items()]
