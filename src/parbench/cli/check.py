"""``parbench check``: say what this machine can tell."""

from __future__ import annotations

import argparse

from parbench.cli.commands import say, shown

SUMMARY = "say what this machine can tell, in about a minute"
EXAMPLE = "Example: parbench check --margin 2%"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--margin", default="5%", help="what is too little a change to matter (default: 5%%)")
    parser.add_argument("--seconds", type=float, default=50.0, help="how long to measure (default: 50)")


def run(options: argparse.Namespace) -> int:
    """Measure this machine against itself and print what that means."""
    from parbench.analysis.gate import margin_of
    from parbench.errors import UsageError
    from parbench.measure import self_check

    margin = margin_of(options.margin)
    if not 1 <= options.seconds <= 3600:
        raise UsageError(f"--seconds takes 1 to 3600, not {options.seconds:g}.")
    with shown() as progress:
        found = self_check.lines(options.seconds, margin, progress)
    say(found)
    return 0
