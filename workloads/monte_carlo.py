"""π by random points, a stream of random numbers a task: compute with next to nothing to send in or bring home.

Inputs are made in the workers, from a seed; the result must be one int in the caller, how many points fell within a
quarter of the unit circle. Point for point it is the same for every strategy and cut: there is a stream for every
16,384 points, spawned from the seed as NumPy advises (`numpy.random.SeedSequence.spawn`), and chunks are ranges of
streams. Drawing and counting are NumPy over blocks that stay in a core's cache, without the GIL.

This is what all strategies should be good at; where one is not, the machine or its own overhead is the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import parbench

POINTS = 1 << 14  # of a stream


class Streams(NamedTuple):
    """Streams `start` to `stop` of those that are spawned from `seed`."""

    seed: int
    start: int
    stop: int


def make(size: int, seed: int) -> Streams:
    """`size` streams; no number is drawn yet."""
    return Streams(seed, 0, size)


def split(streams: Streams, parts: int) -> list[Streams]:
    """Ranges of streams."""
    pairs = parbench.bounds(streams.stop, parts)
    return [streams._replace(start=start, stop=stop) for start, stop in pairs]


def hits(streams: Streams) -> int:
    """How many points of one chunk lie in the circle."""
    points = np.empty((2, POINTS))
    found = 0
    for index in range(streams.start, streams.stop):
        # the seed of the child that `spawn` gives at this index, without the others
        child = np.random.SeedSequence(streams.seed, spawn_key=(index,))
        np.random.Generator(np.random.PCG64(child)).random(out=points)
        points *= points
        x, y = points
        x += y
        found += int(np.count_nonzero(x <= 1.0))
    return found


def combine(parts: Sequence[int], streams: Streams) -> int:
    """Add up what the chunks counted."""
    del streams
    return sum(parts)


def verify(result: Any, streams: Streams) -> None:
    """Hit for hit against spawned streams and the height of the circle, and within six standard errors of π."""
    assert type(result) is int, f"the result is a {type(result).__name__}, not an int"
    right = 0
    for child in np.random.SeedSequence(streams.seed).spawn(streams.stop):
        xs, ys = np.random.Generator(np.random.PCG64(child)).random(2 * POINTS).reshape(2, -1)
        # rounds otherwise than the kernel: matters to a point in 10^15
        right += POINTS - int(np.count_nonzero(ys > np.sqrt(1.0 - xs * xs)))
    assert result == right, f"{result} points lie in the circle, not {right}"
    points, share = streams.stop * POINTS, math.pi / 4
    error = 4 * math.sqrt(share * (1 - share) / points)
    assert abs(4 * result / points - math.pi) <= 6 * error, f"the estimate {4 * result / points} is too far from π"


def memory(size: int) -> int:
    """A block in each of as many workers as there may be, whatever the size."""
    del size
    return 64 * 4 * 8 * 2 * POINTS


NOTHING = "a range is sent, a number comes home, and what is between needs no GIL and shares nothing"

workload = parbench.Workload(
    name="monte_carlo",
    about="π by counting random points in a circle; each 16,384 points are a stream of their own.",
    isolates="compute alone",
    make=make,
    split=split,
    kernel=hits,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=2, about=(10, 100, 1_000, 10_000)),
    inputs="made in workers",
    outputs="reduced",
    bound="compute",
    unit="streams of 16,384 points",
    elements=lambda size: size * POINTS,
    bytes_in=0,
    bytes_out=0,
    operations=4,
    memory=memory,
    expects=(
        parbench.Expect("threads", "above", "ceiling", NOTHING + ".", times=0.7, cores=2, from_seconds=0.05),
        parbench.Expect("multiprocessing", "above", "ceiling", NOTHING + ".", times=0.7, cores=2, from_seconds=0.05),
        parbench.Expect(
            "dask-threads",
            "above",
            "threads",
            "a task takes tens of ms, which Dask's overhead a task is small against.",
            times=0.85,
            cores=2,
            from_seconds=0.05,
        ),
    ),
)
