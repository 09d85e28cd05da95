"""``parbench report``: make the report of a run again."""

from __future__ import annotations

import argparse
from pathlib import Path

from parbench.commands import add_run

SUMMARY = "make the report of a run again"
EXAMPLE = "Example: parbench report reports/latest"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write it (default: beside the run file)")


def run(options: argparse.Namespace) -> int:
    """Write the report of a run; print its verdicts, its surprises, and what is noise in it."""
    from parbench import report
    from parbench.analysis import replicas
    from parbench.analysis.expected import expectations, lines
    from parbench.analysis.summary import summarize
    from parbench.analysis.verdict import verdicts
    from parbench.frame import load, ours
    from parbench.journal import find
    from parbench.runs import named

    place = named(options.run_name, options.reports)
    frame = load(place)
    path = report.write(frame, options.out or find(place).parent)
    frame = ours(frame)
    summary = summarize(frame)
    told = [verdict.sentence for verdict in verdicts(summary)]
    told += [*lines(expectations(summary, frame)), *replicas.lines(replicas.replicas(frame))]
    print(*told, f"report: {path}", sep="\n")
    return 0
