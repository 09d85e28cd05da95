"""The verdict: which strategy to use for each workload and size, as codes and numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

import pandas as pd

from parbench.analysis.choice import equals, rivals
from parbench.analysis.frame import data_of
from parbench.analysis.stats.interval import EQUAL, NO_MATTER
from parbench.analysis.summary import IMPLAUSIBLE
from parbench.workload.cell import BASELINES

#: The result of the best parallel strategy; ``alone`` if none was measured, ``nothing`` without a baseline.
Outcome = Literal["faster", "slower", "no difference", "undecided", "alone", "nothing"]
OUTCOMES: tuple[Outcome, ...] = ("faster", "slower", "no difference", "undecided", "alone", "nothing")
#: Why a workload and size have no baseline: it failed, the run ended first, no serial strategy was chosen, or the rows
#: of the baseline were filtered out; or its fastest strategy is faster than its cores can be.
Missing = Literal["", "failed", "not reached", "no serial", "filtered", "implausible"]


@dataclass(frozen=True)
class Verdict:
    """Which strategy to use for one workload at one size, and how much faster it is.

    `best` is a serial strategy unless a parallel one is significantly faster, and by enough to matter: the simplest of
    those between which there is no difference, and `equal` has the other ones. `chunks` are chunks per core, 0 for the
    strategy's own; `speedup`, `low` and `high` are against the baseline, the fastest serial strategy, and NaN if
    nothing was measured; `baseline_seconds` is the median time of one call of the baseline.

    `rival` is the best parallel strategy, the simplest of equals, too, and the fields that begin with its name are its
    own; it is `best` if the outcome is ``faster``. `outcome` is its result, `missing` the reason for the outcome
    ``nothing``. `each` is what a core is called: ``worker`` for workloads that are bound by latency.
    """

    workload: str
    size: int
    best: str = ""
    cores: int = 0
    chunks: int = 1
    speedup: float = math.nan
    low: float = math.nan
    high: float = math.nan
    baseline: str = ""
    baseline_seconds: float = math.nan
    outcome: Outcome = "nothing"
    missing: Missing = ""
    rival: str = ""
    rival_cores: int = 0
    rival_chunks: int = 1
    rival_speedup: float = math.nan
    rival_low: float = math.nan
    rival_high: float = math.nan
    each: str = "core"
    equal: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether measuring longer would leave the verdict as it is."""
        return self.outcome not in ("undecided", "nothing")


def verdicts(summary: pd.DataFrame) -> list[Verdict]:
    """One verdict for each workload and size of a summary, in its order."""
    groups: Any = summary.groupby(["workload", "size"], sort=False)
    header = data_of(summary).header
    lost = summary[summary["strategy"].isin(BASELINES) & ~summary["status"].isin(["ok", "skipped"])]
    failed = set(lost["workload"])  # at one size; the others are skipped then
    return [
        _verdict(str(workload), int(size), group, header.facts(str(workload)).worker_word, workload in failed)
        for (workload, size), group in groups
    ]


def headlines(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    """The verdict that each workload is shown by: of its largest size that has one, or else of its largest size."""
    found: dict[str, Verdict] = {}
    for each in verdicts:
        known = found.get(each.workload, each)
        found[each.workload] = max(known, each, key=lambda verdict: (verdict.best != "", verdict.size))
    return found


def _verdict(workload: str, size: int, group: pd.DataFrame, each: str, failed: bool) -> Verdict:
    good = group[(group["status"] == "ok") & group["speedup"].notna()]
    bases = good[good["verdict"] == "baseline"]
    if bases.empty:
        return Verdict(workload, size, missing=_missing(group, failed) if good.empty else "filtered", each=each)
    base, parallel = bases.iloc[0], equals(rivals(good))
    disturbed = any(cell["reason"] == IMPLAUSIBLE for cell in parallel)
    outcome: Outcome = "nothing" if disturbed else _outcome(parallel[0]) if parallel else "alone"
    serial = good[good["strategy"].isin(BASELINES)].sort_values("speedup", ascending=False)
    winner, *others = parallel if outcome == "faster" else equals(pd.concat([bases[:1], serial.drop(bases.index[:1])]))
    return Verdict(
        workload,
        size,
        best=winner["strategy"],
        cores=int(winner["cores"]),
        chunks=int(winner["chunks"]),
        speedup=float(winner["speedup"]),
        low=float(winner["speedup_low"]),
        high=float(winner["speedup_high"]),
        baseline=base["strategy"],
        baseline_seconds=float(base["seconds"]),
        outcome=outcome,
        missing="implausible" if disturbed else "",
        each=each,
        equal=tuple(dict.fromkeys(cell["strategy"] for cell in others if cell["strategy"] != winner["strategy"])),
        **(_fields_of_rival(parallel[0]) if parallel else {}),
    )


def _fields_of_rival(row: pd.Series[Any]) -> dict[str, Any]:
    return {
        "rival": row["strategy"],
        "rival_cores": int(row["cores"]),
        "rival_chunks": int(row["chunks"]),
        "rival_speedup": float(row["speedup"]),
        "rival_low": float(row["speedup_low"]),
        "rival_high": float(row["speedup_high"]),
    }


def _outcome(rival: pd.Series[Any]) -> Outcome:
    near = rival["speedup_low"] > 1 / NO_MATTER and rival["speedup_high"] < NO_MATTER
    same = rival["verdict"] == "equal" or (rival["verdict"] == "undecided" and near)
    too_little = rival["verdict"] == "faster" and rival["speedup"] <= EQUAL
    return "no difference" if same or too_little else cast("Outcome", str(rival["verdict"]))


def _missing(group: pd.DataFrame, failed: bool) -> Missing:
    """Why no cell of a workload at a size has a speedup; a baseline may have `failed` at another size."""
    if not group["status"].isin(["ok", "skipped"]).all():
        return "failed"
    return "no serial" if group["seconds"].notna().any() else "failed" if failed else "not reached"
