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
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

import parbench
from parbench.analysis.advice import Adviser
from parbench.analysis.candidate import Candidate, alike, chosen, measured_candidate, predicted
from parbench.analysis.model import Known, Law, fit, prior
from parbench.analysis.summary import BASELINES

CALLS = (1, 10, 1000)
#: A predicted break-even size is good within this factor of the measured one.
GOOD = 1.5


def main(arguments: list[str]) -> None:
    """Print how good advice is.

    Arguments: the run (default: reports/latest), then runs whose break-even sizes the predicted ones are held against,
    as those of `benchmarks/test_break_even.py`, which has sizes around them (default: those of the run itself). With
    ``--weights=FILE`` workloads weigh what `weights` wrote there.
    """
    files = [each.removeprefix("--weights=") for each in arguments if each.startswith("--weights=")]
    arguments = [each for each in arguments if not each.startswith("--weights=")]
    frame = parbench.load(arguments[0] if arguments else "reports/latest")
    for each in files:
        frame.attrs["weights"] = parbench.load(each).attrs["weights"]
    adviser = Adviser(frame)
    known = adviser.known()
    lacking = [name for name in adviser.workloads() if name not in {each.workload for each in known}]
    if lacking:
        print(f"not weighed, and left out: {', '.join(lacking)}; measure the run again with this version of parbench")
    if len({each.workload for each in known}) < 2:
        print("Fewer than two workloads of this run were weighed: there is nothing to learn from.")
        return
    print(*report(known, adviser), sep="\n")
    others = [parbench.load(each) for each in arguments[1:]] or [frame]
    print(*break_even([each for other in others for each in predictions(known, other)]), sep="\n")


def report(known: list[Known], adviser: Adviser) -> Iterator[str]:
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


def cases_of(known: list[Known], adviser: Adviser) -> Iterator[dict[str, Any]]:
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
                    truth = {each.strategy: measured_candidate(each, adviser.error(each), calls) for each in cells}
                    yield {
                        "workload": name,
                        "size_": size,
                        "cores": cores,
                        "calls": calls,
                        **case(cells, truth, laws, cores, calls, favourite),
                    }


def case(
    cells: list[Known], truth: dict[str, Candidate], laws: dict[str, Law], cores: int, calls: int, favourite: list[str]
) -> dict[str, Any]:
    """One case."""
    guesses = [predicted(law, each.weight, cores, calls) for each in cells if (law := law_of(laws, each.strategy))]
    choice = chosen(sorted(guesses, key=lambda each: each.expected)).strategy
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


def law_of(laws: dict[str, Law], strategy: str) -> Law | None:
    """The law of a strategy from other workloads, or what theory says where there is none."""
    return laws.get(strategy) or prior(strategy)


def best_of_others(known: list[Known]) -> list[str]:
    """Strategies by how much faster than serial they are on the whole, in the geometric mean, the fastest first."""
    serial = {(each.workload, each.weight.cell.size): each.steady for each in known if each.strategy == "serial"}
    gains: dict[str, list[float]] = {}
    for each in known:
        base = serial.get((each.workload, each.weight.cell.size))
        if base:
            gains.setdefault(each.strategy, []).append(math.log(base / each.steady))
    return sorted(gains, key=lambda strategy: -float(np.mean(gains[strategy])))


def errors(known: list[Known]) -> Iterator[str]:
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


def break_even(rows: list[tuple[Any, float | None]]) -> Iterator[str]:
    """Predicted over measured size at which a strategy begins to be faster than the baseline, where there is one."""
    yield f"break-even sizes: {len(rows)} pairs of strategy and workload have a measured one"
    if not rows:
        return
    good = sum(guess is not None and 1 / GOOD <= guess / row.size_ <= GOOD for row, guess in rows)
    inside = sum(guess is not None and row.size_low <= guess <= row.size_high for row, guess in rows)
    yield f"predicted within a factor of {GOOD:g} of it: {good} of {len(rows)} ({good / len(rows):.0%})"
    yield f"predicted between the sizes that are slower and faster for certain: {inside} of {len(rows)}"
    yield "| workload | strategy | cores | measured [slower, faster for certain] | predicted ÷ measured |"
    yield "|---|---|---|---|---|"
    for row, guess in rows:
        between = f"{row.size_:,.0f} [{row.size_low:,.0f}, {row.size_high:,.0f}]"
        ratio = "none predicted" if guess is None else f"{guess / row.size_:.2f}"
        yield f"| {row.workload} | {row.strategy} | {row.cores} | {between} | {ratio} |"


def predictions(known: list[Known], frame: pd.DataFrame) -> Iterator[tuple[Any, float | None]]:
    """Each break-even of a run that is certain on both sides with the predicted size, None where none is predicted.

    What the workload weighs is from that run, at its sizes; what strategies cost with others is `known`.
    """
    measured, weighed = parbench.break_even(frame), Adviser(frame).known()
    measured = measured[(measured["outcome"] == "found") & (measured["chunks"] == 1)]
    rows: list[Any] = list(measured.rename(columns={"size": "size_"}).itertuples())
    for row in rows:
        mine = [each for each in weighed if each.workload == row.workload]
        laws = fit(each for each in known if each.workload != row.workload)
        law = law_of(laws, row.strategy)
        if law is None or not mine:
            continue
        base: dict[int, float] = {}
        for each in mine:
            of_base = law_of(laws, each.strategy) if each.strategy in BASELINES else None
            if of_base is not None:
                size = each.weight.cell.size
                base[size] = min(of_base.steady(each.weight).seconds, base.get(size, math.inf))
        there = [each for each in mine if (each.strategy, each.cores) == (row.strategy, row.cores)]
        speedups = {
            each.weight.cell.size: base[each.weight.cell.size] / law.steady(each.weight).seconds for each in there
        }
        yield row, crossing(speedups)


def crossing(speedups: dict[int, float]) -> float | None:
    """The size from which on a predicted speedup is above 1, by lines of logarithms, beyond what there is if need be.

    None where it falls with the size, or crosses more than once.
    """
    points = [(math.log(size), math.log(speedups[size])) for size in sorted(speedups)]
    found = [
        (one[0] - one[1] * (two[0] - one[0]) / (two[1] - one[1]))
        for one, two in pairwise(points)
        if one[1] < 0 <= two[1]
    ]
    if len(found) == 1 and points[0][1] < 0 <= points[-1][1]:
        return math.exp(found[0])
    if not found and len(points) > 1:
        one, two = points[:2] if points[0][1] >= 0 else points[-2:]
        if two[1] > one[1]:
            return math.exp(one[0] - one[1] * (two[0] - one[0]) / (two[1] - one[1]))
    return None
