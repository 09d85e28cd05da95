"""`vectorized`: the workload's whole-array NumPy form, the other candidate for the baseline."""

from __future__ import annotations

from typing import ClassVar

from parbench.strategies.whole_array import WholeArray


class Vectorized(WholeArray):
    """Whole-array operations in the caller, uncut."""

    name: ClassVar[str] = "vectorized"
    about: ClassVar[str] = "Whole-array NumPy in one thread of one process."
    scales: ClassVar[bool] = False
    form: ClassVar[str] = "vectorized"
