"""Sizes around the smallest at which a strategy pays off, found by a few calls before cells are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from parbench.measurement.arms.process import CLOSING_SECONDS, Arm, ArmFailed, start
from parbench.measurement.arms.protocol import Resize
from parbench.measurement.context import RunContext
from parbench.measurement.plan import LocatedWorkload
from parbench.measurement.progress import Activity
from parbench.measurement.sizing.baseline_pilot import Baseline
from parbench.measurement.sizing.finder import MEASURED, ROOM, SizeFinder, SizeResult, limits_of
from parbench.measurement.sizing.ladder_search import LadderSearch, SearchOutcome, places_to_measure
from parbench.measurement.sizing.power_law import TimeCurve, round_sizes_between
from parbench.text import cell_label
from parbench.workload.cell import BASELINES, Cell
from parbench.workload.sizes import TARGETS, SizesByTime
from parbench.workload.workload import Workload

Goal = Literal["break-even", "grain"]
#: Goals of the search: the size at which a strategy is as fast as the baseline, or at which it uses half of its cores.
GOALS: tuple[Goal, ...] = ("break-even", "grain")
#: Speedup at a break-even. A few calls of a strategy that is just as fast as the baseline are faster half of the time.
FASTER = 1.05
#: Efficiency at the grain.
USEFUL = 0.5
#: Seconds of a call below which both sides are asked a second time, as one call may have been disturbed.
TWICE_BELOW_SECONDS = 0.05
#: Seconds that the search for one strategy may take once its arm has started.
SEARCH_SECONDS = 2.0
#: Seconds of the longest call of the baseline: no size with a longer one is tried or measured.
LONGEST_CALL_SECONDS = 0.3


@dataclass(frozen=True)
class Bracket(SizeResult):
    """The sizes for one strategy on `cores` cores with `chunks` chunks, sought `between` two sizes.

    `tried` has pairs of a size and the speedup of a few calls there.
    """

    bracket: Goal
    strategy: str
    cores: int
    chunks: int
    between: list[int]
    outcome: SearchOutcome
    sizes: list[int]
    tried: list[list[float]]


class BreakEvenSizer(SizeFinder[Bracket]):
    """Finds the sizes of the cells of a session whose marks ask for a bracket."""

    folder = "sizes-around-break-even"
    fallback = "those of the profile"
    result_type = Bracket

    def cells(
        self,
        entry: LocatedWorkload,
        cells: Sequence[Cell],
        goal: Goal,
        limits: Sequence[int] | None,
        context: Callable[[], RunContext],
    ) -> list[Cell]:
        """The same cells, which are all of one size, each at the sizes of its search.

        `limits` are sizes of the mark: the search stays between the smallest and the largest. Baselines have the sizes
        of all other cells.
        """
        ladder = ladder_of(entry.workload, limits)
        wanted = [cell for cell in cells if cell.strategy not in BASELINES]
        keys = {
            cell: (entry.workload.name, (goal, cell.strategy, cell.cores, cell.chunks, *ladder.ends)) for cell in wanted
        }
        missing = [cell for cell in wanted if keys[cell] not in self._results]
        for cell in missing:
            self._results[keys[cell]] = self._reuse(keys[cell], *ladder.ends)
        missing = [cell for cell in missing if not self._results[keys[cell]]]
        if missing and self.measures:
            for cell, new in self._search(entry, missing, goal, ladder, context()):
                self._results[keys[cell]] = [new]
        usual = sorted(set(limits or entry.workload.all_sizes.of_profile(self.profile)))
        sizes = {cell: self.sizes_of(self._results[keys[cell]]) or usual for cell in wanted}
        every = sorted({size for each in sizes.values() for size in each}) or usual
        return [replace(cell, size=size) for size in every for cell in cells if size in sizes.get(cell, every)]

    def sentence(self, workload: str, results: Sequence[Bracket]) -> str:
        """The outcome of the search for a strategy, and the sizes that are measured."""
        bracket = results[0]
        outcome = {"found": "found", "always": "below the smallest size", "never": "not reached"}[bracket.outcome]
        source = "" if bracket.source == MEASURED else f", as in {bracket.source}"
        sizes = ", ".join(f"{size:,}" for size in bracket.sizes)
        who = cell_label(bracket.strategy, bracket.cores, bracket.chunks)
        return f"{bracket.bracket} of {workload}, {who}: {outcome}{source}; measured at {sizes}"

    def sizes_of(self, results: Sequence[Bracket]) -> list[int]:
        """The sizes of the bracket, if there is one."""
        return [size for each in results for size in each.sizes]

    def _search(
        self, entry: LocatedWorkload, cells: Sequence[Cell], goal: Goal, ladder: Ladder, context: RunContext
    ) -> Iterator[tuple[Cell, Bracket]]:
        """Results of a few calls, cell by cell; cells whose arm fails are left out, with a warning."""
        name = entry.workload.name
        try:
            with Baseline(entry, ladder.begin, context) as baseline:
                probe = BracketProbe(entry, baseline, initial_curve(entry.workload, ladder), context)
                for cell in cells:
                    self.progress(Activity("finding sizes of", name, (cell.strategy,)))
                    try:
                        yield cell, probe.bracket(cell, goal, ladder)
                    except ArmFailed as failure:
                        self._give_up(name, f"{cell.strategy}: {failure.reason}")
        except ArmFailed as failure:
            self._give_up(name, f"the baseline: {failure.reason}")


class BracketProbe:
    """Times a strategy and the baseline at one size after another."""

    def __init__(self, entry: LocatedWorkload, baseline: Baseline, curve: TimeCurve, context: RunContext) -> None:
        self.entry = entry
        self.baseline = baseline
        self.curve = curve
        self.context = context
        self.room = int(ROOM * context.available())

    def bracket(self, cell: Cell, goal: Goal, ladder: Ladder) -> Bracket:
        """The sizes for one cell; raises ArmFailed if its arm cannot run at all."""
        least = USEFUL * cell.cores if goal == "grain" else FASTER
        spec = self.context.arm_spec(replace(cell, size=ladder.begin), self.entry.reference)
        arm = self.context.launch(spec)
        tried: dict[int, float] = {}
        try:
            start(arm, self.baseline.deadline)
            until = self.context.clock() + SEARCH_SECONDS

            def pays(size: int) -> bool | None:
                if self.context.clock() > until or not self.affordable(size):
                    return None
                tried[size] = self._speedup(arm, size)
                return tried[size] >= least

            search = LadderSearch(ladder.sizes, ladder.sizes.index(ladder.begin), pays)
        finally:
            arm.end(CLOSING_SECONDS)
        if not tried:
            raise ArmFailed("timeout", f"the calls of all sizes from {ladder.ends[0]:,} are too long")
        outcome, places = places_to_measure(search)
        inside = [ladder.sizes[place] for place in places if 0 <= place < len(ladder.sizes)]
        sizes = [size for size in inside if size in tried or self.affordable(size)]
        speedups = [[size, float(f"{ratio:.3g}")] for size, ratio in sorted(tried.items())]
        return Bracket(goal, cell.strategy, cell.cores, cell.chunks, list(ladder.ends), outcome, sizes, speedups)

    def affordable(self, size: int) -> bool:
        """Whether calls of a size fit into memory and are short, as predicted from others."""
        if self.entry.workload.peak_bytes(size) > self.room:
            return False
        return not self.curve.points or self.curve.seconds(size, near=LONGEST_CALL_SECONDS) <= LONGEST_CALL_SECONDS

    def _speedup(self, arm: Arm, size: int) -> float:
        """The speedup at a size, by the fastest calls of both, which take turns."""
        ours: list[float] = []
        for _ in range(2):
            self.curve.add(size, self.baseline.seconds(size))
            ours.append(arm.ask(Resize(size), self.baseline.deadline).seconds)
            if self.curve.points[size] > TWICE_BELOW_SECONDS:
                break
        return self.curve.points[size] / max(min(ours), 1e-9)


@dataclass(frozen=True)
class Ladder:
    """The round sizes that may be tried, and the size to begin with."""

    sizes: list[int]
    begin: int

    @property
    def ends(self) -> tuple[int, int]:
        """The smallest and the largest size."""
        return self.sizes[0], self.sizes[-1]


def ladder_of(workload: Workload, limits: Sequence[int] | None) -> Ladder:
    """The sizes that may be tried for a workload, between `limits` if there are any."""
    sizes = workload.all_sizes
    if limits is not None:
        least, most = limits[0], limits[-1]
        begin = int((least * most) ** 0.5)
    elif isinstance(sizes, SizesByTime):
        least, most = limits_of(sizes)
        begin = sizes.about[0]
    else:
        least, most = sizes.tiny, max((*sizes.quick, *sizes.standard, *sizes.thorough))
        begin = sizes.quick[0]
    ladder = round_sizes_between(least, most)
    return Ladder(ladder, min(ladder, key=lambda size: abs(size - begin)))


def initial_curve(workload: Workload, ladder: Ladder) -> TimeCurve:
    """Prior knowledge of the seconds of a call: from the workload, or that they grow in proportion to the size."""
    sizes = workload.all_sizes
    about = sizes.about if isinstance(sizes, SizesByTime) else tuple(int(1000 * each / TARGETS[0]) for each in TARGETS)
    return TimeCurve(about, *ladder.ends)
