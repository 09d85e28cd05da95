"""Advice in words: one sentence with its reason."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.advice.adviser import Advice, Adviser
from parbench.analysis.advice.candidates import Candidate
from parbench.text import cell_label, duration, join, number
from parbench.workload.cell import BASELINES

#: Where a candidate's times come from, in words.
SOURCES = {
    "measured": "measured",
    "between": "between measured sizes",
    "beyond": "beyond measured sizes",
    "predicted": "predicted",
}

#: Numbers of calls that a report gives advice for.
CALLS = (1, 10, 1000)
TIMES = ("seconds", "low", "high")
COLUMNS = [
    *("workload", "size", "calls", "strategy", "cores", *TIMES),
    *("rival_strategy", "rival_cores", *(f"rival_{column}" for column in TIMES), "apart", "sentence"),
]


def strategy_on_cores(strategy: str, cores: float, each: str = "core") -> str:
    """A strategy with its cores, ``threads on 2 cores``; a serial strategy has none."""
    return cell_label(strategy, None if strategy in BASELINES else cores, each=each)


def name(candidate: Candidate) -> str:
    """A candidate with its cores."""
    return strategy_on_cores(candidate.strategy, candidate.cores)


def span(candidate: Candidate) -> str:
    """Its expected time with its interval."""
    return f"{duration(candidate.seconds)} [{duration(candidate.low)}, {duration(candidate.high)}]"


def sentence(advice: Advice) -> str:
    """Recommendation, its time, the runner-up, and the reason."""
    choice, rival = advice.choice, advice.rival
    calls = "1 call takes" if advice.calls == 1 else f"{advice.calls:,} calls take"
    if rival is None:
        return f"Use {name(choice)}: {calls} about {span(choice)}; nothing else can be compared with it."
    both = f"{calls} about {span(choice)}, and {span(rival)} with {name(rival)}"
    if not advice.apart:
        why = "which is the simpler one" if choice.expected > rival.expected else "which has the shorter expected time"
        return f"Can't tell {name(choice)} and {name(rival)} apart, so use {name(choice)}, {why}: {both}."
    return f"Use {name(choice)}: {both}, because {reason(choice, rival, advice.calls)}."


def reason(choice: Candidate, rival: Candidate, calls: int) -> str:
    """Why the choice takes less time than the runner-up."""
    once, other = choice.start + choice.first, rival.start + rival.first
    ratio = rival.steady / choice.steady
    if ratio >= 1 and once <= other:
        sooner = f"starting and the first call take {duration(once)} against {duration(other)}"
        return f"each later call is {number(ratio)} times as fast, and {sooner}" if calls > 1 else sooner
    if ratio >= 1:
        return (
            f"each later call is {number(ratio)} times as fast, which earns back {duration(once)} for starting and the "
            f"first call, against {duration(other)}"
        )
    even = math.ceil((other - once) / (choice.steady - rival.steady) - 1e-6) + 1
    return (
        f"starting {name(rival)} and its first call take {duration(other)} against {duration(once)}, which its faster "
        f"calls earn back from about {even:,} calls on"
    )


def sources(advice: Advice) -> list[str]:
    """Where the times of the candidates come from, one line per source."""
    groups: dict[str, list[str]] = {}
    for each in advice.candidates:
        groups.setdefault(SOURCES[each.source], []).append(name(each))
    return [f"{source}: {join(names) if len(groups) > 1 else 'all candidates'}" for source, names in groups.items()]


def advices(adviser: Adviser) -> pd.DataFrame:
    """One row for each workload, size and number of `CALLS`, with as many cores as were measured."""
    rows = []
    for workload in adviser.workloads():
        for size in adviser.sizes(workload):
            for calls in CALLS:
                found = adviser.advise(workload, size, calls)
                row = {"workload": workload, "size": size, "calls": calls, **_columns("", found.choice)}
                rows.append(row | _columns("rival_", found.rival) | {"apart": found.apart, "sentence": found.sentence})
    return pd.DataFrame(rows, columns=COLUMNS)


def _columns(prefix: str, candidate: Candidate | None) -> dict[str, Any]:
    return {f"{prefix}{column}": getattr(candidate, column, None) for column in ("strategy", "cores", *TIMES)}
