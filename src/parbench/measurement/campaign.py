"""Measures block after block until every cell is precise or the time is over."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from parbench.machine import cpus
from parbench.machine.other_programs import CpuShares, shares
from parbench.measurement import schedule
from parbench.measurement.alone import measure_alone
from parbench.measurement.arms.process import CLOSING_SECONDS, start
from parbench.measurement.block import Block
from parbench.measurement.context import RunContext
from parbench.measurement.control_client import ControlArm
from parbench.measurement.plan import Group, cells_with_more_workers
from parbench.measurement.progress import Activity, Progress, Tally, total
from parbench.measurement.state import STOP_FROM, CampaignState
from parbench.measurement.tally import tally
from parbench.runfile.records import Confirming, Footer, Outcome, RunWarning, Waiting
from parbench.runfile.writer import Journal
from parbench.strategies.registry import find
from parbench.workload.cell import BASELINES, HEAD, REPLICA, Cell

#: The strategy whose faults are those of the workload, and the statuses of such faults.
SERIAL, FAULTS = "serial", ("error", "wrong", "crash")
#: Bytes of an arm without its data: the interpreter with NumPy.
ARM_BYTES = 80_000_000
#: Bytes of each worker process of an arm without its data.
WORKER_BYTES = 60_000_000
#: CPU time of serial calls, as a part of their time, below which a workload waits.
WAITING_CPU_SHARE = 0.2
#: Part of the budget that is reserved for confirming changes.
RESERVE = 0.25
#: Smallest reserve that is worth keeping, as a part of the budget.
LEAST_RESERVE = 0.1
#: Part of the available memory that one cell may fill.
CELL_MEMORY = 0.9
#: Part of the available memory that the arms of one block may fill.
BLOCK_MEMORY = 0.7
#: Seconds of a budget beyond which no more time is reserved for measuring the best cells alone.
LONG_BUDGET = 1500.0
#: Fewest rounds of a block in a comparison of revisions, which looks for small changes.
COMPARISON_ROUNDS = 12
#: Blocks of a group that have a replica of its baseline, and of its best parallel cell.
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
        self.tallies: dict[tuple[str, int], Tally] = {}  # by workload and size; outdated ones are removed
        self.compares = any(cell.environment != HEAD for group in groups for cell in group.cells)
        if self.compares:
            rounds = max(context.profile.rounds, COMPARISON_ROUNDS)
            self.context = replace(context, profile=replace(context.profile, rounds=rounds))
        self.reserve = RESERVE * context.budget if self.compares else 0.0
        self.alone_seconds = 0.0 if self.compares else context.alone_part * min(context.budget, LONG_BUDGET)
        # a change is distinguished from noise by its blocks, so every cell gets enough of them before some get more
        self.least_blocks = STOP_FROM if self.compares else context.profile.least_blocks

    def run(self) -> None:
        """Measure every group in turn, then those with the widest intervals, until the budget is used."""
        before = self.context.cpu_seconds(self.context.cpus)
        if not self.context.cpus:
            text = "Processes cannot be pinned to CPUs here: arms share all of them, which makes intervals wider."
            self.journal.add(RunWarning(text, "pinning"))
        for group in self.groups:
            self._refuse_large_cells(group)
        most = max((cell.cores for cell in self.state.cells), default=1)
        self.control = ControlArm(self.context, self.journal, min(most, cpus.count()))
        try:
            self.control.open()
            self._measure_all()
            while self.reserve and not self.state.suspects():
                # nothing to confirm: half of the reserve is used to find something, until too little is left
                self.reserve = self.reserve / 2 if self.reserve > LEAST_RESERVE * self.context.budget else 0.0
                self._measure_all()
            self._confirm()
            self._measure_alone()
        finally:
            self.control.end()
            self.journal.flush()
        self._skip_the_rest()
        seconds = self.context.clock() - self.began
        rounded = {use: round(each, 3) for use, each in self.state.time_use.items()}
        # all children have ended, so that their CPU time counts as that of the run
        taken = shares(before, self.context.cpu_seconds(self.context.cpus)) or CpuShares(None, None)
        self.journal.add(Footer(seconds, self.blocks, rounded, taken.others, taken.stolen))
        self.journal.flush()

    def _measure_all(self) -> None:
        """Measure blocks until all cells are precise, or no block fits into the time left."""
        while (group := self._choose_group()) is not None:
            cells = self.state.next_cells(group, self._seconds_for(group))
            self._measure(group, cells, self.state.baselines(group))

    def _cells_to_add(self, group: Group, cell: Cell, cpu_share: float | None) -> list[Cell]:
        """Cells with more workers than cores, once, if a serial cell of the group shows that its work waits.

        Those of processes come with the next block, whose memory is known.
        """
        workload = group.entry.workload
        if group.cores_named or cell.strategy != BASELINES[0] or cpu_share is None:
            return []
        group.cores_named = True  # it is decided
        if workload.bound == "latency" or cpu_share >= WAITING_CPU_SHARE:
            return []
        self.journal.add(Waiting(workload.name, group.size, round(1 - cpu_share, 3)))
        group.entry = replace(group.entry, workload=replace(workload, bound="latency"))
        added = cells_with_more_workers(group)
        self.state.add_cells(group, added)
        self._refuse_large_cells(group)
        return [each for each in added if find(each.strategy)[0].boundary not in ("process", "machine")]

    def left(self) -> float:
        """Seconds of the budget that are left, without the reserves."""
        reserved = self.reserve + self.alone_seconds
        return self.context.budget - reserved - (self.context.clock() - self.began)

    def _refuse_large_cells(self, group: Group) -> None:
        """Fail all cells of a group that do not fit into memory."""
        free = self.context.available()
        for cell in group.cells:
            need = self._bytes_of(cell, group)
            if need > CELL_MEMORY * free and self.state[cell].status == "ok":
                room = f"it needs about {need / 1e9:.1f} GB and {free / 1e9:.1f} GB are free"
                self._fail(cell, "memory", f"{room}: take a smaller size.")

    def _bytes_of(self, cell: Cell, group: Group) -> int:
        """Peak memory of the arm of `cell`, with its workers."""
        strategy, _ = find(cell.strategy)
        workers = cell.cores if strategy.boundary in ("process", "machine") else 0
        return ARM_BYTES + WORKER_BYTES * workers + group.entry.workload.peak_bytes(cell.size)

    def _choose_group(self) -> Group | None:
        """The group to measure next; None if all are precise, or if no block fits into the time left."""
        left, state = self.left(), self.state
        if left <= 0 or state.failures >= self.context.failures_allowed:
            return None
        fitting = [group for group in self.groups if state.unfinished(group) and state.block_cost(group, 0.0) <= left]
        if not fitting:
            return None
        fewest = min(fitting, key=state.blocks_done)
        if not state.blocks_done(fewest):
            return self._first_repeat(fitting) or fewest
        undecided = [group for group in fitting if state.chances(group)]
        if undecided:
            return max(undecided, key=state.chance_per_second)
        if state.blocks_done(fewest) < self.least_blocks:
            return fewest
        return max(fitting, key=state.widest_interval)

    def _first_repeat(self, fitting: Sequence[Group]) -> Group | None:
        """The cheapest measured group if half of the time passed without a second block of any cell.

        One such block shows how blocks vary here, and gives all cells with one block an interval.
        """
        if self.state.model.known or self.left() > self.context.budget / 2:
            return None
        measured = [group for group in fitting if self.state.blocks_done(group)]
        return min(measured, key=self.state.block_cost, default=None)

    def _seconds_for(self, group: Group) -> float:
        """Seconds for the next block of `group`: its part of the time left, if all groups are to get `least_blocks`.

        A few cells with enough blocks say more than all cells with one or two.
        """
        state, least = self.state, self.least_blocks if self.compares else 1
        if state.blocks_done(group) >= least:
            return self.left()
        whole = sum(state.block_cost(each) * max(0, least - state.blocks_done(each)) for each in self.groups)
        return state.block_cost(group) * self.left() / whole if whole > self.left() else math.inf

    def _confirm(self) -> None:
        """Measure cells that seem to have changed in fresh blocks, whose number is chosen beforehand."""
        suspects = self.state.suspects()
        if not suspects:
            return
        self.reserve = 0.0
        self.journal.add(Confirming(self.blocks))
        for number in range(max(suspects.values())):
            for group in self.groups:
                cells = [cell for cell in group.cells if number < suspects.get(cell, 0)]
                cost = sum(map(self.state.block_seconds, cells))
                if cells and cost <= self.left() and self.state.failures < self.context.failures_allowed:
                    self._measure(group, cells, [])

    def _measure_alone(self) -> None:
        """Measure the best cells once more without other arms, in the time that is reserved for it."""
        if self.compares or self.state.failures >= self.context.failures_allowed:
            return
        ends = self.context.clock() + self.alone_seconds
        measure_alone(
            self.groups, self.context, self.journal, self.state, lambda: ends - self.context.clock(), self._report
        )

    def _measure(self, group: Group, cells: list[Cell], always: list[Cell]) -> None:
        """Measure some cells in one block, or in more if memory is too small; `always` are in each."""

        def need(cell: Cell) -> int:
            return self._bytes_of(cell, group) * (1 + len(self.state.twins(cell)))

        room = int(BLOCK_MEMORY * self.context.available())
        replica = self._replica(group, cells) if always else None
        if replica is not None and sum(self._bytes_of(cell, group) for cell in (replica, *cells)) > room:
            replica = None
        for batch in schedule.batches(cells, always, need, room):
            alive = [cell for cell in batch if self.state[cell].status == "ok"]
            arms = [each for cell in alive for each in (cell, *self.state.twins(cell))]
            arms += [replica] if replica is not None and replica.at(HEAD) in alive else []
            block = Block(
                *(self.blocks, group, self.context, self.journal, self.state, self.control),
                fail=self._fail,
                add=partial(self._cells_to_add, group),
                left=math.inf if self.compares else self.left(),
            )
            block.measure(arms, self.rng, self._report)
            self.blocks += 1
            self.tallies.pop((group.entry.workload.name, group.size), None)
        if replica is not None:
            self.replica_seconds += self.state[replica].block_seconds

    def _replica(self, group: Group, cells: list[Cell]) -> Cell | None:
        """A replica for the next block, which has these cells: of the baseline or of the best parallel cell, if any.

        The first block has none, as these are not known yet, and a comparison has twins instead. Replicas take a small
        part of the time, and none if all cells of the group just fit.
        """
        elapsed = self.context.clock() - self.began
        spare = self.left() - self.state.block_cost(group)
        originals = () if self.compares else (self.state.baseline(group), self.state.best_parallel(group))
        fitting = []
        for cell in originals:
            if cell not in cells:
                continue
            cost, replica = self.state.block_seconds(cell), self.state[cell.at(REPLICA)]
            affordable = cost <= spare and self.replica_seconds + cost <= self.context.replica_part * elapsed
            if affordable and replica.status == "ok" and replica.blocks < MOST_REPLICAS:
                fitting.append(replica)
        return min(fitting, key=lambda replica: replica.blocks).cell if fitting else None

    def _report(self, activity: Activity) -> None:
        """Report progress; a tally is computed only after a block or a failure, between samples."""
        for group in self.groups:
            key = (group.entry.workload.name, group.size)
            if key not in self.tallies:
                self.tallies[key] = tally(self.state, group)
        self.progress(activity, total(self.tallies.values()), max(0.0, self.left() + self.reserve))

    def _fail(self, cell: Cell, status: str, reason: str) -> None:
        self.state[cell].status = status
        self.tallies.pop((cell.workload, cell.size), None)
        if cell.environment == REPLICA:
            self.journal.add(RunWarning(f"{cell.at(HEAD)} could not be measured against itself: {reason}", "noise"))
        else:
            self.journal.add(Outcome(cell, status, reason))
        if cell.strategy == SERIAL and cell.environment == HEAD and status in FAULTS:
            self._skip(cell.workload, f"not measured: {cell} failed, and what it shows would fail here, too.")

    def _skip(self, workload: str, reason: str) -> None:
        """Give the cells of a workload that have no block this reason."""
        for cell, cell_state in self.state.cells.items():
            if cell.workload == workload and cell_state.status == "ok" and not cell_state.blocks:
                self._fail(cell, "skipped", reason)

    def _skip_the_rest(self) -> None:
        """Give each cell without a block a reason."""
        reason = f"the budget of {self.context.budget:g} s ran out; allow more with --parbench-budget."
        if self.state.failures >= self.context.failures_allowed:
            reason = "the run ended after as many failures as it was allowed."
        for cell, cell_state in self.state.cells.items():
            if cell_state.status == "ok" and not cell_state.blocks:
                self._fail(cell, "skipped", f"not measured: {reason}")


def check(group: Group, cell: Cell, context: RunContext) -> None:
    """Run `cell` once in an arm of its own and verify it, untimed; raises ArmFailed."""
    arm = context.launch(context.arm_spec(cell, group.entry.reference))
    try:
        start(arm, context.profile.deadline)
    finally:
        arm.end(CLOSING_SECONDS)
