"""From a selection to the cells to measure: workloads × sizes × strategies × cores × chunks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from parbench.errors import UsageError
from parbench.machine import cpus
from parbench.strategies import registry
from parbench.strategies.base import Strategy
from parbench.workload.cell import AUTO, BASELINES, Cell
from parbench.workload.expectation import MEASURES
from parbench.workload.reference import Reference
from parbench.workload.sizes import check_sizes
from parbench.workload.workload import Workload

#: Most workers that may wait at the same time, even on few cores.
MOST_WAITING = 64
#: Workers per core that are added for work that is found to wait.
WORKERS_PER_CORE = (2, 4, 8, 16)
#: Most processes per core if nobody named core counts: each needs memory and time to start.
PROCESSES_PER_CORE = 4
#: Most chunks per core.
MOST_CHUNKS = 1_000_000
#: Smallest similarity (`difflib`) at which an unknown name counts as a typing error.
TYPO_SIMILARITY = 0.8
#: Letters by which the lengths of both names may then differ: a word in front of a name makes it another strategy.
TYPO_LETTERS = 2
#: Doublings of a size after which its elements count as not growing.
MOST_DOUBLINGS = 64


@dataclass(frozen=True)
class Selection:
    """The selection of the user; None selects all."""

    profile: str = "quick"
    strategies: tuple[str, ...] | None = None
    cores: tuple[int, ...] | None = None
    sizes: tuple[int, ...] | None = None
    chunks: tuple[int, ...] | None = None  # as `chunk_counts` returns them

    def check(self) -> None:
        """Raise UsageError for anything that cannot be measured on this machine."""
        for label in self.strategies or ():
            registry.find(label)
        if self.cores is not None and not self.cores:
            raise UsageError("the list of core counts is empty: give whole numbers such as 1,2.")
        check_cores(self.cores or (), max(cpus.count(), MOST_WAITING))
        if self.sizes is not None:
            if not self.sizes:
                raise UsageError("the list of sizes is empty: give growing whole numbers such as 1000,100000.")
            check_sizes(self.sizes)


def check_cores(counts: Iterable[int], most: int) -> None:
    """Raise UsageError for a core count that cannot be measured here."""
    limit = cpus.count()
    for cores in counts:
        if type(cores) is not int or not 1 <= cores <= most:
            raise UsageError(
                f"{cores} cores cannot be measured: affinity and quota leave this run {limit}, so ask for "
                + ("1" if limit == 1 else f"1 to {limit}")
                + (f" (1 to {most} where work is bound by latency)." if most > limit else ".")
            )


def chunk_counts(values: Iterable[Any], who: str) -> tuple[int, ...]:
    """Numbers of chunks per core, each once, growing, with `AUTO` last for the word ``auto``.

    Raises UsageError, which begins with `who`, for anything else and for an empty list.
    """
    forms = f"whole numbers from 1 to {MOST_CHUNKS:,} and the word auto, such as 1,4,16,auto"
    found = set()
    for value in values:
        if value == "own":
            raise UsageError(f"{who} has the word own, which is now auto: give {forms}.")
        if value != "auto" and not (type(value) is int and 1 <= value <= MOST_CHUNKS):
            raise UsageError(f"{who} takes {forms}, not {value!r:.40}.")
        found.add(AUTO if value == "auto" else value)
    if not found:
        raise UsageError(f"{who} is empty: give {forms}.")
    return tuple(sorted(found, key=lambda count: (count == AUTO, count)))


def most_cores(workload: Workload) -> int:
    """The most workers that may be measured: one per core, but more if they mostly wait."""
    return max(cpus.count(), MOST_WAITING) if workload.bound == "latency" else cpus.count()


@dataclass(frozen=True)
class LocatedWorkload:
    """A workload with the reference by which an arm finds it."""

    workload: Workload
    reference: Reference


@dataclass
class Group:
    """The cells of one workload at one size: they share a baseline, so blocks measure them together.

    If work is found to wait, cells with more workers than cores are added, unless `cores_named`: somebody chose them.
    """

    entry: LocatedWorkload
    size: int
    cells: list[Cell] = field(default_factory=list)
    cores_named: bool = True


def cells_of(
    workload: Workload,
    selection: Selection,
    sizes: Sequence[int] | None = None,
    strategies: Iterable[str] | None = None,
    cores: Iterable[int] | None = None,
    chunks: Iterable[int] | None = None,
) -> list[Cell]:
    """The cells of `workload` under the user's `selection`; all other parameters are wishes of the test.

    A strategy that cannot run the workload has no cell, unless the user named it: then its measurement reports the
    reason. Core counts above those of this machine become its largest. Baselines, and strategies that take no chunks,
    are measured at one chunk per core only.
    """
    chosen_sizes = selection.sizes or tuple(sizes or workload.all_sizes.of_profile(selection.profile))
    labels = selection.strategies or tuple(strategies or registry.default_labels())
    # a test may be written for larger machines than this one
    limit = most_cores(workload)
    axis = sorted(selection.cores or {min(count, limit) for count in cores or cpus.cores_axis(limit)})
    chunk_axis = selection.chunks or tuple(chunks or (1,))
    cells = []
    for size in chosen_sizes:
        for label in labels:
            strategy, variant = registry.find(label)
            if selection.strategies is None and strategy.unsupported_reason(workload, variant):
                continue
            per_core = chunk_axis if _takes_chunks(label) else (1,)
            counts = axis if strategy.scales else [1]
            if not (selection.cores or cores) and _uses_processes(strategy):
                counts = [count for count in counts if count <= PROCESSES_PER_CORE * cpus.count()]
            cells += [Cell(workload.name, size, label, count, each) for count in counts for each in per_core]
    return cells


def _uses_processes(strategy: type[Strategy]) -> bool:
    """Whether the workers of a strategy are processes."""
    return strategy.boundary in ("process", "machine")


def weak_cells(workload: Workload, cells: Iterable[Cell]) -> list[Cell]:
    """The same cells with equal work per core: on c cores at the size that has c times the elements."""
    return [replace(cell, size=size_with_elements(workload, cell.size, cell.cores)) for cell in cells]


def size_with_elements(workload: Workload, size: int, times: int) -> int:
    """The size with `times` the elements; if the elements do not grow with the size, `times` the size."""
    wanted, high = times * workload.elements(size), times * size
    if workload.elements(high) in (wanted, workload.elements(size)):
        return high
    for _ in range(MOST_DOUBLINGS):
        if workload.elements(high) >= wanted:
            break
        high *= 2
    low = size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if workload.elements(middle) >= wanted else (middle, high)
    return min((high, low), key=lambda each: abs(workload.elements(each) - wanted))


def cells_with_more_workers(group: Group) -> list[Cell]:
    """Cells of the group's strategies with more workers than cores, but not with more than there are elements."""
    cores, most = cpus.count(), int(group.entry.workload.elements(group.size))
    found = []
    for cell in group.cells:
        strategy, _ = registry.find(cell.strategy)
        if cell.cores != cores or not strategy.scales or cell.strategy in BASELINES:
            continue
        per_core = [each for each in WORKERS_PER_CORE if not _uses_processes(strategy) or each <= PROCESSES_PER_CORE]
        limit = min(most, max(MOST_WAITING, cores * PROCESSES_PER_CORE))
        found += [replace(cell, cores=cores * each) for each in per_core if cores * each <= limit]
    return found


