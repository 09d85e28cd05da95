"""Progress where somebody waits: a line of the terminal, or an output of the notebook that changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from parbench.measurement.progress import NOTHING, Activity, Progress, Tally, silent
from parbench.report.terminal.progress_line import ProgressLine, one_line, time_left

#: Seconds between two changes of an output in a notebook.
EVERY_SECONDS = 0.5
#: Columns of an output in a notebook.
COLUMNS = 110


@contextmanager
def shown(wanted: bool) -> Iterator[Progress]:
    """Progress on standard error or in the notebook; nothing unless `wanted`."""
    if not wanted:
        yield silent
        return
    display = notebook_display()
    line = ProgressLine(sys.stderr) if display is None else NotebookLine(display)
    try:
        yield line
    finally:
        line.close()


def notebook_display() -> Any:
    """An output of the notebook that can be changed; None outside of a notebook."""
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    if not hasattr(get_shell(), "kernel"):  # no IPython, or IPython in a terminal
        return None
    from IPython import display

    handle: Any = display.DisplayHandle  # it has no types
    return handle()


class NotebookLine:
    """Shows progress as one line of text in the output of a cell, which is empty at the end."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._show("parbench: starting", display.display)
        self._next = 0.0

    def __call__(self, activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        now = time.monotonic()
        if now >= self._next:
            remaining = "" if left is None else time_left(left)
            self._show(f"parbench: {one_line(remaining, activity, tally, COLUMNS)}", self._display.update)
            self._next = now + EVERY_SECONDS

    def close(self) -> None:
        """Leave an empty output behind."""
        self._show("", self._display.update)

    def _show(self, line: str, show: Any) -> None:
        show({"text/plain": line}, raw=True)
