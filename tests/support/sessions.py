"""Sessions of the plugin in a world without a clock, from the mark of a test to the run file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy.fft  # noqa: F401  # else pytester unloads it after a run of pytest, and it cannot be loaded twice
import pytest
import scipy.optimize  # noqa: F401  # the same

from parbench import Workload
from parbench.measurement.plan import Selection
from parbench.measurement.session import Settings
from parbench.pytest_plugin import mark, session
from parbench.pytest_plugin.session import Session
from parbench.report import write
from parbench.workload.cell import Cell
from tests.support.fake_arms import World
from tests.support.sizes_by_time import REFERENCE, FakeCache

MakeSession = Callable[..., Session]


def measure_in(world: World, monkeypatch: pytest.MonkeyPatch, report: bool = False) -> None:
    """Let pytest in this process measure in `world` with the budget of the user, with a `report` or without."""
    monkeypatch.setattr(Session, "context", lambda self, **more: world.context(budget=self.budget, **more))
    if not report:
        write_no_report(monkeypatch)


def write_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest in this process write neither figures nor a page."""
    monkeypatch.setattr(write, "write_report", lambda run, folder: folder / "report.html")


def sessions(
    monkeypatch: pytest.MonkeyPatch, world: World, out: Path, cache: FakeCache | None = None, **defaults: Any
) -> MakeSession:
    """A function that creates sessions, which measure in `world` and write no report; they share a cache.

    `defaults` are fields of the selection, and so are the arguments of the function, except for `measures`, the
    `workloads` that the user names, and a comparison with `against`.
    """
    monkeypatch.setattr(Session, "context", lambda self, **more: world.context(**more))
    monkeypatch.setattr(session, "publish", lambda *_: None)
    monkeypatch.setattr(session, "locate", lambda *_: REFERENCE)
    shared = FakeCache() if cache is None else cache

    def make(measures: bool = True, workloads: Any = None, against: Any = None, **selection: Any) -> Session:
        chosen = Selection(**(defaults | selection))
        settings = Settings(selection=chosen, out=out, workloads=workloads, against=against)
        return Session(settings, measures, cache=lambda: shared)

    return make


def collect(ours: Session, *workloads: Workload, tiny: bool = False, **keywords: Any) -> list[Cell]:
    """The cells of one test with this mark."""
    return session.collect(ours, mark.read_mark(workloads, keywords), "tests.support.sizes_by_time", tiny)


def measure(ours: Session, cells: Iterable[Cell], name: str = "") -> Path:
    """The folder of a run of these cells, which gets a new name if there is one."""
    session.run(ours, cells, lambda *_: None)
    assert ours.folder is not None
    return ours.folder.rename(ours.folder.with_name(name)) if name else ours.folder
