"""Results that nobody has computed yet when the clock is stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from examples.pitfalls.clock import SMALL, ms, once, seconds, show

TASKS = [1_000 if SMALL else 200_000] * 8


def work(length: int) -> int:
    """The sum of squares below `length`, in plain Python."""
    return sum(number * number for number in range(length))


def main() -> None:
    """Time handing the tasks out, and having their results."""
    with ThreadPoolExecutor(2) as pool:
        pool.submit(work, 1).result()  # the threads are there
        wrong = once(lambda: pool.map(work, TASKS))
    with ThreadPoolExecutor(2) as pool:
        right = seconds(lambda: list(pool.map(work, TASKS)), 5)
    show(f"pool.map(work, tasks) takes {ms(wrong)}", f"list(pool.map(work, tasks)) takes {ms(right)}", right / wrong)


if __name__ == "__main__":
    main()
