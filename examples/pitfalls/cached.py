"""The same input again and again, for a function that remembers it."""

from __future__ import annotations

from functools import cache

from examples.pitfalls.clock import SMALL, ms, once, seconds, show

NAMES = [f"name {number % 500} of {number}" for number in range(100 if SMALL else 5_000)]


@cache
def folded(name: str) -> str:
    """The letters of a name in order, without those that come twice."""
    return "".join(sorted(set(name.casefold())))


def main() -> None:
    """Time calls that find all results in the cache, and calls that have to compute them."""

    def job() -> None:
        for name in NAMES:
            folded(name)

    def fresh() -> float:
        folded.cache_clear()
        return once(job)

    wrong = seconds(job)
    right = sorted(fresh() for _ in range(3 if SMALL else 15))[1 if SMALL else 7]
    show(f"repeated with the same names, a call takes {ms(wrong)}", f"with the cache empty, {ms(right)}", right / wrong)


if __name__ == "__main__":
    main()
