"""The record that a workload is: its defaults, its checks, and what it refuses."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench import Expect, Sizes, SizesByTime, Tutorial, Workload, bounds
from parbench.errors import WorkloadError
from parbench.strategies.registry import create
from parbench.workload.concatenate import concatenate
from parbench.workload.difference import difference
from parbench.workload.function import Each
from parbench.workload.sizes import check_sizes
from parbench.workload.workload import slices
from tests.support import kernels


@pytest.mark.parametrize("length", [0, 1, 2, 7, 100])
@pytest.mark.parametrize("parts", [1, 2, 3, 7, 101])
def test_bounds_cover_everything_once_and_evenly(length: int, parts: int) -> None:
    """The pairs follow each other from 0 to the end, at most `parts` of them, of lengths that differ by at most one."""
    pairs = bounds(length, parts)
    assert [index for pair in pairs for index in range(*pair)] == list(range(length))
    assert len(pairs) == max(1, min(length, parts))
    lengths = {stop - start for start, stop in pairs}
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("data", [[1, 2, 3, 4, 5], np.arange(10).reshape(5, 2)], ids=["list", "array"])
def test_concatenate_undoes_slices(data: Any) -> None:
    """Splitting and joining gives the same sequence or array back, for one part and for several."""
    for parts in (1, 2, 5, 9):
        chunks = slices(data, parts)
        assert difference(concatenate(chunks, data), data) == ""
        assert type(concatenate(chunks, data)) is type(data)


def test_frames_are_cut_by_rows_and_not_by_labels() -> None:
    """An index of floats, in which a slice goes by labels, is cut as any other; a sparse array has no len."""
    frame = pd.DataFrame({"a": range(5)}, index=[0.5, 3.0, 1.0, 9.0, 2.0])
    for data in (frame, frame["a"], frame.index):
        assert [len(chunk) for chunk in slices(data, 2)] == [3, 2]
        assert difference(concatenate(slices(data, 2), data), data) == ""
    sparse = pytest.importorskip("scipy.sparse").random(7, 3, 0.4, format="csr", random_state=1)
    assert difference(concatenate(slices(sparse, 3), sparse), sparse) == ""


@pytest.mark.parametrize("data", [5, {"a": 1}, {1, 2}, iter([1])], ids=["number", "dict", "set", "iterator"])
def test_data_without_slices_need_a_split(data: Any) -> None:
    """The sentence names the type."""
    with pytest.raises(WorkloadError, match=f"data of type {type(data).__name__} have no slices: .* a split"):
        slices(data, 2)


def test_chunks_of_a_list_are_distinct_objects() -> None:
    """Two calls of the default split share no list, so that no pickler can recognise one as sent before."""
    data = [1, 2, 3, 4]
    chunks = [*slices(data, 2), *slices(data, 2)]
    assert len({id(chunk) for chunk in chunks}) == 4


def test_a_list_of_sizes_is_read_as_tiny_and_the_rest() -> None:
    """The first size only checks; the others serve every profile, and a single one serves as both."""
    assert Sizes.of([5, 10, 20]) == Sizes(5, (10, 20))
    assert Sizes.of([5]) == Sizes(5, (5,))
    for profile in ("quick", "standard", "thorough"):
        assert Sizes.of([5, 10, 20]).of_profile(profile) == (10, 20)


def test_a_profile_without_sizes_takes_the_next_smaller_ones() -> None:
    """Standard falls back to quick, and thorough to standard and then to quick."""
    assert Sizes(1, (2,), (3,)).of_profile("thorough") == (3,)
    assert Sizes(1, (2,), (3,), (4,)).of_profile("thorough") == (4,)
    assert Sizes(1, (2,), (3,), (4,)).of_profile("standard") == (3,)
    assert Sizes(1, (2,)).of_profile("standard") == (2,)


@pytest.mark.parametrize("sizes", [[], [0], [-1, 2], [2, 2], [3, 2], [True], [1.5], ["4"]])
def test_unusable_sizes_are_refused(sizes: Any) -> None:
    """Empty, reversed, repeated, or anything but positive whole numbers: one sentence that names the fault."""
    with pytest.raises(WorkloadError, match=r"no sizes|not a positive whole number|not in growing order"):
        Workload(name="w", kernel=kernels.doubles, make=kernels.count_up, sizes=sizes)


def test_a_record_of_sizes_is_checked_too() -> None:
    """Sizes without quick ones, or with reversed ones in a later profile, are refused."""
    with pytest.raises(WorkloadError, match="no quick sizes"):
        Sizes(1, ())
    with pytest.raises(WorkloadError, match="growing order"):
        Sizes(1, (2,), thorough=(9, 3))
    check_sizes((1, 2, 3))


@pytest.mark.parametrize("name", ["two words", "a-b", "1st", "a/b"])
def test_unusable_names_are_refused(name: str) -> None:
    """A name that could not stand in a node id or a file name is refused in words."""
    with pytest.raises(WorkloadError, match="letters, digits and _ only"):
        Workload(name=name, kernel=kernels.doubles, make=kernels.count_up, sizes=[1])


@pytest.mark.parametrize("half", [{"write_into": kernels.write_unique}, {"output": kernels.length}])
def test_write_into_and_output_come_together(half: Any) -> None:
    """One without the other is refused, by name."""
    with pytest.raises(WorkloadError, match="only one of write_into and output"):
        kernels.listed(kernels.doubles, **half)


def test_each_calls_the_function_on_every_item() -> None:
    """`Workload.each` maps a function of one item, takes its name, and its kernel can be pickled."""
    workload = Workload.each(abs, make=kernels.count_up, sizes=[3, 9])
    assert workload.name == "abs"
    assert workload.kernel([-1, 2, -3]) == [1, 2, 3]
    assert pickle.loads(pickle.dumps(workload.kernel))([-4]) == [4]
    assert Workload.each(abs, name="other", make=kernels.count_up, sizes=[1]).name == "other"
    assert isinstance(workload.kernel, Each)


def test_the_default_check_compares_with_one_whole_call() -> None:
    """Without `verify`, the result of the uncut kernel is right and anything else is wrong."""
    workload = kernels.listed(kernels.doubles)
    assert workload.check([2, 4, 6], [1, 2, 3]) == ""
    found = workload.check([2, 4, 7], [1, 2, 3])
    assert found.startswith("result[2] is 7, not 6; the default verification compared it")
    assert "give a combine" in found
    assert workload.check([2, 4], [1, 2, 3]) != ""


def test_verify_may_answer_or_assert() -> None:
    """False and AssertionError mean wrong, True and None mean right, and other exceptions are not hidden."""

    def asserts(result: Any, data: Any) -> None:
        del data
        assert result == [1], "it is not one"

    def breaks(result: Any, data: Any) -> bool:
        raise ZeroDivisionError

    assert kernels.listed(kernels.doubles, verify=lambda r, d: r == [1]).check([1], None) == ""
    assert kernels.listed(kernels.doubles, verify=lambda r, d: r == [1]).check([2], None) == "verify returned False"
    assert kernels.listed(kernels.doubles, verify=asserts).check([1], None) == ""
    assert "it is not one" in kernels.listed(kernels.doubles, verify=asserts).check([2], None)
    with pytest.raises(ZeroDivisionError):
        kernels.listed(kernels.doubles, verify=breaks).check([1], None)


def test_a_tutorial_form_is_checked_by_its_own_verification() -> None:
    """A tutorial variant asks the tutorial's verify, assertions included; the plain strategy asks the workload's."""

    def refuse(result: Any, data: Any) -> None:
        raise AssertionError("never right")

    workload = kernels.listed(
        kernels.doubles, verify=kernels.anything, tutorial=Tutorial("pool", lambda pool, data: None, refuse)
    )
    assert create("multiprocessing").check(workload, [1], [1]) == ""
    assert create("multiprocessing[tutorial]").check(workload, [1], [1]) == "never right"


def test_memory_is_estimated_from_the_bytes_where_it_is_not_given() -> None:
    """Three times what goes in and out, by elements; an estimate of the workload's own comes first."""
    assert kernels.listed(kernels.doubles, bytes_in=4, bytes_out=8).peak_bytes(10) == 360
    assert kernels.listed(kernels.doubles, elements=lambda size: size * size).peak_bytes(10) == 4800
    assert kernels.listed(kernels.doubles, memory=lambda size: 7 * size).peak_bytes(10) == 70


