"""Strategy that each of several runs recommends, whether that differs significantly, and all of it in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, Literal

from parbench.analysis.compare_stored import MACHINES, SCALING, DecisionRule, compared, margins_of, same_machine
from parbench.analysis.side_by_side import Case, NamedRun, inverse
from parbench.analysis.stats.interval import Interval, around
from parbench.analysis.verdict import Verdict
from parbench.report.sentences import verdicts
from parbench.text import join, times
from parbench.workload.cell import BASELINES

#: Most pairs of significantly different runs that are named; more are counted.
FEW = 3
#: Agreement of the runs: equal; significantly different; different, possibly by chance; or unknown.
AgreementKind = Literal["same", "differ", "unsure", "open"]


@dataclass(frozen=True)
class RunAdvice:
    """Result of one run for a workload and size; `take` is in words, `notes` have its uncertainty."""

    run: str
    verdict: Verdict | None
    take: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Agreement:
    """Results of the runs for one workload and size, in a sentence, and each of them separately.

    `gains` are sentences on whether the winner gains as much in the other runs as in the first.
    """

    workload: str
    size: int
    agreement: AgreementKind
    sentence: str
    advice: list[RunAdvice]
    gains: list[str]


def agreement_of(runs: Sequence[NamedRun], place: Case, comparisons: int) -> Agreement:
    """Results of the runs for a workload and size; `comparisons` is how many gains are compared in all."""
    having = [run for run in runs if place in run.measured()]
    agreement, certain = agreed(having, place)
    advice = [
        RunAdvice(run.name, run.verdicts.get(place), take(run, place), notes(run, having, place)) for run in having
    ]
    gains = gained(having, place, comparisons) if agreement == "same" else []
    return Agreement(*place, agreement, sentence(agreement, having, place, certain), advice, gains)


def overall(found: Sequence[Agreement]) -> str:
    """How often the runs agree, in one sentence."""
    counts = {kind: sum(each.agreement == kind for each in found) for kind in ("same", "differ", "unsure", "open")}
    told = {
        "same": "the advice is the same in every run for {}",
        "differ": "it depends significantly on the run for {}",
        "unsure": "the runs name different strategies for {}, but that may be chance",
        "open": "a run cannot tell yet for {}",
    }
    said = [words.format(counts[kind]) for kind, words in told.items() if counts[kind]]
    them = "the one workload and size" if len(found) == 1 else f"the {len(found)} workloads and sizes"
    return f"Of {them} that runs have in common, {'; '.join(said)}."


def best(run: NamedRun, place: Case) -> str:
    """The strategy that a run recommends; empty if it has none."""
    verdict = run.verdicts.get(place)
    return verdict.best if verdict is not None and verdict.decided else ""


def agreed(runs: Sequence[NamedRun], place: Case) -> tuple[AgreementKind, list[tuple[str, str]]]:
    """Whether the runs agree, and the pairs of runs, by name, that differ significantly."""
    named = [best(run, place) for run in runs]
    if len(set(named)) == 1 and named[0]:
        return "same", []
    certain = [
        (one.name, other.name)
        for one, other in combinations(runs, 2)
        if ahead(one, place, best(other, place)) and ahead(other, place, best(one, place))
    ]
    if certain:
        return "differ", certain
    return ("unsure" if len(set(named) - {""}) > 1 else "open"), []


def ahead(run: NamedRun, place: Case, rival: str) -> bool:
    """Whether the recommendation of a run was significantly faster in it than another strategy at its best."""
    return bool(best(run, place) and rival and rival != best(run, place) and over(run, place, rival).low > 1)


def over(run: NamedRun, place: Case, rival: str) -> Interval:
    """How many times as fast as another strategy at its best the advised one was, in the rounds of the run itself."""
    verdict = run.verdicts[place]
    other = quickest(run, place, rival)
    if other is None:
        return Interval(math.nan, math.nan, math.nan)
    return around(run.side.speedups(key_of(verdict), other))


def quickest(run: NamedRun, place: Case, strategy: str) -> Any:
    """The measured cell of a strategy with the shortest call; None if there is none."""
    keys = [key for key in run.side.cells if key[:2] == place and key[2] == strategy and run.side.measured(key)]
    return min(keys, key=lambda key: fmean(run.side.seconds(key)), default=None)


def key_of(verdict: Verdict) -> tuple[Any, ...]:
    """The cell that a verdict advises."""
    return (verdict.workload, verdict.size, verdict.best, verdict.cores, verdict.chunks, "")


# -- words -----------------------------------------------------------------------------------------------


def take(run: NamedRun, place: Case) -> str:
    """Recommendation of a run, in a few words."""
    verdict = run.verdicts.get(place)
    if verdict is None or not verdict.best:
        return "no verdict"
    if not verdict.decided:
        return "undecided"
    if verdict.best in BASELINES:
        return f"stay with {verdict.best}"
    return verdicts.best(verdict)


def notes(run: NamedRun, runs: Sequence[NamedRun], place: Case) -> tuple[str, ...]:
    """Why a run is not sure that what other runs advise is slower in it, a sentence each."""
    mine = best(run, place)
    rivals = dict.fromkeys(best(other, place) for other in runs) if mine else {}
    found = []
    for rival in rivals:
        if not rival or rival == mine or ahead(run, place, rival):
            continue
        found.append(note(mine, rival, over(run, place, rival)))
    return tuple(found)


def note(mine: str, rival: str, ratio: Interval) -> str:
    """Why it is not sure in a run that a strategy is faster than another one."""
    if math.isnan(ratio.value):
        return f"{rival} was not measured here."
    doubt = ", in one block, which proves nothing" if math.isnan(ratio.low) else ", so either may be faster"
    return f"{mine} is {times(*ratio)} the speed of {rival} here{doubt}."


def sentence(
    agreement: AgreementKind, runs: Sequence[NamedRun], place: Case, certain: Sequence[tuple[str, str]]
) -> str:
    """Common result of the runs."""
    told = by_advice(runs, place)
    if agreement == "same":
        name = best(runs[0], place)
        return f"{'Stay with' if name in BASELINES else 'Use'} {name} in every run."
    if agreement == "differ":
        return f"It depends on the run. {told}. {how_certain([best(run, place) for run in runs], certain)}"
    if agreement == "unsure":
        return f"The runs name different strategies, but that may be chance. {told}."
    if not any(best(run, place) for run in runs):
        return "No run can tell yet."
    return f"Not every run can tell. {told}."


def how_certain(named: Sequence[str], certain: Sequence[tuple[str, str]]) -> str:
    """Runs with different recommendations that differ significantly, by the recommendation of each."""
    different = sum(bool(one and other) and one != other for one, other in combinations(named, 2))
    if len(certain) == different:
        return "The difference is significant."
    if len(certain) <= FEW:
        pairs = "; ".join(f"{one} and {other}" for one, other in certain)
        return f"The difference is significant between {pairs}."
    return f"The difference is significant for {len(certain)} of {different} pairs of runs; doubts are noted below."


def by_advice(runs: Sequence[NamedRun], place: Case) -> str:
    """Each strategy with the runs that advise it."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        groups.setdefault(best(run, place) or take(run, place), []).append(run.name)
    return "; ".join(f"{join(where)}: {name}" for name, where in groups.items())


