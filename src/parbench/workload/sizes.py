"""The sizes of a workload: given as numbers, or by the time of a call.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from parbench.errors import WorkloadError

#: The times of a call of the baseline for which sizes can be found, in seconds.
TARGETS = (0.001, 0.01, 0.1, 1.0)


@dataclass(frozen=True)
class Sizes:
    """The sizes of a workload, one tuple per profile, each in growing order.

    `tiny` is for checking that every strategy is right, and never for measuring.
    """

    tiny: int
    quick: tuple[int, ...]
    standard: tuple[int, ...] = ()
    thorough: tuple[int, ...] = ()

    @classmethod
    def of(cls, sizes: Sizes | Iterable[int]) -> Sizes:
        """Read a plain sequence: its first size is the tiny one, the others serve every profile."""
        if isinstance(sizes, Sizes):
            return sizes
        values = tuple(sizes)
        if not values:
            raise WorkloadError("sizes is empty: give at least one positive whole number.")
        check_sizes(values)
        return cls(values[0], values[1:] or values)

    def __post_init__(self) -> None:
        for sizes in ((self.tiny,), self.quick, self.standard, self.thorough):
            check_sizes(sizes)
        if not self.quick:
            raise WorkloadError("sizes has no quick sizes: give at least one.")

    def of_profile(self, profile: str) -> tuple[int, ...]:
        """The sizes that `profile` measures; a profile without sizes has those of the next shorter profile."""
        if profile == "thorough":
            return self.thorough or self.standard or self.quick
        return (self.standard or self.quick) if profile == "standard" else self.quick


@dataclass(frozen=True)
class SizesByTime:
    """Sizes by the time that a call of the baseline takes on the current machine.

    Fields:
        tiny: for checking that every strategy is right, and never for measuring.
        about: the sizes at which a call takes about 1, 10, 100 and 1000 ms on an ordinary machine, in growing order:
            the start of the search, and the sizes without a search.
        quick, standard, thorough: the times of each profile, seconds per call; if empty, those of the profile before.
    """

    tiny: int
    about: tuple[int, int, int, int]
    quick: tuple[float, ...] = (0.01, 0.1)
    standard: tuple[float, ...] = TARGETS[:3]  # the standard profile has no time for calls of a second
    thorough: tuple[float, ...] = TARGETS

    def __post_init__(self) -> None:
        check_sizes((self.tiny, *self.about))
        for seconds in (self.quick, self.standard, self.thorough):
            if wrong := [each for each in seconds if each not in TARGETS]:
                raise WorkloadError(f"sizes that take {wrong[0]!r} s cannot be found: choose from {TARGETS}.")

    def targets(self, profile: str) -> tuple[float, ...]:
        """The time of a call at each of the sizes of `profile`, seconds."""
        if profile == "thorough":
            return self.thorough or self.standard or self.quick
        return (self.standard or self.quick) if profile == "standard" else self.quick

    def of_profile(self, profile: str) -> tuple[int, ...]:
        """The sizes of `profile` before any search."""
        return tuple(self.about[TARGETS.index(seconds)] for seconds in self.targets(profile))


def check_sizes(sizes: Sequence[int]) -> None:
    """Refuse sizes that are not positive whole numbers in strictly growing order."""
    for size in sizes:
        if type(size) is not int or size < 1:  # `type`, because a bool is an int for `isinstance`
            raise WorkloadError(f"size {size!r} is not a positive whole number.")
    if any(later <= earlier for earlier, later in pairwise(sizes)):
        raise WorkloadError(f"sizes {list(sizes)} are not in growing order: list each once, smallest first.")
