"""The session drives a run: it gathers cells, has them checked or measured, and leaves a folder with the results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from parbench.analysis.stats.decision import Margins
from parbench.errors import UsageError
from parbench.machine import cpus, facts
from parbench.measure import against, campaign
from parbench.measure.arms.process import ArmFailed
from parbench.measure.context import RunContext
from parbench.measure.plan import (
    Group,
    LocatedWorkload,
    Selection,
    cells_of,
    check_cores,
    group_cells,
    most_cores,
    strategy_traits,
    unknown_strategies,
    weak_cells,
)
from parbench.measure.profiles import Profile, find_profile
from parbench.measure.progress import Activity, Progress, silent
from parbench.measure.sizing.around_break_even import BreakEvenSizer
from parbench.measure.sizing.by_time import SizesByTimeFinder
from parbench.measure.sizing.finder import Cache
from parbench.pytest_plugin.outcome import CellFailed, Findings
from parbench.runfile.locate import FILE
from parbench.runfile.records import Header, Warned
from parbench.runfile.writer import Journal
from parbench.text import chunks as chunks_name
from parbench.workload.cell import BASE, BASE_REPEAT, Cell
from parbench.workload.reference import locate
from parbench.workload.sizes import SizesByTime
from parbench.workload.workload import Workload


@dataclass(frozen=True)
class Settings:
    """Settings of the user; None leaves the profile's own value."""

    selection: Selection = field(default_factory=Selection)
    out: Path = Path("reports")
    label: str = ""
    budget: float | None = None
    seed: int = 1
    workloads: tuple[str, ...] | None = None
    options: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    against: str | None = None  # a revision, a folder, or env:NAME
    margin: float | None = None  # for all cells; otherwise tests may have their own
    fail_on: frozenset[str] = frozenset()

    @property
    def profile(self) -> Profile:
        return find_profile(self.selection.profile)


