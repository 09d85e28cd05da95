"""Sizes around the break-even of a strategy, found by a few calls before cells are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from parbench.measure.arms.process import CLOSING_SECONDS, Arm, ArmFailed, start
from parbench.measure.arms.protocol import Resize
from parbench.measure.context import RunContext
from parbench.measure.plan import LocatedWorkload
from parbench.measure.progress import Activity
from parbench.measure.sizing.baseline_pilot import Baseline
from parbench.measure.sizing.finder import MEASURED, ROOM, SizeFinder, SizeResult, limits_of
from parbench.measure.sizing.ladder_search import LadderSearch, SearchOutcome, places_to_measure
from parbench.measure.sizing.power_law import TimeCurve, round_sizes_between
from parbench.strategies.registry import BASELINES
from parbench.text import cell_label
from parbench.workload.cell import Cell
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
        kind: Goal,
        given: Sequence[int] | None,
        context: Callable[[], RunContext],
    ) -> list[Cell]:
        """The same cells, which are all of one size, each at the sizes that were found for it.

        `given` are sizes of the mark: the search stays between the smallest and the largest. Baselines are there at all
        sizes of the others.
        """
        ladder, begin = ladder_of(entry.workload, given)
        wanted = [cell for cell in cells if cell.strategy not in BASELINES]
        keys = {
            cell: (entry.workload.name, (kind, cell.strategy, cell.cores, cell.chunks, *ends(ladder)))
            for cell in wanted
        }
        missing = [cell for cell in wanted if keys[cell] not in self._results]
        for cell in missing:
            self._results[keys[cell]] = self._reuse(keys[cell], *ends(ladder))
        missing = [cell for cell in missing if not self._results[keys[cell]]]
        if missing and self.measures:
            for cell, new in self._look_for(entry, missing, kind, ladder, begin, context()):
                self._results[keys[cell]] = [new]
        usual = sorted(set(given or entry.workload.all_sizes.of_profile(self.profile)))
        sizes = {cell: self.sizes_of(self._results[keys[cell]]) or usual for cell in wanted}
        every = sorted({size for each in sizes.values() for size in each}) or usual
        return [replace(cell, size=size) for size in every for cell in cells if size in sizes.get(cell, every)]

    def sentence(self, workload: str, results: Sequence[Bracket]) -> str:
        """The outcome of the search for a strategy, and the sizes that are measured."""
        found = results[0]
        outcome = {"found": "found", "always": "below the smallest size", "never": "not reached"}[found.outcome]
        source = "" if found.source == MEASURED else f", as in {found.source}"
        sizes = ", ".join(f"{size:,}" for size in found.sizes)
        who = cell_label(found.strategy, found.cores, found.chunks)
        return f"{found.bracket} of {workload}, {who}: {outcome}{source}; measured at {sizes}"

    def sizes_of(self, results: Sequence[Bracket]) -> list[int]:
        """The sizes of the bracket, if there is one."""
        return [size for each in results for size in each.sizes]

    def _look_for(
        self,
        entry: LocatedWorkload,
        cells: Sequence[Cell],
        kind: Goal,
        ladder: Sequence[int],
        begin: int,
        context: RunContext,
    ) -> Iterator[tuple[Cell, Bracket]]:
        """Results of a few calls, cell by cell; cells whose arm fails are left out, with a warning."""
        name = entry.workload.name
        try:
            with Baseline(entry, ladder[begin], context) as baseline:
                probe = BracketProbe(entry, baseline, initial_curve(entry.workload, ladder), context)
                for cell in cells:
                    self.progress(Activity("finding sizes of", name, (cell.strategy,)))
                    try:
                        yield cell, probe.bracket(cell, kind, ladder, begin)
                    except ArmFailed as failure:
                        self._give_up(name, f"{cell.strategy}: {failure.reason}")
        except ArmFailed as failure:
            self._give_up(name, f"the baseline: {failure.reason}")


class BracketProbe:
    """Asks a strategy and the baseline at one size after another."""

    def __init__(self, entry: LocatedWorkload, baseline: Baseline, curve: TimeCurve, context: RunContext) -> None:
        self.entry = entry
        self.baseline = baseline
        self.curve = curve
        self.context = context
        self.room = int(ROOM * context.available())

    def bracket(self, cell: Cell, kind: Goal, ladder: Sequence[int], begin: int) -> Bracket:
        """The sizes for one cell; raises ArmFailed if its arm cannot run at all."""
        least = USEFUL * cell.cores if kind == "grain" else FASTER
        spec = self.context.arm_spec(replace(cell, size=ladder[begin]), self.entry.reference)
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

            search = LadderSearch(ladder, begin, pays)
        finally:
            arm.end(CLOSING_SECONDS)
        if not tried:
            raise ArmFailed("timeout", f"no size from {ladder[0]:,} on has calls that are short enough")
        outcome, places = places_to_measure(search)
        inside = [ladder[place] for place in places if 0 <= place < len(ladder)]
        sizes = [size for size in inside if size in tried or self.affordable(size)]
        told = [[size, float(f"{ratio:.3g}")] for size, ratio in sorted(tried.items())]
        return Bracket(kind, cell.strategy, cell.cores, cell.chunks, list(ends(ladder)), outcome, sizes, told)

    def affordable(self, size: int) -> bool:
        """Whether calls of a size are short enough, as far as is known, and fit into memory."""
        if self.entry.workload.peak_bytes(size) > self.room:
            return False
        return not self.curve.points or self.curve.seconds(size, near=LONGEST_CALL_SECONDS) <= LONGEST_CALL_SECONDS

    def _speedup(self, arm: Arm, size: int) -> float:
        """The speedup at a size, by the fastest calls of both, which take turns."""
        ours: list[float] = []
        for _ in range(2):
            self.curve.add(size, self.baseline.seconds(size))
            ours.append(arm.ask(Resize(size), self.baseline.deadline).call_seconds)
            if self.curve.points[size] > TWICE_BELOW_SECONDS:
                break
        return self.curve.points[size] / max(min(ours), 1e-9)


def ladder_of(workload: Workload, given: Sequence[int] | None) -> tuple[list[int], int]:
    """The sizes that may be tried, round ones between the smallest and the largest allowed, and where to begin."""
    sizes = workload.all_sizes
    if given is not None:
        least, most = given[0], given[-1]
        begin = int((least * most) ** 0.5)
    elif isinstance(sizes, SizesByTime):
        least, most = limits_of(sizes)
        begin = sizes.about[0]
    else:
        least, most = sizes.tiny, max((*sizes.quick, *sizes.standard, *sizes.thorough))
        begin = sizes.quick[0]
    ladder = round_sizes_between(least, most)
    return ladder, min(range(len(ladder)), key=lambda place: abs(ladder[place] - begin))


def ends(ladder: Sequence[int]) -> tuple[int, int]:
    """The smallest and the largest size of a ladder."""
    return ladder[0], ladder[-1]


def initial_curve(workload: Workload, ladder: Sequence[int]) -> TimeCurve:
    """Prior knowledge of the seconds of a call: from the workload, or that they grow in proportion to the size."""
    sizes = workload.all_sizes
    about = sizes.about if isinstance(sizes, SizesByTime) else tuple(int(1000 * each / TARGETS[0]) for each in TARGETS)
    return TimeCurve(about, *ends(ladder))
