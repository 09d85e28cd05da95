"""The end of a block: traced calls, the rates of its cores, and the cost of its workload.

All of it follows the rounds, so that it cannot disturb them.
"""

from __future__ import annotations

from collections.abc import Callable

from parbench.measurement import schedule
from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.arms.protocol import MeasureCost, TraceCalls
from parbench.measurement.open_block import OpenBlock
from parbench.measurement.progress import Activity
from parbench.runfile.records import WEIGHINGS, RunWarning, Trace, WorkloadCost
from parbench.workload.cell import BASELINES, HEAD, Cell

#: Blocks of a cell in which it is traced.
TRACED_BLOCKS = 2
#: Seconds of the longest call that is traced.
LONGEST_TRACED_SECONDS = 3.0
#: The same for an arm that is far slower than the serial ones.
LONGEST_TRACED_BEHIND_SECONDS = 0.5


def trace_arms(block: OpenBlock, cells: list[Cell], tell: Callable[[Activity], None]) -> None:
    """Let every arm that needs traces make traced calls, and the baselines along with them, for comparison.

    Blocks that confirm changes have no traces, as all that they measure has been traced by then.
    """
    able = [cell for cell in cells if cell in block.arms and _traceable(block, cell)]
    wanting = {cell for cell in able if block.state[cell].traces < TRACED_BLOCKS}
    chosen = [cell for cell in able if cell in wanting or (wanting and cell.strategy in BASELINES)]
    if chosen:
        tell(block.step("tracing", chosen))
    for cell in sorted(chosen, key=lambda cell: cell.cores):
        with block.charge_time_to(cell, use="traced calls"):
            block.control.wake(cell.cores, block.number)
            with block.control.rested():
                _trace(block, cell)


def _traceable(block: OpenBlock, cell: Cell) -> bool:
    longest = LONGEST_TRACED_BEHIND_SECONDS if block.arms[cell].behind else LONGEST_TRACED_SECONDS
    short = block.arms[cell].call_seconds <= longest
    return cell.environment == HEAD and block.state[cell].traceable and short


def _trace(block: OpenBlock, cell: Cell) -> None:
    cell_state = block.state[cell]
    cpus_now = schedule.window(block.context.cpus, cell.cores, block.number)
    try:
        request = TraceCalls(cpus_now, spans=not cell_state.traces)
        answer = block.arms[cell].arm.ask(request, block.deadline(cell))
    except ArmFailed as failure:
        cell_state.traceable = False
        block.journal.add(RunWarning(f"{cell} could not be traced: {failure.reason}", "tracing"))
        return
    cell_state.traces += 1
    block.journal.add(Trace(cell, block.number, **answer.fields))


def read_other_rates(block: OpenBlock) -> None:
    """Read the rates of the cores of these arms at the kinds of work that no round has read."""
    workload, counts = block.group.entry.workload, {cell.cores for cell in block.arms}
    if workload.bound == "latency" or not counts:
        return
    size, turn = block.group.size, block.context.profile.rounds
    with block.charge_time_to(*block.arms, use="ceilings and waking CPUs"):
        group = f"{workload.name}-{size}"
        block.control.survey(group, block.number, turn, workload.bound, workload.traffic(size), counts)


def measure_cost(block: OpenBlock, cells: list[Cell]) -> None:
    """Have the plain serial arm measure the cost of the workload, in its first blocks.

    This comes last, as it makes calls in threads: an arm that does not survive them is not needed any more.
    """
    cores = max(cell.cores for cell in block.group.cells)
    for cell in cells:
        if cell.strategy != BASELINES[0] or cell.environment != HEAD or block.state[cell].blocks >= WEIGHINGS:
            continue
        with block.charge_time_to(cell, use="costs of the workload"):
            block.control.wake(cores, 0)
            request = MeasureCost(cores, schedule.window(block.context.cpus, cores, 0))
            try:
                answer = block.arms[cell].arm.ask(request, block.context.profile.deadline)
            except ArmFailed:  # the user has not asked for the cost
                continue
            block.journal.add(WorkloadCost(cell, block.number, **answer.fields))
