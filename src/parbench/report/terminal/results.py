"""Results of a run on a terminal or in a file: sentences, and below them a table per workload."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from parbench.analysis.frame import data_of
from parbench.analysis.verdict import headlines, verdicts
from parbench.report.sentences import expectations, noise, slow_calls, waiting
from parbench.report.sentences.verdicts import sentence
from parbench.report.terminal import screen, shortlist
from parbench.text import chunks as chunks_name
from parbench.text import duration, one_line, percent, plural, ratio

#: Styles of verdicts.
STYLES = {"baseline": "bold", "faster": "green", "slower": "red"}
#: Columns next to the strategy; the first is ``workers`` for a workload that waits.
HEADS = ("cores", "per call", "speedup", "95 % interval", "effic.", "verdict")
#: Alignment of the strategy and of these columns.
ALIGNED: tuple[JustifyMethod, ...] = ("left", "right", "right", "right", "left", "right", "left")
#: Columns between two columns of a table.
GAP = 2
#: Columns that a strategy is indented by below its size.
INDENT = 2
#: Kinds of failures of a workload that are named; the others are counted.
FAILURES = 3
LEGEND = (
    "Each strategy is shown on its best number of cores above one; speedup: how many times as fast as the baseline, "
    "which is the fastest serial form, with the interval that contains it in 95 of 100 cases; effic.: speedup per core."
)


@dataclass(frozen=True)
class ResultTable:
    """The results of one workload; a row has a size, and the texts of the strategy and of each column."""

    workload: str
    heads: Sequence[str]
    shown: shortlist.Shortlist
    rows: list[tuple[int, list[str]]]
    failures: list[str]


def render(summary: pd.DataFrame, expected: pd.DataFrame, replicas: pd.DataFrame, target: Console) -> list[str]:
    """The lines that show the verdicts of a run, deviations, noise and the number of failures, and then its tables."""
    sentences = [*waiting.lines(summary), *map(sentence, verdicts(summary))]
    sentences += [*expectations.lines(expected), *noise.lines(replicas)]
    if slow := slow_calls.line(summary):
        sentences.append(slow)
    failed = int((summary["verdict"] == "failed").sum())
    if failed:
        sentences.append(f"{failed} of {len(summary)} cells failed; the report says why.")
    return [*screen.lines(target, sentences), "", *render_tables(summary, target)]


def headline_sentences(summary: pd.DataFrame) -> list[str]:
    """The verdict of each workload at its largest size."""
    return [sentence(verdict) for verdict in headlines(verdicts(summary)).values()]


def render_tables(summary: pd.DataFrame, target: Console) -> list[str]:
    """The lines of a table for each workload, with its failures below it, and of a legend."""
    tables = result_tables(summary)
    widths = column_widths(tables, target.width)
    parts: list[RenderableType] = []
    for table in tables:
        parts += [*_parts(table, widths), ""]
    if any(table.rows for table in tables):
        parts += [LEGEND, ""]
    return screen.lines(target, parts)


def result_tables(summary: pd.DataFrame) -> list[ResultTable]:
    """The results of each workload."""
    every = verdicts(summary)
    names = list(dict.fromkeys(summary["workload"]))
    header = data_of(summary).header
    tables = []
    for name in names:
        cells = summary[summary["workload"] == name]
        mine = [verdict for verdict in every if verdict.workload == name]
        shown = shortlist.shortlist(cells, mine, shortlist.rows_for(len(names)))
        tables.append(
            ResultTable(
                workload=str(name),
                heads=("workers", *HEADS[1:]) if header.facts(str(name)).waits else HEADS,
                shown=shown,
                rows=[(int(row.size), row_texts(row)) for row in list[Any](shown.rows.itertuples())],
                failures=failures(cells),
            )
        )
    return tables


def row_texts(row: Any) -> list[str]:
    """The strategy of a row, and a text for each column."""
    cut = "" if row.chunks == 1 else f"x{chunks_name(row.chunks)}"
    seconds, unit = duration(row.seconds).split()
    speedup, interval = speedup_of(row)
    return [
        row.strategy,
        f"{row.cores}{cut}",
        f"{seconds} {unit:2}",
        speedup,
        interval,
        percent(row.efficiency) if math.isfinite(row.efficiency) else "",
        row.verdict,
    ]


def speedup_of(row: Any) -> tuple[str, str]:
    """A speedup and its interval; a baseline is measured against itself and has no interval."""
    if not math.isfinite(row.speedup):
        return "", ""
    if row.verdict == "baseline":
        return f"{ratio(row.speedup)[0]}×", ""
    value, interval = ratio(row.speedup, row.speedup_low, row.speedup_high)
    return f"{value}×", interval or "one block only"


def failures(cells: pd.DataFrame) -> list[str]:
    """Cells of a workload that were not measured, and why, failures first; one line per strategy and reason."""
    lost = cells[cells["status"] != "ok"]
    skipped = lost[lost["status"] == "skipped"]
    groups: Any = lost[lost["status"] != "skipped"].groupby(["strategy", "status", "reason"], sort=False)
    failed = [
        f"✕ {strategy}, {plural(len(group), 'cell')}: {status}: {one_line(reason)}"
        for (strategy, status, reason), group in groups
    ]
    if len(failed) > FAILURES:
        failed[FAILURES:] = [f"✕ {len(failed) - FAILURES} more kinds of failures: the report says why."]
    counts: Any = skipped.groupby("reason", sort=False).size()
    return [*failed, *(f"{plural(count, 'cell')} {reason}" for reason, count in counts.items())]


def column_widths(tables: Iterable[ResultTable], columns: int) -> list[int]:
    """The width of each column, the same in all tables; the strategy gets the room that the others leave."""
    rows = [["", *HEADS], *([table.workload, *table.heads] for table in tables)]
    rows += [[" " * INDENT + texts[0], *texts[1:]] for table in tables for _, texts in table.rows]
    widths = [max(screen.text(row[index]).cell_len for row in rows) for index in range(len(HEADS) + 1)]
    room = columns - sum(widths[1:]) - GAP * len(HEADS)
    return [min(widths[0], room), *widths[1:]]


def _parts(table: ResultTable, widths: Sequence[int]) -> list[RenderableType]:
    """One workload: its rows below their sizes, the number of rows left out, and failures."""
    grid = Table(box=None, pad_edge=False, show_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    heads = [screen.text(head) for head in (table.workload, *table.heads)]
    for head, width, justify in zip(heads, widths, ALIGNED, strict=True):
        grid.add_column(head, width=width, justify=justify, overflow="fold")
    size_before = None
    for size, texts in table.rows:
        if size != size_before:
            grid.add_row(f"at {size:,}")
            size_before = size
        strategy, *numbers, verdict = texts
        name = Padding(screen.text(strategy), (0, 0, 0, INDENT))
        grid.add_row(name, *numbers, Text(verdict, STYLES.get(verdict, "")))
    parts: list[RenderableType] = [grid if table.rows else screen.text(table.workload)]
    if left_out := rows_left_out(table.shown):
        parts.append(f"  {left_out}")
    return [*parts, *(f"  {failure}" for failure in table.failures)]


def rows_left_out(shown: shortlist.Shortlist) -> str:
    """How many rows and sizes are in the report only."""
    parts = [plural(shown.slower, "slower row")] if shown.slower else []
    parts += [plural(len(shown.sizes), "more size")] if shown.sizes else []
    return f"not shown, but in the report: {' and '.join(parts)}" if parts else ""
