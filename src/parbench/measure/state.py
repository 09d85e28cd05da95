"""What is known so far: which cells are precise, which failed, which still want a block."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, median

from parbench.analysis.stats.decision import Margins
from parbench.analysis.stats.interval import Interval, estimates_of, interval, log_ratios, spread
from parbench.analysis.stats.paired import blocks_of, clean, first_look, fresh_blocks
from parbench.measure.plan import Group
from parbench.measure.profiles import Profile
from parbench.measure.progress import Tally
from parbench.strategies.registry import BASELINES
from parbench.text import chunks as chunks_name
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, REPLICA, Cell

#: No interval is trusted to be narrow before so many blocks: a few often agree by chance.
STOP_FROM = 6

#: The interval of a change is to be narrower than so much of the margin: a cell that did not change is then within it.
WITHIN_MARGIN = 0.4
#: A cell that never came near this speedup in two blocks or more, and is slower for certain, needs no more, however
#: wide its interval: the time is better spent where the answer is open.
HOPELESS = 1 / 3


@dataclass
class CellState:
    """What is known of one cell: its times by block and round, its fate, what a block of it costs, and its traces."""

    cell: Cell
    times: dict[int, dict[int, float]] = field(default_factory=dict)
    status: str = "ok"
    block_seconds: float = 0.0
    traces: int = 0
    traceable: bool = True

    @property
    def blocks(self) -> int:
        return len(self.times)

    @property
    def seconds(self) -> float:
        """The median time of a call so far; infinite where there is none."""
        return median([each for times in self.times.values() for each in times.values()] or [math.inf])


def clearly_slower(blocks: Sequence[Sequence[float]]) -> bool:
    """Whether log-ratios to the baseline, by block, leave nothing to be found out."""
    estimates = estimates_of(blocks)
    return len(estimates) >= 2 and max(estimates) < math.log(HOPELESS) and interval(blocks).high < 1


class CampaignState:
    """The tracks of all cells, and the questions a campaign asks about them."""

    def __init__(self, groups: Iterable[Group], profile: Profile, margins: Margins | None = None) -> None:
        self.profile = profile
        self.margins = margins or Margins()
        self.cells = {cell: CellState(cell) for group in groups for cell in group.cells}
        self.replicas: dict[Cell, CellState] = {}

    def __getitem__(self, cell: Cell) -> CellState:
        if cell.environment == REPLICA:  # no cell of the run: nobody waits for it to be precise
            return self.replicas.setdefault(cell, CellState(cell))
        return self.cells[cell]

    @property
    def failures(self) -> int:
        return sum(
            each.status not in ("ok", "skipped") for cell, each in self.cells.items() if cell.environment == HEAD
        )

    def baseline(self, group: Group) -> Cell | None:
        """The fastest serial strategy so far; None while nothing serial was measured."""
        measured = [
            cell
            for cell in group.cells
            if cell.strategy in BASELINES
            and cell.environment == HEAD
            and self[cell].status == "ok"
            and self[cell].blocks
        ]
        return min(measured, key=lambda cell: self[cell].seconds, default=None)

    def speedup(self, group: Group, cell: Cell) -> Interval:
        """Against the group's baseline, from the blocks in which both were sampled."""
        return interval(self._ratios(group, cell))

    def _ratios(self, group: Group, cell: Cell) -> list[list[float]]:
        base = self.baseline(group)
        theirs = self[base].times if base else {}
        ours = self[cell].times
        return [log_ratios(theirs[block], ours[block]) for block in ours if block in theirs]

    def twins(self, cell: Cell) -> list[Cell]:
        """The cells that stand for the same thing in other environments, if they have not failed."""
        if cell.environment != HEAD:
            return []
        found = [self.cells.get(cell.at(where)) for where in (BASE, BASE_REPEAT)]
        return [cell_state.cell for cell_state in found if cell_state is not None and cell_state.status == "ok"]

    def change(self, cell: Cell) -> Interval | None:
        """The cell's time against that of its twin in the base; None where there is none."""
        base = self.cells.get(cell.at(BASE))
        if base is None or base.status != "ok":
            return None
        ours = self[cell].times
        return interval([log_ratios(ours[block], base.times[block]) for block in ours if block in base.times])

    def suspects(self) -> dict[Cell, int]:
        """The cells that seem to have changed against their twins, with the fresh blocks that are to confirm it."""
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

    def precise(self, group: Group, cell: Cell) -> bool:
        """Whether the cell has blocks enough and an interval inside the target, or is hopeless.

        Where revisions are compared, the interval is that of the change, and every cell counts.
        """
        if (change := self.change(cell)) is not None:
            target = min(self.profile.precision, WITHIN_MARGIN * self.margins.of(str(cell)))
            return self[cell].blocks >= STOP_FROM and change.half_width <= target
        if clearly_slower(self._ratios(group, cell)):
            return True
        if self[cell].blocks < self.profile.least_blocks:
            return False
        if cell == self.baseline(group):
            return True
        return self[cell].blocks >= STOP_FROM and self.speedup(group, cell).half_width <= self.profile.precision

    def wanted(self, group: Group) -> list[Cell]:
        """The cells of the group that still need a block; the baselines come along by themselves."""
        return [
            cell
            for cell in group.cells
            if cell.environment == HEAD
            and self[cell].status == "ok"
            and self[cell].blocks < self.profile.most_blocks
            and not self.precise(group, cell)
        ]

    def baselines(self, group: Group) -> list[Cell]:
        """The serial strategies still in the race: all of them at first, then the fastest."""
        ours = [cell for cell in group.cells if cell.strategy in BASELINES and cell.environment == HEAD]
        alive = [cell for cell in ours if self[cell].status == "ok"]
        if any(self[cell].blocks < self.profile.least_blocks for cell in alive):
            return alive
        return [cell for cell in alive if cell == self.baseline(group)]

    def next_cells(self, group: Group, room: float = math.inf) -> list[Cell]:
        """What the next block of the group measures, twins apart; empty where nothing is wanted.

        Where not all of it fits into `room` seconds, the fastest cells go first, as they are what a reader chooses
        from; one of them is there in any case.
        """
        wanted = self.wanted(group)
        chosen = dict.fromkeys(self.baselines(group) if wanted else [])
        room -= sum(map(self.block_seconds, chosen))
        kept: set[Cell] = set()
        for cell in sorted((cell for cell in wanted if cell not in chosen), key=lambda cell: self[cell].seconds):
            if not kept or self.block_seconds(cell) <= room:
                kept.add(cell)
                room -= self.block_seconds(cell)
        return [*chosen, *(cell for cell in wanted if cell in kept)]

    def cost(self, group: Group, room: float = math.inf) -> float:
        """Seconds that the next block of the group will take, from what the last ones took."""
        return sum(map(self.block_seconds, self.next_cells(group, room)))

    def block_seconds(self, cell: Cell) -> float:
        """Seconds that a block takes for a cell and its twins, from what the last one took."""
        return sum(self[each].block_seconds for each in (cell, *self.twins(cell)))

    def blocks_done(self, group: Group) -> int:
        """How many blocks the group has had: those of the cell that has the most of them."""
        return max(self[cell].blocks for cell in group.cells)

    def count(self, group: Group) -> Tally:
        """How far our cells of a group have got, and the widest of the intervals of those that want more.

        What is too slow to matter counts as precise: nothing is waited for.
        """
        ours = [cell for cell in group.cells if cell.environment == HEAD]
        fine = [cell for cell in ours if self[cell].status == "ok"]
        wanting = [cell for cell in fine if not self.precise(group, cell)]
        base = self.baseline(group)
        widths = {cell: self._width(group, cell) for cell in wanting if cell != base}
        widest = max((cell for cell in widths if widths[cell] < math.inf), key=widths.__getitem__, default=None)
        return Tally(
            precise=len(fine) - len(wanting),
            failed=len(ours) - len(fine),
            cells=len(ours),
            goal=None if any(map(self.twins, ours)) else self.profile.precision,
            widest=math.inf if widest is None else widths[widest],
            where="" if widest is None else _words(widest),
        )

    def _width(self, group: Group, cell: Cell) -> float:
        """The relative half-width of what is asked of a cell: its change, or else its speedup."""
        return (self.change(cell) or self.speedup(group, cell)).half_width

    def widest(self, group: Group) -> float:
        """The largest relative half-width among the cells that want more."""
        return max(self._width(group, cell) for cell in self.wanted(group))


def _words(cell: Cell) -> str:
    """A cell as people say it: ``affine 2,048 threads on 2``."""
    cut = "" if cell.chunks == 1 else f"x{chunks_name(cell.chunks)}"
    return f"{cell.workload} {cell.size:,} {cell.strategy} on {cell.cores}{cut}"
