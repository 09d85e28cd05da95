"""Tasks that failed at once, in a run whose results nobody looked at."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, wait
from multiprocessing import get_context

from examples.pitfalls.clock import SMALL, once, seconds, show

TASKS = [1_000 if SMALL else 500_000] * 4


def work(length: int) -> int:
    """The sum of squares below `length`, in plain Python."""
    return sum(number * number for number in range(length))


def main() -> None:
    """Time tasks that cannot be sent to a process, as a lambda cannot be pickled, and tasks that can."""
    serial = seconds(lambda: list(map(work, TASKS)), 5)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        right = serial / seconds(lambda: wait([pool.submit(work, each) for each in TASKS]), 5)
        wrong = serial / once(lambda: wait([pool.submit(lambda: work(TASKS[0])) for _ in TASKS]))
    show(
        f"2 processes are {wrong:.3g} times as fast, and each task has failed",
        f"2 processes are {right:.3g} times as fast, and each has a result",
        wrong / right,
    )


if __name__ == "__main__":
    main()
