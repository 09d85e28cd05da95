"""Sizes around a break-even, and sizes that grow with the cores, from a mark to cells in a world without a clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from parbench import SizesByTime
from parbench.errors import UsageError, WorkloadError
from parbench.machine import cpus
from parbench.measurement.arms.cell_arm import CellSampler
from parbench.measurement.arms.protocol import ArmSpec
from parbench.measurement.plan import size_with_elements
from parbench.measurement.sizing.around_break_even import LONGEST_CALL_SECONDS, SEARCH_SECONDS
from parbench.pytest_plugin.mark import read_mark
from parbench.pytest_plugin.session import Session
from parbench.report.html import page  # noqa: F401  # as pytester would unload what the report imports
from parbench.runfile.locate import FILE
from parbench.runfile.reader import header_of, read
from parbench.runfile.records import RunWarning
from parbench.workload.cell import AUTO, Cell
from parbench.workload.reference import Reference
from tests.support import kernels, sizes_by_time
from tests.support.fake_arms import World
from tests.support.sessions import MakeSession, collect, measure, measure_in, sessions

#: A workload with sizes by time, and one with sizes as they are.
by_time = replace(sizes_by_time.job(name="by_time"), sizes=SizesByTime(8, sizes_by_time.ABOUT))
listed = replace(kernels.listed(kernels.doubles), name="listed", sizes=(10, 1000, 1_000_000), memory=int)


def with_overhead(seconds: float, unit: float = 1e-6) -> Callable[[Cell], float]:
    """A script: seconds per element in serial, divided by the cores, plus seconds per call."""
    return lambda cell: unit * cell.size if cell.strategy == "serial" else seconds + unit * cell.size / cell.cores


@pytest.fixture
def world() -> World:
    """On two cores a call of threads has paid from 8000 elements on."""
    return World(seconds=with_overhead(0.004))


@pytest.fixture
def cache() -> sizes_by_time.FakeCache:
    """Objects that the sessions of a test share."""
    return sizes_by_time.FakeCache()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World, cache: sizes_by_time.FakeCache) -> MakeSession:
    """Creates sessions that measure on two cores in that world."""
    return sessions(monkeypatch, world, tmp_path, cache, cores=(2,))


def sizes(session: Session, *workloads: Any, tiny: bool = False, strategy: str = "threads", **more: Any) -> list[int]:
    """The sizes of the cells of one strategy of a test's mark."""
    keywords = {"strategies": [strategy], "bracket": "break-even", **more}
    cells = collect(session, *(workloads or [by_time]), tiny=tiny, **keywords)
    return [cell.size for cell in cells if cell.strategy == strategy]


# -- sizes around a break-even -----------------------------------------------------------------------------------


def test_cells_are_placed_around_the_break_even(make: MakeSession, world: World) -> None:
    """The size at which threads pay, two smaller and two larger; the baseline is there by itself, at all of them."""
    session = make()
    assert sizes(session) == [2000, 5000, 10_000, 20_000, 50_000]
    count = len(world.arms)
    assert sizes(session) == [2000, 5000, 10_000, 20_000, 50_000]
    assert len(world.arms) == count, "it is looked for once"
    assert world.ended()
    (line,) = session.lines()
    found = "parbench: break-even of by_time, threads on 2 cores: found; "
    assert line == f"{found}measured at 2,000, 5,000, 10,000, 20,000, 50,000"


def test_every_strategy_has_sizes_of_its_own(make: MakeSession, world: World) -> None:
    """One that costs ten times as much pays from ten times as many on, and baselines are asked for at all sizes."""
    world.seconds = lambda cell: with_overhead(0.04 if cell.strategy == "multiprocessing" else 0.004)(cell)
    wishes: dict[str, Any] = {"strategies": ["serial", "threads", "multiprocessing"], "bracket": "break-even"}
    cells = collect(make(), by_time, **wishes)
    found = {label: [cell.size for cell in cells if cell.strategy == label] for label in wishes["strategies"]}
    assert found["threads"] == [2000, 5000, 10_000, 20_000, 50_000]
    assert found["multiprocessing"] == [20_000, 50_000, 100_000, 200_000]  # a call of 500,000 is too long
    assert found["serial"] == sorted({*found["threads"], *found["multiprocessing"]})


