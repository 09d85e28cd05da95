"""The tables of docs/strategies.md and docs/workloads.md, from the code and from a stored run."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

import parbench
from parbench.analysis.frame import data_of, ours
from parbench.analysis.verdict import verdicts
from parbench.strategies.registry import BUILT_IN, find
from parbench.text import duration

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "benchmarks" / "validate" / "recorded" / "catalogue.jsonl"
BOUNDARIES = {
    "nothing": "the caller's thread",
    "thread": "threads",
    "process": "processes",
    "machine": "processes, hosts",
}
FORMS = ("vectorized", "write_into", "dask", "numexpr", "numba", "coroutine", "stages")
NOTHING = "–"


def strategies(summary: pd.DataFrame) -> Iterator[str]:
    """A line for each strategy; start-up and first call are medians over the cells of the run on the most cores."""
    yield "| strategy | what it is | runs in | variants | needs | start-up | first call |"
    yield "|---|---|---|---|---|---|---|"
    cores = data_of(summary).header.machine.cores_usable or 1  # workers that wait may be more than these
    good = summary[(summary["status"] == "ok") & (summary["cores"] <= cores)]
    for name in BUILT_IN:
        strategy, _ = find(name)
        mine = good[good["strategy"] == name]
        mine = mine[mine["cores"] == mine["cores"].max()]
        yield row(
            f"`{name}`",
            strategy.about,
            BOUNDARIES[strategy.boundary],
            ", ".join(f"`{each}`" for each in strategy.variants),
            ", ".join(f"`{each}`" for each in strategy.requires.values()),
            *(told(mine[column].median()) for column in ("start_seconds", "first_seconds")),
        )


def workloads(summary: pd.DataFrame) -> Iterator[str]:
    """A line for each workload of this repository; the last column is the verdict of the run at the largest size."""
    found = {verdict.workload: verdict for verdict in verdicts(summary)}  # the last of a workload: its largest size
    yield "| workload | tells apart | inputs → results | bound by | forms beside the kernel | best, largest size |"
    yield "|---|---|---|---|---|---|"
    for workload in catalogue():
        verdict = found.get(workload.name)
        yield row(
            f"`{workload.name}`",
            workload.isolates,
            f"{workload.inputs} → {workload.outputs}",
            workload.bound,
            ", ".join(form for form in FORMS if getattr(workload, form) is not None),
            "" if verdict is None else f"{verdict.best} on {verdict.cores}: {verdict.speedup:.2f}×",
        )


def catalogue() -> list[parbench.Workload]:
    """The workloads of this repository, by name."""
    modules = (import_module(f"workloads.{file.stem}") for file in (ROOT / "workloads").glob("[!_]*.py"))
    found = {
        id(each): each for module in modules for each in vars(module).values() if isinstance(each, parbench.Workload)
    }
    return sorted(found.values(), key=lambda each: each.name)


def told(seconds: Any) -> str:
    """Seconds in words; empty where the run has none."""
    return duration(seconds) if seconds > 0 else ""


def row(*cells: str) -> str:
    """A line of a table in Markdown."""
    return f"| {' | '.join(cell or NOTHING for cell in cells)} |"


def main(arguments: list[str]) -> None:
    """Print both tables. Argument: the run (default: the recorded one of the standard profile)."""
    summary = parbench.summarize(ours(parbench.load(arguments[0] if arguments else RECORDED)))
    for table in (strategies, workloads):
        print(*table(summary), sep="\n", end="\n\n")
