"""Advice in words: one sentence with its reason, and lines for a terminal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.advice.adviser import Advice, Adviser
from parbench.analysis.advice.candidates import Candidate
from parbench.text import cell_label, duration, number
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


def name(candidate: Candidate) -> str:
    """A strategy with its cores, ``threads on 2 cores``."""
    return cell_label(candidate.strategy, None if candidate.strategy in BASELINES else candidate.cores)


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


def lines(advice: Advice) -> list[str]:
    """The sentence, every candidate with its time, what is no choice and why, and what it all rests on."""
    rows = [(name(each), span(each), SOURCES[each.source], _parts(each)) for each in advice.candidates]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    found = [advice.sentence, ""]
    found += [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    ]
    found += [f"{name(each)}: no choice, {each.excluded}" for each in advice.excluded]
    return [*found, *advice.notes]


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


def _parts(candidate: Candidate) -> str:
    first = f"start {duration(candidate.start)}, first call {duration(candidate.first)}"
    return f"{first}, later ones {duration(candidate.steady)} each"
