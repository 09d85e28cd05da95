"""`numexpr`: the workload's own numexpr form, on numexpr's threads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from parbench.errors import UsageError
from parbench.strategies.whole_array import WholeArray


class NumExpr(WholeArray):
    """Whole-array expressions that numexpr evaluates block by block, with one thread per core."""

    name = "numexpr"
    about = "Whole-array expressions by numexpr and its threads."
    boundary = "thread"
    requires: ClassVar[Mapping[str, str]] = {"numexpr": "numexpr>=2.8.5"}
    form = "numexpr"

    def open(self, cores: int) -> None:
        try:
            import numexpr  # reads the variables that limit its threads

            before = numexpr.set_num_threads(cores)
        except ValueError as error:
            raise UsageError(
                f"numexpr cannot use {cores} threads here: set NUMEXPR_MAX_THREADS to {cores}, or choose fewer cores."
            ) from error
        self.resources.callback(numexpr.set_num_threads, before)
