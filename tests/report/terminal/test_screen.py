"""Capabilities of a stream: width, signs, colours, and lines that change in place."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.table import Table
from rich.text import Text

from parbench.report.terminal.screen import changes_in_place, console, encodable, lines, terminal_columns, text

VARIABLES = ("CI", "BUILD_NUMBER", "JENKINS_URL", "NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "TTY_COMPATIBLE")


@pytest.fixture(autouse=True)
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing of terminals but that they can be painted."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def tty() -> Iterator[TextIO]:
    """A terminal of 92 columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 92, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream
    os.close(ours)


def painted(stream: TextIO, coloured: bool | None = None) -> bool:
    """Whether a word in bold reaches the stream with an escape sequence."""
    return "\x1b" in "".join(lines(console(stream, coloured), [Text("word", "bold")]))


@pytest.mark.parametrize(
    ("variables", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colours(
    tty: TextIO, variables: dict[str, str], on_terminal: bool, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terminals that are not dumb have colours, others if forced; NO_COLOR decides first, and pytest overrides all."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (painted(tty), painted(io.StringIO())) == (on_terminal, elsewhere)
    assert (painted(tty, False), painted(io.StringIO(), True)) == (False, True)


@pytest.mark.parametrize(
    ("name", "value", "in_place"),
    [
        ("TERM", "xterm", True),
        ("TERM", "dumb", False),
        ("CI", "true", False),
        ("CI", "false", True),
        ("JENKINS_URL", "https://ci.example", False),
        ("BUILD_NUMBER", "7", False),
    ],
)
def test_lines_change_in_place_for_people_only(
    tty: TextIO, name: str, value: str, in_place: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No line is overwritten in logs of a continuous integration, in dumb terminals and in files."""
    monkeypatch.setenv(name, value)
    assert changes_in_place(tty) is in_place
    assert not changes_in_place(io.StringIO())


def test_a_closed_stream_is_no_terminal(tty: TextIO) -> None:
    """The width is that of the terminal, and a closed stream raises nothing."""
    assert terminal_columns(tty) == 92
    stream = io.StringIO()
    stream.close()
    assert not changes_in_place(stream)
    assert terminal_columns(stream) == 80


def test_sentences_are_wrapped_on_terminals_only(tty: TextIO) -> None:
    """In a pipe a sentence is one line; on a terminal later lines are indented, and a long path stays in one piece."""
    sentence = "  " + "word " * 30
    assert lines(console(io.StringIO()), [sentence]) == [sentence.rstrip()]
    first, *rest = lines(console(tty), [sentence])
    assert len(first) <= 92
    assert [line[:5] for line in rest] == ["    w"] * len(rest) != []
    assert lines(console(tty), ["report: " + "x" * 120]) == ["report: " + "x" * 120]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_signs_that_an_encoding_lacks_are_question_marks(encoding: str) -> None:
    """Whatever is shown can be written, lone surrogates included."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    (line,) = lines(console(stream), ["1.83× 並列 🚀 \udcff"])
    assert line.encode(encoding).decode(encoding) == line
    assert encodable("1×", stream) == ("1?" if encoding == "ascii" else "1×")


def test_nothing_that_a_terminal_or_rich_obeys_is_left() -> None:
    """Escape sequences, line ends, signs that turn text around and markup of Rich are shown and not obeyed."""
    hostile = "a\x1b[2Jb\rc\nd\te\u202ef\x07[bold]g[/]:smile:"
    harmless = (
        "a\N{REPLACEMENT CHARACTER}[2Jb c d e\N{REPLACEMENT CHARACTER}f\N{REPLACEMENT CHARACTER}[bold]g[/]:smile:"
    )
    assert text(hostile).plain == harmless
    table = Table(box=None, show_header=False)
    table.add_row(text(hostile))
    assert [line.strip() for line in lines(console(io.StringIO()), [hostile, table])] == [harmless, harmless]
