"""``parbench advise``: say which strategy to take, from a run."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from parbench.cli import completing
from parbench.cli.commands import add_run, print_sentences
from parbench.errors import UsageError

if TYPE_CHECKING:
    from parbench.analysis.advice.adviser import Advice

SUMMARY = "say which strategy to take, from a run"
EXAMPLE = """\
Examples:
  parbench advise latest --workload affine --size 3000
  parbench advise latest --workload affine --size 3000 --calls 100 --cores 2
  parbench advise latest --workload own.py:mine --size 3000 --memory 500MB"""
ELSEWHERE = "This run was made on another machine, or one that has changed since:"
MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)(i?)B?")
POWERS = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}


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
    from parbench.report.sentences.advice import lines
    from parbench.runfile.locate import named

    memory = None if options.memory is None else parse_bytes(options.memory)
    place = named(options.run_name, options.reports)
    found, notes = advise(place, options.workload, options.size, options.calls, options.cores, memory)
    print_sentences([*notes, *lines(found)])
    return 0


def parse_bytes(text: str) -> float:
    """An amount of memory such as ``500MB``, ``2GiB`` or ``100000``; raises UsageError."""
    match = MEMORY.fullmatch(text.strip())
    amount = float(match[1]) * (1024 if match[3] else 1000) ** POWERS[match[2]] if match else 0.0
    if not amount:
        raise UsageError(f"--memory takes an amount such as 500MB or 2GB, not {text!r}.")
    return amount


def advise(
    run: str | Path, workload: str, size: int, calls: int, cores: int | None, memory: float | None
) -> tuple[Advice, list[str]]:
    """The advice and sentences about the machine; `workload` is a name in the run, or the place of a new one.

    Raises UsageError, RunFileError or WorkloadError, each with what is missing and how to measure it.
    """
    from parbench.analysis.advice.adviser import Adviser
    from parbench.analysis.advice.features import typical
    from parbench.analysis.frame import load as load_run
    from parbench.machine import facts
    from parbench.measure.characterize import measure_cost, runnable_strategies
    from parbench.runfile.records import WEIGHINGS
    from parbench.workload.reference import load, parse_place

    frame = load_run(run)
    adviser = Adviser(frame)
    made_elsewhere = frame.attrs["header"].get("machine", {}).get("machine_id") != facts.describe()["machine_id"]
    if ":" not in workload:
        notes = [f"{ELSEWHERE} these times are that one's."] if made_elsewhere else []
        return adviser.advise(workload, size, calls, cores, memory), notes
    if made_elsewhere:
        raise UsageError(
            f"{ELSEWHERE} a new workload weighed here cannot be predicted from what strategies cost there: measure the "
            "catalogue on this machine, with `pytest --benchmark` in a clone of parbench."
        )
    reference = parse_place(workload)
    found, _ = load(reference)
    if found.name in adviser.workloads():
        return adviser.advise(found.name, size, calls, cores, memory), []
    adviser.check(found.name, size, calls, cores)
    most = cores or adviser.most_cores(found.name)
    weight = typical([measure_cost(found, reference, size, most) for _ in range(WEIGHINGS)])
    labels = runnable_strategies(found, list(adviser.laws))
    return adviser.advise(found.name, size, calls, cores, memory, weight, labels), []
