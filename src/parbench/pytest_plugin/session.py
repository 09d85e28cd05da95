"""A session of pytest in stages: collect its cells with its tests, run and publish in the setup of the first test."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from parbench.errors import UsageError
from parbench.measurement import against, campaign, scope, session
from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.plan import Group
from parbench.measurement.progress import Activity, Progress
from parbench.measurement.session import Settings
from parbench.pytest_plugin import outcome
from parbench.pytest_plugin.mark import Mark
from parbench.runfile.locate import FILE, create_folder
from parbench.workload.cell import Cell
from parbench.workload.reference import locate


class Session(session.Session):
    """The session of the run of this pytest process; its `outcome` is None before its report is written."""

    outcome: outcome.RunOutcome | None = None

    @cached_property
    def failures(self) -> dict[tuple[str, str], Cell]:
        """The first cell of a check with a fault, by workload and reason, or strategy."""
        return {}


# -- the stages ------------------------------------------------------------------------------------------


def collect(session: Session, mark: Mark, module: str, tiny: bool) -> list[Cell]:
    """The cells of the mark of one test of `module`, with `tiny` those for a check; raises UsageError."""
    return scope.collect(session, mark, lambda workload: locate(workload, [module]), tiny)


def run(ours: Session, cells: Iterable[Cell], progress: Progress, failures_allowed: int = 0) -> None:
    """Measure cells and the baselines that they need, and publish the results, also after Ctrl-C."""
    try:
        session.measure(ours, cells, progress, failures_allowed)
    finally:
        publish(ours, progress)


def publish(session: Session, progress: Progress) -> None:
    """Write the report of the run file, if there is one, and keep the outcome of the run."""
    if session.folder is not None and (session.folder / FILE).exists():
        progress(Activity("writing the report"))
        session.outcome = outcome.RunOutcome(session.folder, session.settings.against, session.settings.fail_on)


# -- parts of stages -------------------------------------------------------------------------------------


def prepare(settings: Settings) -> None:
    """Check, before anything is measured, that there is a base and that results can be written; raises UsageError."""
    if settings.against is not None:
        against.check(settings.against, Path.cwd())
        if settings.options.get("dask_scheduler"):
            raise UsageError(
                "the workers of an existing Dask scheduler have one version of the code only: "
                "leave out --parbench-dask-scheduler, or --parbench-against."
            )
    try:
        create_folder(settings.out)
    except OSError as error:
        raise UsageError(
            f"{settings.out} cannot be created ({error.strerror}): choose another folder with --parbench-out."
        ) from error
    if not os.access(settings.out, os.W_OK | os.X_OK):
        raise UsageError(f"{settings.out} cannot be written to: choose another folder with --parbench-out.")


def check_workload_names(session: Session) -> None:
    """Raise UsageError if the user named a workload that no test has."""
    for name in session.settings.workloads or ():
        if name not in session.workloads:
            names = ", ".join(session.workloads) or "none"
            raise UsageError(f"no collected test has a workload {name!r}; the workloads are: {names}.")


def check(session: Session, cell: Cell) -> None:
    """Run a cell once and verify its result; raises CellFailed.

    What fails without parallelism fails with each strategy, so it is reported once per workload; so is each reason.
    """
    serial = session.failures.get((cell.workload, campaign.SERIAL), cell)
    if serial != cell:
        raise outcome.CellFailed("skipped", f"not checked: {serial} failed.")
    try:
        campaign.check(Group(session.workloads[cell.workload], cell.size, [cell]), cell, session.context())
    except ArmFailed as failure:
        if cell.strategy == campaign.SERIAL and failure.status in campaign.FAULTS:
            session.failures[cell.workload, campaign.SERIAL] = cell
        first = session.failures.setdefault((cell.workload, failure.reason), cell)
        if first != cell:
            raise outcome.CellFailed("skipped", f"it fails as {first} does.") from None
        raise outcome.CellFailed(failure.status, failure.reason) from None
