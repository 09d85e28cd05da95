"""The cells of several runs in one table: one row per cell, one column per run, as records of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.side_by_side import Case, NamedRun
from parbench.report.figures import side_by_side
from parbench.report.html.cells import MEANINGS
from parbench.report.html.cells import SIGNS as VERDICT_SIGNS
from parbench.report.html.sections.comparison import SIGNS


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
