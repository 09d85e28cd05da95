"""The page of several runs: which strategy each says to take, what the runs differ by, and their cells side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.compare_stored import same_machine
from parbench.analysis.run_names import NONE, Facts
from parbench.analysis.side_by_side import Agreement, Case, NamedRun, RunAdvice, agreements, alone, facts_of, joined
from parbench.report.figures import side_by_side
from parbench.report.figures.captions import point
from parbench.report.figures.style import svg
from parbench.report.html.cells import MEANINGS
from parbench.report.html.cells import SIGNS as VERDICT_SIGNS
from parbench.report.html.sections.comparison import SIGNS
from parbench.report.html.svg import embed
from parbench.report.html.template import render_page
from parbench.report.sentences import side_by_side as sentences
from parbench.report.write import write_page
from parbench.text import safe_name
from parbench.workload.cell import BASELINES

PAGE, TABLE = "several.html", "several.csv"
#: The most workloads with a figure; the others have their tables.
MOST_FIGURES = 6
#: Facts that are omitted if they are the same in all runs: nothing failed, nothing was interrupted, there was none.
USUAL = (NONE, "0", "yes")
#: Notes next to the sentence on a workload and size.
AGREEMENT_SIGNS = {"same": "=", "differ": "≠", "unsure": "≈", "open": "≈"}


def write(runs: Sequence[NamedRun], folder: Path) -> tuple[Path, list[str]]:
    """Write ``several.html``, ``several.csv`` and ``figures/`` into `folder`.

    Returns the path of the page, and its first sentences. Raises UsageError if the runs have nothing in common, or the
    folder cannot be written.
    """
    found, table = agreements(runs), joined(runs)
    figures = draw(runs, found)
    page = write_page(
        folder / PAGE,
        render(runs, found, table, figures),
        {TABLE: table},
        {figure_name(place): figure for place, figure in figures.items()},
    )
    return page, [sentences.overall(found), *map(sentences.line, found)]


def folder_name(runs: Sequence[NamedRun]) -> str:
    """Name of the folder of a page: from the names of the runs, the same for the same runs in the same order."""
    tag = hashlib.sha256(repr([run.header for run in runs]).encode("utf-8", "replace")).hexdigest()[:6]
    name = "-and-".join(safe_name(run.name.replace(" ", "-")) for run in runs)
    return f"several-{name[:60].rstrip('-')}-{tag}"


def draw(runs: Sequence[NamedRun], found: Sequence[Agreement]) -> dict[Case, Figure]:
    """The figures of the first `MOST_FIGURES` workloads, at the largest size at which any run has a curve."""
    figures: dict[Case, Figure] = {}
    for each in found:
        place = (each.workload, each.size)
        having = [run for run in runs if place in run.measured()]
        is_first = each.workload not in {name for name, _ in figures}
        if is_first and len(figures) < MOST_FIGURES and any(side_by_side.drawable(run, place) for run in having):
            figures[place] = side_by_side.speedups(having, place, runs[0].header.facts(each.workload).unit)
    return figures


def figure_name(place: Case) -> str:
    """The name of a figure."""
    return f"{place[0]}-{place[1]}-speedup"


def render(
    runs: Sequence[NamedRun],
    found: Sequence[Agreement],
    table: pd.DataFrame,
    figures: dict[Case, Figure],
) -> str:
    """The page as text."""
    known = facts_of(runs)
    return render_page(
        "side_by_side.html",
        title=f"parbench on {len(runs)} runs side by side",
        facts=[run.name for run in runs] if len(runs) <= 4 else [text.plural(len(runs), "run")],
        runs=[run.name for run in runs],
        machines=any(not same_machine(one.header, other.header) for one, other in combinations(runs, 2)),
        incomplete=[run.name for run in runs if not run.complete],
        overall=sentences.overall(found),
        workloads=[
            section(number, name, runs, found, table, figures)
            for number, name in enumerate(dict.fromkeys(each.workload for each in found))
        ],
        differs=differences(known),
        same=[(name, values[0]) for name, values in known.items() if len(set(values)) == 1 and values[0] not in USUAL],
        alone=[f"{name} at {size:,}: only in {run}" for (name, size), run in alone(runs).items()],
        margin=text.percent(table.loc[table["quantity"] == "scaling", "margin"].median()),
        crowded=len(runs) > side_by_side.MOST_PANELS,
        most=side_by_side.MOST_PANELS,
        files=[TABLE, *(f"figures/{safe_name(figure_name(key))}.svg" for key in figures)],
    )


def differences(known: Facts) -> list[tuple[str, list[str]]]:
    """Facts that differ between the runs, with the value of each."""
    return [
        (name, [value or text.NOTHING for value in values]) for name, values in known.items() if len(set(values)) > 1
    ]


def section(
    number: int,
    name: str,
    runs: Sequence[NamedRun],
    found: Sequence[Agreement],
    table: pd.DataFrame,
    figures: dict[Case, Figure],
) -> dict[str, Any]:
    """One workload: the results of the runs for each size, its figures and its tables."""
    mine = [each for each in found if each.workload == name]
    about = next((run.header.facts(name).about for run in runs if name in run.header.workloads), "")
    return {
        "name": name,
        "id": f"w-{number}",
        "about": about,
        "unit": runs[0].header.facts(name).unit,
        "sizes": [size_section(number, each, runs, table, figures) for each in mine],
    }


def size_section(
    number: int,
    found: Agreement,
    runs: Sequence[NamedRun],
    table: pd.DataFrame,
    figures: dict[Case, Figure],
) -> dict[str, Any]:
    """One size of a workload."""
    place = (found.workload, found.size)
    figure = figures.get(place)
    return {
        "size": found.size,
        "sign": AGREEMENT_SIGNS[found.kind],
        "sentence": sentences.sentence(found),
        "gains": sentences.gains(found),
        # where nothing pays anywhere, the sentence says it all
        "advice": [] if is_serial(found) else [advice_row(each) for each in found.advice],
        "svg": embed(svg(figure), f"w{number}-{found.size}-") if figure else "",
        "caption": speedup_caption(runs, place) if figure else "",
        "baselines": baselines(runs, place),
        "rows": rows(table, runs, place),
    }


def baselines(runs: Sequence[NamedRun], place: Case) -> str:
    """Meaning of 1× in each run; in one phrase if it is the same strategy in all of them."""
    names = {
        run.name: str(cells["strategy"].iloc[0])
        for run in runs
        for cells in [side_by_side.in_place(run, place)]
        for cells in [cells[cells["verdict"] == "baseline"]]
        if not cells.empty
    }
    if len(set(names.values())) == 1:
        return f"1× is {next(iter(names.values()))}, each run's own"
    return "1× is " + text.join(f"{name} in {run}" for run, name in names.items()) if names else ""


def rows(table: pd.DataFrame, runs: Sequence[NamedRun], place: Case) -> list[dict[str, Any]]:
    """The cells of a workload and size, a row each with what every run has of it, the fastest first."""
    mine = table[(table["workload"] == place[0]) & (table["size"] == place[1])]
    several = mine["chunks"].nunique() > 1
    keys = ["strategy", "cores", "chunks"]
    order = mine.groupby(keys, sort=False)["speedup"].max().sort_values(ascending=False, na_position="last")
    by_run = {(row.run, row.strategy, row.cores, row.chunks): row for row in mine.itertuples()}
    found = []
    for key in order.index:
        strategy, cores, chunks = key
        cut = text.chunk_label(chunks) if several or chunks != 1 else ""
        cells = [cell(by_run.get((run.name, *key)), first=run is runs[0]) for run in runs]
        found.append({"strategy": strategy, "cores": text.count(cores), "note": cut, "cells": cells})
    return found


def cell(row: Any, first: bool) -> dict[str, str]:
    """Values of a cell in one run, as texts."""
    if row is None:
        return {"kind": "", "number": "not in this run", "seconds": "", "change": "", "tag": ""}
    if row.status != "ok":
        kind, sign = "" if row.status == "skipped" else "failed", VERDICT_SIGNS.get(row.status, "✕")
        why = MEANINGS.get(row.status, "")
        return {"kind": kind, "number": "", "seconds": why, "change": "", "tag": f"{sign} {row.status}"}
    is_base = row.verdict == "baseline"
    return {
        "kind": row.verdict if row.verdict in ("faster", "slower") else "",
        "number": "1×" if is_base else text.times(row.speedup, row.speedup_low, row.speedup_high),
        "seconds": f"{text.duration(row.seconds)} per call",
        "tag": f"{VERDICT_SIGNS.get(row.verdict, '')} {row.verdict}",
        "change": "" if first else change(row),
    }


def change(row: Any) -> str:
    """Change of a cell against the same one of the first run; empty if they cannot be distinguished or compared."""
    if row.change not in ("SLOWER", "FASTER"):
        return ""  # SAME may be as wide as what two stored runs of the same code differ by
    what = "as fast as in the first" if row.quantity == "time" else "the speedup of the first"
    times = text.times(row.times, row.times_low, row.times_high)
    return f"{SIGNS[row.change]} {times} {what}"


def is_serial(found: Agreement) -> bool:
    """Whether all runs advise the same serial strategy."""
    return found.kind == "same" and found.advice[0].best in BASELINES


def advice_row(advice: RunAdvice) -> dict[str, Any]:
    """Result of one run for a workload and size, as texts."""
    verdict, speedup, base = advice.verdict, "", ""
    if verdict is not None and verdict.best:
        base = f"1× is {verdict.baseline}, {text.duration(verdict.baseline_seconds)} a call"
        if advice.best not in ("", *BASELINES):
            speedup = text.times(verdict.speedup, verdict.low, verdict.high)
    return {
        "run": advice.run,
        "take": sentences.take(advice),
        "speedup": speedup,
        "base": base,
        "notes": sentences.doubts(advice),
    }


def speedup_caption(runs: Sequence[NamedRun], place: Case) -> str:
    """Content of the curves, in words."""
    having = [run for run in runs if side_by_side.drawable(run, place)]
    shown = having[: side_by_side.MOST_PANELS]
    cells = pd.concat([side_by_side.in_place(run, place) for run in shown])
    cores = text.join(sorted({int(each) for each in cells["cores"]}))
    cut = f" The first {len(shown)} of {len(having)} runs are shown." if len(having) > len(shown) else ""
    said = []
    for run in shown:
        rated = side_by_side.in_place(run, place)
        rated = rated[(rated["status"] == "ok") & rated["speedup"].notna()]
        top, bottom = (rated.loc[getattr(rated["speedup"].astype(float), end)()] for end in ("idxmax", "idxmin"))
        said.append(f"{run.name}: the highest point is {point(top)}, the lowest {point(bottom)}")
    return (
        f"Speedup of each strategy against cores ({cores}), one panel per run, all on the same axes; each over the "
        f"fastest serial strategy of its own run.{cut} {'; '.join(said)}."
    )
