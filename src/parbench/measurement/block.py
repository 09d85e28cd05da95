"""One block: arms newly started, sampled in rounds, closed. The unit of replication."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from parbench.machine.peak_memory import PeakWatch
from parbench.measurement import diagnostics, schedule
from parbench.measurement.arms.launcher import ForkingLauncher
from parbench.measurement.arms.process import CLOSING_SECONDS, Arm, ArmFailed
from parbench.measurement.arms.protocol import ArmSpec, MakeCalls, MakeFirstCall, Open, TakeSample
from parbench.measurement.open_block import OpenArm, OpenBlock
from parbench.measurement.progress import Activity
from parbench.runfile.calls import compact
from parbench.runfile.records import Memory, Phase, ReplicaSample, RunWarning, Sample
from parbench.strategies.registry import find
from parbench.workload.cell import BASELINES, HEAD, REPLICA, Cell

#: An arm that is more than this many times slower than the fastest serial one gets little time.
FAR_BEHIND = 4.0
#: Rounds of an arm that is new; the most of one that is far behind.
FEW_ROUNDS = 4
#: Seconds of the samples of an arm that is far behind, as far as one sample is not longer.
BEHIND_SECONDS = 0.25
#: Longest call of an arm far behind, in seconds, that is repeated to read its memory.
LONGEST_BEHIND_SECONDS = 0.1
#: Arms that are next to each other in a round: those of one core count, and within them twins. A replica is as far
#: from its baseline as any other arm.
KINDS: tuple[Callable[[Cell], Hashable], ...] = (
    lambda cell: cell.cores,
    lambda cell: cell if cell.environment == REPLICA else cell.at(HEAD),
)
#: Part of the time left in which cells are opened for the first time: all that follows in the block takes about twice
#: as long, and a second block, which is cheaper, shall follow.
OPENING_PART = 0.25
#: The same for a block after which there is no time for another one.
OPENING_PART_OF_LAST = 0.4
#: Part of the time left that the first arm takes to open in such a block.
LAST_PART = 0.08
#: The use of time for a new arm: its process and workers, the first call, its verification, settling, and memory.
STARTING = "starting arms and their first calls"
#: Seconds of untimed calls during which peak memory is read.
MEMORY_SECONDS = 0.05


@dataclass
class Block(OpenBlock):
    """Measures some cells of one group, baselines included, as one block.

    `fail` receives a cell that failed, with a status and a reason; `together` arms may start or end at once. `add`
    receives an opened cell and the part of its time that is CPU time, if known, and returns cells to measure with it.
    Only `left` seconds are left: cells are opened for the first time in a part of them, and two cells in any case.
    """

    fail: Callable[[Cell, str, str], None] = lambda cell, status, reason: None
    add: Callable[[Cell, float | None], list[Cell]] = lambda cell, cpu_share: []
    left: float = math.inf
    together: int = 1
    launcher: ForkingLauncher | None = None

    def measure(self, cells: list[Cell], rng: random.Random, tell: Callable[[Activity], None]) -> None:
        """Start the arms one after the other, sample them all round by round, close them."""
        is_first = any(not self.state[cell].blocks for cell in cells if cell.environment != REPLICA)
        self.together = 1 if is_first else self.context.together
        self.launcher = self._choose_launcher(cells)
        try:
            self._open_all(cells, tell)
            self._share_rounds()
            rounds = self.context.profile.rounds
            alive = [cell for cell in cells if cell in self.arms]  # in the order of the plan
            with self.control.awake():
                for turn, order in enumerate(schedule.orders(alive, rounds, rng, *KINDS)):
                    tell(self.step("sampling", alive, turn + 1))
                    self._sample_round(turn, order)
                diagnostics.trace_arms(self, alive, tell)
                diagnostics.read_other_rates(self)
            diagnostics.measure_cost(self, [cell for cell in cells if cell in self.arms])
        finally:
            try:
                self._for_each(list(self.arms), self._close, "stopping arms")
            finally:
                if self.launcher is not None:
                    self.launcher.end()
            self.journal.flush()

    def _sample_round(self, turn: int, order: list[Cell]) -> None:
        """Sample every arm that takes part in this round, all of one core count together."""
        workload = self.group.entry.workload
        due = [cell for cell in order if cell in self.arms and turn in self.arms[cell].rounds and self._is_wanted(cell)]
        for cores, stretch in groupby(due, lambda cell: cell.cores):
            cells = list(stretch)
            with self.charge_time_to(*cells, use="ceilings and waking CPUs"):
                self.control.wake(cores, turn)
                if workload.bound != "latency":  # the rate of cores is unimportant for workers that wait
                    self.control.read(workload.bound, workload.traffic(self.group.size), cores, turn)
            for cell in cells:
                if cores > 1 and cell != cells[0]:  # CPUs may have begun to idle during the arm before
                    with self.charge_time_to(cell, use="ceilings and waking CPUs"):
                        self.control.wake(cores, turn)
                with self.charge_time_to(cell, use="samples with their untimed calls"), self.control.rested():
                    self._sample(cell, turn)
        if workload.bound != "latency":
            self.control.note(self.number, turn, workload.bound)

    def _open_all(self, cells: list[Cell], tell: Callable[[Activity], None]) -> None:
        began, waiting, part = self.context.clock(), self._in_order(cells), OPENING_PART
        while waiting:
            batch, waiting = waiting[: self.together], waiting[self.together :]
            tell(self.step("starting", batch))
            # launched from this thread: Linux ends a child process with the thread that started it (see cell_arm.py)
            with self.charge_time_to(*batch, use=STARTING):
                launched = self._launch_all(batch)
            self._for_each(batch, partial(self._open, launched), STARTING)
            more = [each for cell in batch if cell in self.arms for each in self.add(cell, self.arms[cell].cpu_share)]
            cells += more
            waiting = self._in_order([*filter(self._is_wanted, waiting), *more])
            elapsed = self.context.clock() - began
            if len(self.arms) == 1 and elapsed > LAST_PART * self.left:
                part = OPENING_PART_OF_LAST
            if len(self.arms) > 1 and elapsed > part * self.left:
                waiting = [cell for cell in waiting if self.state[cell].blocks]
        for cell in [cell for cell in self.arms if not self._is_wanted(cell)]:
            self._close(cell)

    def _in_order(self, cells: list[Cell]) -> list[Cell]:
        """Cells in the order of the plan, parallel strategies on one core last: they answer few questions."""
        order = {cell: number for number, cell in enumerate(self.group.cells)}
        return sorted(
            cells, key=lambda cell: (cell.cores == 1 and cell.strategy not in BASELINES, order.get(cell, math.inf))
        )

    def _is_wanted(self, cell: Cell) -> bool:
        """Whether a cell has not been skipped since the block began, after a fault of its workload."""
        return self.state[cell].status == "ok"

    def _launch_all(self, cells: list[Cell]) -> dict[Cell, Arm]:
        arms: dict[Cell, Arm] = {}
        try:
            for cell in cells:
                arms[cell] = self._launch(cell)
        except BaseException:  # Ctrl-C, or no more processes
            for arm in arms.values():
                arm.end(0.0)
            raise
        return arms

    def _choose_launcher(self, cells: list[Cell]) -> ForkingLauncher | None:
        """The launcher of this block's arms, unless they cannot be forked.

        Arms that start alone show what a start takes, so nothing is imported for them but the workload.
        """
        if self.context.launcher is None or self.group.entry.workload.name in self.state.obstacles:
            return None
        strategies = [find(cell.strategy)[0] for cell in cells] if self.together > 1 else []
        arms = Counter(module for strategy in strategies for module in strategy.imports)
        return self.context.launcher(list(map(self._spec_of, cells)), {each for each in arms if arms[each] > 1})

    def _spec_of(self, cell: Cell) -> ArmSpec:
        spec = self.context.arm_spec(cell, self.group.entry.reference)
        transform = self.context.transforms.get(cell.environment)
        return transform(spec) if transform else spec

    def _launch(self, cell: Cell) -> Arm:
        self.state[cell].block_seconds = 0.0
        if self.launcher is None:
            return self.context.launch(self._spec_of(cell))
        arm = self.launcher.launch(self._spec_of(cell), self.context.profile.deadline)
        name, obstacle = self.group.entry.workload.name, self.launcher.obstacle
        if obstacle and name not in self.state.obstacles:
            self.state.obstacles.add(name)
            text = f"Arms of {name} start as new processes, which takes longer: importing the workload {obstacle}."
            self.journal.add(RunWarning(text, "forking"))
        return arm

    def _for_each(self, cells: list[Cell], act: Callable[[Cell], None], use: str) -> None:
        """Act on some cells, `together` of them at a time."""

        def act_on(cell: Cell) -> None:
            with self.charge_time_to(cell, use=use, at_once=self.together):
                act(cell)

        if self.together == 1:
            for cell in cells:
                act_on(cell)
            return
        with ThreadPoolExecutor(self.together) as executor:
            for future in [executor.submit(act_on, cell) for cell in cells]:
                future.result()

    def _open(self, launched: dict[Cell, Arm], cell: Cell) -> None:
        arm, deadline, cell_state = launched[cell], self.context.profile.deadline, self.state[cell]
        try:
            start = arm.ask(Open(), deadline)
            first = arm.ask(MakeFirstCall(cell_state.seconds if cell_state.blocks else None), deadline)
            behind = first.call_seconds > self._behind()
            long = behind and first.call_seconds > LONGEST_BEHIND_SECONDS
            if not (cell_state.blocks or cell.environment == REPLICA or long):
                with PeakWatch(arm.pid) as watch:
                    arm.ask(MakeCalls(MEMORY_SECONDS), deadline)
                self.journal.add(Memory(cell, self.number, watch.peak_bytes))
        except ArmFailed as failure:
            arm.end(CLOSING_SECONDS)
            self.fail(cell, failure.status, failure.reason)
            return
        except BaseException:  # Ctrl-C: the arm is not in self.arms yet, so it would not be ended
            arm.end(0.0)
            raise
        self._note(cell, "start", start.seconds)
        self._note(cell, "first", first.seconds)
        self.note_tracers(first.tracers)
        self.arms[cell] = OpenArm(arm, first.call_seconds, first.loops, behind, first.cpu_share)

    def _behind(self) -> float:
        """Seconds of a call above which an arm is far behind the serial arms that are open."""
        serial = [each.call_seconds for cell, each in self.arms.items() if cell.strategy in BASELINES]
        return FAR_BEHIND * min(serial, default=math.inf)

    def _share_rounds(self) -> None:
        """Give each arm the rounds that fit its share of the time, and few if it is far behind the baselines.

        The first block of a cell has few, too, as it decides which cells get more blocks; not so in a comparison.
        """
        profile = self.context.profile
        compares = any(cell.environment not in (HEAD, REPLICA) for cell in self.arms)
        behind = self._behind()
        slowest: dict[Cell, float] = {}  # among twins, which take part in the same rounds
        for cell, open_arm in self.arms.items():
            slowest[cell.at(HEAD)] = max(open_arm.call_seconds, slowest.get(cell.at(HEAD), 0.0))
        for cell, open_arm in self.arms.items():
            call_seconds = slowest[cell.at(HEAD)]
            sample_seconds = call_seconds * open_arm.loops
            count = schedule.share(sample_seconds, profile.arm_seconds, profile.rounds)
            if call_seconds > behind:
                count = max(1, min(FEW_ROUNDS, int(BEHIND_SECONDS / sample_seconds)))
            elif not (compares or self.state[cell].blocks):
                count = FEW_ROUNDS
            open_arm.rounds = schedule.spread_rounds(count, profile.rounds)

    def _sample(self, cell: Cell, turn: int) -> None:
        open_arm = self.arms[cell]
        cpus_now, loops = schedule.window(self.context.cpus, cell.cores, turn), open_arm.loops
        try:
            answer = open_arm.arm.ask(TakeSample(cpus_now, loops), self.deadline(cell))
        except ArmFailed as failure:
            self._close(cell)
            self.fail(cell, failure.status, failure.reason)
            return
        seconds = open_arm.times[turn] = answer.seconds
        if cell.environment == REPLICA:
            self.journal.add(ReplicaSample(cell.at(HEAD), self.number, turn, seconds))
        else:
            calls = compact(answer.calls, seconds)
            more = (loops, answer.cpu_seconds, cpus_now, answer.mean_seconds, calls)
            self.journal.add(Sample(cell, self.number, turn, "steady", seconds, *more))

    def _close(self, cell: Cell) -> None:
        open_arm = self.arms.pop(cell)
        answer = open_arm.arm.end(CLOSING_SECONDS)
        if open_arm.times:
            self.state.add_block(cell, self.number, open_arm.times)
        if answer is not None:
            self._note(cell, "stop", answer.seconds)

    def _note(self, cell: Cell, phase: Phase, seconds: float) -> None:
        """Record a phase, unless other arms went through theirs at the same time."""
        if self.together == 1 and cell.environment != REPLICA:
            self.journal.add(Sample(cell, self.number, 0, phase, seconds))
