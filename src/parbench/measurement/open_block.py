"""The arms of the current block, with all that its parts need to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from parbench.measurement.arms.process import Arm
from parbench.measurement.context import RunContext
from parbench.measurement.control_client import ControlArm
from parbench.measurement.plan import Group
from parbench.measurement.progress import Activity
from parbench.measurement.state import CampaignState
from parbench.runfile.records import RunWarning
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell


@dataclass
class OpenArm:
    """One arm of the block, the rounds in which it takes part, and its times by round.

    `behind` means far slower than the fastest serial arm; `cpu_share` is that of `FirstTimes`.
    """

    arm: Arm
    call_seconds: float
    loops: int
    behind: bool = False
    cpu_share: float | None = None
    rounds: set[int] = field(default_factory=set)
    times: dict[int, float] = field(default_factory=dict)


@dataclass
class OpenBlock:
    """A block while it is measured; `arms` has those that are open."""

    number: int
    group: Group
    context: RunContext
    journal: Journal
    state: CampaignState
    control: ControlArm
    arms: dict[Cell, OpenArm] = field(default_factory=dict)

    def deadline(self, cell: Cell) -> float:
        """Seconds that an open arm may take for some calls."""
        open_arm = self.arms[cell]
        return max(self.context.profile.deadline, 20 * open_arm.call_seconds * (open_arm.loops + 1))

    def note_tracers(self, tracers: Iterable[str]) -> None:
        """Warn of tracers that are active in an arm, once per run and tracer."""
        if names := [each for each in tracers if each not in self.state.tracers]:
            self.state.tracers.update(names)
            text = f"Measured processes are slowed down by {' and '.join(names)}: switch it off and measure again."
            self.journal.add(RunWarning(text, "tracer"))

    def step(self, doing: str, cells: Iterable[Cell], turn: int = 0) -> Activity:
        """The progress of the block: its strategies, and the round if there is one."""
        names = tuple(dict.fromkeys(cell.strategy for cell in cells))
        rounds = self.context.profile.rounds if turn else 0
        return Activity(doing, f"{self.group.entry.workload.name} {self.group.size:,}", names, turn, rounds)

    @contextmanager
    def charge_time_to(self, *cells: Cell, use: str, at_once: int = 1) -> Iterator[None]:
        """Add the time that passes to the cost of these cells, in equal parts, and to the uses of the run's time.

        `at_once` cells share the time in turn.
        """
        began = self.context.clock()
        yield
        seconds = (self.context.clock() - began) / at_once
        self.state.time_use[use] = self.state.time_use.get(use, 0.0) + seconds
        for cell in cells:
            self.state[cell].block_seconds += seconds / len(cells)