def test_the_grain_is_where_half_of_the_cores_is_used(make: MakeSession) -> None:
    """On one core that is at a speedup of a half, with as much overhead as work, where the break-even never comes."""
    session = make(cores=(1,))
    assert sizes(session, bracket="grain") == [1000, 2000, 5000, 10_000, 20_000]
    assert sizes(session, bracket="break-even") == [10_000, 50_000, 200_000]


def test_an_arm_at_another_size_cuts_as_its_strategy_does() -> None:
    """Chunks of a strategy's own follow the data, those that were asked for do not."""
    where = Reference("tests.support.kernels", "", "good")
    for chunks, parts in ((4, 4), (AUTO, 20)):
        sampler = CellSampler(ArmSpec(Cell("doubles", 8, "threads", 1, chunks), where, 1, [], []))
        sampler.open()
        sampler.resize(20)
        assert sampler.parts == parts
        sampler.close()


def test_what_never_pays_has_the_largest_sizes(make: MakeSession, world: World) -> None:
    """As large as calls may be, and two smaller ones; what pays at once has the smallest."""
    world.seconds = lambda cell: 1e-6 * cell.size * (1 if cell.strategy == "serial" else 1.5)
    assert sizes(make()) == [10_000, 50_000, 200_000]
    assert LONGEST_CALL_SECONDS < 0.5
    world.seconds = lambda cell: 1e-6 * cell.size / (1.5 if cell.strategy == "threads" else 1)
    assert sizes(make(), strategy="shared-memory", sizes=[1000, 100_000]) == []  # it has no form of it
    assert sizes(make(), sizes=[1000, 100_000]) == [1000, 5000, 20_000]


def test_sizes_of_a_mark_bound_the_search(make: MakeSession) -> None:
    """Nothing is tried outside of them, so that a break-even outside is not found."""
    assert sizes(make(), sizes=[100, 2000]) == [100, 500, 2000]
    assert sizes(make(), sizes=[5000, 10_000]) == [5000, 10_000]
    assert sizes(make(), sizes=[20_000, 100_000]) == [20_000, 100_000]


def test_sizes_as_they_are_bound_the_search_too(make: MakeSession, world: World) -> None:
    """Round sizes from the tiny one to the largest are tried, though no profile has them."""
    assert sizes(make(), listed) == [2000, 5000, 10_000, 20_000, 50_000]
    tried = {fields["size"] for arm in world.arms for request, fields in arm.asked if request == "resize"}
    assert all(10 <= size <= 1_000_000 for size in tried)


def test_a_search_takes_no_longer_than_it_may(make: MakeSession, world: World) -> None:
    """A machine a thousand times as slow costs no more, and what is open by then is measured from end to end."""
    world.seconds = with_overhead(0.5, 1e-4)
    began = world.now
    assert sizes(make())
    assert world.now - began < 3 * SEARCH_SECONDS


def test_memory_bounds_the_sizes(make: MakeSession, world: World) -> None:
    """None needs more than a fifth of what is free."""
    world.seconds = lambda cell: 1e-6 * cell.size * (1 if cell.strategy == "serial" else 1.5)
    world.free_bytes = 5 * 20_000
    assert max(sizes(make())) == 20_000


def test_whoever_names_sizes_gets_them(make: MakeSession, world: World) -> None:
    """There is no search for sizes of the user, for the tiny one of a check, or if nothing is measured."""
    assert sizes(make(sizes=(7, 70))) == [7, 70]
    assert sizes(make(), tiny=True) == [8]
    assert sizes(make(measures=False)) == list(by_time.all_sizes.of_profile("quick"))
    assert world.arms == []


