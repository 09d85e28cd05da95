"""`numba`: the workload's own compiled form, on numba's threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from parbench.errors import UsageError
from parbench.strategies.whole_array import WholeArray


class Numba(WholeArray):
    """A function compiled with ``parallel=True``, on as many threads as there are cores.

    Compiling happens in the first call of a process, which is measured apart from the steady ones.
    """

    name: ClassVar[str] = "numba"
    about: ClassVar[str] = "A function compiled by numba for its threads; its first call compiles."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    requires: ClassVar[Mapping[str, str]] = {"numba": "numba>=0.58.1"}
    form: ClassVar[str] = "numba"
    _before: int | None = None

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return cores

    def open(self, cores: int) -> None:
        import numba

        before = numba.get_num_threads()
        try:
            numba.set_num_threads(cores)
        except ValueError as error:
            raise UsageError(
                f"numba cannot use {cores} threads here: set NUMBA_NUM_THREADS to as many, or ask for fewer cores."
            ) from error
        self._before = before

    def close(self) -> None:
        if self._before is not None:
            import numba

            numba.set_num_threads(self._before)
