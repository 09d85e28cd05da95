"""`numba`: the workload's own compiled form, on numba's threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from parbench.errors import UsageError
from parbench.strategies.whole_array import WholeArray


class Numba(WholeArray):
    """A function compiled with ``parallel=True``, on one thread per core.

    Compiling happens in the first call of a process, which is measured apart from the steady ones.
    """

    name = "numba"
    about = "A function compiled by numba for its threads; its first call compiles."
    boundary = "thread"
    requires: ClassVar[Mapping[str, str]] = {"numba": "numba>=0.58.1"}
    form = "numba"

    def open(self, cores: int) -> None:
        import numba

        try:
            before = numba.get_num_threads()
            numba.set_num_threads(cores)
        except ValueError as error:
            raise UsageError(
                f"numba cannot use {cores} threads here: set NUMBA_NUM_THREADS to {cores}, or choose fewer cores."
            ) from error
        self.resources.callback(numba.set_num_threads, before)
