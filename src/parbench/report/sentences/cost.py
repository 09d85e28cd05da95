"""Cost of the speed of a strategy, as a phrase."""

from __future__ import annotations

import math
from typing import Any

from parbench.text import duration, number, times

#: A start is mentioned if it takes at least this many calls of the baseline.
LONG_START = 1.0


def phrase(row: Any) -> str:
    """Speed and cost against the baseline: ``1.83× the speed for 2.1× the CPU time and 6.2× the memory``."""
    if not math.isfinite(row["speedup"]):
        return ""
    paid = {"CPU time": row["cpu_times"], "memory": row["memory_times"]}
    prices = [f"{number(ratio, 2)}× the {name}" for name, ratio in paid.items() if math.isfinite(ratio)]
    return f"{times(row['speedup'])} the speed" + (f" for {' and '.join(prices)}" if prices else "")


def with_start(row: Any) -> str:
    """The same, with the time to start if that is long."""
    start = f", after {duration(row['start_seconds'])} to start" if row["start_calls"] >= LONG_START else ""
    return f"{phrase(row)}{start}"
