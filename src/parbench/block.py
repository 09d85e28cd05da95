"""One block: arms started afresh, sampled in rounds, closed. The unit of replication."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from parbench import schedule
from parbench.child import Arm, ArmFailed
from parbench.conditions import Conditions
from parbench.journal import Journal
from parbench.memory import PeakWatch
from parbench.plan import Group
from parbench.protocol import Spec
from parbench.records import Ceiling, Cell, Memory, Phase, Sample
from parbench.standing import Standing

#: How long an arm may take to close before it is killed, seconds.
CLOSING = 10.0
#: How long the untimed calls last during which memory is looked at, seconds.
PROBE = 0.05


@dataclass
class Live:
    """One arm of the block at hand, and in which of its rounds it takes part."""

    arm: Arm
    call_seconds: float
    loops: int
    turns: set[int]
    times: dict[int, float] = field(default_factory=dict)


class Block:
    """Measures some cells of one group, baselines included, as one block."""

    def __init__(
        self,
        number: int,
        group: Group,
        at: Conditions,
        journal: Journal,
        standing: Standing,
        fail: Callable[[Cell, str, str], None],
        ceiling: Arm | None,
    ) -> None:
        self.number = number
        self.group = group
        self.at = at
        self.journal = journal
        self.standing = standing
        self.fail = fail
        self.ceiling = ceiling
        self.live: dict[Cell, Live] = {}

    def measure(self, cells: list[Cell], rng: random.Random, tell: Callable[[str], None]) -> None:
        """Start the arms one after the other, sample them all round by round, close them."""
        try:
            for cell in cells:
                tell(f"starting {cell}")
                with self._costing(cell):
                    self._open(cell)
            rounds = self.at.profile.rounds
            for turn, order in enumerate(schedule.orders(list(self.live), rounds, rng)):
                tell(f"sampling {self.group.entry.workload.name}-{self.group.size}, round {turn + 1} of {rounds}")
                self._sample_ceiling(turn)
                for cell in order:
                    with self._costing(cell):
                        self._sample(cell, turn)
        finally:
            for cell in list(self.live):
                with self._costing(cell):
                    self._close(cell)
            self.journal.flush()

    @contextmanager
    def _costing(self, cell: Cell) -> Iterator[None]:
        began = self.at.clock()
        yield
        self.standing[cell].block_seconds += self.at.clock() - began

    def _open(self, cell: Cell) -> None:
        deadline = self.at.profile.deadline
        spec = Spec(
            cell,
            self.group.entry.reference,
            self.at.seed,
            schedule.window(self.at.cpus, cell.cores, 0),
            self.at.path,
            self.at.options,
        )
        self.standing[cell].block_seconds = 0.0
        arm = self.at.launch(spec)
        try:
            start = arm.ask("open", deadline)
            first = arm.ask("first", deadline)
            if not self.standing[cell].blocks:
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
        self._note(cell, "start", start["seconds"])
        self._note(cell, "first", first["seconds"])
        profile = self.at.profile
        share = schedule.share(first["call_seconds"] * first["loops"], profile.arm_seconds, profile.rounds)
        turns = schedule.turns(share, profile.rounds)
        self.live[cell] = Live(arm, first["call_seconds"], first["loops"], turns)

    def _sample(self, cell: Cell, turn: int) -> None:
        live = self.live.get(cell)
        if live is None or turn not in live.turns:
            return
        cpus_now = schedule.window(self.at.cpus, cell.cores, turn)
        deadline = max(self.at.profile.deadline, 20 * live.call_seconds * (live.loops + 1))
        try:
            answer = live.arm.ask("sample", deadline, cpus_now=cpus_now, loops=live.loops)
        except ArmFailed as failure:
            self._close(cell)
            self.fail(cell, failure.status, failure.reason)
            return
        live.times[turn] = answer["seconds"]
        self.journal.add(
            Sample(cell, self.number, turn, "steady", answer["seconds"], live.loops, answer["cpu_seconds"], cpus_now)
        )

    def _sample_ceiling(self, turn: int) -> None:
        bound = self.group.entry.workload.bound
        if self.ceiling is None:
            return
        try:
            answer = self.ceiling.ask("sample", self.at.profile.deadline, bound=bound, turn=turn)
        except ArmFailed:  # efficiency is then shown against cores only
            return
        for cores, value in answer["values"].items():
            self.journal.add(Ceiling(self.number, turn, bound, int(cores), value))

    def _close(self, cell: Cell) -> None:
        live = self.live.pop(cell)
        answer = live.arm.end(CLOSING)
        if live.times:
            self.standing[cell].times[self.number] = live.times
        if answer is not None and "seconds" in answer:
            self._note(cell, "stop", answer["seconds"])

    def _note(self, cell: Cell, phase: Phase, seconds: float) -> None:
        self.journal.add(Sample(cell, self.number, 0, phase, seconds))
