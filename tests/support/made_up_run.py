"""A made-up run for tests of what shows results: a frame, its summary and its verdicts, no clock involved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from parbench import Expect
from parbench.analysis.frame import COLUMNS, RunData
from parbench.analysis.verdict import Verdict, verdicts
from parbench.report import write
from parbench.report.run import Run
from parbench.runfile.header import Header, MachineFacts, RunSettings
from parbench.runfile.records import RunWarning
from parbench.workload.facts import WorkloadFacts
from tests.support.made_up_traces import traces

SERIAL, VECTORIZED = "serial", "vectorized"
STRATEGIES = (
    "serial",
    "vectorized",
    "threads",
    "multiprocessing",
    "shared-memory",
    "dask-threads",
    "dask-processes",
    "dask-distributed",
    "multiprocessing[tutorial]",
    "dask-threads[tutorial]",
    "multiprocessing[spawn]",
)
#: For each strategy: seconds of dispatch a call, how much of the work is shared among cores, start-up seconds.
COSTS: dict[str, tuple[float, float, float]] = {
    "threads": (0.0001, 0.97, 0.001),
    "multiprocessing": (0.004, 0.9, 0.02),
    "shared-memory": (0.0006, 0.96, 0.03),
    "dask-threads": (0.001, 0.95, 0.002),
    "dask-processes": (0.012, 0.85, 0.4),
    "dask-distributed": (0.02, 0.88, 1.2),
    "multiprocessing[tutorial]": (0.3, 0.8, 0.02),
    "dask-threads[tutorial]": (0.003, 0.93, 0.002),
    "multiprocessing[spawn]": (0.004, 0.9, 0.25),
}
SECONDS_AN_ELEMENT = {"square": 5e-8, "square_array": 1.2e-9, "affine": 9e-9, "affine_sum": 6e-9}


@dataclass
class Plan:
    """The cells of the generated run; `fail` gives ``(strategy, status, reason)`` of what went wrong.

    With `traced`, every cell has traces of two blocks.
    """

    workloads: Sequence[str] = ("square",)
    sizes: Sequence[int] = (10_000, 100_000, 1_000_000)
    strategies: Sequence[str] = STRATEGIES
    cores: Sequence[int] = (1, 2)
    chunks: Sequence[int] = (1,)
    blocks: int = 3
    rounds: int = 4
    fail: Sequence[tuple[str, str, str]] = ()
    warnings: Sequence[str] = ()
    complete: bool = True
    traced: bool = False
    header: dict[str, Any] = field(default_factory=dict)


def run(plan: Plan | None = None) -> tuple[pd.DataFrame, pd.DataFrame, list[Verdict]]:
    """The frame, the summary and the verdicts of a made-up run; the same plan gives the same numbers."""
    plan = plan or Plan()
    rng = np.random.default_rng(7)
    rows = [summary_row(plan, rng, *cell) for cell in cells(plan)]
    for workload in plan.workloads:
        for size in plan.sizes:
            together = [row for row in rows if (row["workload"], row["size"]) == (workload, size)]
            fill_speedups(together, rng, single=plan.blocks < 2)
    summary = pd.DataFrame(rows, columns=SUMMARY).astype(dict.fromkeys(NUMBERS, float))
    frame = pd.DataFrame([row for cell in summary.itertuples() for row in samples(plan, rng, cell)], columns=FRAME)
    frame = frame.astype({name: COLUMNS[name] for name in FRAME})
    frame.attrs["run"] = RunData(
        header(plan),
        warnings=tuple(map(RunWarning, plan.warnings)),
        complete=plan.complete,
        traces=tuple(traces(summary)) if plan.traced else (),
        seconds=171.4 if plan.complete else None,
    )
    return frame, summary, verdicts(summary)


def opened(plan: Plan | None = None) -> Run:
    """The same as an opened run."""
    frame, summary, found = run(plan)
    result = Run(frame)
    result.summary, result.verdicts = summary, found
    return result


def page_of(run: Run) -> str:
    """The report as text, without the files next to it, which take long to draw."""
    with patch.object(write, "write_page", lambda page, text, *files: text):
        return str(write.write_report(run, Path()))


def expecting(**more: Any) -> Plan:
    """A plan of one workload with expectations of every outcome."""
    why = "What theory says, in one sentence that is long enough to need a second line on a phone."
    expects: list[Any] = [
        Expect("threads", "below", 1.1, why),
        Expect("shared-memory", "above", "ceiling", why, times=0.5),
        Expect("threads", "above", "shared-memory", why, times=1.03, from_seconds=0.04),
        Expect("somebody-elses-strategy-with-a-long-name[and-variant]", "below", "cores", why),
        Expect("threads", "above", 1, why, from_seconds=100),
    ]
    plan = Plan(**more)
    plan.header["workloads"] = dict.fromkeys(plan.workloads, FACTS) | {plan.workloads[0]: FACTS | {"expects": expects}}
    return plan


CELL = ["workload", "size", "strategy", "cores", "chunks", "environment"]
COSTS_OF_A_CELL = ["start_seconds", "first_seconds", "stop_seconds", "cpu_seconds", "peak_bytes"]
SPEEDUPS = ["speedup", "speedup_low", "speedup_high", "relative", "efficiency", "ceiling", "of_ceiling"]
OF_FASTEST = ["of_fastest", "of_fastest_low", "of_fastest_high"]
NUMBERS = ["seconds", "mean_seconds", "slow_share", "slow_ratio", *SPEEDUPS, *OF_FASTEST, *COSTS_OF_A_CELL]
OUTCOME = ["status", "reason"]
TIMING = ["block", "round", "phase", "seconds", "loops", "cpu_seconds", "peak_bytes", "ceiling"]
FRAME = ["run", *CELL, *TIMING, *OUTCOME]
SUMMARY = [*CELL, *NUMBERS, "blocks", "rounds", "baseline", "verdict", *OUTCOME]


def cells(plan: Plan) -> list[tuple[str, int, str, int, int]]:
    """Every cell of the plan; serial forms on one core only, and uncut like the tutorial's."""
    return [
        (workload, size, strategy, cores, chunks)
        for workload in plan.workloads
        for size in plan.sizes
        for strategy in plan.strategies
        for cores in plan.cores
        for chunks in plan.chunks
        if cores == 1 or strategy not in (SERIAL, VECTORIZED)
        if chunks == 1 or (strategy not in (SERIAL, VECTORIZED) and not strategy.endswith("[tutorial]"))
    ]


