"""A 1-D stencil over eight steps, the pattern of Task Bench: each task needs its own part and its two neighbours'.

Inputs start as a ring of 4,096 integers in the caller and are shipped; the result must be one int64 array of as many
in the caller. What travels stays the same, 32 KiB and the parts of each step; `size` is how much work is done on it
between two exchanges, so it is the grain of the tasks. Work on a cell is the same however the ring is cut. A step
takes a ninth of a call: from about 10 ms a call on, a step is of the order of a ms.

After E. Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime Performance",
SC'20. As there, every part is tagged with the step and the task that made it, and every task checks the tags of
what it is given. Unlike there, a task is given the whole parts of its neighbours and takes their edges itself.

The ring holds three waves in the integers modulo a prime: the stencil and the work multiply each by a known number,
so the end is known in closed form and without rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import parbench

PRIME = 998_244_353  # 119 · 2^23 + 1: products of two fit int64, and there are waves of length 2^12; 3 generates all
CELLS = 1 << 12
STEPS = 8
LEFT, MIDDLE, RIGHT = 271_828_182, 314_159_265, 577_215_664  # the weights of the stencil
FACTOR = 123_456_789  # whose powers `toil` multiplies by
BLOCK, BAND = 1 << 15, 1 << 10  # numbers at a time, which stay in a core's cache, and at most so many powers


class State(NamedTuple):
    """The cells of `task` among `of` after `step`, and how much work each step does on them."""

    step: int
    task: int
    of: int
    rounds: int
    cells: Any


class Ring(NamedTuple):
    """The whole ring, and the waves in it: the ratio of neighbours and the height of each."""

    rounds: int
    waves: tuple[tuple[int, int], ...]
    cells: Any


def powers(base: int, count: int) -> Any:
    """1, base, base², … modulo the prime."""
    found = np.ones(count, np.int64)
    done = 1
    while done < count:
        more = min(done, count - done)
        found[done : done + more] = found[:more] * pow(base, done, PRIME) % PRIME
        done += more
    return found


TABLE = powers(FACTOR, BAND)


def toil(cells: Any, rounds: int) -> Any:
    """Each cell times 1 + f + f² + …, `rounds` terms, one product a term: work of known effect, without the GIL."""
    total = np.zeros_like(cells)
    band = max(1, min(BAND, BLOCK // len(cells)))
    for low in range(0, rounds, band):
        terms = cells * TABLE[: min(band, rounds - low), np.newaxis]
        terms %= PRIME
        total += terms.sum(axis=0) % PRIME * pow(FACTOR, low, PRIME) % PRIME
    return total % PRIME


def toil_factor(rounds: int) -> int:
    """What `toil` multiplies by, as the closed form of the geometric series."""
    return (pow(FACTOR, rounds, PRIME) - 1) * pow(FACTOR - 1, -1, PRIME) % PRIME


def superposed(waves: Sequence[tuple[int, int]]) -> Any:
    """The ring that holds these waves: the sum of height · ratio^i at cell i."""
    return sum(powers(ratio, CELLS) * height % PRIME for ratio, height in waves) % PRIME


def make(size: int, seed: int) -> Ring:
    """Three waves of different length and random height; `size` is the work a cell and step."""
    rng = np.random.default_rng(seed)
    longest = pow(3, (PRIME - 1) // CELLS, PRIME)
    ratios = [pow(longest, int(number), PRIME) for number in rng.choice(np.arange(1, CELLS), 3, replace=False)]
    waves = tuple(zip(ratios, rng.integers(1, PRIME, 3).tolist(), strict=True))
    return Ring(size, waves, superposed(waves))


def split(ring: Ring, parts: int) -> list[State]:
    """Arcs of the ring."""
    pairs = parbench.bounds(CELLS, parts)
    return [State(0, i, len(pairs), ring.rounds, ring.cells[start:stop]) for i, (start, stop) in enumerate(pairs)]


def first(chunk: State) -> State:
    """Step 0: work on what was shipped."""
    return chunk._replace(cells=toil(chunk.cells, chunk.rounds))


def needs(step: int, index: int, chunks: int) -> list[int]:
    """Left neighbour, itself, right neighbour."""
    del step
    return [(index - 1) % chunks, index, (index + 1) % chunks]


def check_tags(step: int, index: int, inputs: Sequence[State], needed: Sequence[int]) -> None:
    """Raise ParbenchError where a task was not given just the parts that it needs, of the step before and in order."""
    given = [(each.step, each.task) for each in inputs]
    right = [(step - 1, each) for each in needed]
    if given != right:
        raise parbench.ParbenchError(
            f"step {step}, task {index} was given the parts of (step, task) {given} where it needs {right}: "
            "the strategy mixes parts up."
        )


def advance(step: int, index: int, inputs: Sequence[State]) -> State:
    """One task of a later step: the stencil over its arc and the cells beside it, then the work."""
    check_tags(step, index, inputs, needs(step, index, inputs[0].of))
    left, own, right = (each.cells for each in inputs)
    cells = np.concatenate([left[-1:], own, right[:1]])
    cells = (LEFT * cells[:-2] + MIDDLE * cells[1:-1] + RIGHT * cells[2:]) % PRIME
    return inputs[1]._replace(step=step, cells=toil(cells, inputs[1].rounds))


def count(data: object, chunks: int) -> int:
    """As many steps for every size and cut."""
    del data, chunks
    return STEPS


def combine(parts: Sequence[State], ring: Ring) -> Any:
    """The arcs joined, after a look at their tags."""
    del ring
    check_tags(STEPS + 1, 0, parts, range(parts[0].of))
    return np.concatenate([each.cells for each in parts])


def verify(result: Any, ring: Ring) -> None:
    """Each wave is multiplied by a number of its own in every step, and by that of the work once more."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.int64, f"the result is of {result.dtype}, not of int64"
    assert result.shape == (CELLS,), f"the result has the shape {result.shape}, not {(CELLS,)}"
    work = pow(toil_factor(ring.rounds), STEPS + 1, PRIME)
    waves = []
    for ratio, height in ring.waves:
        spread = LEFT * pow(ratio, -1, PRIME) + MIDDLE + RIGHT * ratio
        waves.append((ratio, height * pow(spread, STEPS, PRIME) * work % PRIME))
    same = result == superposed(waves)
    assert same.all(), f"cell {int(np.argmin(same))} is wrong"


def memory(size: int) -> int:
    """The ring, whole or in parts, some times over in each of as many workers as there may be; whatever the size."""
    del size
    return 64 * 24 * 8 * CELLS


FINE = "at 1 ms a call a task is shorter than it takes to send it to a process and its part back, nine times over"

workload = parbench.Workload(
    name="stencil",
    about="Eight steps of a 1-D stencil on a ring of 4,096 integers; the size is the work between two exchanges.",
    isolates="exchange between neighbours",
    make=make,
    split=split,
    kernel=first,
    stages=parbench.Stages(advance, needs, count),
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=2, about=(7, 80, 840, 8_400)),
    bound="compute",
    unit="products a cell and step",
    elements=lambda size: CELLS,
    bytes_in=8,
    bytes_out=8,
    operations=STEPS + 1,
    memory=memory,
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            "the work needs no GIL, parts are not copied, and a step takes 10 ms.",
            times=0.6,
            cores=2,
            from_seconds=0.05,
        ),
        parbench.Expect("multiprocessing", "below", 1.0, FINE + ".", to_seconds=0.0015),
        parbench.Expect(
            "dask-threads", "below", 1.0, "at 1 ms a call its overhead a task exceeds the task.", to_seconds=0.0015
        ),
    ),
)