def group_cells(
    cells: Iterable[Cell],
    entries: dict[str, LocatedWorkload],
    environments: Sequence[str] = (),
    cores_open: Collection[str] = (),
) -> list[Group]:
    """The groups to measure, each with its baselines, even if they are not selected.

    Every cell has a twin in each of `environments`. Nobody has named the core counts of the workloads in `cores_open`.
    """
    groups: dict[tuple[str, int], Group] = {}
    for cell in cells:
        named = bool(environments) or cell.workload not in cores_open
        group = groups.setdefault((cell.workload, cell.size), Group(entries[cell.workload], cell.size, [], named))
        if cell not in group.cells:
            group.cells.append(cell)
    for group in groups.values():
        for label in BASELINES:
            strategy, variant = registry.find(label)
            cell = Cell(group.entry.workload.name, group.size, label, 1)
            if cell not in group.cells and not strategy.unsupported_reason(group.entry.workload, variant):
                group.cells.insert(0, cell)
        group.cells += [cell.at(environment) for environment in environments for cell in group.cells]
    return list(groups.values())


def strategy_traits(groups: Iterable[Group]) -> dict[str, list[str]]:
    """The strategies among the cells that use one core, and those with one chunk per core, for a header of a run."""
    labels = sorted({cell.strategy for group in groups for cell in group.cells})
    return {
        "one_core_strategies": [label for label in labels if not registry.find(label)[0].scales],
        "uncut_strategies": [label for label in labels if not _takes_chunks(label)],
    }


def _takes_chunks(label: str) -> bool:
    """Whether a strategy is measured at other numbers of chunks than one per core."""
    strategy, variant = registry.find(label)
    return strategy.takes_chunks(variant) and label not in BASELINES


def unknown_strategies(workload: Workload) -> list[str]:
    """One sentence for each strategy that the expectations of `workload` name and that is not installed here.

    Its package may be missing, so that is no error yet. Raises UsageError, with the name that was probably meant, for
    a name that is nearly one of the installed ones, and for an unknown variant of a strategy of ours.
    """
    # the measures may be used in place of a strategy on the right side only
    names = [(expect.strategy, ()) for expect in workload.expects] + [
        (expect.than, MEASURES) for expect in workload.expects if isinstance(expect.than, str)
    ]
    unknown = dict.fromkeys(label for label, others in names if _is_unknown(workload, label, others))
    return [
        f"{workload.name} has an expectation for {label!r}, and no strategy of that name is installed here, so it is "
        "not checked: install the package that has it, or correct the name."
        for label in unknown
    ]


def _is_unknown(workload: Workload, label: str, others: tuple[str, ...]) -> bool:
    """Whether no installed strategy has this name, and it is not one of `others`."""
    name, installed = label.partition("[")[0], registry.names()
    if name in registry.BUILT_IN:
        try:
            registry.find(label)
        except UsageError as error:
            raise UsageError(f"workload {workload.name!r} has an expectation for {label!r}, but {error}") from None
    if name in installed or label in others:
        return False
    close = get_close_matches(name.strip().lower(), [*installed, *others], n=1, cutoff=TYPO_SIMILARITY)
    if close and abs(len(close[0]) - len(name.strip())) <= TYPO_LETTERS:
        raise UsageError(
            f"workload {workload.name!r} has an expectation for the unknown strategy {label!r}: "
            f"did you mean {close[0]!r}?"
        )
    return True
