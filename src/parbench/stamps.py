"""What is written down while a traced call runs: who did what from when to when.

Imported in the workers of traced calls: standard library only.
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
#: A stamp: what, who, and from when to when in ns. Who is a process and one of its threads, or anything else that
#: tells workers apart.
Stamp = tuple[int, tuple[Any, Any], int, int]
#: The same in the file of a process, with the number of the call and without the process.
_LINE = struct.Struct("<IBQqq")

#: One clock for all processes of a machine.
now = time.perf_counter_ns

_lock = threading.Lock()
_file = ("", 0, -1)  # the folder, the process and its descriptor
_kept: dict[tuple[str, int], Book] = {}


class Book:
    """Where the stamps of one call are kept: in a list in the caller, in a file of its own for any other process.

    The caller's threads write to no file: that would give the GIL away, and change what is traced.
    """

    def __init__(self, folder: str, call: int, pid: int) -> None:
        self.folder = folder
        self.call = call
        self.pid = pid
        self.thread = threading.get_ident()
        self.stamps: list[Stamp] = []

    def __reduce__(self) -> tuple[Callable[..., Book], tuple[str, int, int]]:
        return book, (self.folder, self.call, self.pid)

    @property
    def here(self) -> bool:
        """Whether this is the caller's process."""
        return os.getpid() == self.pid

    @property
    def by_caller(self) -> bool:
        """Whether this is the thread that made the call."""
        return self.here and threading.get_ident() == self.thread

    def stamp(self, what: int, began: int, ended: int, who: int = 0) -> None:
        """Write down a span; `who` is the thread at hand, unless something else stands for a worker."""
        who = who or threading.get_ident()
        if self.here:
            self.stamps.append((what, (self.pid, who), began, ended))
        else:
            write(self.folder, _LINE.pack(self.call, what, who, began, ended))

    def close(self) -> None:
        """No more parcels of this call will arrive."""
        _kept.pop((self.folder, self.call), None)


def open_book(folder: str, call: int) -> Book:
    """A new book of this process; its copies that come back from workers are this one, until it is closed."""
    made = _kept[folder, call] = Book(folder, call, os.getpid())
    return made


def book(folder: str, call: int, pid: int) -> Book:
    """The book as it arrives in a process."""
    return _kept.get((folder, call)) or Book(folder, call, pid)


def write(folder: str, line: bytes) -> None:
    """Append to this process's file in `folder`, which stays open."""
    global _file
    pid = os.getpid()
    try:
        if _file[:2] != (folder, pid):
            with _lock:
                if _file[:2] != (folder, pid):
                    _file = (folder, pid, _opened(folder, pid))
        os.write(_file[2], line)
    except OSError:
        pass  # a worker that cannot write there: the caller misses its stamps and says so


def _opened(folder: str, pid: int) -> int:
    if _file[1] == pid:
        os.close(_file[2])  # of an earlier folder
    return os.open(os.path.join(folder, str(pid)), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def written(folder: str) -> Iterator[tuple[int, Stamp]]:
    """All stamps in the files of `folder`, each with the number of its call."""
    for path in sorted(Path(folder).iterdir()):
        text = path.read_bytes()
        for call, what, who, began, ended in _LINE.iter_unpack(text[: len(text) - len(text) % _LINE.size]):
            yield call, (what, (int(path.name), who), began, ended)


# -- parcels ---------------------------------------------------------------------------------------------


class Parcel:
    """A chunk or a part on its way, which writes down how long its content takes to be pickled and unpickled.

    `inward` says that it is a chunk, which never travels back.
    """

    __slots__ = ("book", "content", "inward")

    def __init__(self, book: Book, content: Any, inward: bool = False) -> None:
        self.book = book
        self.content = content
        self.inward = inward

    def __reduce__(self) -> tuple[Callable[..., Parcel], tuple[Any, ...]]:
        begin = Begin()
        return unpack, (self.book, self.inward, begin, self.content, End(self, begin))  # pickled one after the other

    def __sizeof__(self) -> int:
        """As large as its content: Dask asks."""
        return int(getattr(self.content, "nbytes", 0)) or sys.getsizeof(self.content)


class Begin:
    """Stands before the content of a parcel: the time at which it is pickled, and once unpickled, that time."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = 0

    def __reduce__(self) -> tuple[Callable[[], int], tuple[()]]:
        self.at = now()
        return now, ()


class End:
    """Stands behind the content of a parcel, and writes down how long it took."""

    __slots__ = ("begin", "parcel")

    def __init__(self, parcel: Parcel, begin: Begin) -> None:
        self.parcel = parcel
        self.begin = begin

    def __reduce__(self) -> tuple[Callable[[], int], tuple[()]]:
        book = self.parcel.book
        book.stamp(SHIP_IN if self.parcel.inward or book.here else SHIP_OUT, self.begin.at, now())
        return now, ()


def unpack(book: Book, inward: bool, began: int, content: Any, ended: int) -> Parcel:
    """The parcel at the other end."""
    book.stamp(SHIP_IN if inward or not book.here else SHIP_OUT, began, ended)
    return Parcel(book, content, inward)


def opened(parcel: Any) -> Any:
    """The content of a parcel; anything else as it is, for strategies that hand on pieces of their own."""
    return parcel.content if isinstance(parcel, Parcel) else parcel


# -- functions that write down what they do --------------------------------------------------------------


class Noting:
    """A function of a workload, whose calls are written down."""

    def __init__(self, function: Callable[..., Any], book: Book, what: int = KERNEL) -> None:
        self.function = function
        self.book = book
        self.what = what

    def noted(self, *arguments: Any) -> Any:
        """Call the function."""
        began = now()
        result = self.function(*arguments)
        self.book.stamp(self.what, began, now())
        return result


class Whole(Noting):
    """A function that no parcel reaches."""

    def __call__(self, *arguments: Any) -> Any:
        return self.noted(*arguments)


class Split(Noting):
    """A split that gives parcels."""

    def __call__(self, data: Any, parts: int) -> list[Parcel]:
        return [Parcel(self.book, chunk, inward=True) for chunk in self.noted(data, parts)]


class Combine(Noting):
    """A combine that is given parcels."""

    def __call__(self, parts: Sequence[Any], data: Any) -> Any:
        return self.noted([opened(part) for part in parts], data)


class Kernel(Noting):
    """A kernel from parcel to parcel."""

    def __call__(self, chunk: Any) -> Parcel:
        return Parcel(self.book, self.noted(opened(chunk)))


class Step(Noting):
    """The kernel of later steps."""

    def __call__(self, step: int, index: int, inputs: Sequence[Any]) -> Parcel:
        return Parcel(self.book, self.noted(step, index, [opened(each) for each in inputs]))


class Into(Noting):
    """A kernel that writes in place."""

    def __call__(self, chunk: Any, out: Any) -> None:
        self.noted(opened(chunk), out)


class Coroutine(Noting):
    """A kernel that waits: each task of the event loop is a worker."""

    async def __call__(self, chunk: Any) -> Parcel:
        import asyncio

        began = now()
        part = await self.function(opened(chunk))
        self.book.stamp(self.what, began, now(), id(asyncio.current_task()))
        return Parcel(self.book, part)
