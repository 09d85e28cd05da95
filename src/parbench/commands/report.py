"""``parbench report``: make the report of a run again."""

from __future__ import annotations

import argparse
from pathlib import Path

from parbench.commands import add_run, say, tell

SUMMARY = "make the report of a run again"
EXAMPLE = """\
Examples:
  parbench report latest
  parbench report reports/20261123-093100-quick --out elsewhere"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write it (default: beside the run file)")


def run(options: argparse.Namespace) -> int:
    """Write the report of a run; print its tables and verdicts, its surprises, and what is noise in it."""
    from parbench import report
    from parbench.frame import load
    from parbench.journal import find
    from parbench.runs import named

    place = named(options.run_name, options.reports)
    frame = load(place)
    path = report.write(frame, options.out or find(place).parent)
    tell(frame)
    say([f"report: {path}"])
    return 0
