"""The state of one cell in a campaign."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median

from parbench.workload.cell import Cell


@dataclass
class CellState:
    """The times of a cell by block and round, its status, the cost of a block, and its traces."""

    cell: Cell
    times: dict[int, dict[int, float]] = field(default_factory=dict)
    status: str = "ok"
    block_seconds: float = 0.0
    traces: int = 0
    traceable: bool = True

    @property
    def blocks(self) -> int:
        return len(self.times)

    @property
    def seconds(self) -> float:
        """The median time of a call so far; infinite without any."""
        return median([each for times in self.times.values() for each in times.values()] or [math.inf])