def run(session: Session, name: str = "20260101-000000-quick") -> Path:
    """Measure what was asked for; the folder of the run, which gets this name."""
    wishes: dict[str, Any] = {"strategies": ["threads"], "bracket": "break-even"}
    return measure(session, collect(session, by_time, **wishes), name)


def test_the_run_file_has_what_was_found_and_the_next_run_takes_it_over(make: MakeSession, world: World) -> None:
    """The tried and chosen sizes are in the header, and stay as the machine becomes slower."""
    earlier = header_of(run(make()))
    (found,) = earlier.settings.brackets["by_time"]
    assert found["sizes"] == [2000, 5000, 10_000, 20_000, 50_000]
    assert [size for size, _ in found["tried"]] == sorted(size for size, _ in found["tried"])
    assert {5000, 10_000} <= {size for size, _ in found["tried"]}
    assert (found["bracket"], found["outcome"], found["from"]) == ("break-even", "found", "measured")
    assert earlier.settings.uncut_strategies == ["serial", "vectorized"]
    world.seconds = with_overhead(0.04)
    count = len(world.arms)
    assert sizes(make(measures=False)) == found["sizes"]
    assert sizes(make()) == found["sizes"]
    assert len(world.arms) == count
    (later,) = header_of(run(make(), "20260102-000000-quick")).settings.brackets["by_time"]
    assert later == found | {"from": earlier.run}
    assert sizes(make(), sizes=[1000, 100_000]) != found["sizes"], "other ends are another search"


@pytest.mark.parametrize("request_", ["open", "first", "resize"])
@pytest.mark.parametrize("who", ["threads", "serial"])
def test_a_strategy_that_fails_leaves_the_sizes_as_they_are(
    make: MakeSession, world: World, who: str, request_: str
) -> None:
    """The profile's are measured, where the cell will say what is wrong with it, and a warning is in the run file."""
    world.failures = {(who, request_): "crash", ("vectorized", request_): "crash"}
    session = make()
    assert sizes(session) == list(by_time.all_sizes.of_profile("quick"))
    assert world.ended()
    (line,) = session.lines()
    assert "those of the profile, as the search for others failed: " in line
    assert line.endswith(f": scripted to fail at {request_}.")
    world.failures = {}
    folder = run(session)
    assert any(
        "those of the profile" in record.text for record in read(folder / FILE) if isinstance(record, RunWarning)
    )
    assert not header_of(folder).settings.brackets


def test_ctrl_c_leaves_no_arm_behind(make: MakeSession, world: World) -> None:
    """Wherever it comes, all arms are ended and it goes on."""
    world.failures = {("threads", "resize"): "interrupt"}
    with pytest.raises(KeyboardInterrupt):
        sizes(make())
    assert world.ended()


# -- weak scaling ------------------------------------------------------------------------------------------------


def test_weak_scaling_has_as_much_work_a_core(make: MakeSession) -> None:
    """On c cores c times the size, the baseline on one; a check keeps to the tiny size, and typed sizes grow, too."""
    wishes: dict[str, Any] = {"strategies": ["serial", "threads"], "sizes": [100, 1000], "weak": True}
    cells = collect(make(cores=(1, 2)), listed, **wishes)
    assert [str(cell).removeprefix("listed-") for cell in cells] == [
        "100-serial-1",
        "100-threads-1",
        "200-threads-2",
        "1000-serial-1",
        "1000-threads-1",
        "2000-threads-2",
    ]
    tiny = collect(make(cores=(1, 2)), listed, tiny=True, **wishes)
    assert {cell.size for cell in tiny} == {10}
    typed = collect(make(cores=(2,), sizes=(7,)), listed, **wishes)
    assert {cell.size for cell in typed if cell.strategy == "threads"} == {14}


def test_the_run_file_says_which_sizes_belong_together(make: MakeSession) -> None:
    """For each workload the size on one core, the cores and the size on them, so that no reader has to guess."""
    session = make(cores=(1, 2))
    squares = replace(listed, elements=lambda size: size * size)
    wishes: dict[str, Any] = {"strategies": ["threads"], "sizes": [100, 1000], "weak": True}
    assert header_of(measure(session, collect(session, squares, **wishes))).settings.weak == {
        "listed": [[100, 1, 100], [100, 2, 141], [1000, 1, 1000], [1000, 2, 1414]]
    }


