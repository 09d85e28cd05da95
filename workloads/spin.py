"""A linear congruence stepped in pure Python: computing that holds the GIL and moves next to nothing.

Inputs start as three ints a chunk, sent from the caller; the result must be one int in the caller, the sum of all
numbers of the sequence x → (a·x + c) mod m. A chunk begins where the sequence is after the chunks before it, found by
jumping ahead, so a step is made once, however the work is cut. `spin_grain` is the same from a few microseconds on: how
much work a task needs before it is worth sending.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import parbench

#: The example of `rand` in the C standard (ISO/IEC 9899, 7.22.2): every number below M comes once in M steps.
A, C, M = 1_103_515_245, 12_345, 1 << 31
#: What a step does to (x, sum of x so far, 1).
STEP = ((A, 0, C), (A, 1, C), (0, 0, 1))
#: Where an interpreter has no GIL, nothing is said of threads.
HAS_GIL = bool(getattr(sys, "_is_gil_enabled", lambda: True)())

Matrix = tuple[tuple[int, ...], ...]


class Turns(NamedTuple):
    """So many steps, from `x` on."""

    x: int
    steps: int


def make(size: int, seed: int) -> Turns:
    """All steps, from a number that `seed` stands for."""
    return Turns(seed % M, size)


def product(left: Matrix, right: Matrix) -> Matrix:
    """Of two matrices of whole numbers, modulo M."""
    return tuple(
        tuple(sum(x * y for x, y in zip(row, column, strict=True)) % M for column in zip(*right, strict=True))
        for row in left
    )


def after(turns: Turns) -> tuple[int, int]:
    """The number after all steps, and the sum of the numbers on the way, by a power of the matrix of one step."""
    power: Matrix = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
    square: Matrix = STEP
    count = turns.steps
    while count:
        if count % 2:
            power = product(power, square)
        square = product(square, square)
        count //= 2
    end, total = ((row[0] * turns.x + row[2]) % M for row in power[:2])
    return end, total


def split(turns: Turns, parts: int) -> list[Turns]:
    """Cut into ranges of steps; each begins where the one before ends."""
    return [Turns(after(Turns(turns.x, start))[0], stop - start) for start, stop in parbench.bounds(turns.steps, parts)]


def spin(turns: Turns) -> int:
    """Step by step; the sum is one of the chunk's own numbers only, so parts add up."""
    x, total = turns.x, 0
    for _ in range(turns.steps):
        x = (A * x + C) % M
        total += x
    return total % M


def combine(parts: Sequence[int], turns: Turns) -> int:
    """Add up what the chunks gave."""
    del turns
    return sum(parts) % M


def verify(result: Any, turns: Turns) -> None:
    """Against the sum in closed form, which takes no step."""
    _, total = after(turns)
    assert type(result) is int, f"the result is a {type(result).__name__}, not an int"
    assert result == total, f"the sum is {result}, not {total}"


THREADS = (
    parbench.Expect(
        "threads",
        "below",
        1.1,
        why="The GIL lets one thread at a time run Python code, so more threads do no more work.",
    ),
    parbench.Expect(
        "multiprocessing",
        "above",
        "threads",
        times=1.5,
        from_seconds=0.01,
        why="Every process has a GIL of its own, and 10 ms of work outweigh some ten microseconds for sending a task.",
    ),
)

workload = parbench.Workload(
    name="spin",
    about="A linear congruence stepped in pure Python, with a few ints to send and one to bring home.",
    isolates="the GIL",
    make=make,
    split=split,
    kernel=spin,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=100, about=(8_000, 80_000, 800_000, 8_000_000)),
    inputs="shipped",
    outputs="reduced",
    bound="compute",
    unit="steps",
    bytes_in=0,
    bytes_out=0,
    operations=4,
    expects=(
        *(THREADS if HAS_GIL else ()),
        *(
            parbench.Expect(
                "multiprocessing",
                "above",
                "ceiling",
                times=times,
                from_seconds=seconds,
                why="Next to nothing is sent, and what the cores give in pure Python is just what the ceiling reads.",
            )
            for times, seconds in ((0.5, 0.05), (0.75, 0.5))  # the tasks of many cores are short where a call is
        ),
    ),
)

spin_grain = replace(
    workload,
    name="spin_grain",
    about="The steps of `spin`, so few that starting the tasks takes as long as doing them.",
    isolates="the grain of a task",
    sizes=parbench.Sizes(
        tiny=10,
        quick=(100, 10_000),
        standard=(100, 1_000, 10_000, 100_000),
        thorough=(100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000),
    ),
    expects=(
        parbench.Expect(
            "multiprocessing",
            "below",
            1.0,
            to_seconds=2e-5,
            why="To wake another process and read its answer takes longer than 20 microseconds of work.",
        ),
        parbench.Expect(
            "dask-distributed",
            "below",
            1.0,
            to_seconds=5e-4,
            why="A task goes from the client by a scheduler to a worker and its answer back: four messages over TCP.",
        ),
    ),
)
