"""`shared-memory`: pool workers that write their parts into one shared array, so that no result is pickled."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import count, repeat
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory as Segment
from typing import Any

from parbench.errors import WorkloadError
from parbench.strategies.base import Strategy, items
from parbench.strategies.worker_pool import START_METHODS, WorkerPool, pool_chunks
from parbench.workload.workload import Workload, bounds

#: Folder of segments under Linux. In a container it is often small, and a process that writes beyond it is killed.
STORE = "/dev/shm"
_numbers = count()


class SharedMemory(Strategy):
    """One task per chunk on a pool of processes; the result is a fresh shared segment in every call.

    Fresh, because the calls of all strategies include the first touch of their output. The segment loses its name when
    the workers are done, and its memory when the result is garbage.
    """

    name = "shared-memory"
    about = "multiprocessing.Pool; workers write their results into one shared array."
    variants = START_METHODS
    boundary = "process"

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        if workload.write_into is None or workload.stages is not None:
            return "it has no write_into form"
        return super().unsupported_reason(workload, variant)

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """As `Pool.map` cuts: about four chunks per worker."""
        return pool_chunks(items(workload, data), cores)

    def open(self, cores: int) -> None:
        # If the tracker starts before the workers, they share it; otherwise each starts its own tracker, which warns.
        resource_tracker.ensure_running()
        self._workers = WorkerPool(cores, self.variant)
        self.resources.callback(self._workers.stop)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if workload.output is None or workload.write_into is None:
            raise WorkloadError(f"workload {workload.name!r} has no write_into form: give it one or leave this out.")
        shape, dtype = workload.output(data)
        segment = allocate(shape, dtype)
        try:
            places = [(segment.name, shape, dtype, *pair) for pair in bounds(shape[0], parts)]
            self._workers.map(fill, repeat(workload.write_into, len(places)), places, workload.split(data, parts))
        finally:
            segment.unlink()
        out = View.of(segment, shape, dtype)
        return workload.finish(out) if workload.finish is not None else out


def fill(write_into: Callable[[Any, Any], None], place: tuple[str, tuple[int, ...], Any, int, int], chunk: Any) -> None:
    """In a worker, let `write_into` write the part of `chunk` into its rows of the shared array."""
    name, shape, dtype, start, stop = place
    write_into(chunk, View.of(attach(name), shape, dtype)[start:stop])


class View:
    """The base of an array over a segment, which keeps the segment mapped for the lifetime of the array.

    An array over the buffer of the segment would instead block unmapping, and print an error at exit.
    """

    def __init__(self, segment: Segment, shape: tuple[int, ...], dtype: Any) -> None:
        import numpy as np

        self.segment = segment
        self.__array_interface__ = np.ndarray(shape, dtype, buffer=segment.buf).__array_interface__

    @classmethod
    def of(cls, segment: Segment, shape: tuple[int, ...], dtype: Any) -> Any:
        """An array of `shape` and `dtype` over `segment`."""
        import numpy as np

        return np.asarray(cls(segment, shape, dtype))


def allocate(shape: tuple[int, ...], dtype: Any) -> Segment:
    """A fresh segment named after this process, so that the segments of a killed process can be found and removed.

    Raises MemoryError if the system's store of shared memory is too small.
    """
    import numpy as np

    size = max(1, int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize)
    if os.path.isdir(STORE) and size > (free := shutil.disk_usage(STORE).free):
        raise MemoryError(
            f"the result needs {size:,} bytes of shared memory and {STORE} has {free:,} left: "
            "enlarge it (docker run --shm-size=…) or choose a smaller size."
        )
    while True:
        try:
            return Segment(f"parbench_{os.getpid()}_{next(_numbers)}", create=True, size=size)
        except FileExistsError:  # left by a killed process with the same number
            continue


def attach(name: str) -> Segment:
    """The segment of that name, which the caller still has to remove."""
    if sys.version_info >= (3, 13):
        return Segment(name, track=False)
    return Segment(name)  # registers it again with the shared tracker, which has no effect
