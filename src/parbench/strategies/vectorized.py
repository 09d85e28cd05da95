"""`vectorized`: the workload's whole-array NumPy form, the other candidate for the baseline."""

from __future__ import annotations

from parbench.strategies.whole_array import WholeArray


class Vectorized(WholeArray):
    """Whole-array operations in the caller, uncut."""

    name = "vectorized"
    about = "Whole-array NumPy in one thread of one process."
    scales = False
    form = "vectorized"
