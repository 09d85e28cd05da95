"""Sizes by time on their way from a test's mark to the run file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parbench.measure.plan import Selection
from parbench.pytest_plugin import session as suites
from parbench.pytest_plugin.mark import cells_asked_for
from parbench.pytest_plugin.session import Settings, Suite
from parbench.runfile.locate import FILE
from parbench.runfile.reader import header_of, read
from parbench.runfile.records import Warned
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD
from tests.support import sizes_by_time as module
from tests.support.fake_arms import World
from tests.support.sizes_by_time import ABOUT, job

#: Where the suite finds them: by these names, in a module that a test names.
first, second = job(name="first"), job(name="second")
QUICK = ABOUT[1:3]


@pytest.fixture
def world() -> World:
    """A machine ten times as fast as an ordinary one."""
    return World(seconds=lambda cell: 1e-7 * cell.size)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World) -> Callable[..., Suite]:
    """Makes suites that measure in that world, and look at nothing that they measured."""
    monkeypatch.setattr(Suite, "_context", lambda self, **more: world.context(**more))
    monkeypatch.setattr(suites, "Findings", lambda *_: None)
    monkeypatch.setattr(suites, "locate", lambda workload, modules: module.REFERENCE)

    def make(measures: bool = True, **selection: Any) -> Suite:
        settings = Settings(
            selection=Selection(**{"strategies": ("serial",), "cores": (1,), **selection}), out=tmp_path
        )
        return Suite(settings, measures, cache=lambda: cache)

    cache = module.FakeCache()
    return make


def sizes(suite: Suite, *workloads: Any, tiny: bool = False, **wishes: Any) -> list[int]:
    """The sizes of the cells of a test's mark."""
    return [cell.size for cell in cells_asked_for(suite, workloads, wishes, "tests.support.sizes_by_time", tiny)]


def test_cells_have_the_sizes_that_were_found(suite: Callable[..., Suite], world: World) -> None:
    """Each workload is calibrated once, however many tests ask for it."""
    ours = suite()
    assert sizes(ours, first, second) == [100_000, 1_000_000] * 2
    count = len(world.arms)
    assert sizes(ours, second) == sizes(ours, first) == [100_000, 1_000_000]
    assert len(world.arms) == count == 4  # a serial and a vectorized one each
    assert [line.split(" at ")[0] for line in ours.by_time.lines()] == ["parbench: first", "parbench: second"]


def test_whoever_names_sizes_gets_them(suite: Callable[..., Suite], world: World) -> None:
    """Those of the user, of a mark, and the tiny one are not measured first, nor is a workload that is not wanted."""
    assert sizes(suite(sizes=(7, 70)), first) == [7, 70]
    assert sizes(suite(), first, sizes=[9]) == [9]
    assert sizes(suite(), first, tiny=True) == [8]
    ours = suite()
    ours.settings = replace(ours.settings, workloads=("second",))
    assert sizes(ours, first) == []
    assert world.arms == []


def test_a_session_that_measures_nothing_calibrates_nothing(suite: Callable[..., Suite], world: World) -> None:
    """As with --collect-only: the sizes are those of an ordinary machine, until a run has found others."""
    assert sizes(suite(measures=False), first) == list(QUICK)
    assert world.arms == []
    run(suite())
    count = len(world.arms)
    assert sizes(suite(measures=False), first) == [100_000, 1_000_000]
    assert len(world.arms) == count


def run(ours: Suite, name: str = "20260101-000000-quick") -> Path:
    """Measure `first` and `second`; the folder of the run, which gets this name."""
    cells = cells_asked_for(ours, [first, second], {}, "tests.support.sizes_by_time", tiny=False)
    ours.measure(cells, lambda *_: None)
    assert ours.folder is not None
    return ours.folder.rename(ours.folder.with_name(name))


def test_the_run_file_has_the_calibration_and_the_next_run_takes_it_over(
    suite: Callable[..., Suite], world: World
) -> None:
    """Header, sizes and origin: the second run has the first one's sizes though the machine has become slower."""
    earlier = header_of(run(suite()))
    assert set(earlier.settings["calibration"]) == {"first", "second"}
    assert earlier.settings["calibration"]["first"][0] == {
        "target": 0.01,
        "about": 10_000,
        "size": 100_000,
        "seconds": 0.01,
        "from": "measured",
    }
    world.seconds = lambda cell: 1e-6 * cell.size
    later = header_of(run(suite(), "20260102-000000-quick"))
    for entry in later.settings["calibration"]["first"]:
        assert entry["from"] == earlier.run
        assert entry["size"] in (100_000, 1_000_000)


def test_a_workload_without_a_calibration_is_warned_of(suite: Callable[..., Suite], world: World) -> None:
    """Its sizes are those of an ordinary machine, and the run file says why; a workload without is not spoken of."""
    world.failures = {("serial", "resize"): "crash", ("vectorized", "resize"): "crash"}
    ours = suite()
    cells = cells_asked_for(ours, [first, second], {}, "tests.support.sizes_by_time", tiny=False)
    ours.measure([cell for cell in cells if cell.workload == "first"], lambda *_: None)
    assert ours.folder is not None
    records = list(read(ours.folder / FILE))
    (warning,) = (record.text for record in records if isinstance(record, Warned) and "ordinary machine" in record.text)
    assert warning.startswith("Sizes of first are those for an ordinary machine")
    assert "calibration" not in header_of(ours.folder).settings
    assert {arm.spec.cell.size for arm in world.arms if arm.sampled_at} == set(QUICK)
    assert len(ours.by_time.lines()) == 2


def test_twins_have_the_sizes_of_the_working_tree(suite: Callable[..., Suite], world: World) -> None:
    """What a comparison is against is never calibrated: its arms come when the cells have been named."""
    ours = suite()
    ours.settings = replace(ours.settings, against="a base")
    cells = cells_asked_for(ours, [first], {}, "tests.support.sizes_by_time", tiny=False)
    assert {arm.spec.cell.environment for arm in world.arms} == {HEAD}
    assert not {BASE, BASE_REPEAT} & {cell.environment for cell in cells}
    assert {cell.size for cell in cells} == {100_000, 1_000_000}
