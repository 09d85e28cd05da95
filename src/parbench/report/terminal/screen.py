"""Capabilities of a stream: its width, colours and signs, and whether a line may change in place."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO, TextIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

#: Columns of a terminal whose width is unknown.
USUAL_COLUMNS = 80
#: Columns that tables are laid out for at least: a narrower terminal breaks their lines.
LEAST_COLUMNS = 80
#: Columns of a file or a pipe: nothing is cut or wrapped there.
FILE_COLUMNS = 1000
#: Stands for a control sign.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
#: Variables that a continuous integration sets: GitHub and GitLab the first, Jenkins the others.
CI = ("CI", "BUILD_NUMBER", "JENKINS_URL")


def is_terminal(stream: TextIO) -> bool:
    """Whether a person may read the stream; never raises."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # a stand-in for a stream, or a closed stream
        return False


def terminal_columns(stream: TextIO) -> int:
    """The width of a terminal at this moment."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, AttributeError, ValueError):
        return USUAL_COLUMNS


def changes_in_place(stream: TextIO) -> bool:
    """Whether a line may be overwritten: not in files, in dumb terminals and in logs of a continuous integration."""
    in_log = any(os.environ.get(name, "").lower() not in ("", "0", "false") for name in CI)
    return is_terminal(stream) and os.environ.get("TERM") != "dumb" and not in_log


def encodable(text: str, stream: IO[str]) -> str:
    """`text` with a question mark for each sign that the encoding of the stream lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def text(value: object) -> Text:
    """`value` as one line without control signs: run files come from anywhere, and terminals obey escape sequences."""
    signs = (sign if sign.isprintable() else " " if sign.isspace() else REPLACEMENT for sign in str(value))
    return Text("".join(signs))


class OutputConsole(Console):
    """A console that leaves a closed pipe to its caller."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, for which Rich would exit with code 1."""
        raise BrokenPipeError


def console(stream: TextIO, coloured: bool | None = None) -> Console:
    """The layout for a stream; if `coloured` is None, ``NO_COLOR``, ``FORCE_COLOR`` and the terminal decide.

    Sentences are wrapped on terminals only, and nothing is cut elsewhere.
    """
    on_terminal = is_terminal(stream)
    if coloured is None and os.environ.get("NO_COLOR"):
        coloured = False  # of itself, Rich would still print in bold
    return OutputConsole(
        file=stream,
        width=max(LEAST_COLUMNS, terminal_columns(stream)) if on_terminal else FILE_COLUMNS,
        height=25,
        soft_wrap=not on_terminal,
        force_terminal=coloured,
        color_system="auto" if coloured is None else "standard" if coloured else None,
        force_jupyter=False,
        markup=False,
        highlight=False,
        emoji=False,
    )


def lines(target: Console, parts: Iterable[RenderableType]) -> list[str]:
    """The lines that show tables and sentences on `target`."""
    with target.capture() as captured:
        for part in parts:
            if isinstance(part, str):
                target.print(*_wrapped(text(part), target), sep="\n", soft_wrap=True)
            else:
                target.print(part)
    return [encodable(line.rstrip(), target.file) for line in captured.get().splitlines()]


def definitions(rows: Iterable[tuple[str, str]]) -> Table:
    """Names with their descriptions, in two columns."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for name, description in rows:
        table.add_row(text(name), text(description))
    return table


def _wrapped(sentence: Text, target: Console) -> list[Text]:
    """A sentence in lines, the later ones indented; outside terminals one line, and so with a path that is too long."""
    indent = " " * (2 + len(sentence.plain) - len(sentence.plain.lstrip()))
    columns = target.width - len(indent)
    if target.soft_wrap or any(cell_len(word) > columns for word in sentence.plain.split()):
        return [sentence]
    first, *rest = sentence.wrap(target, columns)
    return [first, *(Text(indent) + line for line in rest)]
