"""Advice in words: one sentence with its reason."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.advice.advice import Advice
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.advice.candidates import Candidate, Doubt
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
CELL = ("strategy", "cores", "chunks")
COLUMNS = [
    *("workload", "size", "calls", *CELL, *TIMES),
    *(f"rival_{column}" for column in (*CELL, *TIMES)),
    *("equal", "apart", "sentence"),
]
#: Why a candidate that may take less time is not the choice, as a clause after its name.
DOUBTS: dict[Doubt, str] = {
    "": "which cannot be distinguished",
    "not known to be faster": "whose later calls are not known to be faster",
    "no difference to serial": "which makes no difference per call",
    "not measured at this size": "which was measured at other sizes only",
}
#: Equal strategies that are named.
NAMED = 3


def strategy_on_cores(strategy: str, cores: float, chunks: float = 1, each: str = "core") -> str:
    """A strategy with its cores and chunks, ``threads on 2 cores``; a serial strategy has none."""
    return cell_label(strategy, None if strategy in BASELINES else cores, chunks, each)


def name(candidate: Candidate) -> str:
    """A candidate with its cores and chunks."""
    return strategy_on_cores(*candidate.cell, candidate.each)


def span(candidate: Candidate) -> str:
    """Its expected time with its interval."""
    return f"{duration(candidate.seconds)} [{duration(candidate.low)}, {duration(candidate.high)}]"


def sentence(advice: Advice) -> str:
    """Recommendation, its time, the strategies that are equal or the runner-up, and the reason."""
    choice, rival = advice.choice, advice.rival
    calls = "1 call takes" if advice.calls == 1 else f"{advice.calls:,} calls take"
    use = f"Use {name(choice)}: {calls} about {span(choice)}"
    if rival is None:
        return f"{use}; nothing else can be compared with it."
    if advice.equal:
        others = join((f"{name(each)}, {span(each)}" for each in advice.equal), NAMED)
        return f"{use}. Equal, but less simple: {others}."
    both = f"{use}, and {span(rival)} with {name(rival)}"
    if advice.apart:
        return f"{both}, because {reason(choice, rival, advice.calls)}."
    return f"{both}, {DOUBTS[rival.doubt]}."


def reason(choice: Candidate, rival: Candidate, calls: int) -> str:
    """Why the choice takes less time than the runner-up."""
    once, other = choice.start + choice.first, rival.start + rival.first
    ratio = rival.steady / choice.steady
    if ratio >= 1 and once <= other:
        sooner = f"start, first call and stop take {duration(once)} against {duration(other)}"
        return f"each later call is {number(ratio)} times as fast, and {sooner}" if calls > 1 else sooner
    if ratio >= 1:
        return (
            f"each later call is {number(ratio)} times as fast, which earns back {duration(once)} for start, first "
            f"call and stop, against {duration(other)}"
        )
    slow = f"start, first call and stop of {name(rival)} take {duration(other)} against {duration(once)}"
    if rival.doubt:
        return f"{slow}, {DOUBTS[rival.doubt]}"
    even = math.ceil((other - once) / (choice.steady - rival.steady) - 1e-6) + 1
    return f"{slow}, which its faster calls earn back from about {even:,} calls on"


def sources(advice: Advice) -> list[str]:
    """Where the times of the candidates come from, one line per source."""
    groups: dict[str, list[str]] = {}
    for each in advice.candidates:
        groups.setdefault(SOURCES[each.source], []).append(name(each))
    return [f"{source}: {join(names) if len(groups) > 1 else 'all candidates'}" for source, names in groups.items()]


def doubts(advice: Advice) -> list[str]:
    """Why candidates that take less time than the choice are not chosen, one line per reason."""
    groups: dict[str, list[str]] = {}
    for each in advice.candidates:
        if each.doubt and each.seconds < advice.choice.seconds:
            groups.setdefault(each.doubt, []).append(name(each))
    return [f"{doubt}: {join(names)}" for doubt, names in groups.items()]


def advices(adviser: Adviser) -> pd.DataFrame:
    """One row for each workload, size and number of `CALLS`, with as many cores as were measured."""
    rows = []
    for workload in adviser.workloads():
        for size in adviser.sizes(workload):
            for calls in CALLS:
                found = adviser.advise(workload, size, calls)
                row = {"workload": workload, "size": size, "calls": calls, **_columns("", found.choice)}
                row |= _columns("rival_", found.rival) | {"equal": ", ".join(map(name, found.equal))}
                rows.append(row | {"apart": found.apart, "sentence": found.sentence})
    return pd.DataFrame(rows, columns=COLUMNS)


def _columns(prefix: str, candidate: Candidate | None) -> dict[str, Any]:
    return {f"{prefix}{column}": getattr(candidate, column, None) for column in (*CELL, *TIMES)}
