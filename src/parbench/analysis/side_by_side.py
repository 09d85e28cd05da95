"""Several runs side by side: each cell compared with the same cell of the first run, and whether their advice agrees.

Runs are independent of each other, so that the difference between two of them is less certain than the value of one of
them: `analysis.compare_stored` decides, with its allowance for the usual difference of two runs of the same code.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, Literal

import pandas as pd

from parbench.analysis.compare_stored import (
    MACHINES,
    SCALING,
    DecisionRule,
    RunCells,
    compared,
    margins_of,
    row,
    same_machine,
)
from parbench.analysis.estimates import CELL
from parbench.analysis.frame import data_of, ours
from parbench.analysis.run_names import Facts, facts, names
from parbench.analysis.stats.interval import Interval, around
from parbench.analysis.summary import COLUMNS as SUMMARY_COLUMNS
from parbench.analysis.summary import summarize
from parbench.analysis.verdict import Verdict, verdicts
from parbench.errors import UsageError
from parbench.runfile.header import Header
from parbench.workload.cell import BASELINES, Cell

#: Comparison of a cell with the same one of the first run; these fields are empty in the first run itself.
AGAINST = ["quantity", "times", "times_low", "times_high", "margin", "change", "why"]
COLUMNS = ["run", *SUMMARY_COLUMNS, *AGAINST]
#: A workload and a size.
Case = tuple[str, int]
#: Agreement of the runs: equal; significantly different; different, possibly by chance; or unknown.
AgreementKind = Literal["same", "differ", "unsure", "open"]


@dataclass(frozen=True)
class NamedRun:
    """One of several runs, under a name that no other of them has; `verdicts` are by workload and size."""

    name: str
    header: Header
    summary: pd.DataFrame
    side: RunCells
    verdicts: dict[Case, Verdict]
    complete: bool

    def measured(self) -> set[Case]:
        """The workloads and sizes of which any cell was measured."""
        good = self.summary[self.summary["status"] == "ok"]
        return set(zip(good["workload"], good["size"], strict=True))

    def best(self, place: Case) -> str:
        """The strategy that the run advises; empty if it is undecided."""
        verdict = self.verdicts.get(place)
        return verdict.best if verdict is not None and verdict.decided else ""

    def over(self, place: Case, rival: str) -> Interval:
        """How many times as fast as another strategy at its best the advised one was, in the rounds of this run."""
        keys = [key for key in self.side.cells if key[:2] == place and key[2] == rival and self.side.measured(key)]
        if not keys:
            return Interval(math.nan, math.nan, math.nan)
        fastest = min(keys, key=lambda key: fmean(self.side.seconds(key)))
        return around(self.side.speedups(self.advised(place), fastest))

    def ahead(self, place: Case, rival: str) -> bool:
        """Whether the advised strategy was significantly faster than another one at its best."""
        mine = self.best(place)
        return bool(mine and rival and rival != mine and self.over(place, rival).low > 1)

    def advised(self, place: Case) -> tuple[Any, ...]:
        """The cell that the run advises."""
        verdict = self.verdicts[place]
        return (*place, verdict.best, verdict.cores, verdict.chunks, "")

    def own_speedup(self, place: Case) -> list[float]:
        """The logarithm of the time of a call of the advised cell over that of its baseline, by block."""
        key = self.advised(place)
        return [-each for each in self.side.speedups(key, self.side.baseline(key))]


@dataclass(frozen=True)
class RunAdvice:
    """Advice of one run for a workload and size.

    `doubts` are the strategies that other runs advise and that may be as fast in this run: how many times as fast as
    each the advised strategy was.
    """

    run: str
    verdict: Verdict | None
    best: str
    doubts: dict[str, Interval]


@dataclass(frozen=True)
class Gain:
    """Speedup of the common advice in one run, as a ratio to that in the first run, and the verdict."""

    run: str
    ratio: Interval
    verdict: str


@dataclass(frozen=True)
class Agreement:
    """Whether the runs that measured a workload and size give the same advice.

    `certain` are the pairs of runs, by name, that differ significantly. `gains` are empty unless all runs advise the
    same parallel strategy.
    """

    workload: str
    size: int
    kind: AgreementKind
    advice: list[RunAdvice]
    certain: list[tuple[str, str]]
    gains: list[Gain]


def side_by_side(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The summaries of several runs, one row per run and cell; `frames` are as `parbench.load` gave them.

    `run` is the label of the run, or without one its folder; the other columns are those of `parbench.summarize`, and
    the comparison of the cell with the same one of the first run: `times` is how many times as fast as there, with the
    ends of its 95 % interval, by `quantity`: ``time`` of a call for the serial strategies, on the same machine only,
    and else ``scaling``, the speedup over the same baseline. `change` is ``FASTER``, ``SLOWER``, ``SAME`` or
    ``UNDECIDED``, with the reason in `why`, by the rules of `parbench.compare`; it is empty if there is nothing to
    compare. `margin` is what passes as the same, as a ratio less 1. Versions that a run was compared with are left out.
    ``attrs`` has ``facts``: the facts of each run, by their name, a list in the order of `frames`. Raises UsageError
    for fewer than two runs, for a duplicate run, and if they have no workload and size in common.
    """
    runs = runs_of(frames)
    places(runs)  # something in common
    return joined(runs)


