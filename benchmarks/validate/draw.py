"""Comparisons drawn from recorded blocks: how often they call something changed, rightly or wrongly.

The campaign, its stopping, its confirming blocks and its verdicts are the real ones; only the arms are played back. No
two comparisons of identical code share a block. Comparisons with something planted share blocks, but each has another
cell planted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from benchmarks.validate.rivals import RIVALS
from benchmarks.validate.runs import RECORDED
from benchmarks.validate.stored import APART, STORED_BUDGET, Pair, deaf_spread, differences, pairs, run_spread
from benchmarks.validate.tape import Blocks, Over, Tape, groups_of, play, recorded, runs
from parbench.analysis.compare_paired import compare_twins
from parbench.analysis.compare_stored import compare
from parbench.analysis.estimates import CELL
from parbench.analysis.frame import ours
from parbench.measurement.profiles import PROFILES
from parbench.workload.cell import BASE, Cell

#: Comparisons in less than the time of the quick profile, of which the same blocks make more. Seconds.
SHORT = 100.0
CHANGED = ("SLOWER", "FASTER")


@dataclass
class Told:
    """What became of comparisons of one kind."""

    false: int = 0
    found: dict[str, list[bool]] = field(default_factory=dict)
    verdicts: dict[str, int] = field(default_factory=dict)
    total: int = 0

    def add(self, changes: pd.DataFrame, planted: Cell | None) -> None:
        """Count one comparison."""
        rows: list[Any] = list(changes.itertuples())
        changed = {(row.workload, row.strategy) for row in rows if row.verdict in CHANGED}
        self.total += 1
        for row in rows:
            self.verdicts[row.verdict] = self.verdicts.get(row.verdict, 0) + 1
        if planted is not None:
            key = (planted.workload, planted.strategy)
            self.found.setdefault(planted.strategy, []).append(key in changed)
            changed -= {key}
        self.false += bool(changed)


def share(count: int, total: int) -> str:
    """A share with its 95 % interval (C. Clopper and E. Pearson, Biometrika 26, 1934)."""
    if not total:
        return "none yet"
    found = binomtest(count, total).proportion_ci()
    return f"{count} of {total}, {count / total:.1%} [{found.low:.1%}, {found.high:.1%}]"


def identical(files: list[Blocks], profile: str, budget: float | None = None) -> tuple[Told, list[pd.DataFrame]]:
    """Comparisons of identical code, and the frames that they were made from."""
    told, frames = Told(), []
    for _, frame in chain.from_iterable(runs(blocks, profile, budget) for blocks in files):
        told.add(compare_twins(frame), None)
        frames.append(frame)
    return told, frames


def planted(files: list[Blocks], percent: int, profile: str, margin: float) -> Told:
    """Comparisons in which one cell runs slower code, by so many percent."""
    told = Told()
    for blocks in files:
        slower = {name: [line for line in lines if line["percent"] == percent] for name, lines in blocks.items()}
        if all(slower.values()):
            _plant(slower, profile, margin, told)
    return told


def _plant(blocks: Blocks, profile: str, margin: float, told: Told) -> None:
    """Each cell in turn over the same blocks, then all of them over the next ones."""
    at = dict.fromkeys(blocks, 0)
    cells = [cell for group in groups_of(Tape(blocks, at), []) for cell in group.cells]
    while True:
        furthest = dict(at)
        for cell in cells:
            tape = Tape(blocks, dict(at), cell)
            with tempfile.TemporaryDirectory() as folder:
                try:
                    frame = play(tape, PROFILES[profile], Path(folder), margin=margin)
                except Over:
                    return
            told.add(compare_twins(frame), cell)
            furthest = {name: max(furthest[name], tape.at[name]) for name in at}
        at = furthest


def stored(found: list[Pair]) -> Told:
    """Comparisons of stored runs of identical code."""
    told = Told()
    for pair in found:
        told.add(compare(*pair), None)
    return told


def rivals(pairs: list[Pair]) -> Iterator[tuple[str, int]]:
    """In how many pairs of frames each other rule calls any cell changed, on the same samples."""
    for name, rule in RIVALS.items():
        yield name, sum(flagged(rule, *pair) for pair in pairs)


def flagged(rule: Callable[[list[float], list[float]], bool], base: pd.DataFrame, head: pd.DataFrame) -> bool:
    """Whether a rule calls any cell changed."""
    before, after = (samples(frame) for frame in (base, head))
    return any(rule(before[key], after[key]) for key in before if key in after)


def samples(frame: pd.DataFrame) -> dict[Any, list[float]]:
    """All steady times by cell, whatever its environment."""
    steady = frame[frame["phase"] == "steady"]
    return {key: list(map(float, times)) for key, times in steady.groupby(CELL[:-1])["seconds"]}


def side(frame: pd.DataFrame, which: str) -> pd.DataFrame:
    """The samples of one version of a comparison in one run."""
    return frame[frame["environment"] == which]


def main(arguments: list[str]) -> None:
    """Print what all kinds of comparisons came to.

    Arguments: the files that `record` appended to, also compressed (default: those that are committed).
    """
    files = [recorded(Path(name)) for name in arguments or sorted(map(str, RECORDED.glob("2*.jsonl.xz")))]
    count = sum(len(lines) for blocks in files for lines in blocks.values())
    print(f"{count} recorded blocks\n")
    header("comparisons of ten cells", "something wrongly called changed", "cells")
    frames = []
    for words, profile, budget in (
        (f"quick in {SHORT:.0f} s", "quick", SHORT),
        (f"quick in {PROFILES['quick'].budget:.0f} s", "quick", None),
        ("standard", "standard", None),
    ):
        told, some = identical(files, profile, budget)
        frames += some if budget else []
        print(f"| identical code, {words} | {share(told.false, told.total)} | {counted(told)} |", flush=True)
    apart = list(pairs(files))
    told = stored(apart)
    kind = f"identical code, stored runs of {STORED_BUDGET:.0f} s, {APART / 3600:.0f} h or more apart"
    print(f"| {kind} | {share(told.false, told.total)} | {counted(told)} |")
    print()
    header("stored runs differ in", "cells", "beyond what their blocks do", "by the middle two thirds")
    for kind, differ in differences(apart).items():
        print(f"| {kind} | {len(differ)} | {run_spread(differ):.1%} | {deaf_spread(differ):.1%} |")
    print()
    header("planted in one cell", "profile, margin", "cell", "found", "something else called changed")
    for percent, profile, margin in ((10, "quick", 0.05), (10, "standard", 0.05), (5, "standard", 0.02)):
        told = planted(files, percent, profile, margin)
        for strategy, found in told.found.items():
            words = f"{percent} % | {profile}, {margin:.0%} | {strategy} | {share(sum(found), len(found))}"
            print(f"| {words} | {share(told.false, told.total)} |", flush=True)
    print()
    header("rule, on the same samples of identical code", "in one run", "stored runs")
    inside = [(side(frame, BASE), ours(frame)) for frame in frames]
    for (name, one), (_, two) in zip(rivals(inside), rivals(apart), strict=True):
        print(f"| {name} | {share(one, len(inside))} | {share(two, len(apart))} |")


def header(*columns: str) -> None:
    """The head of a table."""
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")


def counted(told: Told) -> str:
    """How many cells have which verdict."""
    return ", ".join(f"{count} {name}" for name, count in sorted(told.verdicts.items()))
