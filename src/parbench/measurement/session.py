"""The session of one run: settings, workloads and sizes, from which cells are measured and the run file is written."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

from parbench.analysis.stats.decision import Margins
from parbench.machine import cpus, facts
from parbench.measurement import against
from parbench.measurement.campaign import Campaign
from parbench.measurement.context import ArmTransform, RunContext
from parbench.measurement.plan import Group, LocatedWorkload, Selection, group_cells, strategy_traits, weak_cells
from parbench.measurement.profiles import Profile, find_profile
from parbench.measurement.progress import Activity, Progress, silent
from parbench.measurement.sizing.around_break_even import BreakEvenSizer
from parbench.measurement.sizing.by_time import SizesByTimeFinder
from parbench.measurement.sizing.finder import Cache
from parbench.runfile.header import Header, RunSettings
from parbench.runfile.locate import FILE, create_folder, link_latest
from parbench.runfile.records import RunWarning
from parbench.runfile.writer import Journal
from parbench.text import chunks as chunks_name
from parbench.workload.cell import BASE, BASE_REPEAT, Cell
from parbench.workload.function import cache_warning
from parbench.workload.workload import Workload


@dataclass(frozen=True)
class Settings:
    """The choices of the user; None leaves a choice to the profile or to the tests."""

    selection: Selection = field(default_factory=Selection)
    out: Path = Path("reports")
    label: str = ""
    budget: float | None = None  # seconds
    seed: int = 1
    workloads: tuple[str, ...] | None = None
    options: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    against: str | None = None  # a revision, a folder, or env:NAME
    margin: float | None = None  # for all cells; without it, tests may have separate margins
    fail_on: frozenset[str] = frozenset()

    @property
    def profile(self) -> Profile:
        return find_profile(self.selection.profile)


class Session:
    """The settings of one run, and the workloads and sizes found so far.

    Sizes are searched for only if the session `measures`; `progress` shows the searches, and `cache` returns pytest's
    cache, if there is one, from which sizes are reused. `folder` is None before the run.
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
        self.budget = settings.budget or self.profile.budget  # seconds
        self.by_time = SizesByTimeFinder(self.profile.name, cache, measures, progress)
        self.around_break_even = BreakEvenSizer(self.profile.name, cache, measures, progress)
        self.workloads: dict[str, LocatedWorkload] = {}
        self.unknown_strategies: dict[str, list[str]] = {}  # sentences by workload
        self.weak: dict[str, list[tuple[int, int, int]]] = {}  # by workload: size on one core, cores, size on them
        self.margins_of_cells: dict[str, float] = {}
        self.cores_open: set[str] = set()  # workloads whose core counts nobody has named
        self.folder: Path | None = None

    @property
    def margins(self) -> Margins:
        """The largest changes that do not matter: of the user, or of each test."""
        if self.settings.margin is not None:
            return Margins(self.settings.margin)
        return Margins(own=self.margins_of_cells)

    def context(self, **more: Any) -> RunContext:
        """The context in which cells run; `more` are other fields."""
        cores = max(self.settings.selection.cores or [cpus.count()])
        more = {"options": self.settings.options, "margins": self.margins, **more}
        return RunContext.here(self.profile, self.budget, self.settings.seed, cores, **more)

    def grow(self, workload: Workload, cells: list[Cell]) -> list[Cell]:
        """The cells with as much work per core, which are recorded for the header."""
        larger = weak_cells(workload, cells)
        steps = {(cell.size, cell.cores, other.size) for cell, other in zip(cells, larger, strict=True)}
        self.weak[workload.name] = sorted({*self.weak.get(workload.name, []), *steps})
        return larger

    def keep_margin(self, cells: Iterable[Cell], margin: float) -> None:
        """Set the margin of cells; the smallest margin applies if several tests have a cell."""
        for name in map(str, cells):
            self.margins_of_cells[name] = min(margin, self.margins_of_cells.get(name, margin))

    def warnings(self, workload: str) -> list[RunWarning]:
        """Warnings about sizes that were not found, unknown strategies in expectations, and caches of functions."""
        texts = [
            ("sizes by time", self.by_time.warnings.get(workload, "")),
            ("sizes around break-even", self.around_break_even.warnings.get(workload, "")),
            *(("unknown strategy", text) for text in self.unknown_strategies.get(workload, [])),
            ("cached function", cache_warning(self.workloads[workload].workload.kernel)),
        ]
        return [RunWarning(text, about) for about, text in texts if text]

    def lines(self) -> list[str]:
        """One line per size search, per unknown strategy in expectations, and per cached function."""
        texts = [text for texts in self.unknown_strategies.values() for text in texts]
        texts += filter(None, (cache_warning(each.workload.kernel) for each in self.workloads.values()))
        return [*self.by_time.lines(), *self.around_break_even.lines(), *(f"parbench: {text}" for text in texts)]