def runs_of(frames: Iterable[pd.DataFrame]) -> list[NamedRun]:
    """The runs, each with a name of its own; raises UsageError for fewer than two, or one that is there twice."""
    loaded = list(frames)
    headers = [data_of(frame).header for frame in loaded]
    if len(loaded) < 2:
        raise UsageError("one run alone has nothing beside it: give two or more.")
    for number, header in enumerate(headers):
        if header in headers[:number]:
            raise UsageError(f"the run {header.run!r:.60} is named twice: name each run once.")
    return [run_of(name, frame, header) for name, frame, header in zip(names(loaded), loaded, headers, strict=True)]


def run_of(name: str, frame: pd.DataFrame, header: Header) -> NamedRun:
    """One run under a name."""
    mine = ours(frame)
    summary = summarize(mine)
    by_place = {(each.workload, each.size): each for each in verdicts(summary)}
    return NamedRun(name, header, summary, RunCells(mine), by_place, data_of(frame).complete)


def facts_of(runs: Sequence[NamedRun]) -> Facts:
    """Facts of each run, and of its outcome."""
    known = facts([run.header for run in runs])
    known["cells"] = [f"{len(run.summary):,}" for run in runs]
    known["failed"] = [f"{(run.summary['verdict'] == 'failed').sum():,}" for run in runs]
    known["complete"] = ["yes" if run.complete else "no" for run in runs]
    return known


def runs_by_place(runs: Sequence[NamedRun]) -> dict[Case, list[NamedRun]]:
    """The workloads and sizes, as the first run that has them orders them, with the runs that measured them."""
    measured = [(run, run.measured()) for run in runs]
    order = dict.fromkeys(place for run in runs for place in run.verdicts)
    return {place: [run for run, known in measured if place in known] for place in order}


def places(runs: Sequence[NamedRun]) -> list[Case]:
    """The workloads and sizes that at least two runs measured; raises UsageError if there is none."""
    common = [place for place, having in runs_by_place(runs).items() if len(having) > 1]
    if not common:
        raise UsageError(
            "no two of these runs measured the same workload at the same size, so nothing can be put side by side: "
            "measure the same workloads with the same --parbench-sizes."
        )
    return common


def alone(runs: Sequence[NamedRun]) -> dict[Case, str]:
    """The workloads and sizes that only one of the runs measured, with the name of the run."""
    return {place: having[0].name for place, having in runs_by_place(runs).items() if len(having) == 1}


