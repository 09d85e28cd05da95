"""Change points in words, a line each."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench.text import duration, one_line, times
from parbench.workload.cell import Cell

#: How much of a name is shown that stands in a line with others.
LONGEST_NAME, LONGEST_COMMIT = 120, 24


def lines(points: pd.DataFrame) -> list[str]:
    """One line a change point of `change_points`, in its order: cell, when, from which commit to which, how much."""
    rows: list[Any] = list(points.itertuples())
    width = max((len(name(row)) for row in rows), default=0)
    return [
        f"{row.change}  {name(row):{width}}  {row.created:%Y-%m-%d %H:%M}  {commits(row)}  {levels(row)}"
        f", {times(row.ratio)} the {row.quantity}"
        for row in rows
    ]


def name(row: Any) -> str:
    """The cell of a row, as in the tests."""
    cell = Cell(row.workload, int(row.size), row.strategy, int(row.cores), int(row.chunks))
    return one_line(str(cell), LONGEST_NAME)


def commits(row: Any) -> str:
    """The commits on both sides of a change point."""
    return f"{commit(row.commit_before)} → {commit(row.commit)}"


def commit(text: str) -> str:
    """A commit as a run has it; a run outside of a work tree has none."""
    return one_line(text, LONGEST_COMMIT) or "no commit"


def levels(row: Any) -> str:
    """The levels on both sides of a change point."""
    tell = duration if row.quantity == "time" else times
    return f"{tell(row.before)} → {tell(row.after)}"
