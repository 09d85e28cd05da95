"""`vectorized`: the workload's whole-array NumPy form, the other candidate for the baseline."""

from __future__ import annotations

from typing import Any, ClassVar

from parbench.errors import WorkloadError
from parbench.harnesses.base import Harness
from parbench.workload import Workload


class Vectorized(Harness):
    """Whole-array operations in the caller, uncut."""

    name: ClassVar[str] = "vectorized"
    about: ClassVar[str] = "Whole-array NumPy in one thread of one process."
    scales: ClassVar[bool] = False

    @classmethod
    def refuses(cls, workload: Workload, variant: str = "") -> str:
        return "it has no vectorized form" if workload.vectorized is None else super().refuses(workload, variant)

    @classmethod
    def cuts(cls, variant: str = "") -> bool:
        return False

    def open(self, cores: int) -> None:
        """Nothing to start; `cores` is always 1."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        """The whole job in one piece, whatever `parts` says."""
        if workload.vectorized is None:
            raise WorkloadError(f"workload {workload.name!r} has no vectorized form: give it one or leave this out.")
        return workload.vectorized(data)
