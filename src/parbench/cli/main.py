"""The command line: it finds the command and calls it. pytest measures."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from parbench import __version__
from parbench.cli import completing
from parbench.cli.commands import Help, add_commands
from parbench.errors import ParbenchError

EPILOG = """\
To measure, pytest is used: in a project with tests for parbench,
  pytest                          runs every cell once and checks its result
  pytest --benchmark              measures, for at most 5 minutes
  pytest --benchmark -k threads   measures some cells
  parbench show latest            prints again what came out

Exit codes:
  0    done
  1    a comparison has a verdict that --fail-on names
  2    something could not be used or read, as the sentence on it says
  3    a fault of parbench: please report it with what it printed
  130  ended by Ctrl-C
  141  nobody read the output to its end, as in parbench list | head -1"""
REPORT = "Please open an issue with the lines above and the command that you gave."
#: Exit codes beside those that commands give.
UNUSABLE, FAULT, INTERRUPTED, UNREAD = 2, 3, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # no command fails because the encoding lacks a sign
    try:
        try:
            return _run(arguments)
        finally:
            print(end="", flush=True)  # that nobody reads it is known here, and not when Python ends
    except ParbenchError as error:
        print(f"parbench: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("parbench: ended by Ctrl-C.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # of our output: that of an arm is an ArmFailed
        stop_writing()
        return UNREAD
    except Exception:
        import traceback  # seldom wanted, and no help is to wait for it

        traceback.print_exc()
        print(f"parbench {__version__}: this is a fault of parbench. {REPORT}", file=sys.stderr)
        return FAULT


def _run(arguments: Sequence[str] | None) -> int:
    top = parser()
    completing.complete(top)
    options = top.parse_args(arguments)
    return int(options.run(options))


def stop_writing() -> None:
    """Let what is still to be written go nowhere, so that Python has nothing to complain of at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    about = "Compare parallel strategies in Python: how much faster, why not more, from when on, which one."
    top = argparse.ArgumentParser(prog="parbench", description=about, epilog=EPILOG, formatter_class=Help)
    top.add_argument("-V", "--version", action="version", version=f"parbench {__version__}")
    add_commands(top)
    return top


if __name__ == "__main__":
    raise SystemExit(main())
