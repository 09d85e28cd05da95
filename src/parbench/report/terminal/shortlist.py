"""The most informative rows of a workload: the baseline of each size, the recommendation, and the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from parbench.analysis.verdict import Verdict

#: Most rows per workload, and in all; least rows of a workload.
ROWS, ALL_ROWS, LEAST_ROWS = 12, 72, 4
#: Number of useful rows of a size: the baseline, the recommendation, and one more. With fewer, sizes go.
ROWS_OF_A_SIZE = 3


class Shortlist(NamedTuple):
    """Rows of a summary in the order of display, and the number of omitted ones.

    `slower` counts the strategies at the sizes that are there, `sizes` has those that are not.
    """

    rows: pd.DataFrame
    slower: int
    sizes: list[int]


def rows_for(workloads: int) -> int:
    """Number of rows of a workload for a number of workloads."""
    return max(LEAST_ROWS, min(ROWS, ALL_ROWS // max(1, workloads)))


def best(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells of a workload that were measured, each strategy at each size once: on the cores that suit it best.

    That is the largest speedup, one that is certain before any that is not, as in the verdicts. The baseline of a size
    comes first, then the others by falling speedup.
    """
    good = cells[(cells["status"] == "ok") & cells["seconds"].notna()]
    rank = good["verdict"].map({"baseline": 0, "faster": 1}).fillna(2)
    keyed = good.assign(rank=rank).sort_values(
        ["rank", "speedup", "seconds", "cores", "chunks"], ascending=[True, False, True, True, True], kind="stable"
    )
    keyed = keyed.drop_duplicates(["size", "strategy"])
    keyed = keyed.assign(rank=(keyed["verdict"] != "baseline"))
    keyed = keyed.sort_values(["size", "rank", "speedup", "seconds"], ascending=[True, True, False, True])
    return keyed.drop(columns="rank")


def shortlist(cells: pd.DataFrame, verdicts: Sequence[Verdict], most: int = ROWS) -> Shortlist:
    """The rows of one workload to show, at most `most`; `verdicts` are its own.

    Where not all sizes have room, those that are shown lie evenly between the smallest and the largest.
    """
    every = best(cells)
    sizes = sorted(every["size"].unique().tolist())
    shown = evenly(sizes, max(1, most // ROWS_OF_A_SIZE))
    advised = {verdict.size: verdict.best for verdict in verdicts}
    queues = []
    for size in reversed(shown):  # the largest first: where rows are left over, it has them
        mine = every[every["size"] == size]
        first = (mine["verdict"] == "baseline") | (mine["strategy"] == advised.get(size, ""))
        queues.append([*mine.index[first], *mine.index[~first]])
    chosen: list[object] = []
    for turn in range(max(map(len, queues), default=0)):
        chosen += [queue[turn] for queue in queues if turn < len(queue)]
    chosen = chosen[:most]
    return Shortlist(
        rows=every[every.index.isin(chosen)],
        slower=sum(map(len, queues)) - len(chosen),
        sizes=[size for size in sizes if size not in shown],
    )


def evenly(values: Sequence[int], count: int) -> list[int]:
    """A number of the values, evenly from the first to the last; all if there are not more."""
    if len(values) <= count:
        return list(values)
    if count == 1:
        return [values[-1]]
    return [values[round(turn * (len(values) - 1) / (count - 1))] for turn in range(count)]