def gained(runs: Sequence[NamedRun], place: Case, comparisons: int) -> list[str]:
    """Whether the winner gains as much in the other runs as in the first, each a sentence; none for the baseline."""
    first, *others = runs
    if best(first, place) in BASELINES:
        return []
    found = []
    for run in others:
        before, after = ([-each for each in own_speedup(side, place)] for side in (first, run))
        same = same_machine(first.header, run.header)
        margin = margins_of(run.header.settings).usual
        how = DecisionRule(margin, False, max(1, comparisons), same)
        found.append(gain(first.name, run.name, compared("scaling", before, after, SCALING if same else MACHINES, how)))
    return found


def own_speedup(run: NamedRun, place: Case) -> list[float]:
    """The logarithm, by block, of the speedup of what a run advises over its own baseline."""
    verdict = run.verdicts[place]
    return run.side.speedups(key_of(verdict), run.side.baseline(key_of(verdict)))


def gain(first: str, name: str, found: dict[str, Any]) -> str:
    """One comparison of gains in words; the ratio is how many times as much is gained."""
    value, low, high = (inverse(found[key]) for key in ("ratio", "ratio_high", "ratio_low"))
    if math.isnan(low):
        return f"So few blocks cannot tell whether it gains as much in {name} as in {first}."
    gains = f"In {name} its speedup is {times(value, low, high)} that in {first}"
    if found["verdict"] in ("SLOWER", "FASTER"):
        return f"{gains}, significantly {'less' if found['verdict'] == 'SLOWER' else 'more'}."
    return f"{gains}, which two separate runs cannot tell from the same."
