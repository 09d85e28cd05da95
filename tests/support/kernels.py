"""Kernels and workloads for tests, in a module of their own so that every worker can import them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

from parbench import Stages, Tutorial, Workload


class Awkward(Exception):
    """An exception that can be pickled but not unpickled, as exceptions with two arguments often are."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")


def doubles(chunk: Any) -> list[int]:
    """Twice every item."""
    return [2 * item for item in chunk]


def unique(chunk: Any) -> list[int]:
    """A number that no other call gives."""
    del chunk
    return [uuid4().int >> 66]


def write_unique(chunk: Any, out: Any) -> None:
    """Numbers that no other call writes."""
    for index in range(len(out)):
        out[index] = unique(chunk)[0]


def who(chunk: Any) -> list[int]:
    """The process that did it."""
    del chunk
    return [os.getpid()]


def raises(*given: Any) -> Any:
    """Raise, whatever it is given."""
    raise ValueError(f"the kernel says no to {len(given)} arguments")


def exits(*given: Any) -> Any:
    """End the process at once."""
    del given
    os._exit(3)


def is_killed(*given: Any) -> Any:
    """Die as at the hands of the out-of-memory killer."""
    del given
    os.kill(os.getpid(), signal.SIGKILL)


def is_awkward(*given: Any) -> Any:
    """Raise what the caller cannot read."""
    del given
    raise Awkward("this", "cannot be unpickled")


def count_up(size: int, seed: int) -> list[int]:
    """A list of different numbers; the seed shifts them."""
    return list(range(seed, seed + size))


def length(data: Any) -> tuple[tuple[int, ...], Any]:
    """The shape and type of the output of a `write_into` that is never to succeed."""
    return (len(data),), "int64"


def anything(result: Any, data: Any) -> bool:
    """Accept every result."""
    del result, data
    return True


def listed(kernel: Any, **fields: Any) -> Workload:
    """A workload that maps `kernel` over a short list."""
    return Workload(name=kernel.__name__, kernel=kernel, make=count_up, sizes=(8, 20), **fields)


def bad(kernel: Any, form: Any = "pool") -> Workload:
    """A workload that calls `kernel`, which accepts any arguments, under every strategy; `form` is the tutorial's."""

    def in_pool(pool: Any, data: Any) -> Any:
        return pool.map(kernel, data)

    def in_dask(data: Any) -> Any:
        import dask

        return dask.delayed(kernel)(data)

    call = in_pool if form == "pool" else in_dask
    forms: dict[str, Any] = {"write_into": kernel, "output": length, "tutorial": Tutorial(form, call, anything)}
    return listed(kernel, **whole(kernel), **forms, verify=anything)


def whole(kernel: Any) -> dict[str, Any]:
    """`kernel` as every form that does the whole job in one piece, and as a coroutine."""

    async def coroutine(chunk: Any) -> Any:
        return kernel(chunk)

    forms = dict.fromkeys(("vectorized", "numexpr", "numba"), kernel)
    return {**forms, "library_parallel": True, "coroutine": coroutine}


def product(x: Any) -> Any:
    """A product of matrices, for which NumPy's library has threads."""
    return x @ x.T


async def waits(chunk: Any) -> list[int]:
    """Give way to others, then the work."""
    await asyncio.sleep(0)
    return doubles(chunk)


def small_matrix(size: int, seed: int) -> Any:
    """A matrix of whole numbers, whose products are exact."""
    import numpy as np

    return np.random.default_rng(seed).integers(0, 9, (size, size)).astype(float)


def all_threads(chunk: Any) -> list[int]:
    """Number of threads of libraries in this process, if it is set, for each setting."""
    return [int(os.environ.get("OMP_NUM_THREADS", "0"))] * len(chunk)


def length_of(chunk: Any) -> list[int]:
    """How long the chunk is."""
    return [len(chunk)]


def is_chatty(chunk: Any) -> list[int]:
    """Print by every way there is to standard output, then do the work."""
    sys.stdout.write('{"seconds": 1e9}\n')
    sys.stdout.flush()
    os.write(1, b"garbage\n")
    return doubles(chunk)


