"""The best cells of a run once more, each alone: with no other arm alive, pinned to CPUs and unpinned.

It shows whether taking turns and pinning changed the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from parbench.measurement import schedule
from parbench.measurement.arms.process import CLOSING_SECONDS, ArmFailed, start
from parbench.measurement.arms.protocol import TakeSample
from parbench.measurement.context import RunContext
from parbench.measurement.plan import Group
from parbench.measurement.progress import Activity
from parbench.measurement.state import CampaignState
from parbench.runfile.records import AloneSample
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell

#: Samples of each arm.
SAMPLES = 5
#: Seconds of an arm without its calls, and calls per sample with the untimed ones, for estimating its cost.
ARM_SECONDS, SAMPLE_CALLS = 0.5, 5
#: The use of time for all of this.
USE = "best cells once more, alone"


def cells_alone(state: CampaignState, group: Group) -> list[Cell]:
    """The baseline, the best parallel cell, and the best one of another strategy; empty if none may be faster."""
    base, best = state.baseline(group), state.best_parallel(group)
    if base is None or best is None or state.is_hopeless(group, best):
        return []
    next_best = state.best_parallel(group, without=best.strategy)
    return [cell for cell in (base, best, next_best) if cell is not None]


def measure_alone(
    groups: Sequence[Group],
    context: RunContext,
    journal: Journal,
    state: CampaignState,
    left: Callable[[], float],
    tell: Callable[[Activity], None],
) -> None:
    """Measure the best cells of each workload at its largest size alone, as far as the time that is `left` allows.

    A cell that fails now was measured before, and its result stands.
    """
    for group, cell, pinned in _plan(groups, state):
        cost = ARM_SECONDS + SAMPLES * SAMPLE_CALLS * state[cell].seconds
        if cost > left() or (pinned and not context.cpus):
            continue
        tell(Activity("measuring alone", f"{cell.workload} {cell.size:,}", (cell.strategy,)))
        spec = context.arm_spec(cell, group.entry.reference)
        began = context.clock()
        arm = context.launch(spec if pinned else replace(spec, cpus=[]))
        try:
            loops = start(arm, context.profile.deadline).loops
            cpus_now = schedule.window(context.cpus, cell.cores, 0) if pinned else []
            for turn in range(SAMPLES):
                answer = arm.ask(TakeSample(cpus_now, loops), context.profile.deadline)
                journal.add(AloneSample(cell, pinned, turn, answer.seconds, answer.mean_seconds))
        except ArmFailed:
            continue
        finally:
            arm.end(CLOSING_SECONDS)
            state.time_use[USE] = state.time_use.get(USE, 0.0) + context.clock() - began


def _plan(groups: Sequence[Group], state: CampaignState) -> Iterator[tuple[Group, Cell, bool]]:
    """Every workload unpinned, which nothing else shows, and then pinned."""
    largest: dict[str, Group] = {}
    for group in groups:
        known = largest.get(group.entry.workload.name)
        if cells_alone(state, group) and (known is None or known.size < group.size):
            largest[group.entry.workload.name] = group
    for pinned in (False, True):
        for group in largest.values():
            for cell in cells_alone(state, group):
                yield group, cell, pinned
