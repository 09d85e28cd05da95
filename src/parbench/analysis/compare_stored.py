"""Comparison of two stored runs: one row per cell, with its change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean, median
from typing import Any, NamedTuple

import pandas as pd

from parbench.analysis.estimates import CELL, times_of
from parbench.analysis.frame import data_of, ours
from parbench.analysis.stats.decision import FALSE_SAME, MARGIN, Decision, Margins, judge
from parbench.analysis.stats.interval import between, estimates_of, log_ratios, spread, student
from parbench.errors import UsageError
from parbench.runfile.header import Header, RunSettings
from parbench.text import percent
from parbench.workload.cell import BASELINES, Cell

#: Allowance for differences between whole runs of the same code: a minimum, as the standard deviation of a logarithm,
#: and a multiple of the differences between their blocks, because disturbances of a machine last longer than a block.
#: This pair is for the scaling of a strategy. It was chosen by hand from pairs of recorded runs, whose differences
#: `benchmarks/validate/draw.py` prints.
SCALING = (0.12, 0.4)
#: The same for the time of a call.
TIME = (0.02, 0.8)
#: The same for scaling on different machines: an assumption.
MACHINES = (0.15, 0.4)
#: The same for times of one process each, as files of other tools have them, whose groups of rounds stand for blocks.
#: The minimum is an assumption: such files do not show how processes of the same code differ.
ONE_PROCESS = (0.05, 0.8)
#: Most groups of rounds.
GROUPS = 20
#: Number of blocks below which all may have the same disturbance, such as two workers on one CPU, which doubles times.
ENOUGH_BLOCKS = 4
#: Allowance of a run with fewer blocks, as the standard deviation of a logarithm.
FEW = 0.25
#: Share of comparisons of the same code that are to be called the same.
USUALLY = 0.8
ALONE = "measure both in one run, with --parbench-against."
COLUMNS = [*CELL, "quantity", "base", "head", "ratio", "ratio_low", "ratio_high", "margin", "verdict", "reason"]
#: Log-estimates of the blocks of one cell.
Blocks = list[float]


def compare(base: pd.DataFrame, head: pd.DataFrame, margin: float | None = None) -> pd.DataFrame:
    """Changes from one run to another, both from `parbench.load`: one row per cell of either.

    The time of a call is compared for the serial strategies, on the same machine only; for all others it is how they
    scale, their speedup over the baseline of the base run, because a machine is not the same from one hour to the next
    and what changes for all alike is then left out. `quantity` says which: ``time`` (`base` and `head` in seconds) or
    ``scaling`` (both are speedups). `ratio` is above 1 where the head is slower, with the ends of its 95 % interval.
    `margin` is by default that of the head run, and of the cell in it, but at least the smallest that two stored runs
    can detect (`least_margin`); a given margin is used unchanged for all cells. `verdict` is ``SLOWER``, ``FASTER``,
    ``SAME``, ``UNDECIDED``, ``MISSING`` (not in the head, or failed there) or ``NEW`` (not in the base, or failed
    there). ``attrs`` has ``same_machine`` and ``notes`` (sentences). Raises UsageError where the two have nothing in
    common, or for a margin that is not between 0 and 1.
    """
    margins = margins_of(data_of(head).header.settings) if margin is None else Margins(margin)
    old, new = RunCells(ours(base)), RunCells(ours(head))
    keys = list(dict.fromkeys([*old.cells, *new.cells]))
    common = [key for key in keys if old.measured(key) and new.measured(key)]
    if not any(key in new.cells for key in old.cells):
        raise UsageError("the two runs have no cell in common: compare runs of the same workloads, sizes and cores.")
    same = same_machine(data_of(base).header, data_of(head).header)
    imported = all(data_of(side).header.settings.imported_from for side in (base, head))
    rows = []
    for key in keys:
        wanted = margins.of(str(Cell(*key)))
        rows.append(row(key, old, new, DecisionRule(wanted, margin is not None, max(1, len(common)), same, imported)))
    changes = pd.DataFrame(rows, columns=COLUMNS)
    changes.attrs = {"same_machine": same, "notes": notes(base, head, same) + ([] if margin else wide_notes(changes))}
    return changes


class DecisionRule(NamedTuple):
    """How the cells of a comparison are judged; `exactly` if the margin is not to be widened.

    `imported` means that both runs come from files of another tool.
    """

    margin: float
    exactly: bool
    cells: int
    same_machine: bool
    imported: bool = False


def wide_notes(changes: pd.DataFrame) -> list[str]:
    """Note on the changes that a comparison with the margins of two stored runs cannot find."""
    parts = [
        f"{percent(float(margin))} in {kind}"
        for kind, margin in changes[changes["ratio"].notna()].groupby("quantity")["margin"].median().items()
    ]
    if not parts:
        return []
    return [f"Stored runs of the same code differ: less than about {' and '.join(parts)} passes as the same."]


def apart(before: Blocks, after: Blocks, allowance: tuple[float, float]) -> float:
    """By how much two runs of the same code differ beyond what their blocks explain, as a standard deviation."""
    least, times = allowance
    parts = []
    for blocks in (before, after):
        parts += [least if len(blocks) >= ENOUGH_BLOCKS else FEW, times * spread(blocks) if len(blocks) > 1 else 0.0]
    return math.hypot(*parts)


def least_margin(difference: float) -> float:
    """The margin, as a ratio less 1, within which two runs of the same code usually come out as the same.

    `difference` is the standard deviation of what they differ by. SAME needs that, plus the half-width of its interval,
    within the margin.
    """
    return math.expm1((student(math.inf, 1 - 2 * FALSE_SAME) + student(math.inf, USUALLY)) * difference)


class RunCells:
    """One of the two runs, by cell."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.cells: dict[Any, pd.DataFrame] = dict(list(frame.groupby(CELL, sort=False)))
        self.times = {key: times_of(cell) for key, cell in self.cells.items()}

    def measured(self, key: Any) -> bool:
        """Whether there are times of a cell that did not fail."""
        return key in self.cells and self.cells[key]["status"].iloc[0] == "ok" and bool(self.times[key])

    def lacks(self, key: Any) -> str:
        """The reason why there is no time of a cell; empty if there is one."""
        if key not in self.cells:
            return "it is not in the run."
        return "" if self.measured(key) else str(self.cells[key]["reason"].iloc[0] or "it was not measured.")

    def failed(self, key: Any) -> bool:
        """Whether a cell is not in the run or failed; the run can also have ended before its turn."""
        return key not in self.cells or self.cells[key]["status"].iloc[0] not in ("ok", "skipped")

    def seconds(self, key: Any) -> Blocks:
        """The logarithm of the time of a call, by block."""
        return estimates_of([[math.log(each) for each in turns.values()] for turns in self.times[key].values()])

    def groups_of_rounds(self, key: Any) -> Blocks:
        """The logarithm of the median time of a call, by groups of consecutive rounds, at most `GROUPS`."""
        logs = [math.log(each) for turns in self.times[key].values() for each in turns.values()]
        length = -(-len(logs) // GROUPS)
        return [median(logs[start : start + length]) for start in range(0, len(logs), length)]

    def speedups(self, key: Any, over: Any) -> Blocks:
        """The logarithm of the speedup over another cell, by block."""
        mine, others = self.times[key], self.times.get(over, {})
        return estimates_of([log_ratios(others[block], mine[block]) for block in mine if block in others])

    def baseline(self, key: Any) -> Any:
        """The fastest serial cell of the same workload and size, measured uncut; None if there is none."""
        rivals = [(*key[:2], name, 1, 1, *key[5:]) for name in BASELINES]
        rivals = [each for each in rivals if self.measured(each)]
        return min(rivals, key=lambda each: fmean(self.seconds(each)), default=None)


def row(key: Any, base: RunCells, head: RunCells, how: DecisionRule) -> dict[str, Any]:
    """The row of one cell."""
    fixed: dict[str, Any] = dict(zip(CELL, key, strict=True)) | {"margin": how.margin, "quantity": ""}
    if lacks := unmeasured(key, head, key, base):
        return fixed | fields(lacks)
    if how.imported and how.same_machine and min(len(side.times[key]) for side in (base, head)) == 1:
        before, after = (side.groups_of_rounds(key) for side in (base, head))
        return fixed | compared("time", before, after, ONE_PROCESS, how)
    if key[2] not in BASELINES:
        over = base.baseline(key)
        if over is None or not head.measured(over):
            return fixed | fields(Decision("UNDECIDED", "a run has no serial strategy to compare it with."))
        before, after = ([-each for each in side.speedups(key, over)] for side in (base, head))
        return fixed | compared("scaling", before, after, SCALING if how.same_machine else MACHINES, how)
    if how.same_machine:
        return fixed | compared("time", base.seconds(key), head.seconds(key), TIME, how)
    why = "the runs come from different machines, whose times say nothing about a change."
    return fixed | {"quantity": "time"} | fields(Decision("UNDECIDED", why))


def unmeasured(key: Any, head: RunCells, base_key: Any, base: RunCells) -> Decision | None:
    """The verdict on a cell that a side did not measure; None if both measured it.

    It is undecided if no side measured it, or if a run ended before its turn.
    """
    lacks, base_lacks = head.lacks(key), base.lacks(base_key)
    if lacks:
        return Decision("MISSING" if head.failed(key) and not base_lacks else "UNDECIDED", lacks)
    if base_lacks:
        return Decision("NEW" if base.failed(base_key) else "UNDECIDED", f"in the base: {base_lacks}")
    return None


def compared(
    quantity: str, before: Blocks, after: Blocks, allowance: tuple[float, float], how: DecisionRule
) -> dict[str, Any]:
    """Values of one cell in two runs, and the verdict: logarithms that are larger if a call takes longer."""
    sign = 1 if quantity == "time" else -1
    values = {
        "quantity": quantity,
        "base": math.exp(sign * fmean(before)) if before else math.nan,
        "head": math.exp(sign * fmean(after)) if after else math.nan,
    }
    difference = apart(before, after, allowance)
    margin = how.margin if how.exactly else max(how.margin, least_margin(difference))
    ratio = partial(between, after, before, apart=difference)
    return values | {"margin": margin} | fields(judge(ratio, margin, how.cells, advice=ALONE), ratio(0.95))


def fields(verdict: Decision, ratio: Sequence[float] = (math.nan,) * 3) -> dict[str, Any]:
    """The verdict and the ratio with its interval, as fields of a row."""
    ends = dict(zip(("ratio", "ratio_low", "ratio_high"), ratio, strict=True))
    return ends | {"verdict": verdict.change, "reason": verdict.reason, "suspicion": verdict.suspicion or ""}


def same_machine(base: Header, head: Header) -> bool:
    """Whether two headers come from the same machine, as far as they show it."""
    return base.machine.machine_id is not None and base.machine.machine_id == head.machine.machine_id


def margins_of(settings: RunSettings) -> Margins:
    """The margins of a run; raises UsageError if they are no margins."""
    return Margins(MARGIN if settings.margin is None else settings.margin, settings.margins)


def notes(base: pd.DataFrame, head: pd.DataFrame, same: bool) -> list[str]:
    """Notes for the reader of the comparison: other machine, other versions, interrupted runs."""
    other = "The runs come from different machines, or do not say from which: only scaling counts."
    sentences = [] if same else [other]
    if all(data_of(side).header.settings.imported_from for side in (base, head)):
        sentences.append(
            "The files have the times of one process each, which do not show how processes of the same code differ."
        )
    sentences += version_notes(*(data_of(side).header.versions for side in (base, head)))
    for which, side in (("base", base), ("head", head)):
        if not data_of(side).complete:
            sentences.append(f"The {which} run was cut short.")
    return sentences


def version_notes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """A sentence for each package, or Python itself, that has another version on the other side."""
    names = sorted({*old, *new})
    sides = {name: (old.get(name, "none"), new.get(name, "none")) for name in names}
    return [f"{name} changed from {before} to {after}." for name, (before, after) in sides.items() if before != after]
