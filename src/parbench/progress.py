"""What a face shows while a campaign runs: one line that changes, or a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Where there is no terminal, a line at most this often, seconds.
PLAIN_EVERY = 15.0


class Ticker:
    """Prints progress through `write`; `width` is 0 where the output is no terminal, `quiet` prints nothing."""

    def __init__(
        self,
        write: Callable[[str], object],
        width: int = 0,
        quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._quiet = quiet
        self._width = width
        self._clock = clock
        self._next = clock()
        self._open = False

    def announce(self, profile: str, budget: float) -> None:
        """Say beforehand how long it will take, at most."""
        if not self._quiet:
            self._write(f"parbench: the {profile} profile takes at most {minutes(budget)} minutes\n")

    def __call__(self, doing: str, left: float, precise: int, cells: int) -> None:
        if self._quiet:
            return
        line = f"parbench: {precise}/{cells} cells done, at most {minutes(left)} left, {doing}"
        if self._width:
            self._write("\r" + line[: self._width - 1].ljust(self._width - 1))
            self._open = True
        elif self._clock() >= self._next:
            self._write(line + "\n")
            self._next = self._clock() + PLAIN_EVERY

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._open:
            self._write("\r" + " " * (self._width - 1) + "\r")
            self._open = False


def minutes(seconds: float) -> str:
    """Seconds as m:ss."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
