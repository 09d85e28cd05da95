"""Progress of a run: one line that changes on a terminal, elsewhere a line every few seconds.

There is no thread: measuring reports its progress between samples only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TextIO

from rich.text import Text

from parbench.report.terminal.screen import changes_in_place, encodable, terminal_columns, text

#: Seconds between lines if there is no terminal.
PLAIN_EVERY_SECONDS = 15.0
#: Lines per second on a terminal.
LINES_PER_SECOND = 5.0
#: Lines that may follow each other at once after a pause, so that the start of long work is shown.
BURST = 2.0
#: Columns for what is running, at least.
RUNNING_COLUMNS = 30
#: Columns that stay free: two for the ^C that a terminal shows, and the last, after which some begin a new line.
SPARE_COLUMNS = 3
#: Moves to the left end of the line.
HOME = "\r"
#: Erases the line from there to its right end.
ERASE = "\x1b[K"


class ProgressLine:
    """Prints progress to `stream`.

    `before` is called before a whole line is written. Without a terminal the first line comes after `patience` seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        before: Callable[[], object] = lambda: None,
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._before = before
        self._clock = clock
        self._in_place = changes_in_place(stream)
        self._next = clock() + patience
        self._allowance, self._seen = BURST, clock()
        self._is_open = False
        self._answers: dict[str, Any] = {}  # the last that was printed of each workload and size

    def announce(self, profile: str, budget: float) -> None:
        """Print the longest time that measuring takes."""
        self._write_line(f"the {profile} profile takes at most {minutes(budget)} minutes")

    def __call__(self, activity: object, tally: object = "", left: float | None = None) -> None:
        remaining = "" if left is None else time_left(left)
        self._print_answers(tally)
        if self._in_place:
            if self._may_write():
                line = one_line(remaining, activity, tally, terminal_columns(self._stream) - SPARE_COLUMNS)
                self._write(f"{HOME}{line}{ERASE}")
                self._is_open = True
        elif self._clock() >= self._next:
            self._write_line("; ".join(filter(None, (remaining, str(tally), str(activity)))))
            self._next = self._clock() + PLAIN_EVERY_SECONDS

    def _print_answers(self, tally: object) -> None:
        """Print the answers that add to those that were printed."""
        for answer in getattr(tally, "answers", ()):
            if answer.adds_to(self._answers.get(answer.group)):
                self._answers[answer.group] = answer
                self.close()
                self._write_line(str(answer))

    def close(self) -> None:
        """Erase the line that changes."""
        if self._is_open:
            self._write(f"{HOME}{ERASE}")
            self._is_open = False

    def _may_write(self) -> bool:
        """Whether a line is due: a few per second, though two may follow each other at once."""
        now = self._clock()
        self._allowance = min(BURST, self._allowance + LINES_PER_SECOND * (now - self._seen))
        self._seen = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

    def _write_line(self, line: str) -> None:
        self._before()
        self._write(f"parbench: {text(line)}\n")

    def _write(self, line: str) -> None:
        self._stream.write(encodable(line, self._stream))
        self._stream.flush()


def one_line(remaining: str, activity: object, tally: object, columns: int) -> str:
    """Time left, activity and tally in at most `columns` columns; the activity gets the room that the tally leaves."""
    parts = [text(remaining), text(activity), text(tally)]
    taken = sum(part.cell_len + len(" | ") for part in (parts[0], parts[2]) if part)
    parts[1].truncate(max(RUNNING_COLUMNS, columns - taken), overflow="ellipsis")
    line = Text(" | ").join(part for part in parts if part)
    line.truncate(max(1, columns), overflow="ellipsis")
    return line.plain


def time_left(seconds: float) -> str:
    """How long measuring takes, at most; it ends with a whole block, so no time may be left before its end."""
    return f"{minutes(seconds)} left" if seconds >= 0.5 else "last block"


def minutes(seconds: float) -> str:
    """Seconds as m:ss."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
