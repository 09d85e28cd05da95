"""What the examples share: a clock, and the three lines that each of them prints."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

#: Whether an example is only to show that it works, as fast as it can: its numbers then mean nothing.
SMALL = "--small" in sys.argv[1:]


def once(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def seconds(call: Callable[[], object], times: int = 15) -> float:
    """Median seconds of a call, after one that does not count."""
    call()
    return statistics.median(once(call) for _ in range(2 if SMALL else times))


def ms(duration: float) -> str:
    """Seconds as milliseconds, in three digits or more."""
    return f"{duration * 1e3:.3g} ms" if duration < 1 else f"{duration * 1e3:,.0f} ms"


def show(wrong: str, right: str, ratio: float) -> None:
    """What every example prints in the end."""
    print(f"wrong: {wrong}\nright: {right}\nratio: {ratio:.2f}")
