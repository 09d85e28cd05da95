"""The commands of ``parbench``: a module each, named in one line here.

Each has ``SUMMARY`` and ``EXAMPLE``, for the help, ``arguments(parser)`` and ``run(options)``, which gives the exit
code. All are imported for every ``parbench --help``, so heavy libraries wait until ``run`` needs them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from parbench.cli import completing
from parbench.report.terminal import layout, screen

if TYPE_CHECKING:
    from parbench.measure.progress import Progress
    from parbench.report.run import Run

#: The commands in the order of the help: modules of this package.
COMMANDS: tuple[str, ...] = (
    "report",
    "show",
    "plot",
    "export",
    "compare",
    "advise",
    "history",
    "index",
    "check",
    "list",
    "convert",
    "completion",
)


class Help(argparse.HelpFormatter):
    """Help whose paragraphs and examples keep their lines; one that is too long goes on below its last column."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = []
        for line in text.splitlines():
            lines += layout.wrapped(indent + line, width, usual=4 if line.startswith(" ") else 0)
        return "\n".join(lines)


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Give `parser` every command as a subcommand, whose options have the function to call as ``run``."""
    found = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"parbench.cli.{name}")
        about = f"{module.SUMMARY[0].upper()}{module.SUMMARY[1:]}."
        command = found.add_parser(
            name, help=module.SUMMARY, description=about, epilog=module.EXAMPLE, formatter_class=Help
        )
        module.arguments(command)
        command.set_defaults(run=module.run)


def add_run(parser: argparse.ArgumentParser, *names: str, nargs: str | None = None) -> None:
    """Let `parser` take a run for each of `names`, options of that name, and the folder in which ``latest`` is.

    `nargs` is as for `add_argument`, where a name takes more than one.
    """
    for name in names:
        argument = parser.add_argument(
            name,
            nargs=nargs,
            metavar=name.upper().removesuffix("_NAME"),
            help="a run file, the folder that holds one, or latest, latest~1, …",
        )
        completing.by(argument, completing.runs_named)
    parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="FOLDER", help="where latest is")


def say(texts: Iterable[str]) -> None:
    """Print sentences, wrapped where a person reads them."""
    here = screen.screen(sys.stdout)
    for text in texts:
        print(*here.lines(text), sep="\n")


def tell(run: Run) -> None:
    """Print what a run came to."""
    from parbench.report.terminal import results

    print(*results.lines(run.summary, run.expected, run.replicas, screen.screen(sys.stdout)), sep="\n")


@contextmanager
def shown() -> Iterator[Progress]:
    """Progress of what a command does, on the standard error output; nothing of it stays in a terminal."""
    from parbench.measure.progress import Ticker

    stream, here = sys.stderr, screen.screen(sys.stderr)
    in_place = screen.changes_in_place(stream)
    ticker = Ticker(
        lambda text: print(text, end="", file=stream, flush=True),
        (lambda: screen.columns(stream)) if in_place else None,
        here.text,
    )
    try:
        yield ticker
    finally:
        ticker.close()
