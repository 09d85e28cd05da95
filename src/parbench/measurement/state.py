"""The state of a campaign: which cells are precise, which failed, which need another block."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import fmean

from parbench.analysis.stats.decision import Margins
from parbench.analysis.stats.interval import Interval, interval, log_ratios, pseudo_median, spread
from parbench.analysis.stats.moderated import BothIntervals, VarianceModel, kind_of
from parbench.analysis.stats.paired import blocks_of, clean, first_look, fresh_blocks
from parbench.measurement.cell_state import CellState
from parbench.measurement.open_questions import LEADER_BLOCKS, ONE_CORE_WEIGHT, chance, clearly_slower
from parbench.measurement.plan import Group
from parbench.measurement.profiles import Profile
from parbench.workload.cell import BASE, BASE_REPEAT, BASELINES, HEAD, REPLICA, Cell

#: Fewest blocks of a narrow interval: a few blocks often agree by chance.
STOP_FROM = 6
#: Widest half-width of the interval of a change, as a part of the margin: unchanged cells are then within the margin.
WITHIN_MARGIN = 0.4


class CampaignState:
    """The states of all cells, and what a campaign derives from them."""

    def __init__(self, groups: Iterable[Group], profile: Profile, margins: Margins | None = None) -> None:
        self.profile = profile
        self.margins = margins or Margins()
        self.groups = list(groups)
        self.cells = {cell: CellState(cell) for group in self.groups for cell in group.cells}
        self._twins = {
            cell: [twin for twin in map(cell.at, (BASE, BASE_REPEAT)) if twin in self.cells]
            for cell in self.cells
            if cell.environment == HEAD
        }
        self.replicas: dict[Cell, CellState] = {}
        self.time_use: dict[str, float] = {}
        self.obstacles: set[str] = set()  # workloads whose arms cannot be forked
        self.tracers: set[str] = set()  # the run file has a warning for each of them
        self._estimates: dict[tuple[Cell, Cell, int], float] = {}
        self._model: VarianceModel | None = None

    def __getitem__(self, cell: Cell) -> CellState:
        if cell.environment == REPLICA:  # no cell of the run: it need not become precise
            return self.replicas.setdefault(cell, CellState(cell))
        return self.cells[cell]

    def add_cells(self, group: Group, cells: Iterable[Cell]) -> None:
        """Add cells without twins to a group, each behind those of its strategy."""
        for cell in cells:
            group.cells.insert(1 + max(n for n, each in enumerate(group.cells) if each.strategy == cell.strategy), cell)
            self.cells[cell] = CellState(cell)

    def add_block(self, cell: Cell, block: int, times: dict[int, float]) -> None:
        """Add the times of a cell in one block."""
        self[cell].times[block] = times
        self._model = None

    @property
    def failures(self) -> int:
        return sum(
            each.status not in ("ok", "skipped") for cell, each in self.cells.items() if cell.environment == HEAD
        )

    def baseline(self, group: Group) -> Cell | None:
        """The fastest serial strategy so far; None before any was measured."""
        measured = [
            cell
            for cell in group.cells
            if cell.strategy in BASELINES
            and cell.environment == HEAD
            and self[cell].status == "ok"
            and self[cell].blocks
        ]
        return min(measured, key=lambda cell: self[cell].seconds, default=None)

    def best_parallel(self, group: Group, without: str = "") -> Cell | None:
        """The cell with the largest speedup so far, of those on several cores if there are any; None before that.

        Cells of the strategy `without` do not count.
        """
        left_out = (*BASELINES, without)
        cells = [cell for cell in group.cells if cell.strategy not in left_out and cell.environment == HEAD]
        several = [cell for cell in cells if cell.cores > 1] or cells
        values = {cell: self.speedup(group, cell).other_run.value for cell in several if self[cell].status == "ok"}
        return max((cell for cell in values if values[cell] > 0), key=values.__getitem__, default=None)

    @property
    def model(self) -> VarianceModel:
        """What all blocks so far show of the variance between blocks."""
        if self._model is None:
            pairs = [(group, cell) for group in self.groups for cell in group.cells if cell.environment == HEAD]
            known = ((kind_of(cell.strategy, cell.cores), self._logs(group, cell)) for group, cell in pairs)
            self._model = VarianceModel(known)
        return self._model

    def speedup(self, group: Group, cell: Cell) -> BothIntervals:
        """The speedup of a cell over the baseline, from the blocks that sampled both."""
        return self.model.intervals(self._logs(group, cell), kind_of(cell.strategy, cell.cores))

    def _logs(self, group: Group, cell: Cell) -> list[float]:
        """The log-ratios of a cell to the baseline of its group, one per block."""
        base = self.baseline(group)
        return [] if base is None or base == cell else self._log_ratios(base, cell)

    def _log_ratios(self, base: Cell, cell: Cell) -> list[float]:
        """The log-ratios of two cells, one for each block in which they shared a round."""
        result, theirs = [], self[base].times
        for block, times in self[cell].times.items():
            key = (base, cell, block)
            if key not in self._estimates and (ratios := log_ratios(theirs.get(block, {}), times)):
                self._estimates[key] = pseudo_median(ratios)
            if key in self._estimates:
                result.append(self._estimates[key])
        return result

    def chances(self, group: Group) -> dict[Cell, float]:
        """The cells of the next block that decides something, with the part of a question that it decides of each.

        None in a comparison of revisions, which asks something else. A strategy on one core that was measured on
        several is hardly an answer to a reader, so it comes late. A rival of the leader comes with the leader.
        """
        if any(map(self.twins, group.cells)):
            return {}
        leader, found = self.best_parallel(group), dict[Cell, float]()
        scaled = {cell.strategy for cell in group.cells if cell.cores > 1}
        for cell in self.unfinished(group):
            if self[cell].blocks and self.is_hopeless(group, cell):
                continue
            value, rivals = self._chance(group, cell), self._chance_of_rivals(group, cell, leader)
            if cell.cores == 1 and cell.strategy in scaled and self[cell].blocks:
                value, rivals = ONE_CORE_WEIGHT * value, 0.0
            if max(value, rivals) > 0:
                found[cell] = max(value, rivals)
            if leader is not None and rivals > 0:
                found.setdefault(leader, 0.0)
        few = leader is not None and self[leader].blocks < LEADER_BLOCKS
        if leader is not None and few and not self.is_hopeless(group, leader):
            found[leader] = max(found.get(leader, 0.0), 1 / (LEADER_BLOCKS - self[leader].blocks))
        return found

    def _chance(self, group: Group, cell: Cell) -> float:
        """The chance of the question whether a cell beats the baseline, which is measured along."""
        if not self[cell].blocks:
            return 1.0
        is_base = cell == self.baseline(group)
        return 0.0 if is_base else chance(self.speedup(group, cell).other_run, self[cell].blocks)

    def _chance_of_rivals(self, group: Group, cell: Cell, leader: Cell | None) -> float:
        """The chance of the question whether a cell that may beat the baseline beats the leader."""
        if leader in (None, cell) or cell.strategy in BASELINES or not self[cell].blocks:
            return 0.0
        assert leader is not None
        if not self.speedup(group, cell).other_run.high > 1:
            return 0.0
        logs = self._log_ratios(leader, cell)
        kinds = [kind_of(each.strategy, each.cores) for each in (leader, cell)]
        return chance(self.model.intervals(logs, *kinds).other_run, len(logs))

    def chance_per_second(self, group: Group) -> float:
        """The questions that the next block of the group is expected to decide per second."""
        cost = self.block_cost(group)
        expected = sum(self.chances(group).values())
        return expected / cost if cost else math.inf * expected if expected else 0.0

    def twins(self, cell: Cell) -> list[Cell]:
        """The same cell in other environments, without those that failed."""
        return [twin for twin in self._twins.get(cell, ()) if self.cells[twin].status == "ok"]

    def change(self, cell: Cell) -> Interval | None:
        """The time of a cell as a ratio to its twin in the base; None without a twin."""
        base = self.cells.get(cell.at(BASE))
        if base is None or base.status != "ok":
            return None
        ours = self[cell].times
        return interval([log_ratios(ours[block], base.times[block]) for block in ours if block in base.times])

    def suspects(self) -> dict[Cell, int]:
        """The cells that seem to differ from their twins, with the number of fresh blocks that are to confirm it."""
        ours = [cell for cell in self.cells if self.twins(cell) and self[cell].status == "ok"]
        versions = {cell: [self.cells.get(cell.at(where)) for where in (HEAD, BASE, BASE_REPEAT)] for cell in ours}
        blocks = {
            cell: blocks_of(*(each.times if each else {} for each in states)) for cell, states in versions.items()
        }
        kept = clean(blocks)
        compared = max(1, sum(bool(found) for found in kept.values()))
        changes = {cell: [change for change, _ in found.values()] for cell, found in kept.items()}
        looks = {cell: first_look(found, self.margins.of(str(cell)), compared) for cell, found in changes.items()}
        return {
            cell: fresh_blocks(fmean(changes[cell]), spread(changes[cell]))
            for cell, look in looks.items()
            if look.change in ("SLOWER", "FASTER")
        }

    def is_precise(self, group: Group, cell: Cell) -> bool:
        """Whether the cell has enough blocks and a narrow interval, or is clearly slower than the baseline.

        In a comparison of revisions the interval is that of the change.
        """
        if (change := self.change(cell)) is not None:
            target = min(self.profile.precision, WITHIN_MARGIN * self.margins.of(str(cell)))
            return self[cell].blocks >= STOP_FROM and change.half_width <= target
        if self[cell].blocks >= 2 and self.is_hopeless(group, cell):
            return True
        if self[cell].blocks < self.profile.least_blocks:
            return False
        if cell == self.baseline(group):
            return True
        return (
            self[cell].blocks >= STOP_FROM and self.speedup(group, cell).this_run.half_width <= self.profile.precision
        )

    def is_hopeless(self, group: Group, cell: Cell) -> bool:
        """Whether the cell is clearly slower than the baseline."""
        logs = self._logs(group, cell)
        return clearly_slower(logs, self.model.variance(kind_of(cell.strategy, cell.cores), logs))

    def unfinished(self, group: Group) -> list[Cell]:
        """The cells of the group that need another block, without the baselines that accompany them."""
        return [
            cell
            for cell in group.cells
            if cell.environment == HEAD
            and self[cell].status == "ok"
            and self[cell].blocks < self.profile.most_blocks
            and not self.is_precise(group, cell)
        ]

    def _unfinished_rivals(self, group: Group) -> list[Cell]:
        """The unfinished cells, without those that are clearly slower if there are others."""
        wanted = self.unfinished(group)
        return [cell for cell in wanted if not (self[cell].blocks and self.is_hopeless(group, cell))] or wanted

    def baselines(self, group: Group) -> list[Cell]:
        """The serial strategies that are measured along: all of them at first, then the fastest."""
        ours = [cell for cell in group.cells if cell.strategy in BASELINES and cell.environment == HEAD]
        alive = [cell for cell in ours if self[cell].status == "ok"]
        if any(self[cell].blocks < self.profile.least_blocks for cell in alive):
            return alive
        return [cell for cell in alive if cell == self.baseline(group)]

    def next_cells(self, group: Group, room: float = math.inf) -> list[Cell]:
        """The cells of the next block of the group, without twins; empty if all are precise.

        Cells that a block may decide something about come without the others, if there are any. If not all fit into
        `room` seconds, the fastest cells come first, as a reader chooses among them; the fastest one is measured in any
        case.
        """
        wanted = list(self.chances(group)) or self._unfinished_rivals(group)
        chosen = dict.fromkeys(self.baselines(group) if wanted else [])
        room -= sum(map(self.block_seconds, chosen))
        fitting: set[Cell] = set()
        for cell in sorted((cell for cell in wanted if cell not in chosen), key=lambda cell: self[cell].seconds):
            if not fitting or self.block_seconds(cell) <= room:
                fitting.add(cell)
                room -= self.block_seconds(cell)
        return [*chosen, *(cell for cell in wanted if cell in fitting)]

    def block_cost(self, group: Group, room: float = math.inf) -> float:
        """Seconds of the next block of the group, as estimated from the last ones."""
        return sum(map(self.block_seconds, self.next_cells(group, room)))

    def block_seconds(self, cell: Cell) -> float:
        """Seconds of a cell and its twins in a block, as estimated from the last one."""
        return sum(self[each].block_seconds for each in (cell, *self.twins(cell)))

    def blocks_done(self, group: Group) -> int:
        """The blocks of the group so far: the largest number of any cell."""
        return max(self[cell].blocks for cell in group.cells)

    def width(self, group: Group, cell: Cell) -> float:
        """The relative half-width of the change of a cell, or else of its speedup."""
        return (self.change(cell) or self.speedup(group, cell).this_run).half_width

    def widest_interval(self, group: Group) -> float:
        """The largest relative half-width among the cells that need another block."""
        return max(self.width(group, cell) for cell in self.unfinished(group))
