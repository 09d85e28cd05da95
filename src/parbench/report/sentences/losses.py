"""Losses in words: the cells of a workload that are shown, and their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.choice import is_tutorial
from parbench.analysis.estimates import CELL
from parbench.analysis.losses import LOSSES, Missing
from parbench.analysis.verdict import verdicts
from parbench.runfile.header import Header
from parbench.runfile.records import SPANS, Trace
from parbench.workload.cell import BASELINES, HEAD

#: The used part, and the losses: each with its name, and with the words that complete "3 % was lost …".
USED = "traced_efficiency"
NAMES = {
    USED: "used",
    "lost_chunking": "chunking",
    "lost_inflation": "work inflation",
    "lost_imbalance": "load imbalance",
    "lost_split": "splitting",
    "lost_ship_in": "shipping in",
    "lost_ship_out": "shipping out",
    "lost_combine": "combining",
    "lost_dispatch": "dispatch",
}
PHRASES = {
    "lost_chunking": "because the work in pieces takes longer than the baseline takes for it in one",
    "lost_inflation": "because the same work took longer in several workers at once than alone",
    "lost_imbalance": "while some workers had nothing to do and others still worked",
    "lost_split": "on cutting the work into pieces",
    "lost_ship_in": "on sending inputs to the workers",
    "lost_ship_out": "on sending results home",
    "lost_combine": "on putting the results together",
    "lost_dispatch": "on handing out tasks and waiting for them",
}
#: The same as a whole in plain words, if it is the largest loss.
LEADS = {
    "lost_chunking": "The work takes longer in pieces",
    "lost_inflation": "Workers slow each other down",
    "lost_imbalance": "Some workers had nothing to do",
    "lost_split": "Cutting the work takes time",
    "lost_ship_in": "Sending inputs takes time",
    "lost_ship_out": "Sending results home takes time",
    "lost_combine": "Joining the results takes time",
    "lost_dispatch": "Handing out tasks takes time",
}
#: Words for parts that are no losses.
GAINS = {
    "lost_chunking": "of these losses are no difference to the baseline, which spends as much outside of its kernel.",
    "lost_inflation": "was gained, as the same work took less time in several workers than alone.",
}
NO_TRACES = (
    "This run has no traced calls, so its losses are unknown. parbench traces calls besides the timed ones: measure "
    "again with pytest --benchmark, and with a larger --parbench-budget if there was no time for them."
)
#: How to get traces; long calls have none.
MORE_TRACES = (
    "measure longer (--parbench-budget), so that there is time for {}, or a smaller size if calls take seconds"
)
#: Why a cell could not be taken apart, and what to do about it.
MISSING: dict[Missing, str] = {
    "no result": "it has no result",
    "no serial strategy": "no serial strategy was measured with it",
    "workers not seen": "the work of its workers cannot be seen",
    "baseline not traced": "the baseline was not traced in the same blocks",
    "serial not traced": "serial, whose kernel time is needed, was not traced in the same blocks",
    "no common block": "no block has traces of the strategy, of serial and of the baseline",
    "impossible times": "its times are too far apart to be those of one machine",
}
ALL_TRACES = MORE_TRACES.format("all of them in the same blocks")
REMEDIES: dict[Missing, str] = {
    "no serial strategy": "measure serial as well (--parbench-strategies)",
    "baseline not traced": ALL_TRACES,
    "serial not traced": ALL_TRACES,
    "no common block": ALL_TRACES,
}
#: The part that each kind of span is.
KINDS = dict(zip(SPANS, ("lost_split", USED, "lost_ship_in", "lost_ship_out", "lost_combine"), strict=True))
#: Smallest loss that is mentioned; most losses that are listed individually.
LEAST, MOST = 0.01, 3
#: Most strategies that are named for each reason.
NAMED = 4


@dataclass(frozen=True)
class LossView:
    """View of one workload: its cells at the largest size and the most cores, one per strategy.

    Fields:
        rows: those that could be taken apart, by falling efficiency of their traced calls.
        best: the verdict's one of them, or else the one that was fastest when it was timed; None if there is none.
        others: those that could not be taken apart.
        each: the word for a core.
    """

    workload: str
    size: int
    cores: int
    unit: str
    each: str
    rows: list[Any]
    best: Any
    others: list[Any]

    @property
    def on(self) -> str:
        """The cores in words."""
        return text.plural(self.cores, self.each)

    @property
    def at(self) -> str:
        """The size with its unit."""
        return f"{text.count(self.size)} {self.unit}".rstrip()

    @property
    def needy(self) -> list[Any]:
        """The rows besides the best, those first that lost most outside of kernels."""
        return sorted((row for row in self.rows if row is not self.best), key=lambda row: row.dispatch_and_transfer)


def loss_views(found: pd.DataFrame, summary: pd.DataFrame, header: Header) -> list[LossView]:
    """Views of the workloads that have a parallel cell with known losses.

    `found` is what `losses` gave, and `header` that of the run.
    """
    cells = found[found["environment"] == HEAD].merge(summary[[*CELL, "speedup"]], on=CELL, how="left")
    rivals = {(each.workload, each.size, each.rival, each.rival_cores, each.rival_chunks) for each in verdicts(summary)}
    cells["advised"] = [key in rivals for key in zip(*(cells[name] for name in CELL[:5]), strict=True)]
    shown = []
    for workload, mine in cells.groupby("workload", sort=False):
        whole = mine[(mine["missing"] == "") & ~mine["strategy"].isin(BASELINES)]
        if whole.empty:
            continue
        size = whole["size"].max()
        cores = whole.loc[whole["size"] == size, "cores"].max()
        here = mine[(mine["size"] == size) & (mine["cores"] == cores) & ~mine["strategy"].isin(BASELINES)]
        # of several cuts, the verdict's, or else the fastest
        here = here.sort_values(["advised", "speedup", USED], ascending=False).drop_duplicates("strategy")
        own: list[Any] = list(here[here["missing"] == ""].itertuples())
        facts = header.facts(str(workload))
        shown.append(
            LossView(
                str(workload),
                int(size),
                int(cores),
                facts.unit,
                facts.worker_word,
                sorted(own, key=lambda row: -row.traced_efficiency),
                next((row for row in own if not is_tutorial(row.strategy)), own[0]),
                list(here[here["missing"] != ""].itertuples()),
            )
        )
    return shown


def parts(row: Any) -> dict[str, float]:
    """The losses of a row, as they are shown.

    Kernels of another kind than the serial one (those of a library, say) gain in one of chunking and work inflation
    what they lose in the other: then only the difference is shown.
    """
    found = {name: float(getattr(row, name)) for name in LOSSES}
    one, other = found["lost_chunking"], found["lost_inflation"]
    if one * other < 0:
        larger, smaller = ("lost_chunking", "lost_inflation")[:: 1 if abs(one) > abs(other) else -1]
        found |= {larger: one + other, smaller: 0.0}
    return found


def largest_first(row: Any) -> list[str]:
    """The losses of a row that are mentioned."""
    lost = parts(row)
    return sorted((name for name in lost if lost[name] >= LEAST), key=lambda name: -lost[name])


def name_of(row: Any) -> str:
    """A strategy, with its chunks per core unless these are the usual."""
    return text.short_label(row.strategy, row.chunks)


def why_missing(row: Any) -> str:
    """Why a row could not be taken apart."""
    why = MISSING[row.missing]
    return text.one_line(f"{why}: {row.reason}".rstrip(".")) if row.reason else why


def why_and_remedy(row: Any) -> str:
    """The same, with what to do about it."""
    return ": ".join(filter(None, (why_missing(row), REMEDIES.get(row.missing))))


def of_best(shown: LossView) -> str:
    """Use of the cores in the fastest parallel strategy, in a sentence or two."""
    row, lost, largest = shown.best, parts(shown.best), largest_first(shown.best)
    phrases = [
        f"{text.percent(lost[name])} {'' if number else 'was lost '}{PHRASES[name]}"
        for number, name in enumerate(largest[:MOST])
    ]
    rest = 1 - row.traced_efficiency - sum(lost[name] for name in largest[:MOST])
    if rest >= LEAST:
        phrases.append(f"{text.percent(rest)} in smaller parts")
    used = f"Of what {shown.on} could give, traced calls of {name_of(row)} used {text.percent(row.traced_efficiency)}"
    gains = [f" {text.percent(-lost[name])} {why}" for name, why in GAINS.items() if lost[name] <= -LEAST]
    timed = f" In the timed rounds its efficiency is {text.percent(row.efficiency)}." if differs(row) else ""
    return f"{used}{'; ' if phrases else ''}{text.join(phrases)}.{''.join(gains)}{timed}"


def differs(row: Any) -> bool:
    """Whether the efficiency of the timed rounds, which all other parts of the report show, reads differently."""
    return text.is_known(row.efficiency) and text.percent(row.efficiency) != text.percent(row.traced_efficiency)


def of_others(shown: LossView) -> str:
    """Largest losses of the other strategies, in a sentence; empty if no other strategy lost anything."""
    reasons: dict[str, list[str]] = {}
    for row in shown.rows:
        lost = parts(row)
        name = max(lost, key=lambda each: lost[each])
        if row is not shown.best and lost[name] >= LEAST:
            reasons.setdefault(name, []).append(f"{name_of(row)} ({text.percent(lost[name])})")
    if not reasons:
        return ""
    return (
        f"The largest losses of the others: {'; '.join(f'{few(who)} {PHRASES[why]}' for why, who in reasons.items())}."
    )


def few(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return text.join(names, NAMED)


def bars_caption(shown: LossView) -> str:
    """Content of the bars, with their numbers."""
    uses = "; ".join(
        f"{name_of(row)} used {text.percent(row.traced_efficiency)}{two_largest(row)}" for row in shown.rows
    )
    where = f"{shown.on} in a traced call of {shown.workload}, {shown.at}"
    return f"What became of the time of {where}, best on top: {uses}."


def overview_caption(shown: Iterable[LossView]) -> str:
    """Content of the bars of all workloads, with their numbers."""
    uses = "; ".join(
        f"{each.workload}, {each.at}, {each.on}: {name_of(each.best)} used {text.percent(each.best.traced_efficiency)}"
        f"{two_largest(each.best)}"
        for each in sorted(shown, key=lambda each: -each.best.traced_efficiency)
    )
    return f"What became of the time of all cores in a traced call of the fastest strategy of each workload: {uses}."


def two_largest(row: Any) -> str:
    """The two largest losses of a row in brackets; empty where none matters."""
    lost = parts(row)
    largest = ", ".join(f"{NAMES[name]} {text.percent(lost[name])}" for name in largest_first(row)[:2])
    return f" ({largest})" if largest else ""


def timeline_caption(calls: Iterable[tuple[Any, Trace]]) -> str:
    """Content of the timelines, with their numbers: activities of each lane and their duration."""
    return "Who did what when. " + " ".join(of_call(row, trace) for row, trace in calls)


def of_call(row: Any, trace: Trace) -> str:
    """One call in a sentence."""
    busy = [text.duration(each) if each else "0 s" for each in trace.busy[:NAMED]]
    more = f" and {len(trace.busy) - NAMED} more less" if len(trace.busy) > NAMED else ""
    sums = {kind: sum(end - begin for _, what, begin, end in trace.spans if what == kind) for kind in range(len(SPANS))}
    rest = [
        f"{text.duration(sums[kind])} of {NAMES[KINDS[name]]}"
        for kind, name in enumerate(SPANS)
        if name != "kernel" and sums[kind] > 0
    ]
    beside = f", beside {text.join(rest)}" if rest else ""
    tasks = f" for {text.plural(trace.tasks, 'task')}" if trace.tasks else ""
    return (
        f"A call of {name_of(row)} took {text.duration(trace.seconds)}{tasks}: "
        f"its workers ran kernels for {text.join(busy)}{more}{beside}."
    )


def tracing(found: pd.DataFrame) -> str:
    """Cost of tracing itself; empty if it is unknown."""
    costs = found["tracing_cost"].dropna()
    if costs.empty:
        return ""
    worst: Any = next(found.sort_values("tracing_cost", ascending=False).itertuples())
    where = f"{worst.strategy} in {worst.workload} at {text.count(worst.size)}"
    return (
        "Traced calls are made apart from those that are timed, and tracing costs something itself: a traced call took "
        f"{text.times(costs.median())} the time of one without it in the median cell, and {text.times(costs.max())} "
        f"at most ({where})."
    )
