"""How good advice is: for each workload of a stored run, as if it had never been measured but only weighed.

What strategies cost is learned from all other workloads of the run. Then for every size, number of cores and number of
calls (1, 10, 1,000) the strategy is chosen that `parbench.advise` would choose for a new workload, among those that
were measured.

Regret is what the choice took by what was measured, over what the fastest took, less 1: starting, the first call and
all later ones. The choice is *right* where it is the fastest or within the measuring error of it: where the 95 %
interval of the ratio of both holds 1. The error of a later call is the standard error over blocks, and one block alone
is taken to differ as blocks of its strategy usually do; that of starting and the first call, which happen once, 10 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.validate.runs import asked_for
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.advice.candidates import Candidate, alike, candidate, equals, predicted
from parbench.analysis.advice.cost_model import CostLaw, Observation, fit, prior
from parbench.analysis.advice.interpolation import Estimate
from parbench.workload.cell import BASELINES

CALLS = (1, 10, 1000)
#: A predicted time is good within this factor of the measured one.
GOOD = 1.5


def main(arguments: list[str]) -> None:
    """Print how good advice is.

    Arguments: the run (default: reports/latest), and ``--weights=FILE``, for workloads that weigh what `weights` wrote
    there.
    """
    adviser = Adviser(asked_for(arguments, "reports/latest")[0])
    known = adviser.observations()
    lacking = [name for name in adviser.workloads() if name not in {each.workload for each in known}]
    if lacking:
        print(f"not weighed, and left out: {', '.join(lacking)}; measure the run again with this version of parbench")
    if len({each.workload for each in known}) < 2:
        print("Fewer than two workloads of this run were weighed: there is nothing to learn from.")
        return
    print(*report(known, adviser), sep="\n")


def report(known: list[Observation], adviser: Adviser) -> Iterator[str]:
    """The lines."""
    cases = pd.DataFrame(cases_of(known, adviser))
    names = cases["workload"].nunique()
    yield f"{len(cases)} cases: {names} workloads, each from the {names - 1} others"
    yield ""
    yield "| calls | cases | right | regret: median | 95th percentile | worst |"
    yield "|---|---|---|---|---|---|"
    for calls in (*CALLS, None):
        yield line("all" if calls is None else f"{calls:,}", cases if calls is None else cases[cases["calls"] == calls])
    yield ""
    yield "| instead of advice | right | regret: median | 95th percentile | worst |"
    yield "|---|---|---|---|---|"
    for rival in ("always serial", "always threads", "best of the others"):
        yield line(rival, cases, rival)
    yield ""
    yield "| worst cases | size | cores | calls | chosen | fastest | regret |"
    yield "|---|---|---|---|---|---|---|"
    for row in worst(cases):
        yield (
            f"| {row.workload} | {row.size_:,} | {row.cores} | {row.calls:,} | {row.chosen} | {row.best} "
            f"| {row.regret:.0%} |"
        )
    yield ""
    yield from errors(known)
    yield ""


def line(title: str, cases: pd.DataFrame, rival: str = "") -> str:
    """One row of a table: how often the choice is right, and its regret; a rival's number of cases is the same."""
    right, regret = (cases["right"], cases["regret"]) if not rival else (cases[f"{rival}: right"], cases[rival])
    middle, high, most = (f"{value:.1%}" for value in (regret.median(), regret.quantile(0.95), regret.max()))
    count = "" if rival else f" {len(cases)} |"
    return f"| {title} |{count} {right.mean():.1%} | {middle} | {high} | {most} |"


def worst(cases: pd.DataFrame) -> list[Any]:
    """The worst case of each of the ten worst workloads and numbers of calls."""
    ordered = cases[~cases["right"]].sort_values("regret", ascending=False)
    return list(ordered.drop_duplicates(["workload", "calls"]).head(10).itertuples())


