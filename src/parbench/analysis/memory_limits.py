"""Each cell against what the machine gave on as many cores in the same blocks: bytes and operations a second."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from statistics import median
from typing import Any, Literal

import pandas as pd

from parbench.analysis.estimates import CELL
from parbench.analysis.frame import data_of, ours, require_samples
from parbench.analysis.summary import summarize
from parbench.runfile.records import Bound, Ceiling
from parbench.workload.facts import WorkloadFacts

COLUMNS = [
    *CELL,
    "seconds",
    "bytes_per_second",
    "operations_per_second",
    "triad_rate",
    "copy_rate",
    "memory_limit",
    "of_memory",
    "spin_rate",
    "readings",
    "outcome",
    "limit_of",
    "shipped",
]
#: How near a cell is to the limit, or why that is not known; empty for a cell without a result.
Outcome = Literal[
    "", "waiting", "no data", "amount unknown", "limit unknown", "no time", "beyond", "bound", "between", "far"
]
#: Share of the limit from which a cell is called memory-bound. A loop that reads one number and writes one moves three
#: where stores go through the caches, which read what is about to be overwritten; the third is not counted, but takes
#: its time. A copy can do without it. So a loop that only waits for memory may show no more than two thirds.
BOUND = 2 / 3
#: Share below which the data would have to go through memory four times for memory to be the limit.
FAR = 1 / 4
#: Share above which, beyond noise, it is no limit.
BEYOND = 1.05


class Rates:
    """The readings of a run, asked for by kind, cores and blocks."""

    def __init__(self, readings: Iterable[Ceiling]) -> None:
        self.rates: dict[tuple[str, int], dict[tuple[int, int], float]] = {}
        for each in readings:
            if each.rate is None:
                continue
            when = (each.block, each.round)
            self.rates.setdefault((each.bound, each.cores), {})[when] = each.rate
            # one core alone has a line of its own only after the rounds
            self.rates.setdefault((each.bound, 1), {})[when] = each.rate / each.value

    def of(self, bound: Bound, cores: int, blocks: Collection[int]) -> list[float]:
        """Every reading of a number of cores in these blocks."""
        there = self.rates.get((bound, cores), {})
        return [rate for (block, _), rate in there.items() if block in blocks]

    def middle(self, bound: Bound, cores: int, blocks: Collection[int]) -> float:
        """The median of them; NaN if there are none."""
        return median(self.of(bound, cores, blocks) or [math.nan])


def memory_limits(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """Traffic of each cell compared with that of its cores: one row per cell of a frame from `parbench.load`.

    `summary` avoids computing it again. `bytes_per_second` and `operations_per_second` are what the workload says of an
    element, over the time of a call; `memory_limit` is the larger of `triad_rate` and `copy_rate`, the bytes per second
    that independent processes moved on as many cores, over as much data, in the blocks of the cell, and `of_memory` the
    share of it that the cell reached; `spin_rate` is turns a second of a loop in plain Python, `readings` how many the
    limit is the median of. `outcome` is the code of how near that is, `limit_of` whether the data fit into the caches,
    so that the limit is theirs, and `shipped` whether data are sent to workers, which is not counted. Unknown numbers
    are NaN. Cells of other environments have no row.
    """
    frame = ours(require_samples(frame))
    summary = summarize(frame) if summary is None else ours(summary)
    data = data_of(frame)
    header, rates = data.header, Rates(data.rates)
    steady = frame[frame["phase"] == "steady"].dropna(subset=["block"])
    blocks = {key: {int(block) for block in cell["block"]} for key, cell in steady.groupby(CELL, sort=False)}
    cache = math.nan if header.machine.cache_bytes is None else header.machine.cache_bytes
    rows = [_row(cell, header.facts(str(cell.workload)), cache, rates, blocks) for cell in summary.itertuples()]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs = dict(frame.attrs)
    return table


def _row(cell: Any, facts: WorkloadFacts, cache: float, rates: Rates, blocks: Mapping[Any, set[int]]) -> dict[str, Any]:
    key = tuple(getattr(cell, name) for name in CELL)
    mine, cores, seconds = blocks.get(key, set()), int(cell.cores), float(cell.seconds)
    triad, copy, spin = (rates.middle(bound, cores, mine) for bound in ("memory", "copy", "compute"))
    known = [rate for rate in (triad, copy) if not math.isnan(rate)]
    limit = max(known, default=math.nan)
    elements, per_call = facts.count(int(cell.size)), 1 / seconds if seconds > 0 else math.nan
    moved = elements * facts.moved
    row = {name: getattr(cell, name) for name in (*CELL, "seconds")}
    operations = math.nan if facts.operations is None else facts.operations
    row |= {"bytes_per_second": moved * per_call, "operations_per_second": elements * operations * per_call}
    row |= {"triad_rate": triad, "copy_rate": copy, "memory_limit": limit, "spin_rate": spin}
    row["readings"] = len(rates.of("copy" if limit == copy else "memory", cores, mine))
    row["of_memory"] = math.nan if facts.waits else moved * per_call / limit
    cached = elements * facts.traffic <= cache
    outcome = outcome_of(row["of_memory"], facts, moved, limit) if cell.status == "ok" else ""
    shipped = facts.inputs == "shipped" or facts.outputs == "materialized"
    return row | {"outcome": outcome, "limit_of": "caches" if cached else "memory", "shipped": shipped}


def outcome_of(share: float, facts: WorkloadFacts, moved: float, limit: float) -> Outcome:
    """The code for a share of the limit."""
    if facts.waits:
        return "waiting"
    if facts.moved == 0 or moved == 0:
        return "no data"
    if math.isnan(moved):
        return "amount unknown"
    if math.isnan(limit):
        return "limit unknown"
    if math.isnan(share):
        return "no time"
    if share > BEYOND:
        return "beyond"
    return "bound" if share >= BOUND else "between" if share >= FAR else "far"
