"""Progress of a run as events: the current activity, and the number of precise cells; nothing here prints."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from parbench.text import times


@dataclass(frozen=True)
class Activity:
    """The current activity: in a group of cells, with these strategies, in one of its rounds."""

    doing: str
    group: str = ""
    strategies: tuple[str, ...] = ()
    turn: int = 0
    rounds: int = 0

    def __str__(self) -> str:
        place = f"{self.group} round {self.turn}/{self.rounds}" if self.rounds else f"{self.doing} {self.group}".strip()
        return f"{place}: {', '.join(self.strategies)}" if self.strategies else place


@dataclass(frozen=True)
class FirstAnswer:
    """The fastest cell of several cores so far and its speedup over the baseline; NaN ends if they are unknown yet.

    `group` is its workload and size.
    """

    group: str
    cell: str
    baseline: str
    speedup: float
    low: float
    high: float
    is_decided: bool

    def __str__(self) -> str:
        sure = "" if self.is_decided else ", undecided"
        ratio = times(self.speedup, self.low, self.high)
        return f"{self.group} {self.cell}: {ratio} as fast as {self.baseline} so far{sure}"

    def adds_to(self, known: FirstAnswer | None) -> bool:
        """Whether it is the first answer, or the first that is decided, or significantly faster than the one before."""
        return known is None or (self.is_decided and (not known.is_decided or self.low > known.high))


@dataclass(frozen=True)
class Tally:
    """How many cells are precise and how many failed; the widest interval and its cell.

    `goal` is the half-width, as a part of 1, that makes a cell precise; None if cells have different goals.
    `answers` has one answer per workload and size.
    """

    precise: int = 0
    failed: int = 0
    cells: int = 0
    goal: float | None = None
    widest: float = math.inf
    where: str = ""
    answers: tuple[FirstAnswer, ...] = ()

    def __str__(self) -> str:
        if not self.cells:
            return ""
        goal = "done" if self.goal is None else f"within {half_width(self.goal)}"
        failed = f", {self.failed} failed" if self.failed else ""
        widest = f", widest {half_width(self.widest)}: {self.where}" if math.isfinite(self.widest) else ""
        return f"{self.precise}/{self.cells} cells {goal}{failed}{widest}"


NOTHING = Tally()


def total(tallies: Iterable[Tally]) -> Tally:
    """The tallies of several groups as one."""
    each = list(tallies)
    widest = max((one for one in each if math.isfinite(one.widest)), key=lambda one: one.widest, default=NOTHING)
    goals = {one.goal for one in each}
    return Tally(
        precise=sum(one.precise for one in each),
        failed=sum(one.failed for one in each),
        cells=sum(one.cells for one in each),
        goal=goals.pop() if len(goals) == 1 else None,
        widest=widest.widest,
        where=widest.where,
        answers=tuple(answer for one in each for answer in one.answers),
    )


def half_width(part: float) -> str:
    """Half the width of an interval: ``± 6.1 %``, ``± 2 %``."""
    return f"± {min(100 * part, 999):.3g} %"


class Progress(Protocol):
    """Receives what happens; the plugin and the command line print it."""

    def __call__(self, activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        """`activity` begins; measuring takes at most `left` seconds more, if that is known."""
        ...


def silent(activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
    """Progress that is not shown."""
    del activity, tally, left
