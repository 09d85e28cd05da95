"""A result in memory that is there already, against one in memory that has to be had first."""

from __future__ import annotations

import numpy as np

from examples.pitfalls.clock import SMALL, ms, seconds, show


def main() -> None:
    """Time the same product on one thread, into a new array each time, and into one that is kept."""
    numbers = np.random.default_rng(1).random(1_000 if SMALL else 16_000_000)
    kept = np.empty_like(numbers)
    fresh = seconds(lambda: numbers * 2.0)
    reused = seconds(lambda: np.multiply(numbers, 2.0, out=kept))
    show(
        f"one thread, into an array that is kept: {ms(reused)}, so {fresh / reused:.3g} times as fast as the other",
        f"one thread, into a new array each time: {ms(fresh)}; nothing else differs",
        fresh / reused,
    )


if __name__ == "__main__":
    main()
