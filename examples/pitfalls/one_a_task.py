"""A task for each item, however small the item is."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from examples.pitfalls.clock import SMALL, ms, seconds, show

NUMBERS = list(range(20 if SMALL else 3_000))


def steps(number: int) -> int:
    """How many steps a number takes to 1, where it is halved, or tripled and increased by one."""
    count = 0
    while number > 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        count += 1
    return count


def main() -> None:
    """Time the same map in tasks of one item, and in one task a worker."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        wrong = seconds(lambda: list(pool.map(steps, NUMBERS)), 5)
        right = seconds(lambda: list(pool.map(steps, NUMBERS, chunksize=len(NUMBERS) // 2)), 5)
    show(f"one item a task takes {ms(wrong)}", f"half of the items a task takes {ms(right)}", wrong / right)


if __name__ == "__main__":
    main()
