"""What the commands of ``parbench`` share: arguments that take a run, and printing.

A command is a module of this package whose `command` is a Click command; the help of ``parbench`` imports all of them,
so they import libraries only when they run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from parbench.cli.completion import complete_run

if TYPE_CHECKING:
    from rich.console import RenderableType

    from parbench.measurement.progress import Progress
    from parbench.report.run import Run

Function = TypeVar("Function", bound=Callable[..., Any])

#: Forms of an argument of a command.
RUN = "RUN is a run file, its folder, or latest, latest~1, ..."
#: The commands in the order of the help: modules of this package.
COMMANDS = (
    *("report", "show", "plot", "export", "compare", "advise"),
    *("history", "index", "check", "list", "convert", "completion"),
)


class CommandGroup(click.Group):
    """The commands, each imported when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, if there is one."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"parbench.cli.{cmd_name}").command
        return command


def run_arguments(*names: str, many: bool = False) -> Callable[[Function], Function]:
    """Arguments that take a run each, and the folder in which ``latest`` is."""

    def decorate(function: Function) -> Function:
        function = click.option(
            "--reports",
            type=click.Path(path_type=Path),
            default="reports",
            show_default=True,
            metavar="FOLDER",
            help="Folder that contains the runs latest, latest~1, ...",
        )(function)
        for name in reversed(names):
            metavar = name.upper().removesuffix("_NAMES").removesuffix("_NAME")
            count = -1 if many else 1
            label = f"{metavar}..." if many else metavar
            function = click.argument(name, nargs=count, required=True, metavar=label, shell_complete=complete_run)(
                function
            )
        return function

    return decorate


def print_parts(parts: Iterable[RenderableType]) -> None:
    """Print sentences and tables; sentences are wrapped on terminals only."""
    from parbench.report.terminal.screen import console, lines

    print(*lines(console(sys.stdout), parts), sep="\n")


def print_results(run: Run) -> None:
    """Print the tables and verdicts of a run."""
    from parbench.report.terminal import results
    from parbench.report.terminal.screen import console

    print(*results.render(run.summary, run.expected, run.replicas, console(sys.stdout)), sep="\n")


def print_skipped(sentences: Iterable[str]) -> None:
    """Print what could not be read, on the standard error output."""
    for sentence in sentences:
        print(f"parbench: skipped: {sentence}", file=sys.stderr)


@contextmanager
def progress_on_stderr() -> Iterator[Progress]:
    """Progress of a command on the standard error output; in a terminal nothing of it remains."""
    from parbench.report.terminal.progress_line import ProgressLine

    line = ProgressLine(sys.stderr)
    try:
        yield line
    finally:
        line.close()
