"""A comparison in words, for a terminal and for a pull request, and what of it a caller wants to fail on."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from parbench.analysis.stats.decision import VERDICTS
from parbench.text import count, duration, percent, plural, times
from parbench.workload.cell import Cell

#: Cells with these verdicts are named one by one, all others are counted.
NAMED = VERDICTS[:4]
#: GitHub accepts 65,536 characters for a comment, and this leaves room for others.
MARKDOWN_BYTES = 60_000
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~]")


def lines(changes: pd.DataFrame) -> list[str]:
    """Notes, a line for each change or unconfirmed change, the number of cells by verdict, and reasons."""
    rows = [row for row in in_order(changes) if row.verdict in NAMED]
    width = max((len(cell(row)) for row in rows), default=0)
    named = [f"{row.verdict:8} {cell(row):{width}}  {figures(row) or row.reason}" for row in rows]
    return [*notes(changes), *named, *unconfirmed(changes), *counts(changes)]


def unconfirmed(changes: pd.DataFrame) -> list[str]:
    """A sentence for each cell that looked changed until new blocks did not confirm it."""
    return [f"{cell(row)}: {row.reason}" for row in in_order(changes) if is_unconfirmed(row)]


def is_unconfirmed(row: Any) -> bool:
    """Whether a cell looked changed until new blocks did not confirm it; stored runs have no such cells."""
    return bool(getattr(row, "suspicion", ""))


def notes(changes: pd.DataFrame) -> list[str]:
    """Notes for the reader of a comparison: its notes, the noise floor, and whether anything was compared."""
    found = list(changes.attrs.get("notes", []))
    if changes.attrs.get("noise_floor"):  # 0 if no cell was measured on both sides
        left_out = changes.attrs["left_out"]
        found.append(
            f"noise floor: the base differs from itself by {percent(changes.attrs['noise_floor'])} per block"
            + (f", without {plural(left_out, 'block')} in which it differed by far more." if left_out else ".")
        )
    if len(changes) and not (changes["ratio"] > 0).any():
        found.append("Nothing was compared: no cell was measured on both sides.")
    return found


def counts(changes: pd.DataFrame) -> list[str]:
    """The number of cells by verdict, and the most frequent reasons why cells are undecided."""
    numbers = changes["verdict"].value_counts()
    every = ", ".join(f"{numbers[verdict]} {verdict}" for verdict in VERDICTS if verdict in numbers)
    reasons = changes.loc[changes["verdict"] == "UNDECIDED", "reason"].value_counts()
    undecided = [f"undecided ({count}): {reason}" for reason, count in list(reasons.items())[:3]]
    return [f"{plural(len(changes), 'cell')}: {every}.", *undecided]


def markdown(changes: pd.DataFrame, against: str, limit: int = MARKDOWN_BYTES) -> str:
    """The same as a table in Markdown, the worst first, at most `limit` bytes; what does not fit is plural."""
    rows: list[Any] = in_order(changes)
    shown = [row for row in rows if row.verdict in NAMED or is_unconfirmed(row)]
    head = [f"### parbench: against {escaped(against)}", "", summary(changes), ""]
    if shown:
        head += ["| verdict | cell | base → now | ratio [95 %] |", "|---|---|---|---|"]
    lines = [f"| {_markdown_verdict(row)} | {escaped(cell(row))} | {_markdown_figures(row)} |\n" for row in shown]
    return fitting("\n".join(head) + "\n", lines, limit, "\n{} more are in the report.\n")


def fitting(text: str, lines: Iterable[str], limit: int, more: str) -> str:
    """`text` with the first lines, at most `limit` bytes; `more` words the number of the other lines."""
    size, left = len(text.encode()), 0
    for line in lines:
        size += len(line.encode())
        text, left = (text + line, 0) if size <= limit - 100 else (text, left + 1)
    return text + (more.format(count(left)) if left else "")


def summary(changes: pd.DataFrame) -> str:
    """The notes and counts as one paragraph."""
    return " ".join(line if line.endswith(".") else f"{line}." for line in (*notes(changes), *counts(changes)))


def in_order(changes: pd.DataFrame) -> list[Any]:
    """The rows, the worst verdict first, and within one unconfirmed changes and then what changed most."""
    return sorted(
        changes.itertuples(),
        key=lambda row: (VERDICTS.index(row.verdict), not is_unconfirmed(row), -distance(row)),
    )


def _markdown_verdict(row: Any) -> str:
    return f"UNDECIDED, looked {row.suspicion}, not confirmed" if is_unconfirmed(row) else str(row.verdict)


def _markdown_figures(row: Any) -> str:
    return f"{escaped(row.reason)} |" if math.isnan(row.ratio) else f"{was_and_is(row)} | {escaped(ratio(row))}"


def escaped(text: str) -> str:
    """Without what Markdown, or a table in it, takes for markup."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(str(text).split()))


def cell(row: Any) -> str:
    """The cell's name, as in the tests."""
    return str(Cell(row.workload, row.size, row.strategy, row.cores, row.chunks))


def sentence(row: Any) -> str:
    """Change of one cell, in one sentence."""
    return f"{row.verdict} against the base: {figures(row) or row.reason}".removesuffix(".") + "."


def figures(row: Any) -> str:
    """Times of both sides, and the ratio with its interval; empty if nothing was compared."""
    if math.isnan(row.ratio):
        return ""
    return f"{was_and_is(row)}, {ratio(row)} the time{' by scaling' if row.quantity == 'scaling' else ''}"


def was_and_is(row: Any) -> str:
    """Two times of a call, or two speedups."""
    tell = duration if row.quantity == "time" else times
    return f"{tell(row.base)} → {tell(row.head)}"


def ratio(row: Any) -> str:
    """New time over old time with its interval."""
    return times(row.ratio, row.ratio_low, row.ratio_high)


def distance(row: Any) -> float:
    """How far from 1 the ratio is, for sorting."""
    return 0.0 if math.isnan(row.ratio) or row.ratio <= 0 else abs(math.log(row.ratio))


def failing(changes: pd.DataFrame, unwanted: Iterable[str]) -> bool:
    """Whether any cell has one of these verdicts."""
    return bool(changes["verdict"].isin(list(unwanted)).any())
