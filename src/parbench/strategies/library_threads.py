"""`library-threads`: the whole-array form, on the threads that the numeric library starts itself."""

from __future__ import annotations

from typing import ClassVar, Literal

from parbench.strategies.whole_array import WholeArray
from parbench.workload.workload import Workload


class LibraryThreads(WholeArray):
    """The vectorized form in one piece, with as many BLAS or OpenMP threads as there are cores.

    Libraries read that number when they are loaded, so an arm gets it before, by `library_threads`.
    """

    name: ClassVar[str] = "library-threads"
    about: ClassVar[str] = "Whole-array NumPy with the threads of its own library, as BLAS has them."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    form: ClassVar[str] = "vectorized"

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        if workload.vectorized is not None and not workload.library_parallel:
            return "it has no vectorized form that its library would share out to threads"
        return super().unsupported_reason(workload, variant)

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return cores
