"""The campaign's end of the control arm: the CPUs whose turn it is are woken, and what they give is known."""

from __future__ import annotations

from parbench import schedule
from parbench.child import CLOSING, Arm, ArmFailed
from parbench.conditions import Conditions
from parbench.journal import Journal
from parbench.protocol import CeilingSpec
from parbench.records import Bound, Ceiling, Warned


class Control:
    """Prepares CPUs for the samples of a stretch, and writes the ceilings of each round.

    A run that loses its control arm goes on without: efficiency is then shown against cores only.
    """

    def __init__(self, at: Conditions, journal: Journal, most_cores: int) -> None:
        self.at = at
        self.journal = journal
        self.places = at.cpus or list(range(most_cores))
        self.rates: dict[int, float] = {}
        self.awake: set[int] = set()
        self.arm: Arm | None = at.launch(CeilingSpec(self.places, pinned=bool(at.cpus)))

    def open(self) -> None:
        if self.arm is None:
            return
        try:
            self.arm.ask("open", self.at.profile.deadline)
        except ArmFailed as failure:
            self.journal.add(Warned(f"The ceiling could not be measured: {failure.reason}"))
            self.end()

    def begin_block(self) -> None:
        """Trust no CPU to be awake: who knows how long the arms took to start."""
        self.awake.clear()

    def prepare(self, bound: Bound, size: int, cores: int, turn: int) -> None:
        """Wake the CPUs on which the arms of so many cores are sampled in this round, and see what they give.

        `size` is the bytes that the workload reads and writes.
        """
        if self.arm is None:
            return
        window = schedule.window(self.places, cores, turn)
        asleep = not self.awake.issuperset(window)
        try:
            answer = self.arm.ask("prepare", self.at.profile.deadline, bound=bound, cpus=window, size=size, wake=asleep)
        except ArmFailed as failure:
            self.journal.add(Warned(f"The ceiling was measured only in part: {failure.reason}"))
            self.end()
            return
        self.awake = set(window)
        self.rates[cores] = answer["rate"]

    def note(self, block: int, turn: int, bound: Bound) -> None:
        """Write down the ceilings of a round: their rates together, in rates of one core alone."""
        alone = self.rates.pop(1, None)
        if alone:
            for cores, rate in self.rates.items():
                self.journal.add(Ceiling(block, turn, bound, cores, rate / alone))
        self.rates.clear()

    def end(self) -> None:
        if self.arm is not None:
            self.arm.end(CLOSING)
            self.arm = None
