"""Rough seconds of a call of the baseline at one size after another, by a few calls."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from parbench.measurement.arms.process import CLOSING_SECONDS, Arm, ArmFailed, start
from parbench.measurement.arms.protocol import Resize
from parbench.measurement.context import RunContext
from parbench.measurement.plan import LocatedWorkload
from parbench.strategies.registry import find
from parbench.workload.cell import BASELINES, Cell

#: Seconds that an arm may take for an answer.
DEADLINE_SECONDS = 10.0
#: Most calls of an arm at a size.
MOST_CALLS = 5
#: Calls of an arm at a size if they are long.
FEW_CALLS = 2
#: A strategy that is more than this many times slower than another is not timed at further sizes. Its deadline follows
#: from that: a loop may take hours if arrays take a tenth of a second.
FAR_BEHIND = 3.0
#: Seconds that are added to that deadline.
SLACK_SECONDS = 0.25


class Baseline:
    """The arms of all strategies that may be the baseline of a workload: ``with Baseline(…) as baseline``.

    Arms that are far behind are ended. Raises ArmFailed as soon as no arm is left.
    """

    def __init__(self, entry: LocatedWorkload, size: int, context: RunContext) -> None:
        self.context = context
        self.deadline = min(DEADLINE_SECONDS, context.profile.deadline)
        self.arms: list[Arm] = []
        self._entry = entry
        self._size = size

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:  # Ctrl-C as well
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def seconds(self, size: int) -> float:
        """Seconds of a call of the fastest strategy at this size."""
        limit, times, failure = self.deadline, dict[Arm, float](), None
        for arm in list(self.arms):
            began = self.context.clock()
            try:
                times[arm] = arm.ask(Resize(size), limit).seconds
            except ArmFailed as failed:
                failure = self._drop(arm, failed)
                continue
            took = self.context.clock() - began
            limit = min(limit, took + MOST_CALLS * FAR_BEHIND * times[arm] + SLACK_SECONDS)
        if failure is not None and not times:
            raise failure
        fastest = min(times.values())
        for arm in [each for each in times if times[each] > FAR_BEHIND * fastest]:
            self.arms.remove(arm)
            arm.end(CLOSING_SECONDS)
        return fastest

    def _start(self) -> None:
        """Launch all arms at once, and have each make its verified first call."""
        workload, failure = self._entry.workload, None
        for label in reversed(BASELINES):  # the whole-array form first: it is rarely far behind
            strategy, variant = find(label)
            if not strategy.unsupported_reason(workload, variant):
                cell = Cell(workload.name, self._size, label, 1)
                self.arms.append(self.context.launch(self.context.arm_spec(cell, self._entry.reference)))
        for arm in list(self.arms):
            try:
                start(arm, self.deadline)
            except ArmFailed as failed:
                failure = self._drop(arm, failed)
        if failure is not None and not self.arms:
            raise failure

    def _drop(self, arm: Arm, failure: ArmFailed) -> ArmFailed:
        self.arms.remove(arm)
        arm.end(0.0)  # it may hang
        return failure

    def _end(self) -> None:
        while self.arms:
            self.arms.pop().end(CLOSING_SECONDS)
