"""Calls of one cell in a process of its own that does nothing else: the truth of `solo_truth`.

Run as ``python -m benchmarks.validate.solo_calls CELL``, a JSON object; it prints the nanoseconds of every timed call.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module
from typing import Any

from parbench.machine import cpus
from parbench.strategies.base import parts_of
from parbench.strategies.registry import create
from parbench.workload.cell import Cell

#: Fewest untimed calls, besides the first one, which is verified.
WARM_UP_CALLS = 12


def main(cell: Cell, module: str, where: list[int], warm_up_seconds: float, seconds: float) -> None:
    """Open the strategy, warm up, and time call after call for some seconds; pin to CPUs if any are given."""
    if where:
        cpus.pin_self(where)
    workload = import_module(module).workload
    data = workload.make(cell.size, 1)
    with create(cell.strategy, {}) as strategy:
        strategy.open(cell.cores)
        parts = parts_of(type(strategy), workload, data, cell)
        if reason := strategy.check(workload, strategy.run(workload, data, parts), data):
            raise SystemExit(f"{cell} has a wrong result: {reason}")
        warm_up, until = WARM_UP_CALLS, time.monotonic() + warm_up_seconds
        while warm_up > 0 or time.monotonic() < until:
            strategy.run(workload, data, parts)
            warm_up -= 1
        calls: list[int] = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.perf_counter_ns()
            strategy.run(workload, data, parts)
            calls.append(time.perf_counter_ns() - began)
    print(json.dumps(calls))


if __name__ == "__main__":
    given: dict[str, Any] = json.loads(sys.argv[1])
    main(Cell(**given.pop("cell")), **given)
