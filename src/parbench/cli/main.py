"""The command line: finds the command, runs it, and turns errors into a sentence and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from parbench.cli.commands import CommandGroup
from parbench.cli.completion import COMPLETE
from parbench.errors import ParbenchError

EPILOG = """\b
To measure, run pytest in a project with tests for parbench:
  pytest                          runs every cell once and checks its result
  pytest --benchmark              measures, for at most 5 minutes
  pytest --benchmark -k threads   measures some cells
  parbench show latest            prints the results again

\b
Exit codes:
  0    success
  1    a comparison has a verdict that --fail-on names
  2    an unusable argument or an unreadable file, as the message explains
  3    an error in parbench: please report it with its output
  130  stopped by Ctrl-C
  141  the reader closed the pipe early, as in parbench list | head -1"""
REPORT = "Please open an issue with the lines above and your command."
#: Exit code for unusable arguments and unreadable files.
UNUSABLE = 2
#: Exit code for an error in parbench.
FAULT = 3
#: Exit code after Ctrl-C.
INTERRUPTED = 130
#: Exit code if the reader closed the pipe.
UNREAD = 141


@click.group(
    cls=CommandGroup,
    help="Compare parallel strategies in Python: how much faster, why not more, when it pays off, which one to use.",
    epilog=EPILOG,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(None, "-V", "--version", package_name="parbench", message="parbench %(version)s")
def parbench() -> None:
    """All commands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # no command fails because the encoding lacks a sign
    try:
        try:
            return run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            print(end="", flush=True)  # a closed pipe is noticed here, and not when Python ends
    except click.exceptions.Exit as ended:  # after --help and --version
        return ended.exit_code
    except click.ClickException as error:
        print(f"parbench: {usage_sentence(error)}", file=sys.stderr)
        return UNUSABLE
    except ParbenchError as error:
        print(f"parbench: {error}", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("parbench: stopped by Ctrl-C.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # of the output: a broken pipe of an arm is an ArmFailed
        discard_output()
        return UNREAD
    except Exception:
        report_fault()
        return FAULT


def run(arguments: list[str]) -> int:
    """Run the command, or answer a shell that asks for completions."""
    if instruction := os.environ.get(COMPLETE):
        from click.shell_completion import shell_complete

        return shell_complete(parbench, {}, "parbench", COMPLETE, instruction)
    with parbench.make_context("parbench", arguments) as context:
        return int(parbench.invoke(context) or 0)


def usage_sentence(error: click.ClickException) -> str:
    """An error in the arguments, with the command whose help explains them."""
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "parbench"
    return f"{message[:1].lower()}{message[1:]}: see `{path} --help`."


def discard_output() -> None:
    """Let the remaining output go nowhere, so that Python does not complain about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def report_fault() -> None:
    """Print the traceback of an unexpected error, and what to do with it."""
    import traceback
    from importlib.metadata import version

    traceback.print_exc()
    print(f"parbench {version('parbench')}: this is an error in parbench. {REPORT}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
