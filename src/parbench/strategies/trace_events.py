"""Records of a traced call: which worker did what from when to when.

Imported in the workers of traced calls: standard library only. Each task pays for this code, so it uses tuples and
functions, which are pickled faster than objects.
"""

from __future__ import annotations

import os
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from mmap import mmap
from pathlib import Path
from typing import Any

#: Kinds of spans, as indices into `records.SPANS`.
SPLIT, KERNEL, SHIP_IN, SHIP_OUT, COMBINE = range(5)
#: A traced call: the folder of its files, its number, and the process id of the caller.
Call = tuple[str, int, int]
#: A span: its kind, its worker, its begin and its end in ns. A worker is a process and one of its threads, or anything
#: else that identifies it.
Stamp = tuple[int, tuple[Any, Any], int, int]
#: A span in the file of a process: the number of the call, the kind, the thread, the begin and the end.
_LINE = struct.Struct("<IBQqq")
#: The number of spans per file.
_LINES = 8192

#: A clock that all processes of a machine share.
now = time.perf_counter_ns

#: In the caller, the stamps of its threads. They write to no file, because that would release the GIL and so change the
#: traced call.
_stamps: dict[Call, list[Stamp]] = {}
#: In another process: its folder, its process id, its file as mapped memory, so that a line costs no system call, and
#: the offset of the next line. Counting is atomic, so each thread gets another line.
_file: tuple[str, int, mmap | None, Iterator[int]] = ("", 0, None, count())


def begin(folder: str, number: int) -> tuple[Call, list[Stamp]]:
    """A new call of this process, and the list of its stamps until it ends."""
    call = (folder, number, os.getpid())
    return call, _stamps.setdefault(call, [])


def end(call: Call) -> None:
    """Stop recording stamps of this call in the caller."""
    _stamps.pop(call, None)


def is_caller(call: Call) -> bool:
    """Whether this process is the caller."""
    return os.getpid() == call[2]


def stamp(call: Call, kind: int, began: int, ended: int, who: int = 0) -> None:
    """Record a span; `who` is the current thread unless another number identifies the worker."""
    who = who or threading.get_ident()
    if call[2] != (pid := os.getpid()):
        _write(call, pid, kind, who, began, ended)
    elif (stamps := _stamps.get(call)) is not None:
        stamps.append((kind, (pid, who), began, ended))


def ship(call: Call, inward: bool, leaving: bool, began: int, ended: int) -> None:
    """Record that an object is leaving this process or has arrived; `inward` is true for a chunk."""
    here = call[2] == (pid := os.getpid())
    kind = SHIP_IN if inward or here == leaving else SHIP_OUT
    if not here:
        _write(call, pid, kind, 0, began, ended)
    elif (stamps := _stamps.get(call)) is not None:
        stamps.append((kind, (pid, 0), began, ended))


def _write(call: Call, pid: int, kind: int, who: int, began: int, ended: int) -> None:
    """Write a line into the file of this process; if that is impossible, the caller reports missing events."""
    if _file[0] != call[0] or _file[1] != pid:
        _open(call[0], pid)
    if _file[2] is None:
        return
    try:
        _LINE.pack_into(_file[2], next(_file[3]), call[1], kind, who, began, ended)
    except struct.error:  # the file is full
        _open(call[0], pid)
        if _file[2] is not None:
            _LINE.pack_into(_file[2], next(_file[3]), call[1], kind, who, began, ended)


def _open(folder: str, pid: int) -> None:
    """Start a file of this process in `folder`."""
    global _file
    try:
        path = next(path for number in count() if not os.path.exists(path := f"{folder}/{pid}.{number}"))
        with open(path, "x+b") as file:
            file.write(bytes(_LINE.size * _LINES))  # fails here if the disk is full
            file.flush()
            _file = (folder, pid, mmap(file.fileno(), 0), count(0, _LINE.size))
    except OSError:
        _file = (folder, pid, None, count())


def read_stamps(folder: str) -> Iterator[tuple[int, Stamp]]:
    """All stamps in the files of `folder`, each with the number of its call."""
    for path in sorted(Path(folder).iterdir()):
        pid, text = int(path.stem), path.read_bytes()
        for call, kind, who, began, ended in _LINE.iter_unpack(text[: len(text) - len(text) % _LINE.size]):
            if ended:
                yield call, (kind, (pid, who), began, ended)


# -- parcels ---------------------------------------------------------------------------------------------


