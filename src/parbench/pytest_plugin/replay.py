"""Measured cells as results of pytest-benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from parbench.pytest_plugin.outcome import Result
    from parbench.workload.cell import Cell

#: The name of the timer in the results of pytest-benchmark.
NAME = "parbench_replay"
TIMER = pytest.StashKey["Replay"]()


class Replay:
    """A timer for `benchmark.pedantic` whose clock advances by one measured sample per call."""

    __name__ = NAME

    def __init__(self) -> None:
        self.samples: Iterator[float] = iter(())
        self.now = 0.0
        self.running = False

    def __call__(self) -> float:
        if self.running:
            self.now += next(self.samples, 0.0)
        self.running = not self.running
        return self.now


def attach_timer(item: pytest.Item, cell: Cell) -> None:
    """Let pytest-benchmark use our timer in the test of a cell."""
    timer = item.stash[TIMER] = Replay()
    # a failed cell has no samples, and its test fails
    item.add_marker(pytest.mark.filterwarnings("ignore:Benchmark fixture was not used at all"))
    item.add_marker(pytest.mark.benchmark(timer=timer, group=f"{cell.workload}-{cell.size}"))
    if isinstance(item, pytest.Function) and "benchmark" not in item.fixturenames:
        item.fixturenames.append("benchmark")


def replay(request: pytest.FixtureRequest, result: Result) -> None:
    """Let pytest-benchmark time one call per sample, if the test has our timer."""
    timer = request.node.stash.get(TIMER, None)
    if timer is not None:
        timer.samples = iter(result.samples)
        benchmark = request.getfixturevalue("benchmark")
        benchmark.extra_info.update(speedup=result.speedup, baseline=result.baseline, verdict=result.verdict)
        benchmark.pedantic(lambda: None, rounds=len(result.samples), iterations=1)
