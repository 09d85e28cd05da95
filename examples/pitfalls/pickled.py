"""Large arrays on their way to processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np

from examples.pitfalls.clock import SMALL, ms, seconds, show


def total(numbers: np.ndarray) -> float:
    """The sum of the square roots."""
    return float(np.sqrt(numbers).sum())


def main() -> None:
    """Time the same halves of an array in processes, to which they are sent, and in threads, which see them."""
    halves = np.array_split(np.random.default_rng(1).random(1_000 if SMALL else 8_000_000), 2)
    with get_context("spawn").Pool(2) as processes:
        wrong = seconds(lambda: sum(processes.map(total, halves)), 5)
    with ThreadPoolExecutor(2) as threads:
        right = seconds(lambda: sum(threads.map(total, halves)), 5)
    serial = seconds(lambda: sum(map(total, halves)), 5)
    show(
        f"2 processes take {ms(wrong)}, where one thread takes {ms(serial)}",
        f"2 threads, to which nothing is sent, take {ms(right)}",
        wrong / right,
    )


if __name__ == "__main__":
    main()
