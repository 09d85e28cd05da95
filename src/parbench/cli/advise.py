"""``parbench advise``: the strategy to use, from a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parbench.cli.commands import RUN, print_parts, run_arguments
from parbench.cli.completion import complete_workload
from parbench.errors import UsageError

if TYPE_CHECKING:
    from parbench.analysis.advice.advice import Advice

ELSEWHERE = "This run was made on another machine, or one that has changed since:"
MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)(i?)B?")
POWERS = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}


@click.command(
    help=f"Advise which strategy to use, from a run.\n\n{RUN}",
    epilog="""\b
Examples:
  parbench advise latest --workload affine --size 3000
  parbench advise latest --workload affine --size 3000 --calls 100 --cores 2
  parbench advise latest --workload own.py:mine --size 3000 --memory 500MB""",
)
@run_arguments("run_name")
@click.option(
    "--workload",
    required=True,
    metavar="NAME",
    shell_complete=complete_workload,
    help="A workload of the run, or a new one: module:name or file.py:name.",
)
@click.option("--size", required=True, type=int, metavar="N", help="Size in the workload's unit.")
@click.option("--calls", type=int, default=1, show_default=True, metavar="N", help="Number of calls.")
@click.option("--cores", type=int, metavar="N", help="Most cores. [default: as many as were measured]")
@click.option("--memory", metavar="BYTES", help="Most memory, such as 500MB. [default: any]")
def command(
    run_name: str, reports: Path, workload: str, size: int, calls: int, cores: int | None, memory: str | None
) -> None:
    """Print which strategy to use, and the alternatives."""
    from parbench.report.terminal.advice import parts
    from parbench.runfile.locate import locate_run

    most_bytes = None if memory is None else parse_bytes(memory)
    advice, notes = advise(locate_run(run_name, reports), workload, size, calls, cores, most_bytes)
    print_parts([*notes, *parts(advice)])


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
    from parbench.analysis.frame import data_of
    from parbench.analysis.frame import load as load_run
    from parbench.machine import facts
    from parbench.measurement.characterize import measure_cost, runnable_strategies
    from parbench.runfile.records import WEIGHINGS
    from parbench.workload.reference import load, parse_place

    frame = load_run(run)
    adviser = Adviser(frame)
    made_elsewhere = data_of(frame).header.machine.machine_id != facts.describe()["machine_id"]
    if ":" not in workload:
        notes = [f"{ELSEWHERE} these times are that one's."] if made_elsewhere else []
        return adviser.advise(workload, size, calls, cores, memory), notes
    if made_elsewhere:
        raise UsageError(
            f"{ELSEWHERE} a new workload weighed here cannot be predicted from what strategies cost there: measure the "
            "catalogue on this machine, with `pytest --benchmark` in a clone of parbench."
        )
    reference = parse_place(workload)
    target, _ = load(reference)
    if target.name in adviser.workloads():
        return adviser.advise(target.name, size, calls, cores, memory), []
    adviser.check(target.name, size, calls, cores)
    most = cores or adviser.most_cores(target.name)
    weight = typical([measure_cost(target, reference, size, most) for _ in range(WEIGHINGS)])
    labels = runnable_strategies(target, list(adviser.laws))
    return adviser.advise(target.name, size, calls, cores, memory, weight, labels), []
