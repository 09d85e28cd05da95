"""Eight steps with an exchange of everybody with everybody, Task Bench's all-to-all, as a transposition a step.

Inputs start as a (64, 64) array of integers in the caller and are shipped in ranges of rows; the result must be one
int64 array of that shape in the caller. In each step a task takes its columns out of the part of every other one, so
no task can begin before all of the step before have ended: this is a barrier already, and a strategy that knows
every dependency can gain nothing by it. As in `stencil`, what travels stays the same and `size` is the work on it
between two exchanges; parts are tagged and the tags checked. A task is given the whole parts of all others, so what
processes send grows with the square of their number.

After E. Slaughter et al., "Task Bench: A Parameterized Benchmark for Evaluating Parallel Runtime Performance", SC'20.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import parbench
from workloads.stencil import FINE, PRIME, State, check_tags, toil, toil_factor

SIDE = 64
STEPS = 7  # an odd number of transpositions, so that leaving all of them out is noticed


class Square(NamedTuple):
    """The whole array, and how much work each step does on each of its numbers."""

    rounds: int
    rows: Any


def make(size: int, seed: int) -> Square:
    """Random integers below the prime; `size` is the work a number and step."""
    return Square(size, np.random.default_rng(seed).integers(1, PRIME, (SIDE, SIDE)))


def split(square: Square, parts: int) -> list[State]:
    """Ranges of rows."""
    pairs = parbench.bounds(SIDE, parts)
    return [State(0, i, len(pairs), square.rounds, square.rows[start:stop]) for i, (start, stop) in enumerate(pairs)]


def worked(state: State) -> State:
    """The state after the work of a step on all its numbers."""
    return state._replace(cells=toil(state.cells.reshape(-1), state.rounds).reshape(state.cells.shape))


def needs(step: int, index: int, chunks: int) -> range:
    """Everybody."""
    del step, index
    return range(chunks)


def exchange(step: int, index: int, inputs: Sequence[State]) -> State:
    """One task of a later step: its columns of every part become its rows, then the work."""
    own = inputs[0]._replace(step=step, task=index)
    check_tags(step, index, inputs, needs(step, index, own.of))
    start, stop = parbench.bounds(SIDE, own.of)[index]
    columns = np.concatenate([each.cells[:, start:stop] for each in inputs])
    return worked(own._replace(cells=np.ascontiguousarray(columns.T)))


def count(square: Square, chunks: int) -> int:
    """As many steps for every size and cut."""
    del square, chunks
    return STEPS


def combine(parts: Sequence[State], square: Square) -> Any:
    """The rows joined, after a look at their tags."""
    del square
    check_tags(STEPS + 1, 0, parts, range(parts[0].of))
    return np.concatenate([each.cells for each in parts])


def verify(result: Any, square: Square) -> None:
    """An odd number of transpositions is one, and the work of all steps is one multiplication."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.int64, f"the result is of {result.dtype}, not of int64"
    assert result.shape == (SIDE, SIDE), f"the result has the shape {result.shape}, not {(SIDE, SIDE)}"
    right = square.rows.T * pow(toil_factor(square.rounds), STEPS + 1, PRIME) % PRIME
    same = (result == right).all(axis=1)
    assert same.all(), f"row {int(np.argmin(same))} is wrong"


def memory(size: int) -> int:
    """The array, whole, some times over in each of as many workers as there may be; whatever the size."""
    del size
    return 64 * 64 * 8 * SIDE * SIDE


workload = parbench.Workload(
    name="all_to_all",
    about="Eight steps on a (64, 64) array of integers, with a transposition between two of them.",
    isolates="exchange of everybody with everybody",
    make=make,
    split=split,
    kernel=worked,
    stages=parbench.Stages(exchange, needs, count),
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=2, about=(7, 90, 950, 9_500)),
    bound="compute",
    unit="products a number and step",
    elements=lambda size: SIDE * SIDE,
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
            "dask-threads",
            "below",
            "threads",
            "every step waits for all of the one before, so a graph of tasks saves no waiting and costs more a task.",
            times=1.1,
        ),
    ),
)
