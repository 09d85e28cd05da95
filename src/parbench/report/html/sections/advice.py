"""The section on advice: the strategy to use for few calls and for many."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.report.html.sections import Section
from parbench.report.html.template import anchor, render_part
from parbench.report.run import Run
from parbench.report.sentences.advice import CALLS, strategy_on_cores


def section(run: Run) -> Section | None:
    """The section; None if no cell was measured."""
    table = run.advice
    if table.empty:
        return None
    body = render_part(
        "advice.html", rows=rows(table, run.summary), calls=[text.plural(calls, "call") for calls in CALLS]
    )
    return Section(
        "advice",
        "Which one should I use?",
        body,
        tables={"advice": table},
        short="Which one?",
        anchors=frozenset(table["workload"]),
    )


def rows(table: pd.DataFrame, summary: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per workload and size, with the recommendations; the largest size has an id for links."""
    found: list[dict[str, Any]] = []
    groups: Any = table.groupby(["workload", "size"], sort=False)
    for (workload, size), group in groups:
        cells = [cell(row) for row in group.itertuples()]
        found.append({"workload": workload, "size": text.count(size), "cells": cells, "id": ""})
    for row in {row["workload"]: row for row in found}.values():  # sizes grow
        row["id"] = anchor("advice", summary, row["workload"])
    return found


def cell(row: Any) -> dict[str, str]:
    """Recommendation, its time, and strategies that are or may be as good."""
    like = f"= {row.equal}" if row.equal else ""
    if not (row.equal or row.apart):
        like = f"≈ {strategy_on_cores(row.rival_strategy, row.rival_cores, row.rival_chunks)}"
    take = strategy_on_cores(row.strategy, row.cores, row.chunks)
    return {"take": take, "seconds": text.duration(row.seconds), "like": like}