def tagged(chunk: Any) -> list[Any]:
    """The first step of `ring`: its tag, and what is in the chunk."""
    return [(0, chunk[0]), sum(chunk)]


def next_in_ring(step: int, index: int, inputs: Any) -> list[Any]:
    """A part of a later step of `ring`: its tag, those of what it was given, and their sum."""
    return [(step, index), [each[0] for each in inputs], sum(each[-1] for each in inputs)]


def neighbours(step: int, index: int, chunks: int) -> list[int]:
    """Itself and its two neighbours, in a ring."""
    del step
    return [(index - 1) % chunks, index, (index + 1) % chunks]


def keep_parts(parts: Any, data: Any) -> list[Any]:
    """The parts as they are."""
    del data
    return list(parts)


def raises_late(step: int, *given: Any) -> Any:
    """Fail in the second of the later steps."""
    return raises(*given) if step == 2 else next_in_ring(step, *given)


def dies_late(step: int, *given: Any) -> Any:
    """End the process in the second of the later steps."""
    return exits() if step == 2 else next_in_ring(step, *given)


def late(kernel: Any) -> Workload:
    """`ring` with another kernel in its later steps."""
    assert ring.stages is not None
    return replace(ring, stages=replace(ring.stages, kernel=kernel))


def held_up(chunk: Any) -> str:
    """The first step of `lanes`: the path in the chunk, at once in lane 0, and in others once there is that file."""
    ((lane, path),) = chunk
    until = time.monotonic() + 20
    while lane and not os.path.exists(path):
        assert time.monotonic() < until, "lane 0 never got to its end: it was held up, too"
        time.sleep(0.01)
    return str(path)


def onward(step: int, index: int, inputs: Any) -> str:
    """A later step of `lanes`: lane 0 makes the file at its end."""
    (path,) = inputs
    if (step, index) == (3, 0):
        with open(path, "w"):
            pass
    return str(path)


def own_lane(step: int, index: int, chunks: int) -> list[int]:
    """Only the part before it."""
    del step, chunks
    return [index]


def absolute(item: int) -> int:
    """A function of one item."""
    return abs(item)


def hangs(*given: Any) -> Any:
    """Never come back, and take no notice of a polite request to end."""
    del given
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def needs_memory(*given: Any) -> Any:
    """Ask for more than any machine has."""
    del given
    return bytearray(1 << 60)


#: Where an arm finds them: by these names.
good = listed(doubles)
different = listed(unique)
chatty = listed(is_chatty)
raising = bad(raises)
exiting = bad(exits)
killed = bad(is_killed)
hanging = bad(hangs)
greedy = bad(needs_memory)
closure = Workload(name="closure", kernel=lambda chunk: doubles(chunk), make=count_up, sizes=(8, 20))
ring = listed(
    tagged,
    stages=Stages(next_in_ring, neighbours, lambda data, chunks: 3),
    combine=keep_parts,
    verify=anything,
)
closed_ring = replace(
    ring,
    name="closed_ring",
    stages=Stages(lambda *task: next_in_ring(*task), neighbours, lambda data, chunks: 3),
)
pieces = listed(length_of, vectorized=length_of, verify=anything)
#: A whole that is shared out to a library's threads.
matrix = Workload(
    "matrix",
    product,
    make=small_matrix,
    sizes=(8, 20),
    split=lambda x, parts: [x],
    combine=lambda parts, x: parts[0],
    vectorized=product,
    library_parallel=True,
)
waiting = listed(doubles, coroutine=waits)
told_two = listed(all_threads, **whole(all_threads), verify=lambda result, data: result == [2] * len(data))
told_nothing = listed(all_threads, verify=lambda result, data: result == [0] * len(data))
closure_of_steps = replace(
    ring,
    stages=Stages(lambda step, index, inputs: next_in_ring(step, index, inputs), neighbours, lambda data, chunks: 3),
)
#: Lanes that have nothing to do with each other, the others of which wait for the whole of the first.
lanes = listed(held_up, stages=Stages(onward, own_lane, lambda data, chunks: 3), combine=keep_parts)
each_one = Workload.each(absolute, make=count_up, sizes=(8, 20))
