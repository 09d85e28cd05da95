"""One repetition of each, and the clock of the day."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from examples.pitfalls.clock import SMALL, once, show

WORDS = [f"word{number % 997}" for number in range(100 if SMALL else 3_000)]
PAIRS = 5 if SMALL else 100


def job() -> dict[str, int]:
    """Count words."""
    counts: dict[str, int] = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    return counts


def wall(call: Callable[[], object]) -> float:
    """Seconds of one call, by the clock of the day."""
    began = time.time()
    call()
    return time.time() - began


def apart(ratios: list[float]) -> float:
    """What a program seems to differ by from itself in the worst of these comparisons, as a factor."""
    return max(max(ratio, 1 / ratio) for ratio in ratios)


def main() -> None:
    """Compare a program with itself, by one call each and by the median ratio of 25 turns."""
    wrong = apart([wall(job) / wall(job) for _ in range(PAIRS)])
    right = apart([statistics.median(once(job) / once(job) for _ in range(25)) for _ in range(PAIRS)])
    show(
        f"the worst of {PAIRS} comparisons with itself by one call each is off by a factor of {wrong:.3g}",
        f"the worst of {PAIRS} by the median of 25 turns is off by {right:.3g}",
        wrong / right,
    )


if __name__ == "__main__":
    main()
