"""Records of a traced call: worker, activity, begin and end.

Imported in the workers of traced calls: standard library only. All of it is paid for in every task, so it is made of
tuples and functions where objects would be pickled more slowly.
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

#: Kinds of a span: places in `records.SPANS`.
SPLIT, KERNEL, SHIP_IN, SHIP_OUT, COMBINE = range(5)
#: Which call it belongs to: the folder of its files, its number, and the caller's process.
Call = tuple[str, int, int]
#: What, who, and from when to when in ns. Identity of a worker: a process and one of its threads, or any other value
#: that distinguishes workers.
Stamp = tuple[int, tuple[Any, Any], int, int]
#: The same in the file of a process, with the number of the call and without the process; and how many a file takes.
_LINE = struct.Struct("<IBQqq")
_LINES = 8192

#: One clock for all processes of a machine.
now = time.perf_counter_ns

#: In the caller, the stamps of its own threads. They write to no file: that would give the GIL away, and change what is
#: traced.
_kept: dict[Call, list[Stamp]] = {}
#: In another process, the folder that it writes to, its number, its file as memory, so that a line costs no system
#: call, and where in it the next line goes: counting is one step, so threads get a line each.
_file: tuple[str, int, mmap | None, Iterator[int]] = ("", 0, None, count())


def begin(folder: str, number: int) -> tuple[Call, list[Stamp]]:
    """Begin a new call of this process, and set the place of its events until it has ended."""
    call = (folder, number, os.getpid())
    return call, _kept.setdefault(call, [])


def end(call: Call) -> None:
    """No more stamps of this call are taken in its own process."""
    _kept.pop(call, None)


def is_here(call: Call) -> bool:
    """Whether this is the process that makes the call."""
    return os.getpid() == call[2]


def stamp(call: Call, what: int, began: int, ended: int, who: int = 0) -> None:
    """Write down a span; `who` is the thread at hand, unless something else stands for a worker."""
    who = who or threading.get_ident()
    if call[2] != (pid := os.getpid()):
        _write(call, pid, what, who, began, ended)
    elif (stamps := _kept.get(call)) is not None:
        stamps.append((what, (pid, who), began, ended))


def ship(call: Call, inward: bool, leaving: bool, began: int, ended: int) -> None:
    """The same for an object that leaves a process or has arrived at one; `inward` for a chunk."""
    here = call[2] == (pid := os.getpid())
    what = SHIP_IN if inward or here == leaving else SHIP_OUT
    if not here:
        _write(call, pid, what, 0, began, ended)
    elif (stamps := _kept.get(call)) is not None:
        stamps.append((what, (pid, 0), began, ended))


def _write(call: Call, pid: int, what: int, who: int, began: int, ended: int) -> None:
    """Put a line into this process's file; one that cannot be written is missed by the caller, who says so."""
    if _file[0] != call[0] or _file[1] != pid:
        _open(call[0], pid)
    if _file[2] is None:
        return
    try:
        _LINE.pack_into(_file[2], next(_file[3]), call[1], what, who, began, ended)
    except struct.error:  # the file is full
        _open(call[0], pid)
        if _file[2] is not None:
            _LINE.pack_into(_file[2], next(_file[3]), call[1], what, who, began, ended)


def _open(folder: str, pid: int) -> None:
    """Begin a file of this process in `folder`."""
    global _file
    try:
        path = next(path for number in count() if not os.path.exists(path := f"{folder}/{pid}.{number}"))
        with open(path, "x+b") as file:
            file.write(bytes(_LINE.size * _LINES))  # where the disk is full it is this that fails
            file.flush()
            _file = (folder, pid, mmap(file.fileno(), 0), count(0, _LINE.size))
    except OSError:
        _file = (folder, pid, None, count())


def written(folder: str) -> Iterator[tuple[int, Stamp]]:
    """All stamps in the files of `folder`, each with the number of its call."""
    for path in sorted(Path(folder).iterdir()):
        pid, text = int(path.stem), path.read_bytes()
        for call, what, who, began, ended in _LINE.iter_unpack(text[: len(text) - len(text) % _LINE.size]):
            if ended:
                yield call, (what, (pid, who), began, ended)


# -- parcels ---------------------------------------------------------------------------------------------


