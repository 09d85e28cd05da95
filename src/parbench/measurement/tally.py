"""The tally of a group of cells: what progress shows of the state of a campaign."""

from __future__ import annotations

import math

from parbench.measurement.open_questions import is_decided
from parbench.measurement.plan import Group
from parbench.measurement.progress import FirstAnswer, Tally
from parbench.measurement.state import CampaignState
from parbench.text import cell_label
from parbench.workload.cell import HEAD, Cell


def tally(state: CampaignState, group: Group) -> Tally:
    """The tally of our cells of a group, with the widest interval of those that need another block.

    Cells that are clearly slower than the baseline count as precise.
    """
    ours = [cell for cell in group.cells if cell.environment == HEAD]
    fine = [cell for cell in ours if state[cell].status == "ok"]
    wanting = [cell for cell in fine if not state.is_precise(group, cell)]
    base = state.baseline(group)
    widths = {cell: state.width(group, cell) for cell in wanting if cell != base}
    widest = max((cell for cell in widths if widths[cell] < math.inf), key=widths.__getitem__, default=None)
    return Tally(
        precise=len(fine) - len(wanting),
        failed=len(ours) - len(fine),
        cells=len(ours),
        goal=None if any(map(state.twins, ours)) else state.profile.precision,
        widest=math.inf if widest is None else widths[widest],
        where="" if widest is None else f"{_place(widest)} {_label(group, widest)}",
        answers=answers(state, group),
    )


def answers(state: CampaignState, group: Group) -> tuple[FirstAnswer, ...]:
    """The best parallel cell, if there is one."""
    base, best = state.baseline(group), state.best_parallel(group)
    if base is None or best is None:
        return ()
    speedup = state.speedup(group, best).other_run
    return (FirstAnswer(_place(best), _label(group, best), base.strategy, *speedup, is_decided(speedup)),)


def _place(cell: Cell) -> str:
    """The workload and size of a cell: ``affine 2,048``."""
    return f"{cell.workload} {cell.size:,}"


def _label(group: Group, cell: Cell) -> str:
    """The strategy of a cell of the group, and where it runs: ``threads on 2 cores``."""
    return cell_label(cell.strategy, cell.cores, cell.chunks, each=group.entry.workload.facts().worker_word)
