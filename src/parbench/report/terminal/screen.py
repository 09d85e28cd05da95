"""What the other end of a stream can show: its width, its signs, colours, and whether one line may change in place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from parbench.report.terminal import layout

#: How wide what is no terminal is taken to be, and the least that anything is laid out for.
USUAL, LEAST = 80, 40
#: The looks that text may have, as terminals know them: the eight colours of old, which every background can bear.
LOOKS = {"bold": "1", "red": "31", "green": "32"}
#: What a continuous integration sets: GitHub and GitLab the one, Jenkins the others. pytest looks at two of them, too.
CI = ("CI", "BUILD_NUMBER", "JENKINS_URL")


@dataclass(frozen=True)
class Screen:
    """Where text goes. `wraps` says whether sentences are cut into lines: on terminals, not in files and pipes."""

    width: int = USUAL
    wraps: bool = False
    coloured: bool = False
    encoding: str = "utf-8"

    @property
    def dots(self) -> str:
        """What stands for what was left out."""
        return self.text("…")

    def text(self, text: str) -> str:
        """`text` as one line in signs that can be shown here, so that its length is known."""
        return layout.writable(layout.harmless(text), self.encoding)

    def paint(self, text: str, look: str) -> str:
        """`text` in one of `LOOKS`, where there are colours."""
        return f"\x1b[{LOOKS[look]}m{text}\x1b[0m" if self.coloured and look else text

    def lines(self, text: str) -> list[str]:
        """A sentence, in as many lines as it needs on a terminal and in one elsewhere."""
        plain = self.text(text).rstrip()
        return layout.wrapped(plain, self.width) if self.wraps else [plain]


def screen(stream: TextIO, environ: Mapping[str, str] = os.environ) -> Screen:
    """The screen at the end of a stream."""
    return Screen(
        width=max(LEAST, columns(stream, environ)),
        wraps=is_terminal(stream),
        coloured=coloured(stream, environ),
        encoding=getattr(stream, "encoding", None) or "utf-8",
    )


def is_terminal(stream: TextIO) -> bool:
    """Whether a person may sit at the other end; never raises."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # what stands for a stream, or one that was closed
        return False


def columns(stream: TextIO, environ: Mapping[str, str] = os.environ) -> int:
    """How wide it is now: a terminal's own width, or less where ``COLUMNS`` says so, which also holds elsewhere."""
    asked = environ.get("COLUMNS", "")
    wanted = int(asked) if asked.isdecimal() and 0 < len(asked) < 5 else 0
    try:
        real = os.get_terminal_size(stream.fileno()).columns if is_terminal(stream) else 0
    except (OSError, AttributeError, ValueError):
        real = 0
    return min(filter(None, (wanted, real)), default=USUAL)


def coloured(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour: not with ``NO_COLOR``; with ``FORCE_COLOR``; else on terminals that are not dumb."""
    if environ.get("NO_COLOR"):
        return False
    return bool(environ.get("FORCE_COLOR")) or (is_terminal(stream) and environ.get("TERM") != "dumb")


def changes_in_place(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a line may be written over: on terminals, but for dumb ones and the logs of a continuous integration."""
    in_log = any(environ.get(name, "").lower() not in ("", "0", "false") for name in CI)
    return is_terminal(stream) and environ.get("TERM") != "dumb" and not in_log


@contextmanager
def forgiving() -> Iterator[None]:
    """While this lasts, nothing that is printed fails for want of a sign: plain ones stand for those there are not."""
    streams: list[Any] = [stream for stream in (sys.stdout, sys.stderr) if hasattr(stream, "reconfigure")]
    before = [stream.errors for stream in streams]
    for stream in streams:
        stream.reconfigure(errors=layout.ERRORS)
    try:
        yield
    finally:
        for stream, errors in zip(streams, before, strict=True):
            if not stream.closed:
                stream.reconfigure(errors=errors)