def measure(session: Session, cells: Iterable[Cell], progress: Progress, failures_allowed: int = 0) -> None:
    """Measure cells and the baselines that they need, and write the run file into the folder of the session."""
    with open_base(session.settings, progress) as (transforms, versions):
        groups = group_cells(cells, session.workloads, list(transforms), session.cores_open)
        context = session.context(failures_allowed=failures_allowed or sys.maxsize, transforms=transforms)
        header = header_of(session, context, groups, versions)
        with suppress(OSError):  # the journal words it
            create_folder(session.settings.out)
        session.folder = session.settings.out / header.run
        with Journal(session.folder / FILE, header) as journal:
            link_latest(session.settings.out)
            session.by_time.store(header.run)
            session.around_break_even.store(header.run)
            for name in {group.entry.workload.name: None for group in groups}:
                for warning in session.warnings(name):
                    journal.add(warning)
            with terminations_as_interrupts():
                Campaign(groups, context, journal, progress).run()


@contextmanager
def terminations_as_interrupts() -> Iterator[None]:
    """Let SIGTERM, by which systems and job schedulers end programs, end the run as Ctrl-C does.

    A handler of the caller stays, and outside of the main thread nothing changes.
    """
    if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def open_base(settings: Settings, progress: Progress) -> Iterator[tuple[Mapping[str, ArmTransform], dict[str, str]]]:
    """The other environments of a comparison, and the versions in them; both empty without a comparison."""
    if settings.against is None:
        yield {}, {}
        return
    progress(Activity(f"preparing {settings.against}"))
    with against.open_base(settings.against, Path.cwd(), settings.out) as base:
        yield {BASE: base.transform, BASE_REPEAT: base.transform}, base.versions


def header_of(session: Session, context: RunContext, groups: list[Group], base_versions: dict[str, str]) -> Header:
    """The header of a run that begins now."""
    selection: dict[str, Any] = asdict(session.settings.selection)
    sizes: dict[str, list[int]] = {}
    for group in groups:
        sizes.setdefault(group.entry.workload.name, []).append(group.size)
    if session.settings.selection.chunks is not None:
        selection["chunks"] = [chunks_name(count) for count in session.settings.selection.chunks]
    return context.header(
        session.settings.command,
        {name: entry.workload.facts(sizes.get(name, [])) for name, entry in session.workloads.items()},
        RunSettings(
            **asdict(session.profile) | selection | {"budget": session.budget} | strategy_traits(groups),
            keep_awake=facts.needs_awake(),
            margin=session.margins.usual,
            margins=dict(session.margins.own),
            calibration=session.by_time.facts(),
            brackets=session.around_break_even.facts(),
            weak={name: [list(step) for step in steps] for name, steps in session.weak.items()},
            against=session.settings.against,
            base_versions=base_versions,
        ),
        commit=facts.commit(Path.cwd()),
        project=facts.project(Path.cwd()),
        label=session.settings.label,
    )
