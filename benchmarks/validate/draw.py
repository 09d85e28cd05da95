"""Comparisons drawn from recorded blocks: how often they call something changed, rightly or wrongly.

The campaign, its stopping, its confirming blocks and its verdicts are the real ones; only the arms are played back. No
two comparisons of identical code share a block. Comparisons with something planted share blocks, but each has another
cell planted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from benchmarks.validate.rivals import RIVALS
from benchmarks.validate.tape import Line, Over, Tape, groups_of, play, recorded
from parbench.analysis.compare import compare
from parbench.analysis.compare_twins import compare_twins
from parbench.analysis.summary import CELL
from parbench.frame import ours
from parbench.profiles import PROFILES
from parbench.records import BASE, Cell

#: How long a stored run measures, of one version only, and how far apart two must be. Seconds.
STORED_BUDGET, APART = 90.0, 600.0
#: Raw data that the figures in docs/validation.md come from.
RECORDED = Path(__file__).parent / "recorded"
CHANGED = ("SLOWER", "FASTER")
Blocks = dict[str, list[Line]]


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


def runs(blocks: Blocks, budget: float | None = None, **options: Any) -> Iterator[tuple[Tape, pd.DataFrame]]:
    """One run after the other from blocks that no other one has, until there are no more."""
    at = dict.fromkeys(blocks, 0)
    profile = PROFILES[options.pop("profile", "quick")]
    while True:
        tape = Tape(blocks, dict(at))
        with tempfile.TemporaryDirectory() as folder:
            try:
                frame = play(tape, profile, Path(folder), budget=budget, **options)
            except Over:
                return
        yield tape, frame
        at = tape.at


def identical(files: list[Blocks], profile: str) -> tuple[Told, list[pd.DataFrame]]:
    """Comparisons of identical code, and the frames that they were made from."""
    told, frames = Told(), []
    for _, frame in chain.from_iterable(runs(blocks, profile=profile) for blocks in files):
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


def stored(files: list[Blocks]) -> tuple[Told, list[tuple[pd.DataFrame, pd.DataFrame]]]:
    """Comparisons of stored runs that are at least `APART`, each run with one later one, and their frames."""
    told, pairs = Told(), []
    for blocks in files:
        taken: set[int] = set()
        every = [
            (blocks["w0"][tape.at["w0"] - 1]["at"], frame)
            for tape, frame in runs(blocks, budget=STORED_BUDGET, twins=False)
        ]
        for one, other in combinations(range(len(every)), 2):
            if not taken & {one, other} and every[other][0] - every[one][0] >= APART:
                taken |= {one, other}
                pairs.append((every[one][1], every[other][1]))
                told.add(compare(*pairs[-1]), None)
    return told, pairs


def rivals(pairs: list[tuple[pd.DataFrame, pd.DataFrame]]) -> Iterator[tuple[str, int]]:
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
    files = [recorded(Path(name)) for name in arguments or sorted(map(str, RECORDED.glob("*.jsonl.xz")))]
    count = sum(len(lines) for blocks in files for lines in blocks.values())
    print(f"{count} recorded blocks\n")
    header("comparisons of ten cells", "something wrongly called changed", "cells")
    frames = []
    for profile in ("quick", "standard"):
        told, some = identical(files, profile)
        frames += some if profile == "quick" else []
        print(f"| identical code, {profile} | {share(told.false, told.total)} | {counted(told)} |", flush=True)
    told, pairs = stored(files)
    kind = f"identical code, stored runs of {STORED_BUDGET:.0f} s, {APART / 60:.0f} min or more apart"
    print(f"| {kind} | {share(told.false, told.total)} | {counted(told)} |")
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
    for (name, one), (_, two) in zip(rivals(inside), rivals(pairs), strict=True):
        print(f"| {name} | {share(one, len(inside))} | {share(two, len(pairs))} |")


def header(*columns: str) -> None:
    """The head of a table."""
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")


def counted(told: Told) -> str:
    """How many cells have which verdict."""
    return ", ".join(f"{count} {name}" for name, count in sorted(told.verdicts.items()))
