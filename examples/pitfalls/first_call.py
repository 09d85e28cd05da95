"""The first call, timed as if the others were like it."""

from __future__ import annotations

import dask.array as da

from examples.pitfalls.clock import ms, once, seconds, show


def main() -> None:
    """Time the first call and the later ones of the same computation, in a process that has just started."""

    def job() -> float:
        return float((2 * da.ones(10_000, chunks=5_000) + 1).sum().compute(scheduler="threads", num_workers=2))

    wrong = once(job)
    right = seconds(job)
    show(f"the first call takes {ms(wrong)}", f"a later call takes {ms(right)}", wrong / right)


if __name__ == "__main__":
    main()