def summary_row(
    plan: Plan, rng: np.random.Generator, workload: str, size: int, strategy: str, cores: int, chunks: int
) -> dict[str, Any]:
    """One cell, its speedup still to be filled in."""
    base = dict(zip(CELL, (workload, size, strategy, cores, chunks, ""), strict=True))
    for name, status, reason in plan.fail:
        if name in (strategy, "*"):
            return {**base, "blocks": 0, "rounds": 0, "status": status, "reason": reason}
    work = size * SECONDS_AN_ELEMENT.get(workload, 2e-8)
    dispatch, shared, start = COSTS.get(strategy, (0.002, 0.9, 0.1))
    ceiling = 1 + (cores - 1) * 0.93
    seconds = work * (1 - shared + shared / ceiling) + dispatch * (1 + 0.02 * cores)
    pieces = chunks or (4 if strategy.startswith("multi") else 200)
    # uneven work is shared better the more it is cut, and each chunk costs something
    seconds -= (work * 0.1 * (1 - 1 / pieces) / ceiling) if cores > 1 else 0.0
    seconds += dispatch * 0.2 * (pieces - 1)
    if strategy == SERIAL:
        seconds, start = work, 1e-6
    if strategy == VECTORIZED:
        seconds, start = work * 1.3 + 1e-4, 1e-6
    seconds *= float(rng.normal(1, 0.01))
    return {
        **base,
        "seconds": seconds,
        "mean_seconds": seconds,
        "slow_share": 0.0,
        "ceiling": ceiling,
        "start_seconds": start,
        "first_seconds": seconds * 1.4 + 0.001,
        "stop_seconds": start / 3,
        "cpu_seconds": work * 1.04 + dispatch,
        "peak_bytes": 4.1e7 + 24 * size * (1 + 0.1 * cores),
        "blocks": plan.blocks,
        "rounds": plan.blocks * plan.rounds,
        "status": "ok",
        "reason": "",
    }


