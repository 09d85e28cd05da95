"""The campaign's end of the control arm: CPUs are woken and kept awake, and what they give is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from parbench import schedule
from parbench.child import CLOSING, Arm, ArmFailed
from parbench.conditions import Conditions
from parbench.journal import Journal
from parbench.protocol import CeilingSpec
from parbench.records import Bound, Ceiling, Warned


class Control:
    """Wakes CPUs, and writes the ceilings of each round.

    A run that loses its control arm goes on without: efficiency is then shown against cores only.
    """

    def __init__(self, at: Conditions, journal: Journal, most_cores: int) -> None:
        self.at = at
        self.journal = journal
        self.places = at.cpus or list(range(most_cores))
        self.rates: dict[int, float] = {}
        self.arm: Arm | None = at.launch(CeilingSpec(self.places, bool(at.cpus), at.keep_awake))

    def open(self) -> None:
        self._ask("open")

    def wake(self, cores: int, turn: int) -> None:
        """Wake the CPUs on which the arms of so many cores are sampled in this round."""
        self._ask("wake", cpus=schedule.window(self.places, cores, turn))

    @contextmanager
    def awake(self) -> Iterator[None]:
        """While this lasts, no CPU idles, if that was asked for; but see `rested`."""
        with self._between("keep_awake", "rest"):
            yield

    @contextmanager
    def rested(self) -> Iterator[None]:
        """An exception to `awake`: nothing of ours uses a CPU while this lasts."""
        with self._between("rest", "keep_awake"):
            yield

    @contextmanager
    def _between(self, before: str, after: str) -> Iterator[None]:
        if not self.at.keep_awake:
            yield
            return
        self._ask(before)
        try:
            yield
        finally:
            self._ask(after)

    def read(self, bound: Bound, size: int, cores: int, turn: int) -> None:
        """See what the same CPUs give; `size` is the bytes that the workload reads and writes."""
        window = schedule.window(self.places, cores, turn)
        with self.rested():
            answer = self._ask("rate", bound=bound, cpus=window, size=size)
        if answer is not None:
            self.rates[cores] = answer["rate"]

    def _ask(self, request: str, **fields: Any) -> dict[str, Any] | None:
        if self.arm is None:
            return None
        try:
            return self.arm.ask(request, self.at.profile.deadline, **fields)
        except ArmFailed as failure:
            self.journal.add(Warned(f"The control arm was lost, and intervals may be wider: {failure.reason}"))
            self.end()
            return None

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
