"""Two programs, one after the other, on a machine that changes meanwhile."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from examples.pitfalls.clock import SMALL, once, show

LENGTH, TIMES = (1_000, 2) if SMALL else (300_000, 20)


def job() -> int:
    """What both programs do: they are the same."""
    return sum(number * number for number in range(LENGTH))


@contextmanager
def busy() -> Iterator[None]:
    """Other programs on all CPUs, twice as many as there are."""
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def main() -> None:
    """Time a program against itself, while others start half-way: one after the other, and in turns."""
    a = [once(job) for _ in range(TIMES)]
    with busy():
        b = [once(job) for _ in range(TIMES)]
    wrong = statistics.median(b) / statistics.median(a)
    turns = [once(job) / once(job) for _ in range(TIMES // 2)]
    with busy():
        turns += [once(job) / once(job) for _ in range(TIMES // 2)]
    right = statistics.median(turns)
    show(f"the same program is {wrong:.3g} times as fast", f"in turns, {right:.3g} times as fast", wrong / right)


if __name__ == "__main__":
    main()
