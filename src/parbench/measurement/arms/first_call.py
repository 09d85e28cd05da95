"""The first call of an arm: it is verified, and inspected for faults that would make all times of later calls wrong.

Standard library only.
"""

from __future__ import annotations

import time
from typing import Any

from parbench.measurement.arms.explain import WrongResult, explain
from parbench.measurement.arms.lost_error import find_lost_error, is_lost
from parbench.strategies.base import Strategy
from parbench.workload.input_digest import input_digest
from parbench.workload.stages import one_by_one
from parbench.workload.uncomputed_reason import uncomputed_reason
from parbench.workload.workload import Workload

#: Longest call whose lost error is searched for by another one, so that both end before the deadline.
LONGEST_LOST_SECONDS = 5.0
CHANGED = (
    "{} changes its input, or keeps something in it, so that later calls would have other data: "
    "work on a copy, or declare it with changes_input=True."
)


class Inspection:
    """Compares the data of a workload before and after a call, unless each call has a copy of them."""

    def __init__(self, workload: Workload, data: Any) -> None:
        self._data = None if workload.changes_input else data
        self._before = input_digest(self._data)

    def changed_reason(self, what: str) -> str:
        """Why `what` must not be measured, if it changed the data; empty if it did not."""
        same = self._before is None or input_digest(self._data) == self._before
        return "" if same else CHANGED.format(what)


def kernel_reason(workload: Workload, seed: int) -> str:
    """Why the kernel must not be measured, from a call here at the tiny size; empty if nothing is wrong.

    Strategies with processes have workers with copies, in which neither fault would be noticed.
    """
    try:
        made = workload.make(workload.all_sizes.tiny, seed)
        inspection = Inspection(workload, made)
        data = workload.call_data(made)
        parts = [workload.kernel(chunk) for chunk in workload.split(data, 2)]
        if reason := uncomputed_reason(parts):
            return f"the kernel returns {reason}."
        if workload.stages is not None and (
            reason := uncomputed_reason(workload.stages.by_barriers(one_by_one, parts, data))
        ):
            return f"the kernel of the stages returns {reason}."
    except BaseException:  # the call that is measured shows it
        return ""
    return inspection.changed_reason("the kernel")


def verified_call(strategy: Strategy, workload: Workload, data: Any, parts: int, seed: int | None) -> float:
    """Seconds of a call whose result is verified; raises WrongResult.

    With the `seed` of the data the workload is inspected, too; once per cell is enough.
    """
    inspection = None if seed is None else Inspection(workload, data)
    own = workload.call_data(data)
    began = time.perf_counter_ns()
    try:
        result = strategy.run(workload, own, parts)
    except BaseException as error:
        if seed is not None and explain(error).status == "error" and (reason := kernel_reason(workload, seed)):
            raise WrongResult(reason) from error
        is_short = time.perf_counter_ns() - began < LONGEST_LOST_SECONDS * 1e9
        if is_short and is_lost(strategy, error) and (found := find_lost_error(strategy, workload, data, parts)):
            raise found from error
        raise
    seconds = (time.perf_counter_ns() - began) / 1e9
    if seed is not None and inspection is not None:
        reason = kernel_reason(workload, seed)
        if not reason and (reason := uncomputed_reason(result)):
            reason = f"the result is {reason}."
        if reason := reason or inspection.changed_reason("a call"):
            raise WrongResult(reason)
    if reason := strategy.check(workload, result, data):
        raise WrongResult(f"the result is wrong: {reason}")
    if inspection is not None and (reason := inspection.changed_reason("verify" if workload.verify else "the kernel")):
        raise WrongResult(reason)
    return seconds