class Parcel:
    """A chunk or a part on its way, which writes down how long its content takes to be pickled and unpickled.

    `inward` says that it is a chunk, which never travels back; `made` is when, at the other end, its content came.
    """

    __slots__ = ("call", "content", "inward", "made")

    def __init__(self, call: Call, inward: bool = False, content: Any = None) -> None:
        self.call = call
        self.inward = inward
        self.content = content
        self.made = now()

    def __reduce__(self) -> tuple[Any, ...]:
        # pickled one after the other, and created one after the other in the worker
        return Parcel, (self.call, self.inward), (self.content, Tick(self, now()))

    def __setstate__(self, state: tuple[Any, Any]) -> None:
        self.content = state[0]
        ship(self.call, self.inward, False, self.made, now())

    def __sizeof__(self) -> int:
        """As large as its content: Dask asks."""
        return int(getattr(self.content, "nbytes", 0)) or sys.getsizeof(self.content)


class Tick:
    """Pickled behind the content of a parcel: it records the duration of pickling."""

    __slots__ = ("began", "parcel")

    def __init__(self, parcel: Parcel, began: int) -> None:
        self.parcel = parcel
        self.began = began

    def __reduce__(self) -> tuple[type[Parcel], tuple[Call]]:
        parcel = self.parcel
        ship(parcel.call, parcel.inward, True, self.began, now())
        return Parcel, (parcel.call,)  # nobody looks at it; these two are in the pickle already, which makes it short


def opened(parcel: Any) -> Any:
    """The content of a parcel; anything else as it is, for strategies that hand on pieces of their own."""
    return parcel.content if isinstance(parcel, Parcel) else parcel


# -- functions that write down what they do --------------------------------------------------------------


class Noting:
    """A function of a workload, whose calls are written down."""

    what = KERNEL

    def __init__(self, function: Callable[..., Any], call: Call) -> None:
        self.function = function
        self.call = call

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return type(self), (self.function, self.call)

    def noted(self, *arguments: Any) -> Any:
        """Call the function."""
        began = now()
        result = self.function(*arguments)
        stamp(self.call, self.what, began, now())
        return result


class Whole(Noting):
    """A kernel that no parcel reaches."""

    def __call__(self, *arguments: Any) -> Any:
        return self.noted(*arguments)


class Cut(Whole):
    """Maker of a graph of tasks."""

    what = SPLIT


class Join(Whole):
    """Maker of a result from a filled array."""

    what = COMBINE


class Split(Noting):
    """A split of whose chunks each `every`-th is a parcel, and gives a part that is one.

    `scale` is how many chunks there are to a parcel.
    """

    what = SPLIT

    def __init__(self, function: Callable[..., Any], call: Call, every: int = 1) -> None:
        super().__init__(function, call)
        self.every = every
        self.scale = 1.0

    def __call__(self, data: Any, parts: int) -> list[Any]:
        chunks = list(self.noted(data, parts))
        # from the middle of the first `every` on, as the first chunk of a call finds workers idle
        looked_at = range(min(self.every // 2, max(0, len(chunks) - 1)), len(chunks), self.every)
        self.scale = len(chunks) / max(1, len(looked_at))
        for index in looked_at:
            chunks[index] = Parcel(self.call, True, chunks[index])
        return chunks


class Combine(Noting):
    """A combine that is given parcels."""

    what = COMBINE

    def __call__(self, parts: Sequence[Any], data: Any) -> Any:
        return self.noted([opened(part) for part in parts], data)


class Kernel(Noting):
    """A kernel from parcel to parcel, and from a chunk that is none to a part that is none."""

    def __call__(self, chunk: Any) -> Any:
        if isinstance(chunk, Parcel):
            return Parcel(self.call, content=self.noted(chunk.content))
        return self.noted(chunk)


class Step(Noting):
    """The kernel of later steps."""

    def __call__(self, step: int, index: int, inputs: Sequence[Any]) -> Parcel:
        return Parcel(self.call, content=self.noted(step, index, [opened(each) for each in inputs]))


class Into(Noting):
    """A kernel that writes in place, and gives nothing that would be pickled."""

    def __call__(self, chunk: Any, out: Any) -> None:
        self.noted(opened(chunk), out)


class Coroutine(Noting):
    """A kernel that waits: each task of the event loop is a worker."""

    async def __call__(self, chunk: Any) -> Any:
        import asyncio

        began = now()
        part = await self.function(opened(chunk))
        stamp(self.call, self.what, began, now(), id(asyncio.current_task()))
        return Parcel(self.call, content=part) if isinstance(chunk, Parcel) else part
