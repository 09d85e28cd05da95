"""Many tasks of unequal cost and one straggler: what it costs to cut the work evenly by number.

Inputs start as arrays of costs and start values in the caller and are shipped, 12 bytes a task; the result must be
one array in the caller with a checksum a task. What a task costs is log-normal and drawn from the seed by its index,
and one task among the first eighth costs half as much as all others together, a third of the whole: for every
strategy alike. Chunks are ranges of tasks, so with one chunk a core the core that has the straggler works longest;
with more of them the others take what is left. With many tasks the log-normal costs even out in a chunk, and only
the straggler is left.

A task is a chain of Adler-32 checksums over a buffer that stays in a core's cache. CPython's zlib releases the GIL
for buffers above 5 KiB, so that threads work side by side as processes do.
"""

from __future__ import annotations

import zlib
from typing import Any, NamedTuple

import numpy as np

import parbench

BYTE, LENGTH = 181, 1 << 15
BUFFER = bytes([BYTE]) * LENGTH
MODULUS = 65521  # the largest prime below 2^16, by the definition of Adler-32
SPREAD = 1.0  # sigma of the logarithm of a cost


class Tasks(NamedTuple):
    """Some tasks: how many links the chain of each has, and the checksum that it starts from."""

    links: Any
    starts: Any


def make(size: int, seed: int) -> Tasks:
    """Costs and start values of `size` tasks; those of a task are the same at every size, but for the straggler."""
    costs, places, values = (np.random.default_rng(each) for each in np.random.SeedSequence(seed).spawn(3))
    links = np.maximum(1, np.rint(costs.lognormal(0.0, SPREAD, size))).astype(np.int64)
    straggler = int(places.integers(max(1, size // 8)))
    links[straggler] = max(1, (int(links.sum()) - int(links[straggler])) // 2)
    low, high = values.integers(MODULUS, size=(size, 2), dtype=np.uint32).T
    return Tasks(links, high << 16 | low)


def split(tasks: Tasks, parts: int) -> list[Tasks]:
    """Ranges of as many tasks each, whatever they cost."""
    pairs = parbench.bounds(len(tasks.links), parts)
    return [Tasks(tasks.links[start:stop], tasks.starts[start:stop]) for start, stop in pairs]


def chain(value: int, links: int) -> int:
    """The checksum that continues `value` over `links` buffers."""
    for _ in range(links):
        value = zlib.adler32(BUFFER, value)
    return value


def write_into(tasks: Tasks, out: Any) -> None:
    """Write the checksums of one chunk."""
    for index, (value, links) in enumerate(zip(tasks.starts.tolist(), tasks.links.tolist(), strict=True)):
        out[index] = chain(value, links)


def output(tasks: Tasks) -> tuple[tuple[int, ...], Any]:
    """One checksum a task."""
    return tasks.starts.shape, np.uint32


def checksums(tasks: Tasks) -> Any:
    """The checksums of one chunk as an array of its own."""
    out = np.empty(len(tasks.links), np.uint32)
    write_into(tasks, out)
    return out


def closed_form(tasks: Tasks) -> Any:
    """The same without a pass over any byte: the two halves are sums over equal bytes (RFC 1950, section 8.2)."""
    low, high = (tasks.starts & 0xFFFF).astype(np.int64), (tasks.starts >> 16).astype(np.int64)
    length = tasks.links * LENGTH % MODULUS  # itself it may be too long to be squared
    high = (high + length * low + BYTE * (length * (length + 1) // 2 % MODULUS)) % MODULUS
    low = (low + BYTE * length) % MODULUS
    return (high << 16 | low).astype(np.uint32)


def verify(result: Any, tasks: Tasks) -> None:
    """Checksum for checksum against the closed form."""
    assert isinstance(result, np.ndarray), f"the result is a {type(result).__name__}, not an array"
    assert result.dtype == np.uint32, f"the result is of {result.dtype}, not of uint32"
    assert result.shape == tasks.links.shape, f"the result has the shape {result.shape}, not {tasks.links.shape}"
    same = result == closed_form(tasks)
    assert same.all(), f"the checksum of task {int(np.argmin(same))} is wrong"


UNEVEN = "with one chunk a core, the core with the straggler has a third of all work beside its share of the rest"

workload = parbench.Workload(
    name="skew",
    about="Chains of checksums whose lengths are log-normal, with one straggler that is a third of all work.",
    isolates="unequal tasks",
    make=make,
    split=split,
    kernel=checksums,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=20, about=(40, 400, 4_000, 40_000)),
    bound="compute",
    unit="tasks",
    bytes_in=12,
    bytes_out=4,
    uniform_chunks=False,
    operations=2 * 2.7 * LENGTH,  # two additions a byte; 2.7 links a task, the straggler among them
    output=output,
    write_into=write_into,
    expects=(
        parbench.Expect("threads", "below", "cores", UNEVEN + ".", times=0.85, from_seconds=0.05),
        parbench.Expect("multiprocessing", "below", "cores", UNEVEN + ".", times=0.85, from_seconds=0.05),
        parbench.Expect(
            "threads",
            "above",
            "ceiling",
            "checksums of long buffers are made without the GIL, and two uneven halves still give 1.5 of 2.",
            times=0.6,
            cores=2,
            from_seconds=0.05,
        ),
    ),
)
