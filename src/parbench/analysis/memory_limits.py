"""Each cell against what the machine gave on as many cores in the same blocks: bytes and operations a second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from parbench.analysis.frame import ours, tidy
from parbench.analysis.rates import Rates
from parbench.analysis.summary import CELL, summarize
from parbench.runfile.header import mapping
from parbench.workload.expectation import is_number

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
    "said",
]
#: From so much of the limit on a cell is called memory-bound. A loop that reads one number and writes one moves three
#: where stores go through the caches, which read what is about to be overwritten; the third is not counted, but takes
#: its time. A copy can do without it. So a loop that waits for nothing but memory may show no more than two thirds.
BOUND = 2 / 3
#: Below so much of it, its data would have to go through memory four times for that to be what it waits for.
FAR = 1 / 4
#: Above so much, more than noise, it is no limit.
BEYOND = 1.05
#: No workload has more elements, bytes or operations than this: what is beyond is a mistake.
MOST = 1e18


def memory_limits(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """How near each cell comes to what its cores were seen to give: one row a cell of what `parbench.load` gave.

    `summary` spares making it anew. `bytes_per_second` and `operations_per_second` are what the workload says of an
    element, over the time of a call; `memory_limit` is the larger of `triad_rate` and `copy_rate`, the bytes a second
    that processes sharing nothing moved on as many cores, over as much data, in the blocks of the cell, and `of_memory`
    the share of it that the cell reached; `spin_rate` is turns a second of a loop in plain Python, `readings` how many
    the limit is the median of. `said` has it in words. NaN where a figure cannot be had. Cells of another environment
    than ours have no row.
    """
    frame = ours(tidy(frame))
    summary = summarize(frame) if summary is None else ours(summary)
    header, rates = frame.attrs.get("header", {}), Rates(frame.attrs.get("rates", ()))
    steady = frame[frame["phase"] == "steady"].dropna(subset=["block"])
    blocks = {key: {int(block) for block in cell["block"]} for key, cell in steady.groupby(CELL, sort=False)}
    rows = [_row(cell, Job(header, str(cell.workload)), rates, blocks) for cell in summary.itertuples()]
    found = pd.DataFrame(rows, columns=COLUMNS)
    found.attrs = dict(frame.attrs)
    return found


class Job:
    """What the header of a run says of a workload, read as untrusted input; NaN for what it does not."""

    def __init__(self, header: Mapping[str, Any], workload: str) -> None:
        facts = mapping(mapping(header, "workloads"), workload)
        self.waits = facts.get("bound") == "latency"
        self.bound = str(facts.get("bound"))
        self.sent = facts.get("inputs") == "shipped" or facts.get("outputs") == "materialized"
        self.elements = mapping(facts, "elements")
        self.held = _number(facts.get("bytes_in")) + _number(facts.get("bytes_out"))
        self.bytes = _number(facts.get("bytes_moved")) if "bytes_moved" in facts else self.held
        self.operations = _number(facts.get("operations"))
        self.cache = _number(mapping(header, "machine").get("cache_bytes"))

    def count(self, size: int) -> float:
        """How many elements are worked on at this size."""
        return _number(self.elements.get(str(size)))


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and is_number(value, 0, MOST) else math.nan


def _row(cell: Any, job: Job, rates: Rates, blocks: Mapping[Any, set[int]]) -> dict[str, Any]:
    key = tuple(getattr(cell, name) for name in CELL)
    mine, cores, seconds = blocks.get(key, set()), int(cell.cores), float(cell.seconds)
    triad, copy, spin = (rates.middle(bound, cores, mine) for bound in ("memory", "copy", "compute"))
    known = [rate for rate in (triad, copy) if not math.isnan(rate)]
    limit = max(known, default=math.nan)
    elements, per_call = job.count(int(cell.size)), 1 / seconds if seconds > 0 else math.nan
    moved = elements * job.bytes
    row = {name: getattr(cell, name) for name in (*CELL, "seconds")}
    row |= {"bytes_per_second": moved * per_call, "operations_per_second": elements * job.operations * per_call}
    row |= {"triad_rate": triad, "copy_rate": copy, "memory_limit": limit, "spin_rate": spin}
    row["readings"] = len(rates.of("copy" if limit == copy else "memory", cores, mine))
    row["of_memory"] = math.nan if job.waits else moved * per_call / limit
    cached = elements * job.held <= job.cache
    return row | {"said": said(row["of_memory"], job, moved, limit, cached) if cell.status == "ok" else ""}


def said(share: float, job: Job, moved: float, limit: float, cached: bool) -> str:
    """What a share of the limit means, in words; why there is none, where there is none."""
    if job.waits:
        return "its workers wait: memory is not what they wait for"
    if job.bytes == 0 or moved == 0:
        return "moves no data"
    if math.isnan(moved):
        return "not known: the run does not say how much data this is"
    if math.isnan(limit):
        return "not known: what memory gives was not measured"
    if math.isnan(share):
        return "not known: the cell has no time"
    kind, where = ("cache", "what the caches give") if cached else ("memory", "the limit")
    if share > BEYOND:
        return f"beyond {where} ({percent(share)}): it moves less than is reckoned, or nearer data than the limit's"
    if share >= BOUND:
        return f"{kind}-bound, at {percent(share)} of {where}"
    if share >= FAR:
        return f"at {percent(share)} of {where}: {kind}-bound only if its data pass {1 / share:.1f} times"
    far = f"far from {where if cached else 'the memory limit'} ({percent(share)})"
    return f"{far}, not counting copies on the way to workers" if job.sent else f"{far}: not {kind}-bound"


def percent(share: float) -> str:
    """A share as a percentage in words: ``93 %``, ``2.5 %``."""
    if share >= 0.095:
        return f"{100 * share:.0f} %"
    return f"{100 * share:.1f} %" if share >= 0.0095 else "less than 1 %"
