"""One block: arms started afresh, sampled in rounds, closed. The unit of replication."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from parbench.machine.peak_memory import PeakWatch
from parbench.measure import diagnostics, schedule
from parbench.measure.arms.process import CLOSING, Arm, ArmFailed
from parbench.measure.context import RunContext
from parbench.measure.control_client import ControlArm
from parbench.measure.plan import Group
from parbench.measure.progress import Activity
from parbench.measure.state import CampaignState
from parbench.runfile.records import Again, Memory, Phase, Sample
from parbench.runfile.writer import Journal
from parbench.strategies.registry import BASELINES
from parbench.workload.cell import HEAD, REPLICA, Cell

#: An arm so many times as slow as the fastest serial one takes part in so few rounds.
FAR_BEHIND, FEW_ROUNDS = 4.0, 2
#: What stands next to each other in a round: arms of the same core count, and within them twins. A replica is as far
#: from its baseline as any other arm.
KINDS: tuple[Callable[[Cell], Hashable], ...] = (
    lambda cell: cell.cores,
    lambda cell: cell if cell.environment == REPLICA else cell.at(HEAD),
)
#: How long the untimed calls last during which memory is looked at, seconds.
PROBE = 0.05


@dataclass
class OpenArm:
    """One arm of the block at hand, and in which of its rounds it takes part."""

    arm: Arm
    call_seconds: float
    loops: int
    turns: set[int] = field(default_factory=set)
    times: dict[int, float] = field(default_factory=dict)


def batched(cells: list[Cell], count: int) -> list[list[Cell]]:
    """Cut into lists of at most `count`."""
    return [cells[start : start + count] for start in range(0, len(cells), count)]


class Block:
    """Measures some cells of one group, baselines included, as one block."""

    def __init__(
        self,
        number: int,
        group: Group,
        context: RunContext,
        journal: Journal,
        state: CampaignState,
        fail: Callable[[Cell, str, str], None],
        control: ControlArm,
    ) -> None:
        self.number = number
        self.group = group
        self.context = context
        self.journal = journal
        self.state = state
        self.fail = fail
        self.control = control
        self.arms: dict[Cell, OpenArm] = {}
        self.together = 1

    def measure(self, cells: list[Cell], rng: random.Random, tell: Callable[[Activity], None]) -> None:
        """Start the arms one after the other, sample them all round by round, close them."""
        known = all(self.state[cell].blocks for cell in cells if cell.environment != REPLICA)
        self.together = self.context.together if known else 1
        try:
            self._open_all(cells, tell)
            self._share_rounds()
            rounds = self.context.profile.rounds
            alive = [cell for cell in cells if cell in self.arms]  # in the order of the plan
            with self.control.awake():
                for turn, order in enumerate(schedule.orders(alive, rounds, rng, *KINDS)):
                    tell(self.step("sampling", alive, turn + 1))
                    self._round(turn, order)
                diagnostics.traced_round(self, alive, tell)
                diagnostics.survey(self)
            diagnostics.weigh(self, [cell for cell in cells if cell in self.arms])
        finally:
            self._all(self._close, list(self.arms))
            self.journal.flush()

    def step(self, doing: str, cells: Iterable[Cell], turn: int = 0) -> Activity:
        """What the block is at, for those who watch: with which strategies, and in which round where there are any."""
        names = tuple(dict.fromkeys(cell.strategy for cell in cells))
        rounds = self.context.profile.rounds if turn else 0
        return Activity(doing, f"{self.group.entry.workload.name} {self.group.size:,}", names, turn, rounds)

    def _round(self, turn: int, order: list[Cell]) -> None:
        """Sample every arm whose turn it is, all of one core count together."""
        workload = self.group.entry.workload
        due = [cell for cell in order if cell in self.arms and turn in self.arms[cell].turns]
        for cores, cells in groupby(due, lambda cell: cell.cores):
            began = self.context.clock()
            self.control.wake(cores, turn)
            if workload.bound != "latency":  # what cores give says nothing about workers that wait
                self.control.read(workload.bound, workload.traffic(self.group.size), cores, turn)
            extra = self.context.clock() - began
            for index, cell in enumerate(stretch := list(cells)):
                began = self.context.clock()
                if cores > 1 and index:  # the arm before may have let some of them sleep
                    self.control.wake(cores, turn)
                with self.control.rested():
                    self._sample(cell, turn)
                self.state[cell].block_seconds += self.context.clock() - began + extra / len(stretch)
        if workload.bound != "latency":
            self.control.note(self.number, turn, workload.bound)

    def deadline(self, arms: OpenArm) -> float:
        """How long an arm may take for some calls."""
        return max(self.context.profile.deadline, 20 * arms.call_seconds * (arms.loops + 1))

    def _open_all(self, cells: list[Cell], tell: Callable[[Activity], None]) -> None:
        for some in batched(cells, self.together):
            tell(self.step("starting", some))
            # launched from this thread: Linux ends a child of ours with the thread that started it (see arm.py)
            self._all(partial(self._open_one_of, self._launch_all(some)), some)

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

    def _all(self, do: Callable[[Cell], None], cells: list[Cell]) -> None:
        """Do the same to some arms, `together` of them at a time."""

        def one(cell: Cell) -> None:
            with self.charge_time_to(cell):
                do(cell)

        if self.together == 1:
            for cell in cells:
                one(cell)
            return
        with ThreadPoolExecutor(self.together) as executor:
            for done in [executor.submit(one, cell) for cell in cells]:
                done.result()

    @contextmanager
    def charge_time_to(self, cell: Cell) -> Iterator[None]:
        """What this takes counts as the cell's part of the block."""
        began = self.context.clock()
        yield
        self.state[cell].block_seconds += (self.context.clock() - began) / self.together

    def _launch(self, cell: Cell) -> Arm:
        spec = self.context.arm_spec(cell, self.group.entry.reference)
        self.state[cell].block_seconds = 0.0
        transform = self.context.transforms.get(cell.environment)
        return self.context.launch(transform(spec) if transform else spec)

    def _open_one_of(self, arms: dict[Cell, Arm], cell: Cell) -> None:
        self._open(cell, arms[cell])

    def _open(self, cell: Cell, arm: Arm) -> None:
        deadline = self.context.profile.deadline
        try:
            start = arm.ask("open", deadline)
            known = self.state[cell].seconds
            first = arm.ask("first", deadline, known=known if known < math.inf else None)
            if not self.state[cell].blocks and cell.environment != REPLICA:
                with PeakWatch(arm.pid) as watch:
                    arm.ask("probe", deadline, seconds=PROBE)
                self.journal.add(Memory(cell, self.number, watch.peak_bytes))
        except ArmFailed as failure:
            arm.end(CLOSING)
            self.fail(cell, failure.status, failure.reason)
            return
        except BaseException:  # Ctrl-C: the arm is not in self.live yet, and nobody else would end it
            arm.end(0.0)
            raise
        if self.together == 1:
            self._note(cell, "start", start["seconds"])
            self._note(cell, "first", first["seconds"])
        self.arms[cell] = OpenArm(arm, first["call_seconds"], first["loops"])

    def _share_rounds(self) -> None:
        """Give each arm the rounds that fit its share of the time, and few where it is far behind the baselines."""
        profile = self.context.profile
        serial = [arms.call_seconds for cell, arms in self.arms.items() if cell.strategy in BASELINES]
        behind = FAR_BEHIND * min(serial, default=math.inf)
        slowest: dict[Cell, float] = {}  # among twins, which take part in the same rounds
        for cell, arms in self.arms.items():
            slowest[cell.at(HEAD)] = max(arms.call_seconds, slowest.get(cell.at(HEAD), 0.0))
        for cell, arms in self.arms.items():
            call_seconds = slowest[cell.at(HEAD)]
            share = schedule.share(call_seconds * arms.loops, profile.arm_seconds, profile.rounds)
            few = call_seconds > behind
            arms.turns = schedule.turns(min(share, FEW_ROUNDS) if few else share, profile.rounds)

    def _sample(self, cell: Cell, turn: int) -> None:
        arms = self.arms[cell]
        cpus_now = schedule.window(self.context.cpus, cell.cores, turn)
        try:
            answer = arms.arm.ask("sample", self.deadline(arms), cpus_now=cpus_now, loops=arms.loops)
        except ArmFailed as failure:
            self._close(cell)
            self.fail(cell, failure.status, failure.reason)
            return
        arms.times[turn] = answer["seconds"]
        if cell.environment == REPLICA:
            self.journal.add(Again(cell.at(HEAD), self.number, turn, answer["seconds"]))
            return
        self.journal.add(
            Sample(cell, self.number, turn, "steady", answer["seconds"], arms.loops, answer["cpu_seconds"], cpus_now)
        )

    def _close(self, cell: Cell) -> None:
        arms = self.arms.pop(cell)
        answer = arms.arm.end(CLOSING)
        if arms.times:
            self.state[cell].times[self.number] = arms.times
        if self.together == 1 and answer is not None and "seconds" in answer:
            self._note(cell, "stop", answer["seconds"])

    def _note(self, cell: Cell, phase: Phase, seconds: float) -> None:
        if cell.environment != REPLICA:
            self.journal.add(Sample(cell, self.number, 0, phase, seconds))