@pytest.mark.parametrize(
    ("elements", "times", "size"),
    [
        (lambda n: n, 4, 400),
        (lambda n: n * n, 4, 200),
        (lambda n: n * n, 2, 141),
        (lambda n: n**3, 8, 200),
        (lambda n: n * math.ceil(math.log2(n)), 2, 178),  # the larger half of a step counts one more
        (lambda n: math.isqrt(n), 2, 400),
        (lambda n: 7, 4, 400),  # elements that say nothing of the size
        (lambda n: n // 8, 4, 384),  # the first of those that have 48
        (lambda n: n, 1, 100),
    ],
)
def test_so_many_times_the_work(elements: Callable[[int], int], times: int, size: int) -> None:
    """The size whose elements are nearest to a multiple, however they grow."""
    workload = replace(listed, elements=elements)
    found = size_with_elements(workload, 100, times)
    assert found == size or elements(found) == times * elements(100)


# -- marks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"bracket": "breakeven"}, r'bracket=\'breakeven\': write bracket="break-even" or bracket="grain"\.$'),
        ({"bracket": ["grain"]}, r"write bracket="),
        ({"bracket": True}, r"write bracket="),
        ({"weak": 2}, r"weak=2: write weak=True, or leave it out\.$"),
        ({"weak": True, "bracket": "grain"}, r"both bracket and weak: leave out one"),
        ({"bracket": "grain", "sizes": [0]}, r"size 0 is not a positive whole number"),
    ],
)
def test_marks_that_cannot_be_meant_are_one_sentence(wishes: dict[str, Any], words: str) -> None:
    """The error names the accepted values of the mark; a size of 0 is none."""
    with pytest.raises((UsageError, WorkloadError), match=words):
        read_mark([by_time], wishes)


PROJECT = """
import time

import pytest

import parbench


def kernel(chunk):
    for _ in chunk:
        time.sleep(0.0002)
    return chunk


naps = parbench.Workload("naps", kernel, make=lambda size, seed: list(range(size)), sizes=(2, 5, 200))


@pytest.mark.parbench(naps, strategies=["threads"], cores=[2], bracket="break-even", profiles=["thorough"])
def test_naps(cell):
    cell.measure()


@pytest.mark.parbench(naps, strategies=["threads"], cores=[1, 2], sizes=[4], weak=True, profiles=["thorough"])
def test_more_naps(cell):
    cell.measure()
"""


@pytest.mark.skipif(cpus.count() < 2, reason="two cores are asked for")
def test_marks_work_from_end_to_end(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check has tiny sizes, a run whose file is named has those that were found, and its report the answers."""
    pytester.makepyfile(test_it=PROJECT)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(deselected=2)
    result = pytester.runpytest_inprocess("test_it.py", "-v")
    result.stdout.fnmatch_lines(["*test_naps?naps-2-threads-2?*", "*test_more_naps?naps-2-threads-1?*"])
    result.assert_outcomes(passed=3)
    measure_in(World(seconds=with_overhead(0.004, unit=1e-4)), monkeypatch, report=True)
    result = pytester.runpytest_inprocess("test_it.py", "--benchmark", "-p", "no:benchmark", "-v")
    result.stdout.fnmatch_lines(["parbench: break-even of naps, threads on 2 cores: *", "*naps-8-threads-2?*"])
    folder = pytester.path / "reports" / "latest"
    settings = header_of(folder).settings
    (found,) = settings.brackets["naps"]
    assert all(2 <= size <= 200 for size in found["sizes"])
    assert settings.weak == {"naps": [[4, 1, 4], [4, 2, 8]]}
    assert (folder / "break-even.csv").is_file()
    assert "When does it pay off?" in (folder / "report.html").read_text(encoding="utf-8")
