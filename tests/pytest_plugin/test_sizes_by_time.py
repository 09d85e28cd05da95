"""Sizes by time, from a test's mark to the run file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parbench.pytest_plugin.session import Session
from parbench.runfile.locate import FILE
from parbench.runfile.reader import header_of, read
from parbench.runfile.records import RunWarning
from parbench.workload.cell import HEAD
from tests.support.fake_arms import World
from tests.support.sessions import MakeSession, collect, measure, sessions
from tests.support.sizes_by_time import ABOUT, job

first, second = job(name="first"), job(name="second")
QUICK = ABOUT[1:3]
#: The sizes on a machine that is ten times as fast as an ordinary one.
FOUND = [100_000, 1_000_000]


@pytest.fixture
def world() -> World:
    """A machine ten times as fast as an ordinary one."""
    return World(seconds=lambda cell: 1e-7 * cell.size)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> MakeSession:
    """Creates sessions that measure serial cells in that world."""
    return sessions(monkeypatch, world, tmp_path, strategies=("serial",), cores=(1,))


def sizes(session: Session, *workloads: Any, **keywords: Any) -> list[int]:
    """The sizes of the cells of a test's mark."""
    return [cell.size for cell in collect(session, *workloads, **keywords)]


def test_cells_have_the_sizes_that_were_found(make: MakeSession, world: World) -> None:
    """Each workload is calibrated once, even if several tests have it."""
    session = make()
    assert sizes(session, first, second) == FOUND * 2
    count = len(world.arms)
    assert sizes(session, second) == sizes(session, first) == FOUND
    assert len(world.arms) == count == 4  # a serial and a vectorized arm for each workload
    assert [line.split(" at ")[0] for line in session.by_time.lines()] == ["parbench: first", "parbench: second"]


def test_sizes_by_name_are_not_searched_for(make: MakeSession, world: World) -> None:
    """No search runs for sizes of the user or of a mark, for the tiny size, or for a workload that is not selected."""
    assert sizes(make(sizes=(7, 70)), first) == [7, 70]
    assert sizes(make(), first, sizes=[9]) == [9]
    assert sizes(make(), first, tiny=True) == [8]
    assert sizes(make(workloads=("second",)), first) == []
    assert world.arms == []


def test_the_run_file_has_the_calibration_and_the_next_run_reuses_it(make: MakeSession, world: World) -> None:
    """The second run has the sizes of the first run though the machine has become slower."""
    session = make()
    earlier = header_of(measure(session, collect(session, first, second), "20260101-000000-quick"))
    assert set(earlier.settings.calibration) == {"first", "second"}
    entry = {"target": 0.01, "about": 10_000, "size": 100_000, "seconds": 0.01, "from": "measured"}
    assert earlier.settings.calibration["first"][0] == entry
    world.seconds = lambda cell: 1e-6 * cell.size
    session = make()
    later = header_of(measure(session, collect(session, first), "20260102-000000-quick"))
    found = later.settings.calibration["first"]
    assert [(each["from"], each["size"]) for each in found] == [(earlier.run, size) for size in FOUND]


def test_a_workload_without_a_calibration_has_a_warning(make: MakeSession, world: World) -> None:
    """Its sizes are those of an ordinary machine, and the run file has the reason, only for workloads of the run."""
    world.failures = {("serial", "resize"): "crash", ("vectorized", "resize"): "crash"}
    session = make()
    cells = collect(session, first, second)
    folder = measure(session, [cell for cell in cells if cell.workload == "first"])
    texts = [record.text for record in read(folder / FILE) if isinstance(record, RunWarning)]
    (warning,) = (text for text in texts if "ordinary machine" in text)
    assert warning.startswith("Sizes of first are those for an ordinary machine")
    assert not header_of(folder).settings.calibration
    assert {arm.spec.cell.size for arm in world.arms if arm.sampled_at} == set(QUICK)
    assert len(session.by_time.lines()) == 2


def test_the_base_of_a_comparison_is_never_calibrated(make: MakeSession, world: World) -> None:
    """Sizes are found in the working tree, before cells of the base exist."""
    cells = collect(make(against="a base"), first)
    assert {arm.spec.cell.environment for arm in world.arms} == {HEAD}
    assert {cell.environment for cell in cells} == {HEAD}
    assert {cell.size for cell in cells} == set(FOUND)