class Parcel:
    """A chunk or a part in transfer, which records the time for pickling and unpickling its content.

    `inward` marks a chunk, which never travels back; `created` is the time at which unpickling began.
    """

    __slots__ = ("call", "content", "created", "inward")

    def __init__(self, call: Call, inward: bool = False, content: Any = None) -> None:
        self.call = call
        self.inward = inward
        self.content = content
        self.created = now()

    def __reduce__(self) -> tuple[Any, ...]:
        # pickled and unpickled in this order
        return Parcel, (self.call, self.inward), (self.content, PickleTimer(self, now()))

    def __setstate__(self, state: tuple[Any, Any]) -> None:
        self.content = state[0]
        ship(self.call, self.inward, False, self.created, now())

    def __sizeof__(self) -> int:
        """The size of its content, which Dask reads."""
        return int(getattr(self.content, "nbytes", 0)) or sys.getsizeof(self.content)


class PickleTimer:
    """Pickled after the content of a parcel, it records the time for pickling the content."""

    __slots__ = ("began", "parcel")

    def __init__(self, parcel: Parcel, began: int) -> None:
        self.parcel = parcel
        self.began = began

    def __reduce__(self) -> tuple[type[Parcel], tuple[Call]]:
        parcel = self.parcel
        ship(parcel.call, parcel.inward, True, self.began, now())
        return Parcel, (parcel.call,)  # unused; both objects are already in the pickle, so this is short


def content_of(parcel: Any) -> Any:
    """The content of a parcel; other objects unchanged, for strategies that cut by themselves."""
    return parcel.content if isinstance(parcel, Parcel) else parcel


# -- traced functions ------------------------------------------------------------------------------------


class Traced:
    """A function of a workload whose calls are recorded."""

    kind = KERNEL

    def __init__(self, function: Callable[..., Any], call: Call) -> None:
        self.function = function
        self.call = call

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return type(self), (self.function, self.call)

    def record(self, *arguments: Any) -> Any:
        """Call the function and record the call."""
        began = now()
        result = self.function(*arguments)
        stamp(self.call, self.kind, began, now())
        return result


class TracedWhole(Traced):
    """A function without parcels; it runs in the caller."""

    def __init__(self, function: Callable[..., Any], call: Call, kind: int = KERNEL) -> None:
        super().__init__(function, call)
        self.kind = kind

    def __call__(self, *arguments: Any) -> Any:
        return self.record(*arguments)


class TracedSplit(Traced):
    """A split that makes every `every`-th chunk a parcel; `scale` is the number of chunks per parcel."""

    kind = SPLIT

    def __init__(self, function: Callable[..., Any], call: Call, every: int = 1) -> None:
        super().__init__(function, call)
        self.every = every
        self.scale = 1.0

    def __call__(self, data: Any, parts: int) -> list[Any]:
        chunks = list(self.record(data, parts))
        # not the first chunk, for which workers are idle
        sampled = range(min(self.every // 2, max(0, len(chunks) - 1)), len(chunks), self.every)
        self.scale = len(chunks) / max(1, len(sampled))
        for index in sampled:
            chunks[index] = Parcel(self.call, True, chunks[index])
        return chunks


class TracedCombine(Traced):
    """A combine that may get parcels."""

    kind = COMBINE

    def __call__(self, parts: Sequence[Any], data: Any) -> Any:
        return self.record([content_of(part) for part in parts], data)


class TracedKernel(Traced):
    """A kernel that returns a parcel for a parcel, and a plain part for a plain chunk."""

    def __call__(self, chunk: Any) -> Any:
        if isinstance(chunk, Parcel):
            return Parcel(self.call, content=self.record(chunk.content))
        return self.record(chunk)


class TracedStage(Traced):
    """The kernel of later stages."""

    def __call__(self, stage: int, index: int, inputs: Sequence[Any]) -> Parcel:
        return Parcel(self.call, content=self.record(stage, index, [content_of(each) for each in inputs]))


class TracedWriteInto(Traced):
    """A kernel that writes in place and returns nothing."""

    def __call__(self, chunk: Any, out: Any) -> None:
        self.record(content_of(chunk), out)


class TracedCoroutine(Traced):
    """A kernel that waits; each task of the event loop counts as a worker."""

    async def __call__(self, chunk: Any) -> Any:
        import asyncio

        began = now()
        part = await self.function(content_of(chunk))
        stamp(self.call, self.kind, began, now(), id(asyncio.current_task()))
        return Parcel(self.call, content=part) if isinstance(chunk, Parcel) else part
