"""The campaign's side of the control arm, which wakes CPUs, keeps them awake and reads their rates."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import get_args

from parbench.measurement import schedule
from parbench.measurement.arms.process import CLOSING_SECONDS, Arm, ArmFailed
from parbench.measurement.arms.protocol import Answer, ControlSpec, Done, KeepAwake, Open, ReadRate, Request, Rest, Wake
from parbench.measurement.context import RunContext
from parbench.runfile.records import Bound, Ceiling, RunWarning
from parbench.runfile.writer import Journal

#: Seconds per block, on average, for reading the rates of its cores at the kinds of work that its rounds do not read.
SURVEY_SECONDS = 0.05


class ControlArm:
    """Wakes CPUs, and records the ceilings of each round.

    A run that loses its control arm goes on without it: efficiency is then relative to cores only.
    """

    def __init__(self, context: RunContext, journal: Journal, most_cores: int) -> None:
        self.context = context
        self.journal = journal
        self.places = context.cpus or list(range(most_cores))
        self.rates: dict[int, float] = {}
        self.surveys: dict[str, tuple[int, float]] = {}  # by group of cells: blocks and seconds
        self.arm: Arm | None = context.launch(ControlSpec(self.places, bool(context.cpus), context.keep_awake))

    def open(self) -> None:
        self._ask(Open())

    def wake(self, cores: int, turn: int) -> None:
        """Wake the CPUs on which arms of `cores` cores are sampled in this round."""
        self._ask(Wake(schedule.window(self.places, cores, turn)))

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Keep all CPUs from idling meanwhile, except in `rested`, if the context wants it."""
        with self._between(KeepAwake(), Rest()):
            yield

    @contextmanager
    def rested(self) -> Iterator[None]:
        """Use no CPU meanwhile: an exception to `awake`."""
        with self._between(Rest(), KeepAwake()):
            yield

    @contextmanager
    def _between(self, before: Request[Done], after: Request[Done]) -> Iterator[None]:
        if not self.context.keep_awake:
            yield
            return
        self._ask(before)
        try:
            yield
        finally:
            self._ask(after)

    def read(self, bound: Bound, size: int, cores: int, turn: int) -> None:
        """Read the rate of the same CPUs; `size` is the bytes that the workload reads and writes."""
        window = schedule.window(self.places, cores, turn)
        with self.rested():
            answer = self._ask(ReadRate(bound, window, size))
        if answer is not None:
            self.rates[cores] = answer.rate

    def _ask(self, request: Request[Answer]) -> Answer | None:
        if self.arm is None:
            return None
        try:
            return self.arm.ask(request, self.context.profile.deadline)
        except ArmFailed as failure:
            self.journal.add(
                RunWarning(f"The control arm was lost, and intervals may be wider: {failure.reason}", "control arm")
            )
            self.end()
            return None

    def note(self, block: int, turn: int, bound: Bound, one: bool = False) -> None:
        """Record the ceilings of a round: rates as multiples of the rate of one core, and with `one` that rate too."""
        alone = self.rates.get(1)
        if alone:
            for cores, rate in self.rates.items():
                if cores > 1 or one:
                    self.journal.add(Ceiling(block, turn, bound, cores, rate / alone, rate))
        self.rates.clear()

    def survey(self, group: str, block: int, turn: int, known: Bound, size: int, counts: Collection[int]) -> None:
        """Read the rates of these core counts at all kinds of work but `known`, which the rounds have read.

        Large arrays take long to read: they are read in a few blocks only, among them the first of each group.
        """
        blocks, seconds = self.surveys.get(group, (0, 0.0))
        began = self.context.clock()
        if seconds <= SURVEY_SECONDS * blocks:
            self.wake(max(counts), block)
            for bound in get_args(Bound):
                if bound != known:
                    for cores in sorted({1, *counts}, reverse=True):
                        self.read(bound, size, cores, block)
                    self.note(block, turn, bound, one=True)
        self.surveys[group] = (blocks + 1, seconds + self.context.clock() - began)

    def end(self) -> None:
        if self.arm is not None:
            self.arm.end(CLOSING_SECONDS)
            self.arm = None
