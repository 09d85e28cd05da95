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
        return text


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


def print_sentences(sentences: Iterable[str]) -> None:
    """Print sentences, wrapped if a person reads them."""
    from parbench.report.terminal.screen import console, lines

    print(*lines(console(sys.stdout), sentences), sep="\n")


def print_results(run: Run) -> None:
    """Print the tables and verdicts of a run."""
    from parbench.report.terminal import results
    from parbench.report.terminal.screen import console

    print(*results.render(run.summary, run.expected, run.replicas, console(sys.stdout)), sep="\n")


@contextmanager
def progress_on_stderr() -> Iterator[Progress]:
    """Progress of a command on the standard error output; in a terminal nothing of it remains."""
    from parbench.report.terminal.progress_line import ProgressLine

    line = ProgressLine(sys.stderr)
    try:
        yield line
    finally:
        line.close()
