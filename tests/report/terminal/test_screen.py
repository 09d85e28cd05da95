"""What a stream can show: width, signs, colours, and lines that change in place."""

from __future__ import annotations

import io
import os
import pty
import sys
from collections.abc import Iterator, Mapping
from typing import TextIO

import pytest

from parbench.report.terminal import layout
from parbench.report.terminal import screen as terminal
from parbench.report.terminal.screen import Screen, changes_in_place, coloured, columns, forgiving, screen


@pytest.fixture
def tty() -> Iterator[TextIO]:
    """A terminal of 72 columns."""
    import fcntl
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        yield stream
    os.close(ours)


@pytest.mark.parametrize(
    ("environ", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": "0"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colours(tty: TextIO, environ: Mapping[str, str], on_terminal: bool, elsewhere: bool) -> None:
    """Only on terminals that are not dumb, unless forced; NO_COLOR has the last word, and an empty one says nothing."""
    assert coloured(tty, environ) is on_terminal
    assert coloured(io.StringIO(), environ) is elsewhere


@pytest.mark.parametrize(
    ("environ", "in_place"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"CI": "true"}, False),
        ({"CI": "1"}, False),
        ({"CI": "false"}, True),
        ({"CI": ""}, True),
        ({"JENKINS_URL": "https://ci.example"}, False),
        ({"BUILD_NUMBER": "7"}, False),
    ],
)
def test_lines_change_in_place_for_people_only(tty: TextIO, environ: Mapping[str, str], in_place: bool) -> None:
    """Not in logs of a continuous integration, even if it has a terminal, not on dumb ones, and not elsewhere."""
    assert changes_in_place(tty, environ) is in_place
    assert not changes_in_place(io.StringIO(), {})


@pytest.mark.parametrize(
    ("asked", "on_terminal", "elsewhere"),
    [("", 72, 80), ("60", 60, 60), ("200", 72, 200), ("wide", 72, 80), ("0", 72, 80)],
)
def test_width(tty: TextIO, asked: str, on_terminal: int, elsewhere: int) -> None:
    """A terminal's own, or less where COLUMNS says so; 80 elsewhere."""
    assert columns(tty, {"COLUMNS": asked}) == on_terminal
    assert columns(io.StringIO(), {"COLUMNS": asked}) == elsewhere


def test_a_closed_stream_is_no_terminal() -> None:
    """Nothing raises where there is nobody: a closed stream, or what only looks like one."""
    stream = io.StringIO()
    stream.close()
    assert screen(stream, {}) == Screen()


def test_sentences_are_wrapped_on_terminals_only(tty: TextIO) -> None:
    """In a pipe a sentence is a line, so that it can be searched for."""
    sentence = "word " * 30
    assert len(screen(tty, {}).lines(sentence)) == 3
    assert screen(io.StringIO(), {}).lines(sentence) == [sentence.strip()]


def test_colour_is_added_last() -> None:
    """Painted text has the text itself in it, and none without colours or without a look."""
    assert Screen(coloured=True).paint("faster", "green") == "\x1b[32mfaster\x1b[0m"
    assert Screen().paint("faster", "green") == Screen(coloured=True).paint("faster", "") == "faster"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_printing_never_fails_for_want_of_a_sign(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """Whatever is printed, in any encoding, half a sign included; and the stream is afterwards as it was."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    with forgiving():
        sys.stdout.write("1.83× ▲ 並列 🚀 \udcff\n")
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    assert stream.buffer.getvalue().decode(encoding).startswith("1.83")
    assert stream.errors == "strict"


def test_all_our_signs_have_plain_ones() -> None:
    """Every sign that we print on our own account has one in ASCII, no longer than two."""
    assert all(plain.isascii() and 1 <= len(plain) <= 2 for plain in layout.PLAIN.values())
    assert terminal.LOOKS.keys() == {"bold", "red", "green"}
