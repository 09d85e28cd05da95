"""Break-even of a strategy: by size, by number of calls, and by the grain of its tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parbench import text
from parbench.analysis.break_even import at_largest_size, of_curves, one_per_strategy
from parbench.analysis.choice import comparable
from parbench.analysis.metg import grains
from parbench.report.figures.annotations import address
from parbench.report.figures.break_even import efficiencies, repaid, speedups
from parbench.report.html.sections import Section
from parbench.report.html.svg import interactive
from parbench.report.html.template import anchor, render_part
from parbench.report.run import Run
from parbench.report.sentences import break_even as sentences
from parbench.report.sentences.break_even import about, in_order, rounded, row_label

NAME = "break-even"
#: The sentences of more workloads than this are shown when they are asked for.
FEW = 4
#: Way to measure the missing sizes.
MORE = 'To place sizes around the break-even size, give its test bracket="break-even" or bracket="grain" in its mark.'


def section(run: Run) -> Section | None:
    """Break-even of each strategy; None if no strategy but baselines was measured."""
    sizes, calls, finest, summary = run.break_even, run.break_even_calls, run.finest_grains, run.summary
    if sizes.empty:
        return None
    units = {str(name): run.header.facts(str(name)).unit or "elements" for name in sizes["workload"].unique()}
    plain, fine = (one_per_strategy(comparable(rows)) for rows in (sizes, finest))
    known = calls[calls["outcome"].isin(["repaid", "at once"])]
    largest = at_largest_size(of_curves(known, plain))
    told = {name: each for name in units if (each := about(name, units[name], plain, calls, fine))}
    figures = {
        f"{NAME}-calls": repaid(largest, list(summary["strategy"])),
        f"{NAME}-speedup": speedups(summary, plain, units),
        f"{NAME}-grain": efficiencies(grains(run.frame, summary), fine, list(summary["strategy"])),
    }
    there = {name: figure for name, figure in figures.items() if figure is not None}
    body = render_part(
        "break_even.html",
        sentences=[each | {"id": anchor(NAME, summary, name)} for name, each in told.items()],
        few=FEW,
        missing=sentences.missing(plain),
        more=MORE,
        speedup=drawing(there, f"{NAME}-speedup", sentences.speedup_caption(plain, units)),
        grain=drawing(there, f"{NAME}-grain", sentences.grain_caption(fine)),
        sizes=[size_row(row) for row in in_order(one_per_strategy(sizes))],
        repaid=drawing(there, f"{NAME}-calls", sentences.calls_caption(largest)),
        calls=[calls_row(row) for row in of_curves(known, one_per_strategy(sizes))],
        grains=[grain_row(row) for row in in_order(one_per_strategy(finest))],
    )
    tables = {"break-even": sizes, "break-even-calls": calls, "metg": finest}
    return Section(NAME, "When does it pay off?", body, there, tables, anchors=frozenset(told))


def drawing(figures: Mapping[str, Any], name: str, caption: str) -> dict[str, Any] | None:
    """A figure for the template, if it is there."""
    return {"svg": interactive(figures[name], name), "caption": caption} if name in figures else None


# -- tables ------------------------------------------------------------------------------------------------------


def name(row: Any) -> str:
    """The curve of a row of any of the tables."""
    return f"{row.workload}: {row_label(row)}"


def row_about(row: Any, kind: str, size: object = "") -> dict[str, Any]:
    """Which curve a row is about, as a text and as an id."""
    chunks = "" if row.chunks == 1 else f"x{text.chunks(row.chunks)}"
    place = address(kind, row.workload, size, row.strategy, row.cores, chunks)
    return {"name": name(row), "of": row.strategy, "id": place}


@text.knowing
def ends(low: float, high: float, tell: Any) -> str:
    """Two ends, of which one may not be known."""
    if not (text.is_known(low) or text.is_known(high)):
        return text.NOTHING
    return f"{tell(low) if text.is_known(low) else '…'} to {tell(high) if text.is_known(high) else '…'}"


def size_row(row: Any) -> dict[str, Any]:
    """One answer about sizes, as texts."""
    about = rounded(row.size) if row.outcome == "found" else text.NOTHING
    between, seconds = ends(row.size_low, row.size_high, text.count), text.duration(row.baseline_seconds)
    return row_about(row, "break-even") | {"cells": [about, between, seconds, row.outcome], "reason": row.reason}


def calls_row(row: Any) -> dict[str, Any]:
    """One answer about calls, as texts."""
    between = ends(row.calls_low, row.calls_high, text.count)
    cells = [text.count(row.size), text.count(row.calls), between]
    once = text.duration(max(0.0, row.once_seconds))
    cells += [once, text.duration(row.gain_seconds), text.count(row.starts)]
    return row_about(row, "repaid", row.size) | {"cells": cells}


def grain_row(row: Any) -> dict[str, Any]:
    """One answer about grains, as texts."""
    about = text.rough_duration(row.grain) if row.outcome == "found" else text.NOTHING
    between = ends(row.grain_low, row.grain_high, text.duration)
    cells = [about, between, row.of or text.NOTHING, row.outcome]
    return row_about(row, "grain") | {"cells": cells, "reason": row.reason}
