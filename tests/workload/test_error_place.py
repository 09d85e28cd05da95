"""The place of an error in the user's code."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from parbench.workload.error_place import LONGEST_MESSAGE, place_of, raised

HERE = str(Path(__file__).relative_to(Path.cwd()))


def parse(text: str) -> Any:
    """Raises in a library."""
    return json.loads(text)


def read(text: str) -> Any:
    """Calls a function that raises."""
    return parse(text)


class Unreadable(Exception):
    """An error without a message that can be read."""

    def __str__(self) -> str:
        raise ValueError


class OfDask(ValueError):
    """An error as Dask's scheduler of processes raises it: the original and the text of its traceback."""

    exception = ValueError("bad")
    traceback = 'File "/home/me/work.py", line 3, in kernel\n    return 1 / chunk\n'

    def __str__(self) -> str:
        return f"{self.exception}\n\nTraceback\n---------\n{self.traceback}"


def caught(text: str = "{") -> BaseException:
    """The error of `read`."""
    with pytest.raises(json.JSONDecodeError) as info:
        read(text)
    return info.value


def test_the_innermost_frames_of_the_user_are_the_place() -> None:
    """Frames of libraries are left out; file, line, function and source of two frames are shown."""
    place = place_of(caught())
    assert f"{HERE}:" in place
    assert place.index("in parse: return json.loads(text)") < place.index("called from") < place.index("in read:")
    assert "decoder.py" not in place


def test_the_frames_of_a_worker_are_read_from_its_text() -> None:
    """The traceback that a pool attaches, and that of Dask, is that of the worker and not of the caller."""
    with multiprocessing.get_context("fork").Pool(1) as pool, pytest.raises(ValueError, match="Expecting") as info:
        pool.map(read, ["{"])
    assert place_of(info.value) == place_of(caught())
    assert raised(OfDask()) == "OfDask: bad (/home/me/work.py:3, in kernel: return 1 / chunk)"


def test_an_error_in_no_code_of_the_user_has_no_place() -> None:
    """An error that was not raised, and one of a library that was called from nowhere."""
    assert place_of(ValueError("never raised")) == ""
    assert raised(KeyError()) == "KeyError"


def test_a_syntax_error_has_its_own_place() -> None:
    """The file and line that cannot be read, not the import of it."""
    error = SyntaxError("invalid syntax", ("/home/me/work.py", 7, 1, "def f(:\n"))
    assert place_of(error) == "/home/me/work.py:7: def f(:"


def test_messages_are_short_and_never_fail() -> None:
    """A long message is cut, a group names its first error, and a class with a broken method is named."""
    assert len(raised(ValueError("x" * 10_000))) < LONGEST_MESSAGE + 20
    group = ExceptionGroup("several", [ValueError("one"), TypeError("two")])
    assert "ExceptionGroup: several (2 sub-exceptions), the first of which is ValueError: one" in raised(group)
    assert raised(Unreadable()) == "Unreadable: its message cannot be read"