class Suite:
    """All cells of a session, measured together once the first result is wanted.

    If the session `measures`, sizes are found when cells are named, which `progress` shows; `cache` returns pytest's
    cache, from which they are reused.
    """

    def __init__(
        self,
        settings: Settings,
        measures: bool = False,
        progress: Progress = silent,
        cache: Callable[[], Cache | None] = lambda: None,
    ) -> None:
        settings.selection.check()
        self.settings = settings
        self.profile = settings.profile
        self.by_time = SizesByTimeFinder(self.profile.name, cache, measures, progress)
        self.around_break_even = BreakEvenSizer(self.profile.name, cache, measures, progress)
        self.entries: dict[str, LocatedWorkload] = {}
        self.folder: Path | None = None
        self.findings: Findings | None = None
        self._margins: dict[str, float] = {}
        self._unknown_strategies: dict[str, list[str]] = {}
        self._weak: dict[str, list[tuple[int, int, int]]] = {}

    def cells(self, workload: Workload, modules: Iterable[str], **wishes: Any) -> list[Cell]:
        """The cells of `workload` under the user's choices and a test's own `wishes`.

        These are those of `plan.cells_of`, and `bracket` and `weak`, which say more of the sizes.
        """
        known = self.entries.get(workload.name)
        if known is not None and known.workload is not workload:
            raise UsageError(
                f"two workloads are called {workload.name!r} (one is in {known.reference.file}): rename one of them."
            )
        self.entries.setdefault(workload.name, LocatedWorkload(workload, locate(workload, modules)))
        if self.settings.workloads is not None and workload.name not in self.settings.workloads:
            return []
        if workload.name not in self._unknown_strategies:
            self._unknown_strategies[workload.name] = unknown_strategies(workload)
        check_cores(self.settings.selection.cores or (), most_cores(workload))
        bracket, is_weak = wishes.pop("bracket", None), wishes.pop("weak", False)
        if bracket is not None and not self.settings.selection.sizes:
            given = wishes.pop("sizes", None)
            cells = cells_of(workload, self.settings.selection, sizes=[workload.all_sizes.tiny], **wishes)
            return self.around_break_even.cells(self.entries[workload.name], cells, bracket, given, self._context)
        if isinstance(workload.all_sizes, SizesByTime) and not (self.settings.selection.sizes or wishes.get("sizes")):
            entry = self.entries[workload.name]
            wishes["sizes"] = self.by_time.sizes(entry, workload.all_sizes, self._context)
        cells = cells_of(workload, self.settings.selection, **wishes)
        return self._weak_cells(workload, cells) if is_weak else cells

    def _weak_cells(self, workload: Workload, cells: list[Cell]) -> list[Cell]:
        """The cells with as much work a core, which are noted for the header."""
        larger = weak_cells(workload, cells)
        steps = {(cell.size, cell.cores, other.size) for cell, other in zip(cells, larger, strict=True)}
        self._weak[workload.name] = sorted({*self._weak.get(workload.name, []), *steps})
        return larger

    def lines(self) -> list[str]:
        """Notes on the workloads once cells are named: the sizes found, and unknown names."""
        found = [text for texts in self._unknown_strategies.values() for text in texts]
        told = [*self.by_time.lines(), *self.around_break_even.lines()]
        return [*told, *(f"parbench: {text}" for text in found)]

    def set_margin(self, cell: Cell, margin: float) -> None:
        """Take a test's own margin for a cell; where several ask for the same cell, the smallest counts."""
        self._margins[str(cell)] = min(margin, self._margins.get(str(cell), margin))

    @property
    def margins(self) -> Margins:
        """Largest change that does not matter: given by the user, by each test, or the default."""
        return Margins(own=self._margins) if self.settings.margin is None else Margins(self.settings.margin)

    def check_names(self) -> None:
        """Raise UsageError where the user named a workload that no test asks for."""
        for name in self.settings.workloads or ():
            if name not in self.entries:
                there = ", ".join(self.entries) or "none"
                raise UsageError(f"no collected test asks for a workload {name!r}; there are: {there}.")

    def check(self, cell: Cell) -> None:
        """Run `cell` once and verify it; raises CellFailed."""
        try:
            campaign.check(self._group(cell), cell, self._context())
        except ArmFailed as failure:
            raise CellFailed(failure.status, failure.reason) from None

    def prepare(self) -> None:
        """Find out that there is a base, and that results can be written, before measuring; raises UsageError."""
        if self.settings.against is not None:
            against.check(self.settings.against, Path.cwd())
            if self.settings.options.get("dask_scheduler"):
                raise UsageError(
                    "the workers of an existing Dask scheduler have one version of the code only: "
                    "leave out --parbench-dask-scheduler, or --parbench-against."
                )
        try:
            self.settings.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{self.settings.out} cannot be made ({error.strerror}): choose another folder with --parbench-out."
            ) from error
        if not os.access(self.settings.out, os.W_OK | os.X_OK):
            raise UsageError(f"{self.settings.out} cannot be written to: choose another folder with --parbench-out.")

    def measure(self, cells: Iterable[Cell], progress: Progress, failures_allowed: int = 0) -> None:
        """Measure `cells` with the baselines they need; whatever was measured is reported, also after Ctrl-C."""
        more: dict[str, Any] = {"failures_allowed": failures_allowed} if failures_allowed else {}
        with ExitStack() as stack:
            base: dict[str, str] = {}
            if self.settings.against is not None:
                progress(Activity(f"preparing {self.settings.against}"))
                other = stack.enter_context(against.open_base(self.settings.against, Path.cwd(), self.settings.out))
                more["transforms"], base = {BASE: other.transform, BASE_REPEAT: other.transform}, other.versions
            groups = group_cells(cells, self.entries, list(more.get("transforms", ())))
            context = self._context(**more)
            header = self._header(context, base, groups)
            self.folder = self.settings.out / header.run
            self._measure(groups, header, context, progress)

    def _measure(self, groups: list[Group], header: Header, context: RunContext, progress: Progress) -> None:
        assert self.folder is not None
        try:
            with Journal(self.folder / FILE, header) as journal:
                for finder in (self.by_time, self.around_break_even):
                    finder.store(header.run)
                for name in {group.entry.workload.name: None for group in groups}:
                    warned = [found.warnings.get(name, "") for found in (self.by_time, self.around_break_even)]
                    for text in filter(None, [*warned, *self._unknown_strategies.get(name, [])]):
                        journal.add(Warned(text))
                campaign.Campaign(groups, context, journal, progress).run()
        finally:
            if (self.folder / FILE).exists():
                progress(Activity("writing the report"))
                self.findings = Findings(self.folder, self.settings.against, self.settings.fail_on)

    @property
    def budget(self) -> float:
        """Seconds that measuring may take."""
        return self.settings.budget or self.profile.budget

    @property
    def measured(self) -> bool:
        """Whether there is a folder with results."""
        return self.folder is not None

    def _group(self, cell: Cell) -> Group:
        return Group(self.entries[cell.workload], cell.size, [cell])

    def _context(self, **more: Any) -> RunContext:
        return RunContext.here(
            self.profile,
            self.budget,
            self.settings.seed,
            max(self.settings.selection.cores or [cpus.count()]),
            options=self.settings.options,
            margins=self.margins,
            **more,
        )

    def _header(self, context: RunContext, base_versions: dict[str, str], groups: list[Group]) -> Header:
        selection = asdict(self.settings.selection)
        sizes: dict[str, list[int]] = {}
        for group in groups:
            sizes.setdefault(group.entry.workload.name, []).append(group.size)
        if self.settings.selection.chunks is not None:
            selection["chunks"] = [chunks_name(count) for count in self.settings.selection.chunks]
        return context.header(
            self.settings.command,
            {name: dict(entry.workload.facts(sizes.get(name, []))) for name, entry in self.entries.items()},
            {**asdict(self.profile), **selection, "budget": self.budget, "keep_awake": facts.needs_awake()}
            | strategy_traits(groups)
            | self.margins.facts()
            | ({"calibration": found} if (found := self.by_time.facts()) else {})
            | ({"brackets": found} if (found := self.around_break_even.facts()) else {})
            | ({"weak": self._weak} if self._weak else {})
            | ({"against": self.settings.against} if self.settings.against else {})
            | ({"base_versions": base_versions} if base_versions else {}),
            commit=facts.commit(Path.cwd()),
            label=self.settings.label,
        )
