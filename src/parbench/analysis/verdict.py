"""The verdict in words: one sentence for every workload and size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from parbench.analysis.summary import comparable
from parbench.text import LONGER, USELESS, cores, duration, figure, with_chunks
from parbench.workload.cell import BASELINES

#: Within so much of 1 either way, as a ratio, a speedup makes no difference to anybody.
NO_MATTER = 1.1
#: What may become of the best parallel strategy; ``alone`` where none was measured, ``nothing`` without a baseline.
OUTCOMES = ("faster", "slower", "no difference", "undecided", "alone", "nothing")


@dataclass(frozen=True)
class Verdict:
    """Which strategy to take for one workload at one size, and by how much it is faster.

    `chunks` are chunks a core, 0 for the strategy's own; `speedup`, `low` and `high` are against the baseline and NaN
    where nothing was measured; `baseline_seconds` is the median time of one call of the baseline. `best` is the
    baseline unless another is faster for certain; `on` is its cores in words, called workers where work is bound by
    latency; `decided` is false where one more may be faster, so that longer measuring may change it.
    `rival` is the best parallel strategy with its cores, which `best` is where it is faster for certain, and
    `rival_speedup`, `rival_low` and `rival_high` are its; `outcome` says what became of it, as one of `OUTCOMES`.
    """

    workload: str
    size: int
    best: str
    cores: int
    chunks: int
    speedup: float
    low: float
    high: float
    baseline: str
    baseline_seconds: float
    decided: bool
    sentence: str
    on: str = ""
    outcome: str = "nothing"
    rival: str = ""
    rival_speedup: float = math.nan
    rival_low: float = math.nan
    rival_high: float = math.nan


def verdicts(summary: pd.DataFrame) -> list[Verdict]:
    """One verdict for each workload and size of a summary, in its order."""
    groups: Any = summary.groupby(["workload", "size"], sort=False)
    facts = summary.attrs.get("header", {}).get("workloads", {})
    waiting = {name for name, fact in facts.items() if isinstance(fact, dict) and fact.get("bound") == "latency"}
    return [
        _verdict(str(workload), int(size), group, "worker" if workload in waiting else "core")
        for (workload, size), group in groups
    ]


def _verdict(workload: str, size: int, group: pd.DataFrame, each: str) -> Verdict:
    where = f"{workload} at {size:,}"
    good = group[(group["status"] == "ok") & group["speedup"].notna()]
    if good.empty:
        return _nothing(workload, size, _why_none(group))
    bases = good[good["verdict"] == "baseline"]
    if bases.empty:  # a summary that was filtered
        return _nothing(workload, size, "the baseline is not among these rows")
    base = bases.iloc[0]
    parallel = best_rival(good)
    best = base if parallel is None else parallel
    winner = best if best["verdict"] == "faster" else base
    outcome = "alone" if best is base else _outcome(best)
    rival = "" if best is base else name(best, each)
    return Verdict(
        workload=workload,
        size=size,
        best=winner["strategy"],
        cores=int(winner["cores"]),
        chunks=int(winner["chunks"]),
        speedup=float(winner["speedup"]),
        low=float(winner["speedup_low"]),
        high=float(winner["speedup_high"]),
        baseline=base["strategy"],
        baseline_seconds=float(base["seconds"]),
        decided=outcome != "undecided",
        sentence=f"{where}: {_words(base, best, outcome, rival)}",
        on=cores(int(winner["cores"]), each),
        outcome=outcome,
        rival=rival,
        rival_speedup=math.nan if best is base else float(best["speedup"]),
        rival_low=math.nan if best is base else float(best["speedup_low"]),
        rival_high=math.nan if best is base else float(best["speedup_high"]),
    )


def name(row: pd.Series[Any], each: str) -> str:
    """A strategy with its cores, and its chunks where these are not the usual."""
    return f"{row['strategy']} on {cores(int(row['cores']), each)}{with_chunks(int(row['chunks']))}"


def _outcome(best: pd.Series[Any]) -> str:
    return "no difference" if best["verdict"] == "undecided" and matters_not(best) else str(best["verdict"])


def best_rival(cells: pd.DataFrame) -> pd.Series[Any] | None:
    """Of cells of one workload and size that have a speedup, the fastest parallel one; None where there is none.

    One that is significantly faster comes before all that are not.
    """
    rivals = comparable(cells[~cells["strategy"].isin(BASELINES)])
    certain = rivals[rivals["verdict"] == "faster"]
    rivals = rivals if certain.empty else certain
    return None if rivals.empty else rivals.sort_values("speedup").iloc[-1]


def _nothing(workload: str, size: int, why: str) -> Verdict:
    told = f"{workload} at {size:,}: no verdict, because {why}."
    return Verdict(workload, size, "", 0, 1, math.nan, math.nan, math.nan, "", math.nan, False, told)


def _why_none(group: pd.DataFrame) -> str:
    """Why no cell of a workload at a size has a speedup."""
    if not group["status"].isin(["ok", "skipped"]).all():
        return "no serial strategy could be measured"
    if group["seconds"].isna().all():
        return "it was not measured before the run ended"
    return "there is no serial strategy here to compare what was measured with"


def _words(base: pd.Series[Any], best: pd.Series[Any], outcome: str, rival: str) -> str:
    baseline = f"{base['strategy']} ({duration(base['seconds'])} a call)"
    if outcome == "alone":
        return f"stay with {baseline}; no parallel strategy was measured."
    ratio = ratio_words(best)
    if outcome == "faster":
        alone = ", though not by working in parallel" if best["cores"] == 1 else ""
        return f"take {rival}, {ratio} the speed of {baseline}{alone}."
    if outcome == "slower":
        return f"stay with {baseline}; the best parallel strategy, {rival}, reaches {ratio} of its speed."
    if outcome == "no difference":
        return f"stay with {baseline}; the best parallel strategy, {rival}, makes no difference: {ratio} of its speed."
    return f"undecided; {rival} may be faster or slower, {ratio} the speed of {baseline}: {LONGER}."


def matters_not(row: pd.Series[Any]) -> bool:
    """Whether the whole interval is so near 1 that it makes no difference."""
    return bool(row["speedup_low"] > 1 / NO_MATTER and row["speedup_high"] < NO_MATTER)


def ratio_words(row: pd.Series[Any]) -> str:
    """A speedup with its interval, in as many digits as it deserves."""
    if math.isnan(row["speedup_low"]):
        return f"{figure(row['speedup'])}× (one block only, no interval)"
    if row["speedup"] > USELESS * row["speedup_low"]:
        return f"{figure(row['speedup'])}× (its blocks differ too much for an interval of use)"
    return f"{figure(row['speedup'])}× [{figure(row['speedup_low'])}, {figure(row['speedup_high'])}]"
