"""A comparison on a terminal: a row per cell, and sentences below it."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table

from parbench.report.sentences import comparison
from parbench.report.terminal import screen
from parbench.text import percent

LEGEND = (
    "ratio: how many times as long a call takes as in the base, with its 95 % interval; a strategy is compared by its "
    "speedup, which is shown with ×. A change within the margin does not matter."
)


def parts(changes: pd.DataFrame) -> list[RenderableType]:
    """Notes, a table of all cells, why a side lacks cells, unconfirmed changes, and numbers of cells with reasons."""
    rows = comparison.in_order(changes)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("cell", overflow="fold")
    for head in ("base → head", "ratio", "margin"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for row in rows:
        table.add_row(*map(screen.text, (comparison.cell(row), *_figures(row), percent(row.margin), row.verdict)))
    lacking = [
        f"{row.verdict} {comparison.cell(row)}: {row.reason}" for row in rows if row.verdict in ("MISSING", "NEW")
    ]
    shown: list[RenderableType] = [table, "", LEGEND, ""] if rows else []
    sentences = [*lacking, *comparison.unconfirmed(changes), *comparison.counts(changes)]
    return [*comparison.notes(changes), *shown, *sentences]


def _figures(row: Any) -> tuple[str, str]:
    """Both times or speedups of a cell, and their ratio with its interval."""
    if not row.ratio > 0:
        return "", "not compared"
    return comparison.was_and_is(row), comparison.ratio(row) + ("" if row.ratio_low > 0 else " one block only")
