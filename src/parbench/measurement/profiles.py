"""The effort of a run: quick, standard or thorough."""

from __future__ import annotations

from dataclasses import dataclass

from parbench.errors import UsageError


@dataclass(frozen=True)
class Profile:
    """Effort in numbers; all times in seconds."""

    name: str
    budget: float  # for the whole campaign, which starts no block that would not fit
    least_blocks: int  # of every cell, if the budget allows them
    most_blocks: int
    rounds: int  # per block; even, so that every order has its reverse
    arm_seconds: float  # sampling time of an arm per block; a slower arm gets fewer rounds
    precision: float  # relative half-width of the speedup's interval at which a cell is done
    deadline: float  # for an arm to start, and for its first call


PROFILES = {
    "quick": Profile("quick", 265.0, 3, 60, 8, 0.5, 0.02, 20.0),
    "standard": Profile("standard", 1740.0, 5, 30, 12, 0.5, 0.015, 60.0),
    "thorough": Profile("thorough", 5400.0, 7, 60, 24, 4.0, 0.01, 300.0),
}


def find_profile(name: str) -> Profile:
    """The profile called `name`; raises UsageError."""
    if name not in PROFILES:
        raise UsageError(f"there is no profile {name!r}: choose from {', '.join(PROFILES)}.")
    return PROFILES[name]
