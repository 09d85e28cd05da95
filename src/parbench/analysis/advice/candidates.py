"""One way of doing all calls: its expected time, and the choice among several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from parbench.analysis.advice.cost_model import FIRST, CostLaw, at_cores
from parbench.analysis.advice.features import FORMS, base_of
from parbench.analysis.advice.interpolation import QUANTILE, Estimate
from parbench.analysis.choice import simplicity
from parbench.analysis.stats.interval import EQUAL, NO_MATTER
from parbench.runfile.records import WorkloadCost
from parbench.workload.cell import BASELINES

#: Why a shorter expected time is not enough: the later calls of a parallel candidate are not known to be faster than
#: serial ones, or by too little; or the verdict of this size is about other cells, because this one was measured at
#: other sizes only.
Doubt = Literal["", "not known to be faster", "no difference to serial", "not measured at this size"]
#: The ratio up to which expected times are equal if they are beyond what was measured: how each grows is guessed.
EQUAL_BEYOND = 1.25


@dataclass(frozen=True)
class Candidate:
    """One way of doing all calls: expected seconds from starting to the last result, with the ends of a 95 % interval.

    `start`, `first` and `steady` are the seconds that it is made of. `source` names their origin: ``measured``,
    ``between`` measured sizes, ``beyond`` them, or ``predicted``. `peak_bytes` is NaN if it is unknown. One that is
    `excluded`, for a reason in words, is no choice, and one with a `doubt` is none as long as there is another. `each`
    is what a core is called, see `Verdict`.
    """

    strategy: str
    cores: int
    seconds: float = math.nan
    low: float = math.nan
    high: float = math.nan
    start: float = math.nan
    first: float = math.nan
    steady: float = math.nan
    sigma: float = math.nan
    peak_bytes: float = math.nan
    source: str = ""
    excluded: str = ""
    chunks: int = 1
    doubt: Doubt = ""
    each: str = "core"

    @property
    def cell(self) -> tuple[str, int, int]:
        """Its strategy, its cores and its chunks per core."""
        return self.strategy, self.cores, self.chunks

    @property
    def expected(self) -> float:
        """The mean of what it may take: of two equal guesses the one that may be far off is the worse one.

        What was measured is no guess, and is compared as in the verdict.
        """
        return self.seconds if self.source == "measured" else self.seconds * math.exp(self.sigma**2 / 2)


def predicted(law: CostLaw, weight: WorkloadCost, cores: int, calls: int) -> Candidate:
    """Time of a strategy by its law; a strategy that does not scale uses one core."""
    form = FORMS[base_of(law.strategy)]
    count = 1 if form in ("whole", "array") else cores
    here = at_cores(weight, count)
    steady, first_seconds = law.steady(here), law.first_seconds(here)
    estimate = Estimate(steady.seconds, law.start(count), first_seconds, math.nan, steady.sigma, "predicted")
    return candidate(law.strategy, count, estimate, calls)


def candidate(strategy: str, cores: int, each: Estimate, calls: int, chunks: int = 1) -> Candidate:
    """Time of all calls by an estimate of their phases; unmeasured parts of the start are left out."""
    first = each.first if math.isfinite(each.first) else each.steady
    start = each.start if math.isfinite(each.start) else 0.0
    later = (calls - 1) * each.steady
    seconds = max(start + first + later, 1e-9)
    # the first call happens once, so its time is less certain than the mean of later ones
    once = math.hypot(each.sigma, FIRST) * (start + first)
    sigma = (once + each.sigma * later) / seconds
    return Candidate(
        strategy=strategy,
        cores=cores,
        seconds=seconds,
        low=seconds * math.exp(-QUANTILE * math.hypot(sigma, each.shared)),
        high=seconds * math.exp(QUANTILE * math.hypot(sigma, each.shared)),
        start=start,
        first=first,
        steady=each.steady,
        sigma=sigma,
        peak_bytes=each.peak_bytes,
        source=each.source,
        chunks=chunks,
    )


def equals(ranked: Sequence[Candidate], best: tuple[str, int, int] | None = None) -> list[Candidate]:
    """The candidates between whose expected times there is no difference, the simplest first; it is the choice.

    `ranked` has the shortest expected time first. The verdict of the same size has compared its strategies round by
    round: if `best`, its choice, is as good here, no other one is simpler but equal.
    """
    shortest = ranked[0]
    factor = EQUAL_BEYOND if shortest.source == "beyond" else EQUAL
    near = [
        each for each in ranked if each.expected <= (NO_MATTER if each.cell == best else factor) * shortest.expected
    ]
    return sorted(near, key=lambda each: (simplicity(*each.cell), each.expected))


def alike(one: Candidate, other: Candidate) -> bool:
    """Whether two candidates cannot be distinguished: their ratio may be 1 within both uncertainties."""
    return abs(math.log(one.seconds / other.seconds)) <= QUANTILE * math.hypot(one.sigma, other.sigma)


def exact(candidate: Candidate) -> bool:
    """Whether what was predicted for it was measured all the same, in weighing the workload."""
    return candidate.strategy in BASELINES


def within(candidate: Candidate, memory: float | None) -> Candidate:
    """The candidate, excluded where it needs more memory than there may be."""
    if memory is None or candidate.excluded or not candidate.peak_bytes > memory:
        return candidate
    needs, allowed = (
        f"{each:,.0f}" if each >= 10 else f"{each:.2g}" for each in (candidate.peak_bytes / 1e6, memory / 1e6)
    )
    need = f"it needs about {needs} MB, and {allowed} MB are allowed"
    return replace(candidate, excluded=need)
