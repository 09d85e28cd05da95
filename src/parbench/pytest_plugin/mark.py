"""From the parbench mark of a test to its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from parbench.analysis.stats.decision import Margins
from parbench.errors import UsageError
from parbench.measurement.plan import (
    LocatedWorkload,
    cells_of,
    check_cores,
    chunk_counts,
    most_cores,
    unknown_strategies,
)
from parbench.measurement.profiles import find_profile
from parbench.measurement.sizing.around_break_even import GOALS, Goal
from parbench.strategies.registry import find
from parbench.workload.cell import Cell
from parbench.workload.reference import locate
from parbench.workload.sizes import SizesByTime, check_sizes
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.pytest_plugin.session import Session


@dataclass(frozen=True, kw_only=True)
class Mark:
    """The arguments of a parbench mark, checked; None leaves a choice to the profile."""

    workloads: tuple[Workload, ...] = ()
    sizes: tuple[int, ...] | None = None
    strategies: tuple[str, ...] | None = None
    cores: tuple[int, ...] | None = None
    chunks: tuple[int, ...] | None = None
    bracket: Goal | None = None
    weak: bool = False
    margin: float | None = None
    profiles: tuple[str, ...] = ()


#: Keyword arguments of the mark.
KEYWORDS = tuple(field.name for field in fields(Mark) if field.name != "workloads")


def read_mark(workloads: Iterable[Any], keywords: Mapping[str, Any]) -> Mark:
    """Check the arguments of a mark; raises UsageError or WorkloadError.

    `workloads` may contain lists of workloads.
    """
    flat = [each for one in workloads for each in (one if isinstance(one, list | tuple) else [one])]
    for each in flat:
        if not isinstance(each, Workload):
            raise UsageError(f"the parbench mark takes workloads, not {each!r:.60}: make one with parbench.Workload.")
    if not flat:
        raise UsageError("the parbench mark names no workload: write @pytest.mark.parbench(workload).")
    return Mark(workloads=tuple(flat), **_read_keywords(keywords))


def _read_keywords(keywords: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(keywords) - set(KEYWORDS)):
        raise UsageError(f"the parbench mark has no {unknown[0]!r}: it takes {', '.join(KEYWORDS)}.")
    read = {name: value for name, value in keywords.items() if value is not None}
    if "margin" in read:
        Margins(read["margin"])
    _check_placement(read.get("bracket"), read.get("weak", False))
    return read | {name: check(_list(name, read[name])) for name, check in LISTS.items() if name in read}


def _check_placement(bracket: Any, weak: Any) -> None:
    """Raise UsageError unless at most one of `bracket` and `weak` places the sizes."""
    if bracket is not None and bracket not in GOALS:
        forms = " or ".join(f'bracket="{kind}"' for kind in GOALS)
        raise UsageError(f"the parbench mark has bracket={bracket!r:.40}: write {forms}.")
    if not isinstance(weak, bool):
        raise UsageError(f"the parbench mark has weak={weak!r:.40}: write weak=True, or leave it out.")
    if weak and bracket is not None:
        raise UsageError("the parbench mark has both bracket and weak: leave out one, as both choose the sizes.")


def _list(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UsageError(f"the parbench mark has {name}={value!r:.40}: give a list, such as [{value!r:.40}].")
    return tuple(value)


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    check_sizes(sizes)
    return sizes


def _strategies(labels: tuple[Any, ...]) -> tuple[str, ...]:
    for label in labels:
        find(label)
    return labels


def _cores(counts: tuple[Any, ...]) -> tuple[int, ...]:
    for count in counts:
        if type(count) is not int or count < 1:
            raise UsageError(f"the parbench mark has {count!r} among its cores: give positive whole numbers.")
    return counts


#: Keyword arguments that are lists, each with a function that checks its values and returns them.
LISTS: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "sizes": _sizes,
    "strategies": _strategies,
    "cores": _cores,
    "chunks": lambda counts: chunk_counts(counts, "chunks of the parbench mark"),
    "profiles": lambda names: tuple(find_profile(name).name for name in names),
}


def other_profiles(session: Session, mark: Mark) -> tuple[str, ...]:
    """The profiles of a mark, if the profile of the session is none of them; else none."""
    is_selected = session.profile.name in mark.profiles or session.settings.workloads is not None
    return () if is_selected else mark.profiles


# -- the stages that precede measuring -------------------------------------------------------------------


def plan(session: Session, mark: Mark, module: str) -> list[LocatedWorkload]:
    """The workloads of a mark that are to be measured, and where an arm finds them.

    `module` is that of the test. Raises UsageError.
    """
    for workload in mark.workloads:
        known = session.workloads.get(workload.name)
        if known is None:
            session.workloads[workload.name] = LocatedWorkload(workload, locate(workload, [module]))
        elif known.workload is not workload:
            raise UsageError(
                f"two workloads are called {workload.name!r} (one is in {known.reference.file}): rename one of them."
            )
    names = session.settings.workloads
    selected = [each for each in mark.workloads if names is None or each.name in names]
    for workload in selected:
        if workload.name not in session.unknown_strategies:
            session.unknown_strategies[workload.name] = unknown_strategies(workload)
        check_cores(session.settings.selection.cores or (), most_cores(workload))
    return [session.workloads[workload.name] for workload in selected]


def size(session: Session, located: LocatedWorkload, mark: Mark, tiny: bool) -> list[Cell]:
    """The cells of a workload at the sizes that the user, the mark, a search or the profile gives.

    With `tiny`, they have the tiny size, unless the user names sizes. Raises UsageError.
    """
    workload, selection = located.workload, session.settings.selection
    sizes, bracket, weak = mark.sizes, mark.bracket, mark.weak
    if tiny and not selection.sizes:
        sizes, bracket, weak = (workload.all_sizes.tiny,), None, False
    axes = (mark.strategies, mark.cores, mark.chunks)
    if bracket is not None and not selection.sizes:
        cells = cells_of(workload, selection, [workload.all_sizes.tiny], *axes)
        return session.around_break_even.cells(located, cells, bracket, sizes, session.context)
    if isinstance(workload.all_sizes, SizesByTime) and not (selection.sizes or sizes):
        sizes = session.by_time.sizes(located, workload.all_sizes, session.context)
    cells = cells_of(workload, selection, sizes, *axes)
    return session.grow(workload, cells) if weak else cells
