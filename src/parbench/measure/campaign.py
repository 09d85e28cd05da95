"""Obtains the numbers: block after block until every cell is precise enough or the time is up."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from parbench.machine import cpus
from parbench.measure import schedule
from parbench.measure.arms.process import CLOSING_SECONDS, start
from parbench.measure.block import Block
from parbench.measure.context import RunContext
from parbench.measure.control_client import ControlArm
from parbench.measure.plan import Group
from parbench.measure.progress import Activity, Progress, Tally, total
from parbench.measure.state import STOP_FROM, CampaignState
from parbench.runfile.records import Confirming, Footer, Outcome, Warned
from parbench.runfile.writer import Journal
from parbench.strategies.registry import find
from parbench.workload.cell import HEAD, REPLICA, Cell

#: What an arm needs beside its data: the interpreter with NumPy, and each worker process. Bytes.
ARM_BYTES, WORKER_BYTES = 80_000_000, 60_000_000
#: The part of the budget that is kept for confirming what seems to have changed, and the least part worth keeping.
RESERVE, LEAST_RESERVE = 0.25, 0.1
#: The part of the available memory that one cell, and the arms of one block together, may fill.
CELL_ROOM, BLOCK_ROOM = 0.9, 0.7
#: So many blocks of a group have a replica of its baseline.
MOST_REPLICAS = 2


class Campaign:
    """Measures groups of cells and writes everything into the journal."""

    def __init__(self, groups: Sequence[Group], context: RunContext, journal: Journal, progress: Progress) -> None:
        self.groups = groups
        self.context = context
        self.journal = journal
        self.progress = progress
        self.state = CampaignState(groups, context.profile, context.margins)
        self.rng = random.Random(context.seed)
        self.began = context.clock()
        self.blocks = 0
        self.replica_seconds = 0.0
        self.counts: dict[tuple[str, int], Tally] = {}  # of groups, by workload and size, as long as they are true
        self.twins = any(cell.environment != HEAD for group in groups for cell in group.cells)
        self.reserve = RESERVE * context.budget if self.twins else 0.0
        # a change is told from noise by blocks, so every cell gets enough of them before some get more
        self.least = STOP_FROM if self.twins else context.profile.least_blocks

    def run(self) -> None:
        """Every group once, then again, then where the intervals are widest, as long as the budget lasts."""
        self._warn()
        self._refuse_what_does_not_fit()
        most = max((cell.cores for cell in self.state.cells), default=1)
        self.control = ControlArm(self.context, self.journal, min(most, cpus.count()))
        try:
            self.control.open()
            self._measure_all()
            while self.reserve and not self.state.suspects():
                # nothing to confirm: half of what was kept for it goes into finding something, as long as that lasts
                self.reserve = self.reserve / 2 if self.reserve > LEAST_RESERVE * self.context.budget else 0.0
                self._measure_all()
            self._confirm()
        finally:
            self.control.end()
            self.journal.flush()
        self._skip_the_rest()
        self.journal.add(Footer(self.context.clock() - self.began, self.blocks))
        self.journal.flush()

    def _measure_all(self) -> None:
        """Block after block until nothing is wanted, or nothing fits."""
        while (group := self._next()) is not None:
            cells = self.state.next_cells(group, self._room(group))
            self._measure(group, cells, self.state.baselines(group))

    def left(self) -> float:
        """Seconds of the budget that are left, without what is kept for confirming changes."""
        return self.context.budget - self.reserve - (self.context.clock() - self.began)

    def _warn(self) -> None:
        if not self.context.cpus:
            text = "Processes cannot be pinned to CPUs here: arms share all of them, which makes intervals wider."
            self.journal.add(Warned(text))

    def _refuse_what_does_not_fit(self) -> None:
        free = self.context.available()
        for group in self.groups:
            for cell in group.cells:
                need = self._need(cell, group)
                if need > CELL_ROOM * free:
                    room = f"it needs about {need / 1e9:.1f} GB and {free / 1e9:.1f} GB are free"
                    reason = f"{room}: take a smaller size."
                    self._fail(cell, "memory", reason)

    def _need(self, cell: Cell, group: Group) -> int:
        """Bytes that the arm of `cell` needs at its peak, its workers included."""
        strategy, _ = find(cell.strategy)
        workers = cell.cores if strategy.boundary in ("process", "machine") else 0
        return ARM_BYTES + WORKER_BYTES * workers + group.entry.workload.peak_bytes(cell.size)

    def _need_of_all(self, cell: Cell, group: Group) -> int:
        """The same with its twins."""
        return self._need(cell, group) * (1 + len(self.state.twins(cell)))

    def _next(self) -> Group | None:
        """The group to measure next; None when all are precise, or when nothing fits into the time left."""
        left, state = self.left(), self.state
        if left <= 0 or state.failures >= self.context.failures_allowed:
            return None
        fitting = [group for group in self.groups if state.wanted(group) and state.cost(group, 0.0) <= left]
        if not fitting:
            return None
        fewest = min(fitting, key=state.blocks_done)
        if state.blocks_done(fewest) < self.least:
            return fewest
        return max(fitting, key=state.widest)

    def _room(self, group: Group) -> float:
        """Seconds for the next block of `group`: its part of what is left, if all are to get their least blocks.

        A few cells with enough blocks say more than all cells with one or two.
        """
        state, least = self.state, self.least
        if state.blocks_done(group) >= least:
            return self.left()
        whole = sum(state.cost(each) * max(0, least - state.blocks_done(each)) for each in self.groups)
        return state.cost(group) * self.left() / whole if whole > self.left() else math.inf

    def _confirm(self) -> None:
        """Give what seems to have changed fresh blocks, chosen before they were measured."""
        suspects = self.state.suspects()
        if not suspects:
            return
        self.reserve = 0.0
        self.journal.add(Confirming(self.blocks))
        for turn in range(max(suspects.values())):
            for group in self.groups:
                cells = [cell for cell in group.cells if turn < suspects.get(cell, 0)]
                cost = sum(map(self.state.block_seconds, cells))
                if cells and cost <= self.left() and self.state.failures < self.context.failures_allowed:
                    self._measure(group, cells, [])

    def _measure(self, group: Group, cells: list[Cell], always: list[Cell]) -> None:
        """One block of some cells, or more where they don't fit into memory together; `always` are in each."""
        room = int(BLOCK_ROOM * self.context.available())
        replica = self._replica(group) if always else None
        if replica is not None and self._need(replica, group) + sum(self._need(cell, group) for cell in cells) > room:
            replica = None
        for batch in schedule.batches(cells, always, lambda cell: self._need_of_all(cell, group), room):
            alive = [cell for cell in batch if self.state[cell].status == "ok"]
            everyone = [each for cell in alive for each in (cell, *self.state.twins(cell))]
            if replica is not None:
                everyone.append(replica)
            block = Block(self.blocks, group, self.context, self.journal, self.state, self.control, fail=self._fail)
            block.measure(everyone, self.rng, self._tell)
            self.blocks += 1
            self.counts.pop((group.entry.workload.name, group.size), None)
        if replica is not None:
            self.replica_seconds += self.state[replica].block_seconds

    def _replica(self, group: Group) -> Cell | None:
        """The baseline once more, where the next block of a group is to have a second arm of it: a replica.

        Not in its first block, where the baseline is not known yet, and not in a comparison, which has twins. There are
        so few of them that they take a small part of the time, and none where all cells of the group just fit.
        """
        base = self.state.baseline(group)
        if base is None or self.twins:
            return None
        cell_state, cost = self.state[base.at(REPLICA)], self.state.block_seconds(base)
        elapsed = self.context.clock() - self.began
        spare = self.left() - self.state.cost(group)
        if cell_state.status != "ok" or cell_state.blocks >= MOST_REPLICAS or cost > spare:
            return None
        return cell_state.cell if self.replica_seconds + cost <= self.context.replica_part * elapsed else None

    def _tell(self, step: Activity) -> None:
        """Say where the run is; what was reached changes with blocks and failures only, and is found out as seldom."""
        for group in self.groups:
            key = (group.entry.workload.name, group.size)
            if key not in self.counts:
                self.counts[key] = self.state.count(group)
        self.progress(step, total(self.counts.values()), self._at_most())

    def _at_most(self) -> float:
        """An upper bound of the time to go: the budget, or less where so many blocks can't be wanted."""
        return max(0.0, self.left() + self.reserve)

    def _fail(self, cell: Cell, status: str, reason: str) -> None:
        self.state[cell].status = status
        self.counts.pop((cell.workload, cell.size), None)
        if cell.environment == REPLICA:
            self.journal.add(Warned(f"{cell.at(HEAD)} could not be measured against itself: {reason}"))
        else:
            self.journal.add(Outcome(cell, status, reason))

    def _skip_the_rest(self) -> None:
        if self.state.failures >= self.context.failures_allowed:
            reason = "not measured: the run ended after as many failures as it was allowed."
        else:
            reason = (
                f"not measured: the budget of {self.context.budget:.0f} s ran out; allow more with --parbench-budget."
            )
        for cell, cell_state in self.state.cells.items():
            if cell_state.status == "ok" and not cell_state.blocks:
                self._fail(cell, "skipped", reason)


def check(group: Group, cell: Cell, context: RunContext) -> None:
    """Run `cell` once in an arm of its own and verify it, untimed; raises ArmFailed."""
    arm = context.launch(context.arm_spec(cell, group.entry.reference))
    try:
        start(arm, context.profile.deadline)
    finally:
        arm.end(CLOSING_SECONDS)
