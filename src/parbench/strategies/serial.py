"""`serial`: a plain loop in the caller, the reference of all other strategies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parbench.strategies.base import SharedMapStrategy


class Serial(SharedMapStrategy):
    """One chunk after the other, in the caller."""

    name = "serial"
    about = "A plain loop in one thread of one process."
    scales = False

    def open(self, cores: int) -> None:
        """Nothing to start; `cores` is always 1."""

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        return list(map(function, *columns))
