"""The command line: it finds the command and calls it. pytest measures."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from parbench import __version__
from parbench.commands import add_commands
from parbench.errors import ParbenchError

EPILOG = (
    "Measure with `pytest --benchmark`. Exit codes: 0 done, 1 a comparison has what --fail-on names, "
    "2 something could not be used or read."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except ParbenchError as error:
        print(f"parbench: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="parbench", description="Compare parallel strategies in Python.", epilog=EPILOG)
    top.add_argument("--version", action="version", version=f"parbench {__version__}")
    add_commands(top)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
