"""`shared-memory`: pool workers that write their parts into one shared array, so that no result is pickled."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from itertools import count, repeat
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory as Segment
from typing import Any, ClassVar, Literal

from parbench.errors import WorkloadError
from parbench.strategies.base import Strategy, items
from parbench.strategies.worker_pool import START_METHODS, Workers, auto_chunks
from parbench.workload.workload import Workload, bounds

#: Where Linux keeps segments; in a container it is often small, and writing beyond it kills the writer.
STORE = "/dev/shm"
_numbers = count()


class SharedMemory(Strategy):
    """One task per chunk on a pool of processes; the result is a new shared segment in every call.

    Fresh, because every strategy's call pays for the first touch of its output. The segment loses its
    name as soon as the workers are done and its memory when the result is garbage.
    """

    name: ClassVar[str] = "shared-memory"
    about: ClassVar[str] = "multiprocessing.Pool; workers write their results into one shared array."
    variants: ClassVar[tuple[str, ...]] = START_METHODS
    boundary: ClassVar[Literal["nothing", "thread", "process", "machine"]] = "process"
    _workers: Workers | None = None

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        if workload.write_into is None or workload.stages is not None:
            return "it has no into form"
        return super().unsupported_reason(workload, variant)

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """As `Pool.map` cuts: about four a worker."""
        return auto_chunks(items(workload, data), cores)

    def open(self, cores: int) -> None:
        # Started before the workers, one tracker serves all; otherwise each would start its own and warn.
        resource_tracker.ensure_running()
        self._workers = Workers(cores, self.variant)

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if workload.output is None or workload.write_into is None:
            raise WorkloadError(f"workload {workload.name!r} has no into form: give it one or leave this out.")
        assert self._workers is not None, "open() comes first"
        shape, dtype = workload.output(data)
        segment = allocate(shape, dtype)
        try:
            places = [(segment.name, shape, dtype, *pair) for pair in bounds(shape[0], parts)]
            self._workers.map(fill, repeat(workload.write_into, len(places)), places, workload.split(data, parts))
        finally:
            segment.unlink()
        out = View.of(segment, shape, dtype)
        return workload.finish(out) if workload.finish is not None else out

    def close(self) -> None:
        if self._workers is not None:
            self._workers.stop()


def fill(into: Callable[[Any, Any], None], place: tuple[str, tuple[int, ...], Any, int, int], chunk: Any) -> None:
    """Run in a worker: let `write_into` write the part of `chunk` into rows start to stop of the shared array."""
    name, shape, dtype, start, stop = place
    into(chunk, View.of(attach(name), shape, dtype)[start:stop])


class View:
    """Owner of an array over a segment: the segment stays mapped as long as the array lives.

    An array made over the segment's buffer would instead forbid to unmap it, and complain at exit.
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
    """A fresh segment named after this process, so that those of a killed one can be found and removed.

    Raises MemoryError where the system's store of shared memory is too small.
    """
    import numpy as np

    size = max(1, int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize)
    if os.path.isdir(STORE) and size > (free := shutil.disk_usage(STORE).free):
        raise MemoryError(
            f"the result needs {size:,} bytes of shared memory and {STORE} has {free:,} left: "
            "enlarge it (docker run --shm-size=…) or take a smaller size."
        )
    while True:
        try:
            return Segment(f"parbench_{os.getpid()}_{next(_numbers)}", create=True, size=size)
        except FileExistsError:  # left behind by a killed process that had our number
            continue


def attach(name: str) -> Segment:
    """The segment of that name, which stays the caller's to remove."""
    if sys.version_info >= (3, 13):
        return Segment(name, track=False)
    return Segment(name)  # registers it once more with the tracker we share, which changes nothing
