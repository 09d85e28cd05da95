"""A speedup over the slowest serial program that could be found."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from examples.pitfalls.clock import SMALL, seconds, show

NUMBERS = np.random.default_rng(1).random(10_000 if SMALL else 2_000_000)
LISTED = NUMBERS.tolist()


def lengths(numbers: np.ndarray) -> np.ndarray:
    """The square root of x² + 1, by whole arrays."""
    found: np.ndarray = np.sqrt(numbers * numbers + 1)
    return found


def main() -> None:
    """Hold one parallel program against two serial ones."""
    halves = np.array_split(NUMBERS, 2)
    with ThreadPoolExecutor(2) as pool:
        parallel = seconds(lambda: np.concatenate(list(pool.map(lengths, halves))))
    loop = seconds(lambda: [math.sqrt(number * number + 1) for number in LISTED], 5)
    serial = seconds(lambda: lengths(NUMBERS))
    wrong, right = loop / parallel, serial / parallel
    show(
        f"NumPy on 2 threads is {wrong:.3g} times as fast as a loop in Python",
        f"it is {right:.3g} times as fast as NumPy",
        wrong / right,
    )


if __name__ == "__main__":
    main()
