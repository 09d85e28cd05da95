"""Facts of a workload as the header of a run file keeps them. Standard library only."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from parbench.workload.expectation import Expect


@dataclass(frozen=True)
class WorkloadFacts:
    """Facts of a workload; None or empty if a run does not have them, as a run imported from another tool.

    `elements` has the number of elements at each measured size, by the size as text. Bytes and operations are per
    element; the other fields are those of `Workload`.
    """

    about: str = ""
    axis: str = ""
    inputs: Literal["shipped", "made in workers"] | None = None
    outputs: Literal["materialized", "reduced"] | None = None
    bound: Literal["compute", "memory", "latency"] | None = None
    unit: str = ""
    bytes_in: float | None = None
    bytes_out: float | None = None
    bytes_moved: float | None = None
    operations: float | None = None
    elements: dict[str, int] = field(default_factory=dict)
    even: bool | None = None
    steps: bool | None = None
    expects: list[Expect] = field(default_factory=list)

    @property
    def waits(self) -> bool:
        """Whether its workers mostly wait, so that there may be more workers than cores."""
        return self.bound == "latency"

    @property
    def worker_word(self) -> str:
        """The word for one of the workers of a cell: ``core``, or ``worker`` if workers mostly wait."""
        return "worker" if self.waits else "core"

    @property
    def moved(self) -> float:
        """Bytes per element that go through memory; NaN if they are unknown."""
        return self.traffic if self.bytes_moved is None else self.bytes_moved

    @property
    def traffic(self) -> float:
        """Bytes per element that go in and come out; NaN if they are unknown."""
        return math.nan if self.bytes_in is None or self.bytes_out is None else self.bytes_in + self.bytes_out

    def count(self, size: int) -> float:
        """The number of elements at this size; NaN if it is unknown."""
        return float(self.elements.get(str(size), math.nan))
