"""What a campaign runs under: everything that a test replaces, in one place."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from parbench import machine
from parbench.analysis.change import MARGIN
from parbench.child import Arm, ChildArm
from parbench.profiles import Profile
from parbench.protocol import CeilingSpec, Spec
from parbench.reference import Reference


class Place(Protocol):
    """Where the cells of other environments find their code; `revision.Checkout` is one."""

    def path(self, path: list[str]) -> list[str]:
        """The import path there, for one of ours."""
        ...

    def reference(self, reference: Reference) -> Reference:
        """Where a workload of ours is there."""
        ...


class Here:
    """No other place."""

    def path(self, path: list[str]) -> list[str]:
        """As it is."""
        return path

    def reference(self, reference: Reference) -> Reference:
        """As it is."""
        return reference


@dataclass(frozen=True)
class Conditions:
    """Effort, place and outside world of a campaign.

    `cpus` is the set that all arms share, empty where nothing can be pinned; `budget` is in seconds;
    `failures_allowed` ends the run early, as pytest's ``-x`` does. Arms start alone in their first block, so
    that start-up is measured undisturbed; `together` says how many may start at once in later blocks. With
    `keep_awake` the CPUs are kept busy between samples. `other` is where other environments have their code.
    """

    profile: Profile
    budget: float
    seed: int
    cpus: list[int]
    path: list[str] = field(default_factory=lambda: list(sys.path))
    options: dict[str, str] = field(default_factory=dict)
    failures_allowed: int = sys.maxsize
    together: int = 1
    keep_awake: bool = False
    margin: float = MARGIN
    other: Place = field(default_factory=Here)
    launch: Callable[[Spec | CeilingSpec], Arm] = ChildArm
    clock: Callable[[], float] = time.monotonic
    available: Callable[[], int] = machine.available_bytes
