"""`numexpr`: the workload's own numexpr form, on numexpr's threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from parbench.errors import UsageError
from parbench.strategies.whole_array import WholeArray


class NumExpr(WholeArray):
    """Whole-array expressions that numexpr evaluates block by block, with as many threads as there are cores."""

    name: ClassVar[str] = "numexpr"
    about: ClassVar[str] = "Whole-array expressions by numexpr and its threads."
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "thread"
    requires: ClassVar[Mapping[str, str]] = {"numexpr": "numexpr>=2.8.5"}
    form: ClassVar[str] = "numexpr"
    _before: int | None = None

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return cores

    def open(self, cores: int) -> None:
        try:
            import numexpr  # reads the variables that limit it

            self._before = numexpr.set_num_threads(cores)
        except ValueError as error:
            raise UsageError(
                f"numexpr cannot use {cores} threads here: set NUMEXPR_MAX_THREADS to as many, or ask for fewer cores."
            ) from error

    def close(self) -> None:
        if self._before is not None:
            import numexpr

            numexpr.set_num_threads(self._before)
