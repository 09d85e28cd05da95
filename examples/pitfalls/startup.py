"""A pool that is started inside what is timed."""

from __future__ import annotations

from multiprocessing import get_context

from examples.pitfalls.clock import SMALL, ms, seconds, show

LENGTH = 1_000 if SMALL else 100_000


def work(length: int) -> int:
    """The sum of squares below `length`, in plain Python."""
    return sum(number * number for number in range(length))


def main() -> None:
    """Time the same two tasks with the pool's start in it, and on a pool that is there."""
    spawn = get_context("spawn")

    def with_start() -> None:
        with spawn.Pool(2) as pool:
            pool.map(work, [LENGTH, LENGTH])

    wrong = seconds(with_start, 7)
    with spawn.Pool(2) as pool:
        right = seconds(lambda: pool.map(work, [LENGTH, LENGTH]))
    show(f"a call that starts its own pool takes {ms(wrong)}", f"on a pool that is there, {ms(right)}", wrong / right)


if __name__ == "__main__":
    main()
