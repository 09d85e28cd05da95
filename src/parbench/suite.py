"""What a face drives: it gathers cells, has them checked or measured, and leaves a folder with the results."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench import against, campaign, cpus, machine
from parbench.analysis.change import Margins
from parbench.child import ArmFailed
from parbench.conditions import Conditions
from parbench.errors import ParbenchError, UsageError
from parbench.journal import FILE, Journal
from parbench.plan import Asked, Entry, Group, cells_of, grouped
from parbench.profiles import Profile, profile_named
from parbench.records import AGAIN, BASE, Cell, Header
from parbench.reference import locate
from parbench.workload import Workload

if TYPE_CHECKING:
    import pandas as pd


class CellFailed(ParbenchError):
    """A cell has no result; `status` says of which kind the failure is."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Result:
    """What one cell came to.

    `samples` are the steady times in seconds a call; `speedup` is against the `baseline` strategy with
    the ends of its 95 % interval, NaN where it cannot be had; `verdict` is that of `parbench.summarize`.
    """

    cell: Cell
    samples: list[float]
    seconds: float
    speedup: float
    speedup_low: float
    speedup_high: float
    baseline: str
    verdict: str


@dataclass(frozen=True)
class Settings:
    """What the user asked for; None leaves the profile's own value."""

    asked: Asked = field(default_factory=Asked)
    out: Path = Path("reports")
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
        return profile_named(self.asked.profile)


