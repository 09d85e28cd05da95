"""What is written down while a traced call runs: who did what from when to when.

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
from pathlib import Path
from typing import Any

#: What a span is of: places in `records.SPANS`.
SPLIT, KERNEL, SHIP_IN, SHIP_OUT, COMBINE = range(5)
#: Which call it belongs to: the folder of its files, its number, and the caller's process.
Call = tuple[str, int, int]
#: What, who, and from when to when in ns. Who is a process and one of its threads, or anything else that tells workers
#: apart.
Stamp = tuple[int, tuple[Any, Any], int, int]
#: The same in the file of a process, with the number of the call and without the process.
_LINE = struct.Struct("<IBQqq")

#: One clock for all processes of a machine.
now = time.perf_counter_ns

#: In the caller, the stamps of its own threads. They write to no file: that would give the GIL away, and change what is
#: traced.
_kept: dict[Call, list[Stamp]] = {}
#: In another process, the folder that it writes to, its number, its descriptor, and lines that wait to be written.
_file = ("", 0, -1)
_waiting: list[bytes] = []


def begin(folder: str, number: int) -> tuple[Call, list[Stamp]]:
    """A new call of this process, and where its stamps come to lie as long as it has not ended."""
    call = (folder, number, os.getpid())
    return call, _kept.setdefault(call, [])


def end(call: Call) -> None:
    """No more stamps of this call are taken in its own process."""
    _kept.pop(call, None)


def is_here(call: Call) -> bool:
    """Whether this is the process that makes the call."""
    return os.getpid() == call[2]


def stamp(call: Call, what: int, began: int, ended: int, who: int = 0, last: bool = True) -> None:
    """Write down a span; `who` is the thread at hand, unless something else stands for a worker.

    Where it is not the `last` one of a task, it may wait for that.
    """
    who = who or threading.get_ident()
    if call[2] == (pid := os.getpid()):
        if (stamps := _kept.get(call)) is not None:
            stamps.append((what, (pid, who), began, ended))
        return
    _waiting.append(_LINE.pack(call[1], what, who, began, ended))
    if last:
        _write(call[0], pid)


def ship(call: Call, inward: bool, leaving: bool, began: int, ended: int) -> None:
    """The same for something that leaves a process or has come to one, `inward` where it is a chunk."""
    here = call[2] == (pid := os.getpid())
    what = SHIP_IN if inward or here == leaving else SHIP_OUT
    if here:
        if (stamps := _kept.get(call)) is not None:
            stamps.append((what, (pid, 0), began, ended))
        return
    _waiting.append(_LINE.pack(call[1], what, 0, began, ended))
    if leaving:
        _write(call[0], pid)


def _write(folder: str, pid: int) -> None:
    """Append what waits to this process's file in `folder`, which stays open."""
    global _file
    lines = _waiting[:]
    del _waiting[: len(lines)]  # another thread may have added one
    try:
        if _file[:2] != (folder, pid):
            earlier, _file = _file, ("", 0, -1)
            if earlier[1] == pid:
                os.close(earlier[2])
            _file = (folder, pid, os.open(f"{folder}/{pid}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        os.write(_file[2], b"".join(lines))
    except OSError:
        pass  # a worker that cannot write there: the caller misses its stamps and says so


def written(folder: str) -> Iterator[tuple[int, Stamp]]:
    """All stamps in the files of `folder`, each with the number of its call."""
    for path in sorted(Path(folder).iterdir()):
        text = path.read_bytes()
        for call, what, who, began, ended in _LINE.iter_unpack(text[: len(text) - len(text) % _LINE.size]):
            yield call, (what, (int(path.name), who), began, ended)


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
        # pickled one after the other, and one after the other they come to exist again
        return Parcel, (self.call, self.inward), (self.content, Tick(self, now()))

    def __setstate__(self, state: tuple[Any, Any]) -> None:
        self.content = state[0]
        ship(self.call, self.inward, False, self.made, now())

    def __sizeof__(self) -> int:
        """As large as its content: Dask asks."""
        return int(getattr(self.content, "nbytes", 0)) or sys.getsizeof(self.content)


class Tick:
    """What is pickled behind the content of a parcel: it writes down how long that took."""

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
    last = False

    def __init__(self, function: Callable[..., Any], call: Call) -> None:
        self.function = function
        self.call = call

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return type(self), (self.function, self.call)

    def noted(self, *arguments: Any, last: bool | None = None) -> Any:
        """Call the function; `last` says whether nothing else is written down for the task."""
        began = now()
        result = self.function(*arguments)
        stamp(self.call, self.what, began, now(), last=self.last if last is None else last)
        return result


class Whole(Noting):
    """A kernel that no parcel reaches."""

    def __call__(self, *arguments: Any) -> Any:
        return self.noted(*arguments)


class Cut(Whole):
    """What makes a graph of tasks."""

    what = SPLIT


class Join(Whole):
    """What makes a result of an array that is filled."""

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
        looked_at = range(0, len(chunks), self.every)
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
        return self.noted(chunk, last=True)


class Step(Noting):
    """The kernel of later steps."""

    def __call__(self, step: int, index: int, inputs: Sequence[Any]) -> Parcel:
        return Parcel(self.call, content=self.noted(step, index, [opened(each) for each in inputs]))


class Into(Noting):
    """A kernel that writes in place, and gives nothing that would be pickled."""

    last = True

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