def measured(known: Observation, sigma: float, calls: int) -> Candidate:
    """Time of a cell, by its measured phases."""
    estimate = Estimate(known.steady, known.start, known.first, math.nan, sigma)
    return candidate(known.strategy, known.cores, estimate, calls)


def cases_of(known: list[Observation], adviser: Adviser) -> Iterator[dict[str, Any]]:
    """Every case: what was chosen, what was best, and what rivals without a model would have taken."""
    for name in dict.fromkeys(each.workload for each in known):
        laws = fit(each for each in known if each.workload != name)
        favourite = best_of_others([each for each in known if each.workload != name])
        mine = [each for each in known if each.workload == name]
        for size in sorted({each.weight.cell.size for each in mine}):
            for cores in sorted({each.cores for each in mine}):
                cells = [
                    each
                    for each in mine
                    if each.weight.cell.size == size and (each.cores == cores or each.strategy in BASELINES)
                ]
                for calls in CALLS:
                    truth = {each.strategy: measured(each, adviser.error(each), calls) for each in cells}
                    yield {
                        "workload": name,
                        "size_": size,
                        "cores": cores,
                        "calls": calls,
                        **case(cells, truth, laws, cores, calls, favourite),
                    }


def case(
    cells: list[Observation],
    truth: dict[str, Candidate],
    laws: dict[str, CostLaw],
    cores: int,
    calls: int,
    favourite: list[str],
) -> dict[str, Any]:
    """One case."""
    guesses = [predicted(law, each.weight, cores, calls) for each in cells if (law := law_of(laws, each.strategy))]
    choice = equals(sorted(guesses, key=lambda each: each.expected))[0].strategy
    best = min(truth.values(), key=lambda each: each.seconds)

    def against(strategy: str) -> tuple[float, bool]:
        one = truth[strategy]
        return one.seconds / best.seconds - 1, one is best or alike(one, best)

    regret, right = against(choice)
    found: dict[str, Any] = {"chosen": choice, "best": best.strategy, "regret": regret, "right": right}
    rivals = {
        "always serial": "serial",
        "always threads": "threads" if "threads" in truth else "serial",
        "best of the others": next((each for each in favourite if each in truth), "serial"),
    }
    for rival, strategy in rivals.items():
        found[rival], found[f"{rival}: right"] = against(strategy)
    return found


def law_of(laws: dict[str, CostLaw], strategy: str) -> CostLaw | None:
    """The law of a strategy from other workloads, or what theory says where there is none."""
    return laws.get(strategy) or prior(strategy)


def best_of_others(known: list[Observation]) -> list[str]:
    """Strategies by how much faster than serial they are on the whole, in the geometric mean, the fastest first."""
    serial = {(each.workload, each.weight.cell.size): each.steady for each in known if each.strategy == "serial"}
    gains: dict[str, list[float]] = {}
    for each in known:
        base = serial.get((each.workload, each.weight.cell.size))
        if base:
            gains.setdefault(each.strategy, []).append(math.log(base / each.steady))
    return sorted(gains, key=lambda strategy: -float(np.mean(gains[strategy])))


def errors(known: list[Observation]) -> Iterator[str]:
    """By strategy, how far predicted times of a call are off."""
    off: dict[str, list[float]] = {}
    for name in dict.fromkeys(each.workload for each in known):
        laws = fit(each for each in known if each.workload != name)
        for each in known:
            if each.workload == name and (law := law_of(laws, each.strategy)) and each.strategy not in BASELINES:
                off.setdefault(each.strategy, []).append(math.log(law.steady(each.weight).seconds / each.steady))
    yield "| strategy | cells | predicted ÷ measured time of a call: median | off by, median | within a factor of 1.5 |"
    yield "|---|---|---|---|---|"
    for strategy, found in off.items():
        values = np.array(found)
        within = np.mean(np.abs(values) <= math.log(GOOD))
        middle, typical = math.exp(np.median(values)), math.expm1(np.median(np.abs(values)))
        yield f"| {strategy} | {len(values)} | {middle:.2f} | {typical:.0%} | {within:.0%} |"
