"""Two stored runs against each other: one row a cell, with what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import fmean
from typing import Any

import pandas as pd

from parbench.analysis.change import FALSE_SAME, Judged, Margins, judge
from parbench.analysis.interval import Interval, between, estimates_of, log_ratios, student
from parbench.analysis.summary import BASELINES, CELL, times_of
from parbench.errors import UsageError
from parbench.frame import ours
from parbench.records import Cell

#: By how much whole runs of the same code differ, as the standard deviation of a logarithm: in how well a strategy
#: scales, and in the time of a call. Rounded up from what `benchmarks/validate/draw.py` finds; the last, for runs of
#: different machines, where only scaling is compared, is an assumption.
SCALING_SPREAD, TIME_SPREAD, MACHINE_SPREAD = 0.07, 0.06, 0.15
#: Two runs of the same code are to be called the same so often, by as many standard deviations to either side.
USUALLY = 0.8
ALONE = "measure both in one run, with --parbench-against."
COLUMNS = [*CELL, "quantity", "base", "head", "ratio", "ratio_low", "ratio_high", "margin", "verdict", "reason"]
#: Log-estimates of the blocks of one cell.
Blocks = list[float]


def compare(base: pd.DataFrame, head: pd.DataFrame, margin: float | None = None) -> pd.DataFrame:
    """What changed from one run to another, both as `parbench.load` gave them: one row a cell of either.

    The time of a call is compared for the serial strategies, on the same machine only; for all others it is how they
    scale, their speedup over the baseline of the base run, because a machine is not the same from one hour to the
    next and what changes for all alike is then left out. `quantity` says which: ``time`` (`base` and `head` in
    seconds) or ``scaling`` (both are speedups). `ratio` is above 1 where the head is slower, with the ends of its 95 %
    interval. `margin` is that of the head run, and of the cell in it, but no less than what two stored runs can tell
    (`least_margin`); unless given, which then counts for all cells as it is. `verdict` is ``SLOWER``, ``FASTER``,
    ``SAME``, ``UNDECIDED``, ``MISSING`` (not in the head, or failed there) or ``NEW``. ``attrs`` has ``same_machine``
    and ``notes`` (sentences). Raises UsageError where the two have nothing in common, or for a margin that is not
    between 0 and 1.
    """
    margins = Margins.read(head.attrs.get("header", {}).get("settings", {})) if margin is None else Margins(margin)
    old, new = Side(ours(base)), Side(ours(head))
    keys = list(dict.fromkeys([*old.cells, *new.cells]))
    common = [key for key in keys if old.measured(key) and new.measured(key)]
    if not any(key in new.cells for key in old.cells):
        raise UsageError("the two runs have no cell in common: compare runs of the same workloads, sizes and cores.")
    same = same_machine(base.attrs.get("header", {}), head.attrs.get("header", {}))
    rows = []
    for key in keys:
        spread = spread_of(key, same)
        wanted = margins.of(str(Cell(*key)))
        used = wanted if margin is not None else max(wanted, least_margin(spread))
        rows.append(row(key, old, new, margin=used, cells=max(1, len(common)), same=same))
    found = pd.DataFrame(rows, columns=COLUMNS)
    found.attrs = {"same_machine": same, "notes": notes(base, head, same) + ([] if margin else wide_notes(same))}
    return found


def wide_notes(same: bool) -> list[str]:
    """What a comparison with margins as wide as two stored runs need cannot find."""
    kinds = {"how cells scale": MACHINE_SPREAD} if not same else {"scaling": SCALING_SPREAD, "times": TIME_SPREAD}
    told = " and ".join(f"{least_margin(spread):.0%} in {kind}" for kind, spread in kinds.items())
    return [f"Stored runs of the same code differ: less than {told} passes as the same; --parbench-against finds it."]


def spread_of(key: Any, same: bool) -> float:
    """By how much whole runs differ in what is compared of a cell, as the standard deviation of a logarithm."""
    if not same:
        return MACHINE_SPREAD
    return TIME_SPREAD if key[2] in BASELINES else SCALING_SPREAD


def least_margin(spread: float) -> float:
    """The margin, as a ratio less 1, within which two runs of the same code usually come out as the same.

    Two runs differ by √2 times the spread of one. SAME needs what they differ by, and the half-width of its interval
    beside it, within the margin.
    """
    return math.expm1((student(math.inf, 1 - 2 * FALSE_SAME) + student(math.inf, USUALLY)) * spread * math.sqrt(2))


class Side:
    """One of the two runs, by cell."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.cells: dict[Any, pd.DataFrame] = dict(list(frame.groupby(CELL, sort=False)))
        self.times = {key: times_of(cell) for key, cell in self.cells.items()}

    def measured(self, key: Any) -> bool:
        """Whether there are times of a cell that did not fail."""
        return key in self.cells and self.cells[key]["status"].iloc[0] == "ok" and bool(self.times[key])

    def seconds(self, key: Any) -> Blocks:
        """The logarithm of the time of a call, by block."""
        return estimates_of([[math.log(each) for each in turns.values()] for turns in self.times[key].values()])

    def speedups(self, key: Any, over: Any) -> Blocks:
        """The logarithm of the speedup over another cell, by block."""
        mine, others = self.times[key], self.times.get(over, {})
        return estimates_of([log_ratios(others[block], mine[block]) for block in mine if block in others])

    def baseline(self, key: Any) -> Any:
        """The fastest serial cell of the same workload and size, measured uncut; None where there is none."""
        rivals = [(*key[:2], name, 1, 1, *key[5:]) for name in BASELINES]
        rivals = [each for each in rivals if self.measured(each)]
        return min(rivals, key=lambda each: fmean(self.seconds(each)), default=None)


