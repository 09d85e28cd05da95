"""What threads do for one function, told of all functions."""

from __future__ import annotations

import hashlib
import statistics
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from examples.pitfalls.clock import SMALL, once, show

DATA = bytes(range(256)) * (10 if SMALL else 80_000)


def python_sum(data: bytes) -> int:
    """A checksum in plain Python, of a part that takes about as long as the hash of the whole."""
    return sum(byte * byte for byte in data[: len(data) // 60])


def digest(data: bytes) -> str:
    """A checksum by hashlib, which releases the GIL while it computes."""
    return hashlib.sha256(data).hexdigest()


def gain(work: Callable[[bytes], object]) -> float:
    """How many times as fast two threads do the same work twice as one does."""
    with ThreadPoolExecutor(2) as pool:
        turns = [
            once(lambda: [work(DATA), work(DATA)]) / once(lambda: list(pool.map(work, [DATA, DATA])))
            for _ in range(2 if SMALL else 25)
        ]
    return statistics.median(turns)


def main() -> None:
    """Time two threads on a checksum in Python and on one in C."""
    wrong, right = gain(python_sum), gain(digest)
    show(
        f"a sum in Python on 2 threads is {wrong:.3g} times as fast as on one",
        f"hashlib on 2 threads is {right:.3g} times as fast as on one",
        right / wrong,
    )


if __name__ == "__main__":
    main()
