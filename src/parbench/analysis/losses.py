"""Where the efficiency went: the traced calls of each cell, as factors that multiply and as shares that add up.

The factors are those of the POP project (its "standard metrics", https://co-design.pop-coe.eu/metrics/index.html), of
the time in kernels: computation scaling, here work inflation; load balance; and communication efficiency, here
dispatch-and-transfer. Times what the kernel alone costs against the baseline.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median
from typing import Any, Literal

import pandas as pd

from parbench.analysis.estimates import CELL
from parbench.analysis.frame import data_of
from parbench.analysis.summary import summarize
from parbench.runfile.records import Trace
from parbench.workload.cell import Cell

#: The efficiency of traced calls is the product of these.
FACTORS = ["chunking_cost", "work_inflation", "load_balance", "dispatch_and_transfer"]
#: Uses of the time in which no worker needs to be in a kernel.
OUTSIDE = ["lost_split", "lost_ship_in", "lost_ship_out", "lost_combine", "lost_dispatch"]
#: The efficiency of traced calls and these add up to 1.
LOSSES = ["lost_chunking", "lost_inflation", "lost_imbalance", *OUTSIDE]
COLUMNS = [
    *CELL,
    "blocks",
    "tasks",
    "efficiency",
    "traced_efficiency",
    *FACTORS,
    *LOSSES,
    "tracing_cost",
    "missing",
    "reason",
    "unseen",
]
#: Why a cell could not be taken apart; empty if it could.
Missing = Literal[
    "",
    "no result",
    "no serial strategy",
    "workers not seen",
    "baseline not traced",
    "serial not traced",
    "no common block",
    "impossible times",
]
#: Multiple of the capacity of the cores in a call above which the work of a kernel cannot have been measured.
MOST = 1e6
SERIAL = "serial"
#: The traces of one cell by block.
Traces = Mapping[int, Trace]


def losses(frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> pd.DataFrame:
    """Losses of each traced cell: one row per cell of `summary` that has a trace.

    `frame` is what `parbench.load` gave, filtered or not, and `summary` what `parbench.summarize` made of it.
    ``efficiency`` is that of the summary, from the timed rounds. All other values are those of traced calls, from the
    blocks in which the cell, ``serial`` and the baseline were traced together; over several blocks, factors are
    geometric means. ``traced_efficiency`` is the baseline's seconds over the cores' (seconds of the call times cores).
    It is the product of ``chunking_cost`` (the baseline's seconds over those that the kernel took in ``serial``),
    ``work_inflation`` (these over those that it took in all workers together), ``load_balance`` (the mean over the most
    that a worker had to do) and ``dispatch_and_transfer`` (that over the seconds of the call). The ``lost_…`` are
    shares of the cores' seconds, negative where something was gained, and add up to 1 with the traced efficiency.
    ``tracing_cost`` is a traced call's time over that of one without tracing. Unknown numbers are NaN, and ``missing``
    has the code of the cause, with the ``reason`` of a cell that failed; ``unseen`` is a sentence on what the strategy
    hides.
    """
    summary = summarize(frame) if summary is None else summary
    traced = by_cell(frame)
    cells = ((Cell(*_key(row)), row) for row in summary.itertuples())
    rows = [_row(cell, row, traced) for cell, row in cells if cell in traced]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"size": "int64", "cores": "int64", "chunks": "int64"})


def by_cell(frame: pd.DataFrame) -> dict[Cell, dict[int, Trace]]:
    """The traces that came with a frame, by cell and block."""
    traces: dict[Cell, dict[int, Trace]] = {}
    for trace in data_of(frame).traces:
        traces.setdefault(trace.cell, {})[trace.block] = trace
    return traces


def _key(row: Any) -> list[Any]:
    """The fields of a row's cell, as plain values."""
    texts = {"workload", "strategy", "environment"}
    return [str(getattr(row, name)) if name in texts else int(getattr(row, name)) for name in CELL]


def _row(cell: Cell, row: Any, traced: Mapping[Cell, Traces]) -> dict[str, Any]:
    """Values of one cell from its traces, as far as they are known."""
    mine = traced[cell]
    serial, base = (_alone(cell, strategy, traced) for strategy in (SERIAL, str(row.baseline)))
    whole = [block for block in mine if block in serial and block in base and _all_positive(mine, serial, base, block)]
    values: dict[str, Any] = dict(zip(CELL, _key(row), strict=True)) | dict.fromkeys(
        ["traced_efficiency", *FACTORS, *LOSSES], math.nan
    )
    values |= {
        "efficiency": float(row.efficiency),
        "blocks": len(whole),
        "tasks": int(median(trace.tasks for trace in mine.values())),
        "tracing_cost": tracing_cost(mine.values()),
        "missing": "",
        "reason": "",
        "unseen": next((trace.unseen for trace in mine.values() if trace.unseen), ""),
    }
    if row.status != "ok":
        return values | {"missing": "no result", "reason": str(row.reason or row.status)}
    if not whole:
        why = _missing(mine, serial, base, str(row.baseline))
        return values | _some(cell.cores, mine, base) | {"missing": why}
    factors = _factors(cell.cores, [(mine[block], serial[block], base[block]) for block in whole])
    lost = shares(factors, [mine[block] for block in whole])
    if not all(abs(value) < MOST for value in lost.values()):
        return values | {"missing": "impossible times"}
    return values | {"traced_efficiency": math.prod(factors)} | dict(zip(FACTORS, factors, strict=True)) | lost


def _alone(cell: Cell, strategy: str, traced: Mapping[Cell, Traces]) -> Traces:
    """The traces of a serial strategy at the same workload and size."""
    return traced.get(Cell(cell.workload, cell.size, strategy, 1, 1, cell.environment), {})


def _all_positive(mine: Traces, serial: Traces, base: Traces, block: int) -> bool:
    """Whether everything that is divided by is there in this block."""
    return all(
        value > 0
        for value in (sum(mine[block].busy), sum(serial[block].busy), base[block].seconds, mine[block].seconds)
    )


def _missing(mine: Traces, serial: Traces, base: Traces, baseline: str) -> Missing:
    """Why a cell without any block in which all was traced cannot be taken apart."""
    if not baseline:
        return "no serial strategy"
    if not any(sum(trace.busy) > 0 for trace in mine.values()):
        return "workers not seen"
    if not any(block in base for block in mine):
        return "baseline not traced"
    if not any(block in serial and sum(serial[block].busy) > 0 for block in mine):
        return "serial not traced"
    return "no common block"


def _some(cores: int, mine: Traces, base: Traces) -> dict[str, float]:
    """Values of a cell that need no kernel time alone: its traced efficiency, and the factors that follow."""
    values = {}
    rated = [
        _efficiency(cores, mine[block], base[block]) for block in mine if block in base and base[block].seconds > 0
    ]
    if rated:
        values["traced_efficiency"] = _mean(rated)
    seen = [trace for trace in mine.values() if sum(trace.busy) > 0]
    if seen:
        values["load_balance"] = _mean([_balance(cores, trace) for trace in seen])
        values["dispatch_and_transfer"] = _mean([_transfer(trace) for trace in seen])
    return {name: value for name, value in values.items() if 0 < value < MOST}


def _factors(cores: int, blocks: Sequence[tuple[Trace, Trace, Trace]]) -> list[float]:
    """The geometric means of `FACTORS`, from the traces of the cell, of serial and of the baseline in each block."""
    logs = [
        (
            _log(base.seconds, sum(serial.busy)),
            _log(sum(serial.busy), sum(mine.busy)),
            _balance(cores, mine),
            _transfer(mine),
        )
        for mine, serial, base in blocks
    ]
    return [_mean(factor) for factor in zip(*logs, strict=True)]


def _efficiency(cores: int, mine: Trace, base: Trace) -> float:
    return _log(base.seconds, mine.seconds) - math.log(cores)


def _balance(cores: int, trace: Trace) -> float:
    # over the cores, not over the workers that the trace has: one that never came was idle
    return _log(sum(trace.busy), max(trace.busy)) - math.log(cores)


def _transfer(trace: Trace) -> float:
    return _log(max(trace.busy), trace.seconds)


def _log(one: float, other: float) -> float:
    """The logarithm of a ratio of positive numbers, however far they are apart."""
    return math.log(one) - math.log(other)


def _mean(logs: Sequence[float]) -> float:
    """The geometric mean behind logarithms."""
    center = fmean(logs)
    return math.exp(center) if center < 700 else math.inf


def shares(factors: Sequence[float], traces: Sequence[Trace]) -> dict[str, float]:
    """`LOSSES`, as shares of the cores' seconds: the loss of each step of the product."""
    _, inflation, balance, transfer = factors
    busy = balance * transfer  # in kernels
    alone = inflation * busy  # in kernels, were they as fast as in serial
    return {
        "lost_chunking": alone - math.prod(factors),
        "lost_inflation": busy - alone,
        "lost_imbalance": transfer - busy,
        **_outside(1 - transfer, traces),
    }


def _outside(lost: float, traces: Sequence[Trace]) -> dict[str, float]:
    """Losses outside of kernels, divided as the traces show; the unexplained rest is dispatch."""
    columns = zip(*map(_parts, traces), strict=True)
    means = [fmean(column) for column in columns]
    whole = sum(means)
    parts = [mean / whole * lost if whole > 0 and lost > 0 else 0.0 for mean in means[:-1]]
    return dict(zip(OUTSIDE, [*parts, lost - sum(parts)], strict=True))


def _parts(trace: Trace) -> list[float]:
    """Time of one call outside of its longest worker's kernels, as shares of the call, in the order of `OUTSIDE`.

    Splitting and combining at the same time as kernels is no loss, so both are limited to the available time. Shipping
    goes on in several workers at once, so its seconds over all tasks can be more than there is, too.
    """
    lost = max(0.0, trace.seconds - max(trace.busy))
    own = trace.split_seconds + trace.combine_seconds
    scale = min(1.0, lost / own) if own > 0 else 0.0
    split, combine = scale * trace.split_seconds, scale * trace.combine_seconds
    rest = max(0.0, lost - split - combine)
    shipped = trace.in_seconds + trace.out_seconds
    scale = rest / max(rest, shipped) if shipped > 0 else 0.0
    ship_in, ship_out = scale * trace.in_seconds, scale * trace.out_seconds
    dispatch = max(0.0, rest - ship_in - ship_out)
    return [part / trace.seconds for part in (split, ship_in, ship_out, combine, dispatch)]


def tracing_cost(traces: Any) -> float:
    """A traced call's time over that of the same call without tracing, the geometric mean; NaN if there is none."""
    logs = [_log(trace.seconds, trace.plain_seconds) for trace in traces if trace.plain_seconds > 0]
    return _mean(logs) if logs else math.nan
