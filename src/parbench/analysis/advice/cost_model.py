"""Costs of a strategy, learned from a run: the time of a call from the costs of the workload, with its uncertainty.

The time of a call is a sum of parts that `records.WorkloadCost` has for each workload: how long its kernel takes, alone
and side by side, how long it takes to cut and to join the work, and how many bytes travel. A strategy has a few
coefficients that are at least 0, such as seconds per task and seconds per byte. They are fitted to all workloads of a
run by least squares of relative errors, under the expectation that a second of work takes a second.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from parbench.analysis.advice.features import CALL, FORMS, HANDING, base_of, features, predictable
from parbench.runfile.records import WorkloadCost

#: Weight of theory (one second of work takes one second) in the fit, in units of one cell's relative error.
IN_THEORY = 1.0
#: Weight of the coefficients of a similar strategy that was measured, in the same unit.
IN_KIN = 2.0
#: Factor on that weight for dispatch costs, in which similar strategies differ.
OF_HANDING = 0.25
#: Larger relative errors count less and less (P. Huber, "Robust estimation of a location parameter", 1964).
USUAL_ERROR = 0.2
#: Number of fits, each with the weights that follow from the errors of the previous fit.
REPEATS = 5
#: Least uncertainty of a prediction, as the standard deviation of a logarithm.
SUREST = 0.05
#: Uncertainty of a prediction without any other workload to learn from, as the standard deviation of a logarithm.
CLUELESS = 0.3
#: Uncertainty of a first call, which happens once, as the standard deviation of a logarithm.
FIRST = 0.1
#: With fewer workloads than this, the costs of similar strategies are the prior of a strategy's costs.
FEW = 4


@dataclass(frozen=True)
class Observation:
    """One cell of which both is known, what it takes and what its workload weighs. Seconds."""

    workload: str
    strategy: str
    cores: int
    weight: WorkloadCost  # at these cores, see `at_cores`
    steady: float
    start: float
    first: float


class Prior(NamedTuple):
    """Expected seconds per unit of a feature, and their uncertainty, in relative errors of one cell."""

    seconds: float
    sure: float


@dataclass(frozen=True)
class Prediction:
    """Seconds, and the standard deviation of their logarithm."""

    seconds: float
    sigma: float


@dataclass(frozen=True)
class CostLaw:
    """Costs of one strategy: seconds per unit of each feature, the start, and the addition of a first call."""

    strategy: str
    coefficients: Mapping[str, float]
    sigma: float
    workloads: int
    starts: Mapping[int, float] = field(default_factory=dict)
    first_extra: float = 0.0

    def steady(self, weight: WorkloadCost) -> Prediction:
        """A call once workers are warm; `weight` is at the cores that are meant."""
        exact = known_exactly(self.strategy, weight)
        if exact is not None:
            return Prediction(exact, SUREST)
        seconds = sum(self.coefficients[each.name] * each.of(weight) for each in features(self.strategy))
        return Prediction(max(seconds, 1e-9), self.sigma)

    def start(self, cores: int) -> float:
        """Opening it with a number of workers: that of the nearest count that is known."""
        if not self.starts:
            return 0.0
        return self.starts[min(self.starts, key=lambda each: abs(math.log(each / cores)))]

    def first_seconds(self, weight: WorkloadCost) -> float:
        """The first call, which also makes the objects that the workload makes in its first call."""
        return self.steady(weight).seconds + cold(self.strategy, weight) + self.first_extra


def cold(strategy: str, weight: WorkloadCost) -> float:
    """Additional time of a first call: for objects that the workload makes once, or in each worker."""
    if FORMS[base_of(strategy)] in ("whole", "array", "library"):
        return max(0.0, weight.first_seconds - weight.whole_seconds)
    return max(0.0, weight.together_first_seconds - weight.together_seconds)


def known_exactly(strategy: str, weight: WorkloadCost) -> float | None:
    """Seconds of a call where weighing the workload has measured just this; else None."""
    form = FORMS[base_of(strategy)]
    if form == "array":
        return weight.vectorized_seconds
    return weight.whole_seconds if form == "whole" else None


def at_cores(weight: WorkloadCost, cores: int) -> WorkloadCost:
    """The weight of a call cut into one part per core, from one that was cut into more or fewer parts.

    Tasks get longer as there are fewer of them; how much threads hinder each other is taken to grow evenly with
    their number, from none on one core.
    """
    if cores == weight.parts:
        return weight
    stretch = weight.parts / cores
    hindrance = weight.together_seconds / weight.longest_seconds
    # from one worker on, where nothing hinders and nothing is uneven
    share = (cores - 1) / (weight.parts - 1) if weight.parts > 1 else 1.0
    uneven = max(1.0, weight.longest_seconds * weight.parts / weight.busy_seconds) if weight.busy_seconds else 1.0
    longest = weight.busy_seconds / cores * (1 + (uneven - 1) * share)
    tasks = max(weight.stages, round(weight.tasks / stretch))
    together = longest * (1 + (hindrance - 1) * share)
    return replace(weight, parts=cores, tasks=tasks, longest_seconds=longest, together_seconds=together)


def of_kin(coefficients: Mapping[str, float]) -> dict[str, Prior]:
    """Prior of a strategy from the coefficients of similar ones; its own cells determine the time of a call."""
    return {
        name: Prior(seconds, IN_KIN * (OF_HANDING if name in HANDING else 1.0))
        for name, seconds in coefficients.items()
        if seconds and name != CALL.name
    }


def fit(known: Iterable[Observation]) -> dict[str, CostLaw]:
    """The law of each strategy among the cells that has one."""
    cells: dict[str, list[Observation]] = {}
    for each in known:
        if predictable(each.strategy) and each.steady > 0:
            cells.setdefault(each.strategy, []).append(each)
    most: dict[str, str] = {}  # the strategy of each form that most workloads were run by: others are like it
    for strategy, mine in cells.items():
        form = FORMS[base_of(strategy)]
        if form not in most or _workloads(mine) > _workloads(cells[most[form]]):
            most[form] = strategy
    laws = {strategy: law(strategy, cells[strategy], {}) for strategy in most.values()}
    for strategy, mine in cells.items():
        if strategy not in laws:
            kin = of_kin(laws[most[FORMS[base_of(strategy)]]].coefficients)
            laws[strategy] = law(strategy, mine, kin if _workloads(mine) < FEW else {})
    return laws


def _workloads(cells: Sequence[Observation]) -> int:
    return len({each.workload for each in cells})


def prior(strategy: str) -> CostLaw | None:
    """The law of a strategy that no workload was run by, where theory has one: a library shares its work out evenly."""
    if FORMS.get(base_of(strategy)) in ("whole", "array", "library"):
        return CostLaw(strategy, {each.name: each.expected for each in features(strategy)}, CLUELESS, 0)
    return None


def law(strategy: str, cells: Sequence[Observation], kin: Mapping[str, Prior]) -> CostLaw:
    """The law of one strategy, with what is believed of it as its `kin`.

    How sure it is comes from predicting each workload from the others.
    """
    names = sorted({each.workload for each in cells})
    errors: list[float] = []
    for name in names if len(names) > 1 else ():
        fitted = coefficients(strategy, [each for each in cells if each.workload != name], kin)
        without = CostLaw(strategy, fitted, SUREST, len(names) - 1)
        errors += [
            math.log(each.steady / without.steady(each.weight).seconds) for each in cells if each.workload == name
        ]
    sigma = max(SUREST, 1.4826 * float(np.median(np.abs(errors)))) if errors else CLUELESS
    whole = CostLaw(strategy, coefficients(strategy, cells, kin), sigma, len(names))
    starts = {
        cores: median([each.start for each in cells if each.cores == cores]) for cores in {c.cores for c in cells}
    }
    extras = [each.first - each.steady - cold(strategy, each.weight) for each in cells]
    return replace(whole, starts=starts, first_extra=max(0.0, median(extras)))


def median(values: Sequence[float]) -> float:
    """The median of those that are known; 0 of none."""
    there = [each for each in values if math.isfinite(each)]
    return float(np.median(there)) if there else 0.0


def coefficients(strategy: str, cells: Sequence[Observation], beliefs: Mapping[str, Prior]) -> dict[str, float]:
    """Seconds per unit of each feature, at least 0, by robust least squares of relative errors.

    `beliefs` go before what theory expects of a feature.
    """
    from scipy.optimize import nnls

    wanted = features(strategy)
    if not wanted:
        return {}
    rows = np.array([[each.of(cell.weight) / cell.steady for each in wanted] for cell in cells])
    # an expected cost is one more equation for its feature
    expected = [beliefs.get(each.name) or Prior(each.expected, IN_THEORY) for each in wanted]
    believed = np.diag([sure / seconds if seconds else 0.0 for seconds, sure in expected])
    right = np.array([sure if seconds else 0.0 for seconds, sure in expected])
    trust = np.ones(len(cells))
    # a column of bytes and one of calls differ by a billion: each is scaled to 1
    scale = np.maximum(np.abs(rows).max(axis=0), 1e-300)
    solution: Any = np.zeros(len(wanted))
    for _ in range(REPEATS):
        matrix = np.vstack([rows * trust[:, None], believed]) / scale
        solution = nnls(matrix, np.concatenate([trust, right]))[0] / scale
        off = np.abs(rows @ solution - 1)
        trust = np.sqrt(np.minimum(1.0, USUAL_ERROR / np.maximum(off, 1e-9)))
    return {each.name: float(value) for each, value in zip(wanted, solution, strict=True)}
