"""A strategy and a workload as another package offers them: see the entry points in ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from parbench import MapStrategy, Workload


class Backwards(MapStrategy):
    """The chunks one after the other, the last one first."""

    name = "backwards"
    about = "A plain loop from the last chunk to the first."
    scales = False

    def open(self, cores: int) -> None:
        """Nothing to start; `cores` is always 1."""

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        parts = [function(*each) for each in reversed(list(zip(*columns, strict=True)))]
        return parts[::-1]


letters = Workload.each(
    chr,
    name="letters",
    about="The characters of code points.",
    make=lambda size, seed: [97 + (seed + index) % 26 for index in range(size)],
    sizes=(10, 100_000),
)
