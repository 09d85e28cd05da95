"""The commands of ``parbench``: a module each, named in one line here.

Each has ``SUMMARY`` and ``EXAMPLE``, a line each for the help, ``arguments(parser)`` and ``run(options)``, which gives
the exit code. All are imported for every ``parbench --help``, so heavy libraries wait until ``run`` needs them.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path

#: The commands in the order of the help: modules of this package.
COMMANDS: tuple[str, ...] = ("report", "plot", "export", "compare", "advise", "history", "check", "list")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Give `parser` every command as a subcommand, whose options have the function to call as ``run``."""
    found = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"parbench.commands.{name}")
        command = found.add_parser(name, help=module.SUMMARY, description=module.SUMMARY, epilog=module.EXAMPLE)
        module.arguments(command)
        command.set_defaults(run=module.run)


def add_run(parser: argparse.ArgumentParser, *names: str) -> None:
    """Let `parser` take a run for each of `names`, options of that name, and the folder in which ``latest`` is."""
    for name in names:
        parser.add_argument(
            name,
            metavar=name.upper().removesuffix("_NAME"),
            help="a run file, the folder that holds one, or latest, latest~1, …",
        )
    parser.add_argument("--reports", type=Path, default=Path("reports"), metavar="FOLDER", help="where latest is")