def row(key: Any, base: Side, head: Side, margin: float, cells: int, same: bool) -> dict[str, Any]:
    """What became of one cell."""
    found: dict[str, Any] = dict(zip(CELL, key, strict=True)) | {"margin": margin, "quantity": ""}
    if not head.measured(key):
        gone = key not in head.cells
        why = "it is not in the head run." if gone else str(head.cells[key]["reason"].iloc[0] or "it was not measured.")
        was = base.measured(key) if key in base.cells else False
        return found | {"verdict": "MISSING" if was else "UNDECIDED", "reason": why}
    if not base.measured(key):
        return found | {"verdict": "NEW", "reason": "the base run has no measurement of it."}
    serial = key[2] in BASELINES
    if serial and not same:
        return found | {
            "quantity": "time",
            "verdict": "UNDECIDED",
            "reason": "the runs come from different machines, whose times say nothing about a change.",
        }
    if serial:
        after, before = head.seconds(key), base.seconds(key)
    else:
        over = base.baseline(key)
        if over is None or not head.measured(over):
            return found | {"verdict": "UNDECIDED", "reason": "a run has no serial strategy to compare it with."}
        after, before = [-each for each in head.speedups(key, over)], [-each for each in base.speedups(key, over)]
    sign = 1 if serial else -1
    figures = {
        "quantity": "time" if serial else "scaling",
        "base": math.exp(sign * fmean(before)) if before else math.nan,
        "head": math.exp(sign * fmean(after)) if after else math.nan,
    }
    spread = spread_of(key, same)
    return found | figures | judged(lambda level: between(after, before, level, spread), margin, cells)


def judged(ratio: Callable[[float], Interval], margin: float, cells: int) -> dict[str, Any]:
    """The ratio, its interval and the verdict, as fields of a row."""
    shown = ratio(0.95)
    verdict: Judged = judge(ratio, margin, cells, advice=ALONE)
    return {
        "ratio": shown.value,
        "ratio_low": shown.low,
        "ratio_high": shown.high,
        "verdict": verdict.change,
        "reason": verdict.reason,
    }


def same_machine(base: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    """Whether two headers come from the same machine, as far as they tell."""
    mine, other = (side.get("machine", {}).get("machine_id") for side in (base, head))
    return mine is not None and mine == other


def notes(base: pd.DataFrame, head: pd.DataFrame, same: bool) -> list[str]:
    """What a reader of the comparison should know: other machine, other versions, runs cut short."""
    headers = [side.attrs.get("header", {}) for side in (base, head)]
    found = [] if same else ["The runs come from different machines, or do not say from which: only scaling counts."]
    found += version_notes(*(header.get("versions", {}) for header in headers))
    for which, side in (("base", base), ("head", head)):
        if not side.attrs.get("complete", True):
            found.append(f"The {which} run was cut short.")
    return found


def version_notes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A sentence for each package, or Python itself, that has another version on the other side."""
    names = sorted({*old, *new})
    sides = {name: (old.get(name, "none"), new.get(name, "none")) for name in names}
    return [f"{name} changed from {before} to {after}." for name, (before, after) in sides.items() if before != after]
