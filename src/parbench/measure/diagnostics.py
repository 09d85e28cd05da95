"""What a block does once its rounds are over: traced calls, what the machine gives at most, what the work weighs.

All of it comes last, so that nothing that is timed can tell whether it happened.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from parbench.measure import schedule
from parbench.measure.arms.process import ArmFailed
from parbench.measure.progress import Activity
from parbench.runfile.records import WEIGHINGS, Trace, Warned, Weight
from parbench.strategies.registry import BASELINES
from parbench.workload.cell import HEAD, Cell

if TYPE_CHECKING:
    from parbench.measure.block import Block

#: A cell is traced in so many of its blocks, and not at all where a call takes longer. Blocks, seconds.
TRACED, LONGEST_TRACED = 2, 3.0


def traced_round(block: Block, cells: list[Cell], tell: Callable[[Activity], None]) -> None:
    """Let every arm that still wants it make traced calls, and the baselines with any of them: they are compared.

    Blocks that confirm changes have none, as whatever seems to have changed has been traced by then.
    """
    able = [cell for cell in cells if cell in block.arms and _traceable(block, cell)]
    wanting = {cell for cell in able if block.state[cell].traces < TRACED}
    chosen = [cell for cell in able if cell in wanting or (wanting and cell.strategy in BASELINES)]
    if chosen:
        tell(block.step("tracing", chosen))
    for cell in sorted(chosen, key=lambda cell: cell.cores):
        began = block.context.clock()
        block.control.wake(cell.cores, block.number)
        with block.control.rested():
            _trace(block, cell)
        block.state[cell].block_seconds += block.context.clock() - began


def _traceable(block: Block, cell: Cell) -> bool:
    long = block.arms[cell].call_seconds > LONGEST_TRACED
    return cell.environment == HEAD and block.state[cell].traceable and not long


def _trace(block: Block, cell: Cell) -> None:
    arms, cell_state = block.arms[cell], block.state[cell]
    cpus_now = schedule.window(block.context.cpus, cell.cores, block.number)
    try:
        answer = arms.arm.ask("trace", block.deadline(arms), cpus_now=cpus_now, spans=not cell_state.traces)
    except ArmFailed as failure:
        cell_state.traceable = False
        block.journal.add(Warned(f"{cell} could not be traced: {failure.reason}"))
        return
    cell_state.traces += 1
    block.journal.add(Trace(cell, block.number, **answer))


def survey(block: Block) -> None:
    """After the rounds, see what the cores of these arms give to the kinds of work that no round has read."""
    workload, counts = block.group.entry.workload, {cell.cores for cell in block.arms}
    if workload.bound == "latency" or not counts:
        return
    began, size = block.context.clock(), block.group.size
    group, turn = f"{workload.name}-{size}", block.context.profile.rounds
    block.control.survey(group, block.number, turn, workload.bound, workload.traffic(size), counts)
    for cell in block.arms:
        block.state[cell].block_seconds += (block.context.clock() - began) / len(block.arms)


def weigh(block: Block, cells: list[Cell]) -> None:
    """Have the plain serial arm say what the work weighs, in its first blocks.

    Last of all, as it makes calls in threads, and an arm that does not survive them has nothing more to do.
    """
    cores = max(cell.cores for cell in block.group.cells)
    for cell in cells:
        if cell.strategy != BASELINES[0] or cell.environment != HEAD or block.state[cell].blocks >= WEIGHINGS:
            continue
        with block.charge_time_to(cell):
            block.control.wake(cores, 0)
            places = schedule.window(block.context.cpus, cores, 0)
            try:
                answer = block.arms[cell].arm.ask("weigh", block.context.profile.deadline, cores=cores, cpus_now=places)
            except ArmFailed:  # it may be known without: nobody asked for it
                continue
            block.journal.add(Weight(cell, block.number, **answer))
