"""A cell: one point of a curve, and the names of its environments and chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parbench import text

#: The environments of a comparison: what we run in, the base, and the base once more, whose difference is noise.
HEAD, BASE, AGAIN = "", "base", "base again"
#: The environment of a replica, a second arm of the baseline. No cell in a run file has it: see `records.Again`.
REPLICA = "replica"
#: In place of a number of chunks a core: as many as the strategy's own library cuts where nobody says how many.
OWN = 0
#: Strategies that may be the baseline.
BASELINES = ("serial", "vectorized")


@dataclass(frozen=True, order=True)
class Cell:
    """One point of a curve.

    `chunks` are chunks per core, `OWN` for the strategy's own; `environment` is empty for the one we run in.
    """

    workload: str
    size: int
    strategy: str
    cores: int
    chunks: int = 1
    environment: str = ""

    def __str__(self) -> str:
        cut = "" if self.chunks == 1 else f"x{text.chunks(self.chunks)}"
        name = f"{self.workload}-{self.size}-{self.strategy}-{self.cores}{cut}"
        return f"{name} ({self.environment})" if self.environment else name

    def at(self, environment: str) -> Cell:
        """The same cell in another environment."""
        return replace(self, environment=environment)