def fill_speedups(rows: list[dict[str, Any]], rng: np.random.Generator, single: bool) -> None:
    """Fill in, for the cells of one workload and size, the baseline, the speedups and what follows from them."""
    serial = [row for row in rows if row["strategy"] in (SERIAL, VECTORIZED) and row["status"] == "ok"]
    baseline = min(serial, key=lambda row: row["seconds"]) if serial else {"strategy": "", "seconds": math.nan}
    for row in rows:
        is_baseline = row["strategy"] == baseline["strategy"]
        row["baseline"] = baseline["strategy"]
        row["verdict"] = "failed"
        if row["status"] != "ok":
            continue
        ratio = baseline["seconds"] / row["seconds"]
        spread = 0.0 if is_baseline else float(rng.uniform(0.01, 0.06))
        row["speedup"] = row["relative"] = ratio
        row["efficiency"], row["of_ceiling"] = ratio / row["cores"], ratio / row["ceiling"]
        row["speedup_low"] = math.nan if single else ratio * math.exp(-spread)
        row["speedup_high"] = math.nan if single else ratio * math.exp(spread)
        verdict = "faster" if row["speedup_low"] > 1 else "slower" if row["speedup_high"] < 1 else "undecided"
        row["verdict"] = "baseline" if is_baseline else verdict
    fastest = max((row["speedup"] for row in rows if row["status"] == "ok" and row not in serial), default=math.nan)
    for row in rows:
        exactly = row["speedup"] / fastest if row["status"] == "ok" and row not in serial else math.nan
        row |= dict.fromkeys(OF_FASTEST, exactly)


def samples(plan: Plan, rng: np.random.Generator, cell: Any) -> list[dict[str, Any]]:
    """The rows of one cell in the frame: a start, a first and some steady samples per block."""
    base = {name: getattr(cell, name) for name in CELL} | {
        "run": "2026-11-23-093144",
        "ceiling": cell.ceiling,
        "loops": 1,
        "cpu_seconds": cell.cpu_seconds,
        "peak_bytes": cell.peak_bytes,
        "status": cell.status,
        "reason": cell.reason,
    }
    if cell.status != "ok":
        return [{**base, "block": 0, "round": 0, "phase": "start", "seconds": math.nan}]
    return [
        {**base, "block": block, "round": turn, "phase": phase, "seconds": seconds}
        for block in range(plan.blocks)
        for phase, turn, seconds in [
            ("start", 0, cell.start_seconds),
            ("first", 0, cell.first_seconds),
            *(("steady", each, cell.seconds * float(rng.lognormal(0, 0.05))) for each in range(plan.rounds)),
            ("stop", 0, cell.stop_seconds),
        ]
    ]


#: The facts of each workload of the made-up run.
FACTS: dict[str, Any] = {
    "about": "Square every number of a list.",
    "inputs": "shipped",
    "outputs": "materialized",
    "bound": "compute",
    "unit": "elements",
    "bytes_in": 8.0,
    "bytes_out": 8.0,
    "operations": 1.0,
}


def header(plan: Plan) -> Header:
    """The header of the made-up run; `plan.header` replaces its fields, given as plain values."""
    fields: dict[str, Any] = {
        "run": "2026-11-23-093144",
        "created": "2026-11-23T09:31:44+00:00",
        "profile": "quick",
        "seed": 1,
        "command": ["pytest", "--benchmark", "--parbench-profile", "quick", "-k", "square and not affine"],
        "machine": {
            "cpu_model": "Example CPU @ 2.50GHz",
            "cores_host": 2,
            "cores_affinity": 2,
            "cores_usable": 2,
            "memory_bytes": 16_772_000_000,
            "os": "Linux 6.1",
            "hypervisor": True,
            "load_average": 0.31,
            "python": "CPython 3.11.7",
        },
        "versions": {"python": "3.11.7", "numpy": "2.4.0", "dask": "2026.8.0", "parbench": "0.1.0"},
        "commit": "0123456789abcdef+",
        "workloads": dict.fromkeys(plan.workloads, FACTS),
        "settings": {"precision": 0.02, "budget": 300.0, "cores": list(plan.cores)},
        **plan.header,
    }
    typed = {
        "machine": MachineFacts(**fields["machine"]),
        "workloads": {name: WorkloadFacts(**facts) for name, facts in fields["workloads"].items()},
        "settings": RunSettings(**fields["settings"]),
    }
    return Header(**fields | typed)
