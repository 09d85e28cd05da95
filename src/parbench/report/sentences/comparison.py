"""A comparison in words, for a terminal and for a pull request, and what of it a caller wants to fail on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from parbench.analysis.gate import VERDICTS
from parbench.text import duration, figure, plural
from parbench.workload.cell import Cell

#: A change is told cell by cell, the others are plural.
TOLD = VERDICTS[:4]
#: What GitHub takes for a comment is 65,536 characters, and this leaves room for others.
MARKDOWN_BYTES = 60_000
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~]")
#: What a reason says of one cell only.
_OWN = r"with ± \S+ "


def lines(changes: pd.DataFrame) -> list[str]:
    """What `parbench.compare` found: notes, every change, how many of which, why cells are undecided."""
    found = list(changes.attrs.get("notes", []))
    if changes.attrs.get("noise_floor"):  # 0 where no cell was measured on both sides
        left_out = changes.attrs["left_out"]
        found.append(
            f"noise floor: the base differs from itself by {changes.attrs['noise_floor']:.1%} a block"
            + (f", without {plural(left_out, 'block')} in which it did so by far more." if left_out else ".")
        )
    rows: list[Any] = list(changes.itertuples())
    if len(rows) and not any(row.ratio > 0 for row in rows):
        found.append("Nothing was compared: no cell was measured on both sides.")
    width = max((len(cell(row)) for row in rows if row.verdict in TOLD), default=0)
    for verdict in TOLD:
        chosen = [row for row in rows if row.verdict == verdict]
        found += [
            f"{verdict:8} {cell(row):{width}}  {figures(row) or row.reason}"
            for row in sorted(chosen, key=distance, reverse=True)
        ]
    counts = changes["verdict"].value_counts()
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
    found.append(f"{plural(len(changes), 'cell')}: {told}.")
    reasons = changes.loc[changes["verdict"] == "UNDECIDED", "reason"].replace(_OWN, "", regex=True).value_counts()
    for reason, count in list(reasons.items())[:3]:
        found.append(f"undecided ({count}): {reason}")
    return found


def markdown(changes: pd.DataFrame, against: str, limit: int = MARKDOWN_BYTES) -> str:
    """The same as a table in Markdown, the worst first, at most `limit` bytes; what does not fit is plural."""
    rows: list[Any] = in_order(changes)
    shown = [row for row in rows if row.verdict in TOLD]
    head = [f"### parbench: against {escaped(against)}", "", lines_without_cells(changes), ""]
    if shown:
        head += ["| verdict | cell | base → now | ratio [95 %] |", "|---|---|---|---|"]
    text, left = "\n".join(head) + "\n", len(shown)
    for row in shown:
        line = f"| {row.verdict} | {escaped(cell(row))} | {_markdown_figures(row)} |\n"
        if len((text + line).encode()) > limit - 100:
            break
        text, left = text + line, left - 1
    return text + (f"\n{left} more are in the report.\n" if left else "")


def lines_without_cells(changes: pd.DataFrame) -> str:
    """How many of which verdict, the noise floor, and why cells are undecided, as one paragraph."""
    told = [line for line in lines(changes) if not line.startswith(tuple(f"{verdict} " for verdict in TOLD))]
    return " ".join(line if line.endswith(".") else f"{line}." for line in told)


def in_order(changes: pd.DataFrame) -> list[Any]:
    """The rows, the worst verdict first, and within one what changed most."""
    return sorted(changes.itertuples(), key=lambda row: (VERDICTS.index(row.verdict), -distance(row)))


def _markdown_figures(row: Any) -> str:
    return f"{escaped(row.reason)} |" if math.isnan(row.ratio) else f"{was_and_is(row)} | {escaped(ratio(row))}"


def escaped(text: str) -> str:
    """Without what Markdown, or a table in it, takes for markup."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(str(text).split()))


def cell(row: Any) -> str:
    """The cell's name, as in the tests."""
    return str(Cell(row.workload, row.size, row.strategy, row.cores, row.chunks))


def sentence(row: Any) -> str:
    """What became of one cell, in one sentence."""
    return f"{row.verdict} against the base: {figures(row) or row.reason}".removesuffix(".") + "."


def figures(row: Any) -> str:
    """From what to what, and the ratio with its interval; empty where nothing was compared."""
    if math.isnan(row.ratio):
        return ""
    return f"{was_and_is(row)}, {ratio(row)} of the time{' by scaling' if row.quantity == 'scaling' else ''}"


def was_and_is(row: Any) -> str:
    """Two times of a call, or two speedups."""
    tell = duration if row.quantity == "time" else (lambda value: f"{figure(value)}×")
    return f"{tell(row.base)} → {tell(row.head)}"


def ratio(row: Any) -> str:
    """New time over old time with its interval."""
    return f"{figure(row.ratio)} [{figure(row.ratio_low)}, {figure(row.ratio_high)}]"


def distance(row: Any) -> float:
    """How far from 1 the ratio is, for sorting."""
    return 0.0 if math.isnan(row.ratio) or row.ratio <= 0 else abs(math.log(row.ratio))


def failing(changes: pd.DataFrame, unwanted: Iterable[str]) -> bool:
    """Whether any cell has one of these verdicts."""
    return bool(changes["verdict"].isin(list(unwanted)).any())
