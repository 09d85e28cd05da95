"""Chunks per core: their selection and names, and the profiles of tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench import Workload
from parbench.analysis.frame import data_of
from parbench.errors import UsageError
from parbench.measurement.plan import Selection, cells_of, group_cells
from parbench.measurement.session import Settings
from parbench.pytest_plugin.mark import Mark, other_profiles, read_mark
from parbench.pytest_plugin.options import read_settings
from parbench.pytest_plugin.session import Session
from parbench.runfile.reader import parse
from parbench.runfile.records import Sample, as_line
from parbench.workload.cell import AUTO, Cell
from tests.support import fake_arms
from tests.support.sessions import measure_in

FORMS = r"takes whole numbers from 1 to 1,000,000 and the word auto, such as 1,4,16,auto, not .*\.$"


def named(workload: Workload = fake_arms.workload, selection: Selection | None = None, **wishes: Any) -> list[str]:
    """The names of the cells that are asked for, at size 10 on 2 cores."""
    return [str(cell) for cell in cells_of(workload, selection or Selection(), sizes=(10,), cores=(2,), **wishes)]


def test_chunks_are_read_in_any_order_and_own_is_last() -> None:
    """Each count comes once, growing, and `auto` is 0 behind them; nothing typed is nothing asked."""
    assert read_settings({"chunks": "16, auto,1_000,1,1"}, [], Path()).selection.chunks == (1, 16, 1000, AUTO)
    assert read_settings({}, [], Path()).selection.chunks is None


@pytest.mark.parametrize("text", ["0", "-1", "x", "1.5", "4;1", "1__x", "auto 4", "9" * 30, "9" * 5000])
def test_chunks_that_cannot_be_typed_are_one_sentence(text: str) -> None:
    """Anything but whole numbers from 1 and `auto` is refused with what is accepted."""
    with pytest.raises(UsageError, match=f"^--parbench-chunks {FORMS}"):
        read_settings({"chunks": f"1,{text}"}, [], Path())


@pytest.mark.parametrize("text", ["", " ", ",,"])
def test_no_chunks_typed_are_one_sentence(text: str) -> None:
    """An empty list is refused with what is accepted."""
    with pytest.raises(UsageError, match=r"^--parbench-chunks is empty: give whole numbers from 1 .* auto, .*\.$"):
        read_settings({"chunks": text}, [], Path())


def test_the_old_word_for_auto_is_refused_with_the_new_one() -> None:
    """Chunks called own, as in development versions, are one sentence that says auto."""
    with pytest.raises(
        UsageError, match=r"^--parbench-chunks has the word own, which is now auto: give .*1,4,16,auto\.$"
    ):
        read_settings({"chunks": "1,own"}, [], Path())


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        *(
            ({"chunks": [1, each]}, f"^chunks of the parbench mark {FORMS}")
            for each in (0, -1, "x", "4", True, 1.5, None)
        ),
        ({"chunks": []}, r"^chunks of the parbench mark is empty: give whole numbers"),
        ({"chunks": "auto"}, r"has chunks='auto': give a list, such as \['auto'\]\.$"),
        ({"chunks": 4}, r"has chunks=4: give a list, such as \[4\]\.$"),
        ({"profiles": "quick"}, r"has profiles='quick': give a list"),
        ({"profiles": ["lazy"]}, r"no profile 'lazy': choose from quick, standard, thorough\.$"),
    ],
)
def test_marks_that_cannot_be_meant_are_one_sentence(wishes: dict[str, Any], words: str) -> None:
    """The mark takes what the option takes, in a list, and names of profiles."""
    with pytest.raises(UsageError, match=words):
        read_mark([fake_arms.workload], wishes)


def test_the_name_of_a_cell_has_its_chunks_where_they_are_not_one() -> None:
    """Cores x chunks, `auto` in words; one chunk per core is not in the name."""
    names = named(strategies=["threads"], chunks=(1, 4, AUTO))
    assert names == ["doubles-10-threads-2", "doubles-10-threads-2x4", "doubles-10-threads-2xauto"]
    assert str(Cell("w", 1, "threads", 2, AUTO, "base")) == "w-1-threads-2xauto (base)"
    assert len({str(cell) for cell in (Cell("w", 1, "s", 2), Cell("w", 1, "s", 2, 2), Cell("w", 1, "s", 2, 22))}) == 3


def test_what_is_not_cut_is_measured_once() -> None:
    """Baselines, whole-array forms and the tutorial's are at one chunk a core, whatever is asked of the others."""
    strategies = ["serial", "vectorized", "threads", "multiprocessing[tutorial]", "dask-threads[tutorial]"]
    found = named(selection=Selection(chunks=(4, AUTO), strategies=tuple(strategies)))
    assert [name.removeprefix("doubles-10-") for name in found] == [
        "serial-1",
        "vectorized-1",
        "threads-2x4",
        "threads-2xauto",
        "multiprocessing[tutorial]-2",
        "dask-threads[tutorial]-2",
    ]


