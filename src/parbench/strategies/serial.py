"""`serial`: a plain loop in the caller, the yardstick of all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from parbench.strategies.base import SharedMapStrategy


class Serial(SharedMapStrategy):
    """One chunk after the other, in the caller."""

    name: ClassVar[str] = "serial"
    about: ClassVar[str] = "A plain loop in one thread of one process."
    scales: ClassVar[bool] = False

    def open(self, cores: int) -> None:
        """Nothing to start; `cores` is always 1."""

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        return list(map(function, *columns))
