"""Processes whose numeric library starts threads of its own."""

from __future__ import annotations

import os
from multiprocessing import get_context

from examples.pitfalls.clock import SMALL, ms, seconds, show

SIDE, TIMES = (10, 2) if SMALL else (300, 40)


def multiply(seed: int) -> float:
    """The trace of a product of matrices, several times over."""
    import numpy as np  # only in the workers, as it reads the environment when it is imported

    matrix = np.random.default_rng(seed).random((SIDE, SIDE))
    return sum(float(np.trace(matrix @ matrix)) for _ in range(TIMES))


def timed(threads: str) -> float:
    """Seconds of as many tasks as there are CPUs, in as many processes, with so many BLAS threads in each."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        if threads:
            os.environ[name] = threads
        else:
            os.environ.pop(name, None)
    workers = os.cpu_count() or 1
    with get_context("spawn").Pool(workers) as pool:
        return seconds(lambda: pool.map(multiply, range(workers), chunksize=1), 9)


def main() -> None:
    """Time products of matrices in processes, with BLAS as it is and with one thread in each."""
    wrong, right = timed(""), timed("1")
    show(f"with BLAS as it is, {ms(wrong)}", f"with one BLAS thread a process, {ms(right)}", wrong / right)


if __name__ == "__main__":
    main()