def test_the_option_comes_before_the_mark_and_one_is_the_default() -> None:
    """As with the other axes; a baseline that nobody asked for comes uncut."""
    assert named(strategies=["threads"]) == ["doubles-10-threads-2"]
    assert named(selection=Selection(chunks=(8,)), strategies=["threads"], chunks=(1, 4)) == ["doubles-10-threads-2x8"]
    cells = cells_of(fake_arms.workload, Selection(chunks=(8,)), sizes=(10,), strategies=["threads"], cores=(2,))
    (group,) = group_cells(cells, {"doubles": fake_arms.entry})
    assert {str(cell) for cell in group.cells} == {"doubles-10-serial-1", "doubles-10-vectorized-1", *map(str, cells)}


def test_old_run_files_and_own_chunks_are_read() -> None:
    """A cell without chunks has one a core, and auto chunks come back as they were."""
    line = as_line(Sample(Cell("w", 1, "threads", 2, AUTO), 0, 0, "steady", 1.0))
    assert parse(json.dumps(line)) == Sample(Cell("w", 1, "threads", 2, AUTO), 0, 0, "steady", 1.0)
    del line["cell"]["chunks"], line["cell"]["environment"]
    assert parse(json.dumps(line)) == Sample(Cell("w", 1, "threads", 2), 0, 0, "steady", 1.0)


def test_a_test_may_belong_to_some_profiles() -> None:
    """Another profile leaves it out, unless workloads are named; a test without the wish belongs to all profiles."""
    quick, standard = (Session(Settings(Selection(profile=name))) for name in ("quick", "standard"))
    named = Session(Settings(workloads=("one",)))
    long, any_profile = Mark(profiles=("standard", "thorough")), Mark()
    assert other_profiles(quick, long) == ("standard", "thorough")
    assert other_profiles(standard, long) == other_profiles(named, long) == other_profiles(quick, any_profile) == ()


TWO = """
import pytest

import parbench

one = parbench.Workload("one", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))
two = parbench.Workload("two", list, make=lambda size, seed: list(range(size)), sizes=(10, 1000))


@pytest.mark.parbench(one, strategies=["threads"], cores=[1], chunks=[1, 2, "auto"])
def test_one(cell, chunks):
    assert cell.cell.chunks == chunks
    cell.measure()


@pytest.mark.parbench(two, strategies=["serial"], profiles=["standard"])
def test_two(cell):
    cell.measure()
"""


def test_ids_have_chunks_and_profiles_choose_tests(pytester: pytest.Pytester) -> None:
    """A test a number of chunks; a test of another profile is deselected, unless its file is named."""
    pytester.makepyfile(test_it=TWO)
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=3, deselected=1)
    result.stdout.fnmatch_lines(
        [
            "parbench: 1 test of other profiles left out (standard): *",
            "*one-10-threads-1x2?*",
            "*one-10-threads-1xauto?*",
        ]
    )
    result = pytester.runpytest_inprocess("test_it.py", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["4 tests collected *"])
    result = pytester.runpytest_inprocess("--parbench-profile=standard", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["4 tests collected *"])


def test_workloads_that_are_not_wanted_are_not_measured(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With only one of two workloads named, the test of the other has no cell; the header has chunks as typed."""
    pytester.makepyfile(test_it=TWO)
    measure_in(fake_arms.World(), monkeypatch)
    result = pytester.runpytest_inprocess(
        *("test_it.py", "--benchmark", "--parbench-workloads=one", "--parbench-chunks=1,2,auto")
    )
    result.assert_outcomes(passed=3, deselected=1)
    frame = parbench.load(pytester.path / "reports" / "latest")
    assert set(frame.loc[frame["strategy"] == "threads", "chunks"]) == {1, 2, AUTO}
    assert set(frame.loc[frame["strategy"] == "serial", "chunks"]) == {1}
    assert data_of(frame).header.settings.chunks == ["1", "2", "auto"]
