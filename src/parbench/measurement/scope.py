"""The scope of a test or a call, what is to be measured, and its cells: the first two stages of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from parbench.errors import UsageError
from parbench.measurement.plan import LocatedWorkload, cells_of, check_cores, most_cores, unknown_strategies
from parbench.measurement.sizing.around_break_even import Goal
from parbench.workload.cell import Cell
from parbench.workload.given_data import GivenData
from parbench.workload.reference import Reference
from parbench.workload.sizes import SizesByTime
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.measurement.session import Session


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Workloads and the axes of their cells, checked; None leaves a choice to the profile."""

    workloads: tuple[Workload, ...] = ()
    sizes: tuple[int, ...] | None = None
    strategies: tuple[str, ...] | None = None
    cores: tuple[int, ...] | None = None
    chunks: tuple[int, ...] | None = None
    bracket: Goal | None = None
    weak: bool = False
    margin: float | None = None


def collect(session: Session, scope: Scope, locate: Callable[[Workload], Reference], tiny: bool = False) -> list[Cell]:
    """The cells of a scope; `locate` returns the place at which an arm finds a workload. Raises UsageError.

    With `tiny`, the cells are for a check.
    """
    cells = [cell for workload in plan(session, scope, locate) for cell in size(session, workload, scope, tiny)]
    if scope.margin is not None:
        session.keep_margin(cells, scope.margin)
    return cells


def plan(session: Session, scope: Scope, locate: Callable[[Workload], Reference]) -> list[LocatedWorkload]:
    """The workloads of a scope that are to be measured, and where an arm finds them; raises UsageError."""
    for workload in scope.workloads:
        known = session.workloads.get(workload.name)
        if known is None:
            session.workloads[workload.name] = LocatedWorkload(workload, locate(workload))
        elif known.workload is not workload:
            raise UsageError(
                f"two workloads are called {workload.name!r} (one is in {known.reference.file}): "
                "give one of them another name, as in name='other'."
            )
    names = session.settings.workloads
    selected = [each for each in scope.workloads if names is None or each.name in names]
    for workload in selected:
        if workload.name not in session.unknown_strategies:
            session.unknown_strategies[workload.name] = unknown_strategies(workload)
        check_cores(session.settings.selection.cores or (), most_cores(workload))
    return [session.workloads[workload.name] for workload in selected]


def size(session: Session, located: LocatedWorkload, scope: Scope, tiny: bool) -> list[Cell]:
    """The cells of a workload at the sizes that the user, the scope, a search or the profile gives.

    With `tiny`, they have the tiny size, unless the user names sizes. Raises UsageError.
    """
    workload, selection = located.workload, session.settings.selection
    sizes, bracket, weak = scope.sizes, scope.bracket, scope.weak
    if tiny and not selection.sizes:
        sizes, bracket, weak = (workload.all_sizes.tiny,), None, False
    axes = (scope.strategies, scope.cores, scope.chunks)
    if bracket is not None and not selection.sizes:
        cells = cells_of(workload, selection, [workload.all_sizes.tiny], *axes)
        return session.around_break_even.cells(located, cells, bracket, sizes, session.context)
    if isinstance(workload.all_sizes, SizesByTime) and not (selection.sizes or sizes):
        sizes = session.by_time.sizes(located, workload.all_sizes, session.context)
    cells = cells_of(workload, selection, sizes, *axes)
    if not (weak or selection.cores or scope.cores):
        session.cores_open.add(workload.name)
    cells = session.grow(workload, cells) if weak else cells
    if isinstance(workload.make, GivenData):
        workload.make.check(max((cell.size for cell in cells), default=1))
    return cells