class Suite:
    """All cells of a session, measured together once the first result is wanted."""

    def __init__(self, settings: Settings) -> None:
        settings.asked.check()
        self.settings = settings
        self.profile = settings.profile
        self.entries: dict[str, Entry] = {}
        self.folder: Path | None = None
        self.summary: pd.DataFrame | None = None
        self.changes: pd.DataFrame | None = None
        self._margins: dict[str, float] = {}
        self._results: dict[Cell, Result | CellFailed] = {}

    def cells(self, workload: Workload, modules: Iterable[str], **wishes: Any) -> list[Cell]:
        """The cells of `workload` under the user's choices and a test's own `wishes` (see `plan.cells_of`)."""
        known = self.entries.get(workload.name)
        if known is not None and known.workload is not workload:
            raise UsageError(
                f"two workloads are called {workload.name!r} (one is in {known.reference.file}): rename one of them."
            )
        self.entries.setdefault(workload.name, Entry(workload, locate(workload, modules)))
        if self.settings.workloads is not None and workload.name not in self.settings.workloads:
            return []
        return cells_of(workload, self.settings.asked, **wishes)

    def set_margin(self, cell: Cell, margin: float) -> None:
        """Take a test's own margin for a cell; where several ask for the same cell, the smallest counts."""
        self._margins[str(cell)] = min(margin, self._margins.get(str(cell), margin))

    @property
    def margins(self) -> Margins:
        """What is too little a change to matter: what the user says, or each test, or the default."""
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
            campaign.check(self._group(cell), cell, self._conditions())
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

    def measure(self, cells: Iterable[Cell], progress: campaign.Progress, failures_allowed: int = 0) -> None:
        """Measure `cells` with the baselines they need; whatever was measured is reported, also after Ctrl-C."""
        more: dict[str, Any] = {"failures_allowed": failures_allowed} if failures_allowed else {}
        with ExitStack() as stack:
            base: dict[str, str] = {}
            if self.settings.against is not None:
                progress(f"preparing {self.settings.against}", self.budget, 0, 0)
                other = stack.enter_context(against.opened(self.settings.against, Path.cwd(), self.settings.out))
                more["places"], base = {BASE: other.place, AGAIN: other.place}, other.versions
            groups = grouped(cells, self.entries, list(more.get("places", ())))
            header = self._header(base)
            self.folder = self.settings.out / header.run
            self._measure(groups, header, self._conditions(**more), progress)

    def _measure(
        self, groups: list[Group], header: Header, conditions: Conditions, progress: campaign.Progress
    ) -> None:
        assert self.folder is not None
        try:
            with Journal(self.folder / FILE, header) as journal:
                campaign.Campaign(groups, conditions, journal, progress).run()
        finally:
            if (self.folder / FILE).exists():
                self._report()

    @property
    def budget(self) -> float:
        """Seconds that measuring may take."""
        return self.settings.budget or self.profile.budget

    @property
    def measured(self) -> bool:
        """Whether there is a folder with results."""
        return self.folder is not None

    def closing_lines(self) -> list[str]:
        """What to say at the end: the verdicts, what failed, and where the report is."""
        from parbench.analysis import changes
        from parbench.analysis.verdict import verdicts

        if self.folder is None or self.summary is None:
            return []
        lines = [verdict.sentence for verdict in verdicts(self.summary)]
        failed = self.summary[self.summary["verdict"] == "failed"]
        if not failed.empty:
            lines.append(f"{len(failed)} of {len(self.summary)} cells failed; the report says why.")
        if self.changes is not None:
            lines += ["", f"against {self.settings.against}:", *changes.lines(self.changes)]
        return [*lines, f"report: {relative(self.folder / 'report.html')}"]

    def failed(self) -> bool:
        """Whether a comparison came to what the user wants to fail on."""
        if self.changes is None:
            return False
        from parbench.analysis.changes import failing

        return failing(self.changes, self.settings.fail_on)

    def unwanted(self, cell: Cell) -> str:
        """What became of a cell against the base, where the user wants to fail on that; else nothing."""
        if self.changes is None:
            return ""
        from parbench.analysis import changes

        rows: list[Any] = list(self.changes[self.changes["verdict"].isin(self.settings.fail_on)].itertuples())
        return next((changes.sentence(row) for row in rows if changes.cell(row) == str(cell)), "")

    def result(self, cell: Cell) -> Result:
        """What was measured for `cell`; raises CellFailed where that is nothing."""
        found = self._results.get(cell, CellFailed("skipped", "not measured: the run ended before its turn."))
        if isinstance(found, CellFailed):
            raise found
        return found

    def _group(self, cell: Cell) -> Group:
        return Group(self.entries[cell.workload], cell.size, [cell])

    def _conditions(self, **more: Any) -> Conditions:
        limit = max(self.settings.asked.cores or [cpus.count()])
        return Conditions(
            profile=self.profile,
            budget=self.budget,
            seed=self.settings.seed,
            cpus=cpus.usable()[:limit] if cpus.can_pin() else [],
            options=self.settings.options,
            together=min(4, cpus.count()),
            keep_awake=machine.needs_awake(),
            margins=self.margins,
            **more,
        )

    def _header(self, base_versions: dict[str, str]) -> Header:
        now = datetime.now(UTC)
        asked = asdict(self.settings.asked)
        return Header(
            run=f"{now:%Y%m%d-%H%M%S}-{self.profile.name}",
            created=now.isoformat(timespec="seconds"),
            profile=self.profile.name,
            seed=self.settings.seed,
            command=self.settings.command,
            machine=machine.describe(),
            versions=machine.versions(),
            commit=machine.commit(Path.cwd()),
            workloads={name: dict(entry.workload.facts()) for name, entry in self.entries.items()},
            settings={**asdict(self.profile), **asked, "budget": self.budget, "keep_awake": machine.needs_awake()}
            | self.margins.facts()
            | ({"against": self.settings.against} if self.settings.against else {})
            | ({"base_versions": base_versions} if base_versions else {}),
        )

    def _report(self) -> None:
        from parbench import report
        from parbench.analysis.summary import summarize
        from parbench.analysis.verdict import verdicts
        from parbench.frame import load, ours

        assert self.folder is not None
        whole = load(self.folder)
        frame = ours(whole)
        self.summary = summarize(frame)
        samples = frame[frame["phase"] == "steady"].groupby(["workload", "size", "strategy", "cores"])["seconds"]
        steady = {key: list(map(float, values)) for key, values in samples}
        rows: Any = self.summary.itertuples()
        for row in rows:
            cell = Cell(row.workload, row.size, row.strategy, row.cores, row.chunks, row.environment)
            times = steady.get((cell.workload, cell.size, cell.strategy, cell.cores), [])
            self._results[cell] = _result(cell, row, times)
        if self.settings.against is not None:
            from parbench.analysis.compare_twins import compare_twins

            self.changes = compare_twins(whole, self.margins)
        report.write_parts(frame, self.summary, verdicts(self.summary), self.folder, self.changes)
        point_latest_at(self.folder)


def relative(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def _result(cell: Cell, row: Any, samples: list[float]) -> Result | CellFailed:
    if row.status != "ok":
        return CellFailed(row.status, row.reason)
    return Result(cell, samples, row.seconds, row.speedup, row.speedup_low, row.speedup_high, row.baseline, row.verdict)


def point_latest_at(folder: Path) -> None:
    """Make ``latest`` beside `folder` lead to it; where links are not to be had, there is none."""
    link = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    try:
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
    except OSError:
        fresh.unlink(missing_ok=True)