def test_an_expectation_says_what_and_why() -> None:
    """One that is neither above nor below, or gives no reason, cannot be made."""
    with pytest.raises(WorkloadError, match="above or below"):
        Expect("threads", "beyond", 1.1, "the GIL")  # type: ignore[arg-type]  # that is the mistake
    with pytest.raises(WorkloadError, match="gives no reason"):
        Expect("threads", "above", 1.1, "")


def test_sizes_by_time_are_those_of_an_ordinary_machine_until_they_are_measured() -> None:
    """Each profile has the sizes that belong to its times, and times that nobody offers are refused."""
    sizes = SizesByTime(1, (10, 100, 1000, 10_000))
    assert sizes.of_profile("quick") == (100, 1000)
    assert sizes.of_profile("standard") == (10, 100, 1000)
    assert sizes.of_profile("thorough") == (10, 100, 1000, 10_000)
    assert kernels.listed(kernels.doubles).all_sizes != sizes
    with pytest.raises(WorkloadError, match="cannot be found"):
        SizesByTime(1, (10, 100, 1000, 10_000), quick=(0.5,))
    with pytest.raises(WorkloadError, match="growing order"):
        SizesByTime(100, (10, 100, 1000, 10_000))


def test_steps_in_one_part_are_the_reference() -> None:
    """Without its own verification, a workload of stages is compared with its tasks run one by one."""
    ring = replace(kernels.ring, verify=None)
    data = ring.make(5, 0)
    right = create("serial").run(ring, data, 1)
    assert right == [[(3, 0), [(2, 0)] * 3, 270]]
    assert ring.check(right, data) == ""
    assert ring.check([[(3, 0), [], 270]], data).startswith("result[0][1] has 0 items, not 3;")


@pytest.mark.parametrize("verify", [None, lambda result: bool(result)], ids=["default", "own"])
def test_the_sum_of_numbers_is_confirmed_by_the_uncut_data(verify: Any) -> None:
    """The default combine adds numbers: right for a sum, and wrong for a maximum, also if a weak verify accepts it."""
    for kernel, words in ((sum, "^$"), (max, r"result is 6, not 3; .*uncut input: give a combine")):
        workload = Workload(kernel=kernel, data=[1, 2, 3, 3], verify=verify)
        data = workload.make(4, 1)
        parts = [workload.kernel(chunk) for chunk in workload.split(data, 2)]
        parts = parts if kernel is sum else [3, 3]
        assert re.search(words, workload.check(workload.combine(parts, data), data))


def test_a_combine_may_take_the_parts_only() -> None:
    """Functions such as max and np.vstack are a combine as they are."""
    assert Workload(kernel=max, data=[1, 2, 3], combine=max).combine([2, 3], [1, 2, 3]) == 3
    assert Workload(kernel=max, data=[1, 2, 3], combine=sum).combine([2, 3], [1, 2, 3]) == 5
    stacked = Workload(kernel=max, data=[1, 2, 3], combine=np.vstack).combine([[1], [2]], [1, 2, 3])
    assert stacked.shape == (2, 1)
