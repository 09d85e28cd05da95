"""Agreement of several runs in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

from parbench.analysis.side_by_side import Agreement, Gain, RunAdvice
from parbench.analysis.stats.interval import Interval
from parbench.report.sentences import verdicts
from parbench.text import join, plural, times
from parbench.workload.cell import BASELINES

#: Most pairs of significantly different runs that are named; more are counted.
FEW = 3


def overall(found: Sequence[Agreement]) -> str:
    """How often the runs agree, in one sentence."""
    words = {
        "same": "all runs give the same advice for {}",
        "differ": "their advice differs significantly for {}",
        "unsure": "they name different strategies for {}, possibly by chance",
        "open": "at least one run cannot tell yet for {}",
    }
    counts = {kind: sum(each.kind == kind for each in found) for kind in words}
    told = [text.format(counts[kind]) for kind, text in words.items() if counts[kind]]
    cases = "the one workload and size" if len(found) == 1 else f"the {len(found)} workloads and sizes"
    return f"Of {cases} that the runs have in common, {'; '.join(told)}."


def line(found: Agreement) -> str:
    """Agreement of the runs for one workload and size, as one line."""
    return " ".join([f"{found.workload} at {found.size:,}:", sentence(found), *gains(found)])


def sentence(found: Agreement) -> str:
    """Common result of the runs."""
    if found.kind == "same":
        name = found.advice[0].best
        return f"{'Stay with' if name in BASELINES else 'Use'} {name} in every run."
    if found.kind == "differ":
        return f"It depends on the run. {by_advice(found)}. {significance(found)}"
    if found.kind == "unsure":
        return f"The runs name different strategies, but that may be chance. {by_advice(found)}."
    if not any(each.best for each in found.advice):
        return "No run can tell yet."
    return f"Not every run can tell. {by_advice(found)}."


def by_advice(found: Agreement) -> str:
    """Each strategy with the runs that advise it."""
    groups: dict[str, list[str]] = {}
    for each in found.advice:
        groups.setdefault(each.best or take(each), []).append(each.run)
    return "; ".join(f"{join(runs)}: {name}" for name, runs in groups.items())


def significance(found: Agreement) -> str:
    """Which of the runs with different advice differ significantly."""
    pairs = combinations([each.best for each in found.advice], 2)
    different = sum(bool(one and other) and one != other for one, other in pairs)
    if len(found.certain) == different:
        return "The difference is significant."
    if len(found.certain) <= FEW:
        return (
            f"The difference is significant between {'; '.join(f'{one} and {other}' for one, other in found.certain)}."
        )
    return (
        f"The difference is significant for {len(found.certain)} of {plural(different, 'pair')} of runs; doubts are "
        "noted below."
    )


def take(advice: RunAdvice) -> str:
    """Recommendation of a run, in a few words."""
    return "no verdict" if advice.verdict is None else verdicts.short(advice.verdict)


def doubts(advice: RunAdvice) -> list[str]:
    """Why a run is not sure that the strategies of other runs are slower in it, a sentence each."""
    return [doubt(advice.best, rival, ratio) for rival, ratio in advice.doubts.items()]


def doubt(mine: str, rival: str, ratio: Interval) -> str:
    """Why a run is not sure that a strategy is faster than another one."""
    if math.isnan(ratio.value):
        return f"{rival} was not measured here."
    why = ", in one block, which proves nothing" if math.isnan(ratio.low) else ", so either may be faster"
    return f"{mine} is {times(*ratio)} the speed of {rival} here{why}."


def gains(found: Agreement) -> list[str]:
    """Whether the common strategy gains as much in the other runs as in the first, a sentence each."""
    return [gain(found.advice[0].run, each) for each in found.gains]


def gain(first: str, found: Gain) -> str:
    """One comparison of gains."""
    if math.isnan(found.ratio.low):
        return f"So few blocks cannot tell whether it gains as much in {found.run} as in {first}."
    ratio = f"In {found.run} its speedup is {times(*found.ratio)} that in {first}"
    if found.verdict in ("SLOWER", "FASTER"):
        return f"{ratio}, significantly {'less' if found.verdict == 'SLOWER' else 'more'}."
    return f"{ratio}, which two separate runs cannot tell from the same."
