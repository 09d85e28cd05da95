"""Measures a function or workloads from Python, and returns the run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parbench.errors import ParbenchError, UsageError, WorkloadError
from parbench.interactive.progress import shown
from parbench.measurement import session
from parbench.measurement.plan import Selection
from parbench.measurement.scope import Scope, collect
from parbench.measurement.session import Session, Settings
from parbench.report.run import Run
from parbench.report.write import publish_in_list
from parbench.runfile.locate import FILE
from parbench.strategies import configured
from parbench.strategies.registry import default_labels
from parbench.text import one_line
from parbench.workload import by_value
from parbench.workload.reference import Reference, locate
from parbench.workload.workload import Workload

#: Strategies that are measured if the caller names them: their workers take more of a short budget than their calls.
SLOW_TO_START = ("dask-processes", "dask-distributed")


def measure(
    work: Callable[..., Any] | Workload | Iterable[Workload],
    items: Any = None,
    *,
    star: bool = False,
    strategies: Iterable[str] | None = None,
    cores: Iterable[int] | None = None,
    sizes: Iterable[int] | None = None,
    budget: float = 30.0,
    out: str | Path | None = None,
    progress: bool = True,
) -> Run:
    """Measure a function of one item, or workloads, with several strategies on several core counts; returns the run.

    `work` is a function, which every strategy calls on each of the `items`; or a `Workload`, or several. The function
    may be defined anywhere, also in a notebook, and use variables that can be pickled. `items` and `star` are those of
    `Workload.each`. `strategies` are by default all that can run the work, without those of Dask that start processes;
    `cores` are 1, 2, 4, … up to all; `sizes` are the number of items, or those of the workloads for the quick profile.
    Measuring takes at most about `budget` seconds.

    The run is in a temporary folder, which is removed with the object: `Run.save` keeps it. With `out` it is in a new
    folder of `out`, with its report, as after ``pytest --benchmark``. With `progress`, a line shows what is measured.
    If Ctrl-C ends it, the run has everything that was measured until then.

    Raises UsageError or WorkloadError for arguments that cannot be used, and WorkloadError if no cell has a result.
    """
    try:
        check_budget(budget)
        workloads = read_work(work, items, star)
        selection = Selection(
            strategies=read_list("strategies", strategies),
            cores=read_list("cores", cores),
            sizes=read_list("sizes", sizes),
        )
        return measure_workloads(workloads, sizes_of(work, workloads), selection, budget, out, progress)
    except ParbenchError as error:
        raise error.with_traceback(None) from None  # the sentence has the cause, and our frames do not


def measure_workloads(
    workloads: tuple[Workload, ...],
    sizes: tuple[int, ...] | None,
    selection: Selection,
    budget: float,
    out: str | Path | None,
    progress: bool,
) -> Run:
    """The run of workloads, at these sizes unless others are selected; raises UsageError or WorkloadError."""
    configured.read_project(Path.cwd())
    temporary = TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True)
    folder = Path(temporary.name)
    settings = Settings(selection, Path(out or folder), budget=budget, command=["parbench.measure"])
    with shown(progress) as show:
        ours = Session(settings, measures=True, progress=show)
        usual = tuple(label for label in default_labels() if label not in SLOW_TO_START)
        scope = Scope(workloads=workloads, sizes=sizes, strategies=usual)
        cells = collect(ours, scope, lambda workload: place(workload, folder))
        try:
            session.measure(ours, cells, show)
        except KeyboardInterrupt:
            if not has_samples(ours.folder):
                raise
            sys.stderr.write("parbench: measuring was interrupted; the run has what was measured until then.\n")
    assert ours.folder is not None
    run = Run(ours.folder)
    run.temporary = None if out else temporary
    check_result(run)
    if out:
        publish_in_list(run)
    return run


def read_work(work: Any, items: Any, star: bool) -> tuple[Workload, ...]:
    """The workloads to measure; raises UsageError or WorkloadError."""
    if callable(work) and not isinstance(work, Workload):
        if items is None:
            raise UsageError("parbench.measure needs the items that the function is called on: measure(f, items).")
        return (Workload.each(work, items, star=star),)
    workloads = (work,) if isinstance(work, Workload) else tuple(work) if isinstance(work, Iterable) else ()
    if not workloads or not all(isinstance(each, Workload) for each in workloads):
        raise UsageError(f"parbench.measure takes a function and its items, or workloads, not {work!r:.60}.")
    if items is not None:
        raise UsageError("parbench.measure takes items for a function only: a workload has its own data.")
    return workloads


def sizes_of(work: Any, workloads: tuple[Workload, ...]) -> tuple[int, ...] | None:
    """All items, if a function was given; else None, for the sizes of the workloads."""
    if isinstance(work, Workload) or not callable(work):
        return None
    return workloads[0].all_sizes.of_profile("quick")[-1:]


def read_list(name: str, values: Any) -> tuple[Any, ...] | None:
    """A list of the caller; raises UsageError for anything else."""
    if values is None:
        return None
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise UsageError(f"parbench.measure has {name}={values!r:.40}: give a list, such as [{values!r:.40}].")
    found = tuple(values)
    if not found:
        raise UsageError(f"parbench.measure has an empty list of {name}: leave it out, or name some.")
    return found


def check_budget(budget: Any) -> None:
    """Raise UsageError unless `budget` is a number of seconds."""
    if isinstance(budget, bool) or not isinstance(budget, int | float) or not 0 < budget < 1e7:
        raise UsageError(f"parbench.measure has budget={budget!r:.40}: give a positive number of seconds such as 30.")


def place(workload: Workload, folder: Path) -> Reference:
    """The place where an arm finds a workload: a module, or else a file in `folder`."""
    try:
        return locate(workload, [])
    except WorkloadError:
        return by_value.write(workload, folder)


def has_samples(folder: Path | None) -> bool:
    """Whether the run in `folder` has a sample."""
    return folder is not None and '"kind": "sample"' in (folder / FILE).read_text(encoding="utf-8")


def check_result(run: Run) -> None:
    """Raise WorkloadError with the first reason if no cell of the run has a result."""
    summary = run.summary
    failed = summary[~summary["status"].isin(["ok", "skipped"])]
    if not (summary["status"] == "ok").any() and not failed.empty:
        first = failed.iloc[0]
        raise WorkloadError(
            f"no strategy has a result for {first.workload}; {first.strategy}: {one_line(first.reason)}"
        )
