"""`library-threads`: the whole-array form, on the threads that the numeric library starts itself."""

from __future__ import annotations

from parbench.strategies.whole_array import WholeArray
from parbench.workload.workload import Workload


class LibraryThreads(WholeArray):
    """The vectorized form in one piece, with one BLAS or OpenMP thread per core.

    Libraries read this number when they are loaded, so `library_threads` sets it when an arm starts.
    """

    name = "library-threads"
    about = "Whole-array NumPy with the threads of its own library, as BLAS has them."
    boundary = "thread"
    form = "vectorized"

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        if workload.vectorized is not None and not workload.library_parallel:
            return "it has no vectorized form that its library would share out to threads"
        return super().unsupported_reason(workload, variant)
