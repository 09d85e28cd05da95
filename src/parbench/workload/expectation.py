"""Expectations of theory for a workload: statements with which every run is compared. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from parbench.errors import WorkloadError

#: Limits of a speedup besides another strategy: the measured ceiling of the cores, and their number.
MEASURES = ("ceiling", "cores")
#: Least factor or speedup; a smaller value is a mistake.
LEAST = 1e-6
#: Largest factor, speedup, number of cores or of chunks; a larger value is a mistake.
MOST = 1e6
#: No call takes longer, in seconds: the default of `Expect.to_seconds`.
FOREVER = 1e9


@dataclass(frozen=True)
class Expect:
    """The speedup of `strategy` is above or below `times` × `than`.

    Fields:
        strategy: the label of the strategy.
        relation: ``above`` or ``below``.
        than: the label of another strategy, for its speedup at the same numbers of cores and chunks per core (1 if it
            does not scale, or does not cut); ``ceiling`` or ``cores``; or a number.
        times: a factor on `than`.
        cores: the number of cores; 0 for the most that were measured. Nothing is expected if that is 1.
        chunks: the number of chunks per core, or ``auto`` for the number that the strategy's library chooses.
        from_seconds, to_seconds: range of the time of a call of the baseline; other sizes are ignored.
        why: the reason from theory, in one sentence.

    Raises WorkloadError if the value is impossible.
    """

    strategy: str
    relation: Literal["above", "below"]
    than: str | float
    why: str
    times: float = 1.0
    cores: int = 0
    chunks: int | Literal["auto"] = 1
    from_seconds: float = 0.0
    to_seconds: float = FOREVER

    def __post_init__(self) -> None:
        if not (isinstance(self.strategy, str) and self.strategy):
            raise WorkloadError(f"an expectation names no strategy but {self.strategy!r:.60}: give a label.")
        if self.relation not in ("above", "below"):
            raise WorkloadError(f"an expectation is above or below something, not {self.relation!r:.60}.")
        if not (isinstance(self.why, str) and self.why):
            raise WorkloadError(f"the expectation of {self.strategy!r:.60} gives no reason: say why in one sentence.")
        than = self.than if isinstance(self.than, str) else ""
        if not (than or is_number(self.than, LEAST, MOST)):
            raise WorkloadError(
                f"{self.strategy!r:.60} cannot be {self.relation} {self.than!r:.60}: give the label of a strategy, "
                f"ceiling, cores, or a number from {LEAST:g} to {MOST:g}."
            )
        self._check_numbers()

    def _check_numbers(self) -> None:
        """Raise WorkloadError for a factor, cores, chunks or times that cannot be."""
        if not is_number(self.times, LEAST, MOST):
            raise WorkloadError(f"times={self.times!r:.60} cannot be: give a number from {LEAST:g} to {MOST:g}.")
        if type(self.cores) is not int or not 0 <= self.cores <= MOST:
            raise WorkloadError(f"cores={self.cores!r:.60} cannot be: give a whole number, 0 for the most.")
        auto = isinstance(self.chunks, str) and self.chunks == "auto"
        if not auto and not (type(self.chunks) is int and 1 <= self.chunks <= MOST):
            raise WorkloadError(f"chunks={self.chunks!r:.60} cannot be: give a whole number from 1 on, or auto.")
        for seconds in (self.from_seconds, self.to_seconds):
            if not is_number(seconds, 0, FOREVER):
                raise WorkloadError(f"a call of {seconds!r:.60} s cannot be: give seconds from 0 to {FOREVER:g}.")
        if self.from_seconds > self.to_seconds:
            raise WorkloadError(f"no call takes from {self.from_seconds:g} s to {self.to_seconds:g} s: swap them.")


def is_number(value: object, least: float, most: float) -> bool:
    """Whether `value` is a number within these ends; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
