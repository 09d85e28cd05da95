"""The most important rows of a workload: the baseline of each size, the advised strategy, and the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from parbench.analysis.verdict import Verdict

#: Most rows per workload.
ROWS = 12
#: Most rows of all workloads, unless `LEAST_ROWS` requires more.
ALL_ROWS = 72
#: Rows of a workload that has enough of them, however many workloads there are.
LEAST_ROWS = 4
#: Rows per size: the baseline, the verdict's strategies, and one more. Without room for them, sizes are left out.
ROWS_PER_SIZE = 3


class Shortlist(NamedTuple):
    """Rows of a summary in the order of the table; the number of other strategies at their sizes; the other sizes."""

    rows: pd.DataFrame
    slower: int
    sizes: list[int]


def rows_for(workloads: int) -> int:
    """The most rows per workload, if there are `workloads` of them."""
    return max(LEAST_ROWS, min(ROWS, ALL_ROWS // max(1, workloads)))


def best(cells: pd.DataFrame, verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """The measured cells of a workload, each strategy at each size once: on its best cores.

    These are the cores of the verdict, or have the largest significant speedup or else the largest speedup, and are one
    core only if a strategy was measured on no more. The baseline of a size comes first, then the others by falling
    speedup.
    """
    good = cells[(cells["status"] == "ok") & cells["seconds"].notna()]
    rank = good["verdict"].map({"baseline": 0, "faster": 1}).fillna(2)
    scaled = good.loc[good["cores"] > 1, "strategy"]
    rank[(good["cores"] == 1) & good["strategy"].isin(scaled) & (rank > 0)] = 3
    rivals = {(each.size, each.rival, each.rival_cores, each.rival_chunks) for each in verdicts}
    keys = zip(good["size"], good["strategy"], good["cores"], good["chunks"], strict=True)
    rank = rank.mask(pd.Series([key in rivals for key in keys], index=good.index, dtype=bool), 0)
    keyed = good.assign(rank=rank).sort_values(
        ["rank", "speedup", "seconds", "cores", "chunks"], ascending=[True, False, True, True, True], kind="stable"
    )
    keyed = keyed.drop_duplicates(["size", "strategy"])
    keyed = keyed.assign(rank=(keyed["verdict"] != "baseline"))
    keyed = keyed.sort_values(["size", "rank", "speedup", "seconds"], ascending=[True, True, False, True])
    return keyed.drop(columns="rank")


def shortlist(cells: pd.DataFrame, verdicts: Sequence[Verdict], most: int = ROWS) -> Shortlist:
    """At most `most` rows of one workload; `verdicts` are its own.

    If there is no room for all sizes, the shown sizes are spaced evenly between the smallest and the largest.
    """
    every = best(cells, verdicts)
    sizes = sorted(every["size"].unique().tolist())
    shown = evenly(sizes, max(1, most // ROWS_PER_SIZE))
    advised = {(each.size, name) for each in verdicts for name in (each.best, each.rival)}
    queues = []
    for size in reversed(shown):  # the largest first: it gets the rows that are left over
        mine = every[every["size"] == size]
        first = (mine["verdict"] == "baseline") | mine["strategy"].isin([name for at, name in advised if at == size])
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
    """At most `count` values, evenly spaced from the first to the last."""
    if len(values) <= count:
        return list(values)
    if count == 1:
        return [values[-1]]
    return [values[round(turn * (len(values) - 1) / (count - 1))] for turn in range(count)]
