"""A cell: one point of a curve, and the names of its environments and chunks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from parbench import text

#: Environment of the version that is measured.
HEAD = ""
#: Environment of the version that it is compared with.
BASE = "base"
#: Environment of a second copy of the base: its difference from the base is noise. Run files have this word.
BASE_REPEAT = "base again"
#: Environment of a replica, a second arm of the baseline. No cell in a run file has it: see `records.ReplicaSample`.
REPLICA = "replica"
#: In place of a number of chunks per core: the number that the strategy's library chooses by default.
AUTO = 0
#: The strategies that may be the baseline: a speedup is relative to the fastest of them.
BASELINES = ("serial", "vectorized")


@dataclass(frozen=True, order=True)
class Cell:
    """One point of a curve.

    `chunks` are chunks per core, `AUTO` for the library's default; `environment` is one of the names above.
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
        return f"{name} ({environment_label(self.environment)})" if self.environment else name

    def at(self, environment: str) -> Cell:
        """The same cell in another environment."""
        return replace(self, environment=environment)


def environment_label(environment: str) -> str:
    """The name of an environment as reports show it."""
    return "base, repeated" if environment == BASE_REPEAT else environment
