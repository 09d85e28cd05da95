"""How far a run has got, and what a face shows of it: one line that changes, or a line now and then.

Nothing here runs by itself: a line is written when measuring says where it is, which it does between samples only.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from parbench.report.terminal.layout import clipped, columns

#: Where there is no terminal, a line at most this often, seconds.
PLAIN_EVERY = 15.0
#: In terminals so many lines a second, and so many at once when nothing was shown for a while.
A_SECOND, AT_ONCE = 5.0, 2.0
#: So many columns are for what is running, before more is said of what was reached.
RUNNING = 26
#: So many columns stay free: two for the ^C that a terminal shows, and the last, after which some begin a new line.
SPARE = 3
#: Goes to the left end of the line, and takes away what stands from there to the right end.
HOME, REST = "\r", "\x1b[K"


@dataclass(frozen=True)
class Step:
    """What is being done, and where: in a group of cells, with these strategies, in which of its rounds."""

    doing: str
    group: str = ""
    strategies: tuple[str, ...] = ()
    turn: int = 0
    rounds: int = 0

    def __str__(self) -> str:
        turn = f", round {self.turn} of {self.rounds}" if self.rounds else ""
        return " ".join(filter(None, (self.doing, self.group))) + turn + self._who

    @property
    def brief(self) -> str:
        """The same in fewer words: what has rounds is being sampled."""
        return f"{self.group} {self.turn}/{self.rounds}{self._who}" if self.rounds else str(self)

    @property
    def _who(self) -> str:
        return f": {', '.join(self.strategies)}" if self.strategies else ""


@dataclass(frozen=True)
class Count:
    """How many cells are as precise as they are to be, and how many failed; the widest interval, and whose it is.

    `goal` is the half-width, as a part of 1, that makes a cell precise; None where cells have their own.
    """

    precise: int = 0
    failed: int = 0
    cells: int = 0
    goal: float | None = None
    widest: float = math.inf
    where: str = ""

    def reached(self, length: int = 0) -> str:
        """In words, shorter for a larger `length`: without the widest interval's cell, then without that interval."""
        if not self.cells:
            return ""
        goal = "done" if self.goal is None else f"within {percent(self.goal)}"
        parts = [f"{self.precise}/{self.cells} {'' if length else 'cells '}{goal}"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if math.isfinite(self.widest) and length < 2:
            parts.append(f"widest {percent(self.widest)}" + (f": {self.where}" if not length else ""))
        return ", ".join(parts)


NOTHING = Count()


def together(counts: Iterable[Count]) -> Count:
    """Those of several groups as one."""
    each = list(counts)
    widest = max((one for one in each if math.isfinite(one.widest)), key=lambda one: one.widest, default=NOTHING)
    goals = {one.goal for one in each}
    return Count(
        precise=sum(one.precise for one in each),
        failed=sum(one.failed for one in each),
        cells=sum(one.cells for one in each),
        goal=goals.pop() if len(goals) == 1 else None,
        widest=widest.widest,
        where=widest.where,
    )


class Progress(Protocol):
    """Is told what happens; the faces print it."""

    def __call__(self, step: Step, count: Count = NOTHING, left: float | None = None) -> None:
        """`step` begins, `count` was reached, and measuring takes at most `left` seconds more, where that is known."""
        ...


class Ticker:
    """Prints progress through `write`.

    `width` gives the columns of a terminal as they are now; without it there is no terminal, and the first line comes
    after `patience` seconds. `plain` puts text into signs that can be shown.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        width: Callable[[], int] | None = None,
        plain: Callable[[str], str] = str,
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._width = width
        self._plain = plain
        self._clock = clock
        self._next = clock() + patience
        self._spare, self._seen = AT_ONCE, clock()
        self._open = False

    def announce(self, profile: str, budget: float) -> None:
        """Say beforehand how long it will take, at most."""
        self._write(f"parbench: the {profile} profile takes at most {minutes(budget)} minutes\n")

    def __call__(self, step: Step, count: Count = NOTHING, left: float | None = None) -> None:
        if self._width is not None:
            if self._may_write():
                text = one_line(step.brief, count, left, self._width() - SPARE, self._plain)
                self._write(f"{HOME}{text}{REST}")
                self._open = True
        elif self._clock() >= self._next:
            parts = [count.reached(), "" if left is None else time_left(left), str(step)]
            self._write(self._plain(f"parbench: {'; '.join(filter(None, parts))}") + "\n")
            self._next = self._clock() + PLAIN_EVERY

    def _may_write(self) -> bool:
        """Whether a line is due: not more than a few a second, though two may follow each other at once."""
        now = self._clock()
        self._spare, self._seen = min(AT_ONCE, self._spare + A_SECOND * (now - self._seen)), now
        if self._spare < 1:
            return False
        self._spare -= 1
        return True

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._open:
            self._write(f"{HOME}{REST}")
            self._open = False


def silent(step: Step, count: Count = NOTHING, left: float | None = None) -> None:
    """Progress that nobody sees."""
    del step, count, left


def one_line(running: str, count: Count, left: float | None, width: int, plain: Callable[[str], str] = str) -> str:
    """All of it in at most so many columns: what was reached, the time left, and as much as fits of what is running."""
    running, dots = plain(running), plain("…")
    more = "" if left is None else time_left(left)
    heads = [plain(", ".join(filter(None, (count.reached(length), more)))) for length in range(3)]
    room = width - min(columns(running), RUNNING) - 3
    head = next((each for each in heads if columns(each) <= room), plain(more))
    return clipped(" | ".join(filter(None, (head, running))), max(0, width), dots)


def time_left(seconds: float) -> str:
    """How long it takes, at most: measuring ends with a whole block, so there may be nothing left before its end."""
    return f"{minutes(seconds)} left" if seconds >= 0.5 else "last block"


def percent(part: float) -> str:
    """A half-width: ``± 6 %``, ``± 1.5 %``."""
    return f"± {min(100 * part, 999):.{0 if part >= 0.0995 else 1}f}".removesuffix(".0") + " %"


def minutes(seconds: float) -> str:
    """Seconds as m:ss."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
