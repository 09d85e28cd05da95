"""``parbench advise``: say which strategy to take, from a run."""

from __future__ import annotations

import argparse

from parbench.cli import completing
from parbench.cli.commands import add_run, say

SUMMARY = "say which strategy to take, from a run"
EXAMPLE = """\
Examples:
  parbench advise latest --workload affine --size 3000
  parbench advise latest --workload affine --size 3000 --calls 100 --cores 2
  parbench advise latest --workload own.py:mine --size 3000 --memory 500MB"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")
    workload = parser.add_argument(
        "--workload", required=True, metavar="W", help="a workload of the run, or a new one: module:name, file.py:name"
    )
    completing.by(workload, completing.workloads_named)
    parser.add_argument("--size", required=True, type=int, metavar="N", help="in the workload's unit")
    parser.add_argument("--calls", type=int, default=1, metavar="K", help="how many calls will be made (default: 1)")
    parser.add_argument("--cores", type=int, metavar="C", help="at most (default: as many as were measured)")
    parser.add_argument("--memory", metavar="M", help="at most, such as 500MB (default: any)")


def run(options: argparse.Namespace) -> int:
    """Print which strategy to take, and what else there is."""
    from parbench.measure.characterize import advice, bytes_of
    from parbench.report.sentences.advice import lines
    from parbench.runfile.locate import named

    memory = None if options.memory is None else bytes_of(options.memory)
    place = named(options.run_name, options.reports)
    found, notes = advice(place, options.workload, options.size, options.calls, options.cores, memory)
    say([*notes, *lines(found)])
    return 0