def joined(runs: Sequence[NamedRun]) -> pd.DataFrame:
    """The result of `side_by_side` for runs that have something in common."""
    first, *others = runs
    measured = [key for key in first.side.cells if first.side.measured(key)]
    pairs = [(run, [key for key in measured if run.side.measured(key)]) for run in others]
    cells = max(1, sum(len(keys) for _, keys in pairs))
    parts = [first.summary.assign(run=first.name)]
    for run, keys in pairs:
        against = pd.DataFrame([beside(key, first, run, cells) for key in keys], columns=[*CELL, *AGAINST])
        parts.append(run.summary.merge(against, how="left", on=CELL).assign(run=run.name))
    # pandas would guess the types of columns in which the first run has nothing
    texts = ("quantity", "change", "why")
    parts[0] = parts[0].assign(**{name: "" if name in texts else math.nan for name in AGAINST})
    whole = pd.concat(parts, ignore_index=True)[COLUMNS]
    whole[list(texts)] = whole[list(texts)].fillna("")
    whole.attrs = {"facts": facts_of(runs)}
    return whole


def beside(key: Any, first: NamedRun, other: NamedRun, cells: int) -> dict[str, Any]:
    """Comparison of one cell with the first run, as the fields `AGAINST`; one of several that are compared."""
    margins = margins_of(other.header.settings)
    same = same_machine(first.header, other.header)
    change = row(key, first.side, other.side, DecisionRule(margins.of(str(Cell(*key))), False, cells, same))
    return {
        **dict(zip(CELL, key, strict=True)),
        "quantity": change["quantity"],
        # for times, more than 1 is slower; for speedups, more should be faster
        "times": inverse(change.get("ratio")),
        "times_low": inverse(change.get("ratio_high")),
        "times_high": inverse(change.get("ratio_low")),
        "margin": change["margin"],
        "change": change["verdict"],
        "why": change["reason"],
    }


def inverse(ratio: float | None) -> float:
    """One over a ratio; NaN if there is none."""
    if ratio is None or math.isnan(ratio):
        return math.nan
    return 1 / ratio if ratio > 0 else math.inf


def agreements(runs: Sequence[NamedRun]) -> list[Agreement]:
    """One per workload and size that two runs have in common, the largest size of a workload first."""
    chosen = places(runs)
    comparisons = len(chosen) * (len(runs) - 1)
    order = list(dict.fromkeys(name for name, _ in chosen))
    chosen.sort(key=lambda place: (order.index(place[0]), -place[1]))
    return [agreement_of(runs, place, comparisons) for place in chosen]


def agreement_of(runs: Sequence[NamedRun], place: Case, comparisons: int) -> Agreement:
    """Agreement of the runs for a workload and size; `comparisons` is the number of gains that are compared in all."""
    having = [run for run in runs if place in run.measured()]
    choices = list(dict.fromkeys(run.best(place) for run in having))
    advice = [
        RunAdvice(run.name, run.verdicts.get(place), run.best(place), doubts(run, place, choices)) for run in having
    ]
    certain = [
        (one.name, other.name)
        for one, other in combinations(having, 2)
        if one.ahead(place, other.best(place)) and other.ahead(place, one.best(place))
    ]
    kind: AgreementKind = "differ" if certain else "unsure" if len(set(choices) - {""}) > 1 else "open"
    if len(choices) == 1 and choices[0]:
        kind = "same"
    return Agreement(*place, kind, advice, certain, gains(having, place, comparisons) if kind == "same" else [])


def doubts(run: NamedRun, place: Case, choices: Iterable[str]) -> dict[str, Interval]:
    """The named strategies that may be as fast in a run as the one that it advises."""
    mine = run.best(place)
    rivals = [rival for rival in choices if mine and rival and rival != mine and not run.ahead(place, rival)]
    return {rival: run.over(place, rival) for rival in rivals}


def gains(runs: Sequence[NamedRun], place: Case, comparisons: int) -> list[Gain]:
    """Comparison of the common speedup in each run with that in the first; none for a serial strategy."""
    first, *others = runs
    pairs = []
    for run in others if first.best(place) not in BASELINES else []:
        same = same_machine(first.header, run.header)
        rule = DecisionRule(margins_of(run.header.settings).usual, False, max(1, comparisons), same)
        sides = first.own_speedup(place), run.own_speedup(place)
        result = compared("scaling", *sides, SCALING if same else MACHINES, rule)
        ratio = Interval(*(inverse(result[end]) for end in ("ratio", "ratio_high", "ratio_low")))
        pairs.append(Gain(run.name, ratio, result["verdict"]))
    return pairs
