"""The workloads of this repository: right results pass, wrong ones do not, however the work is cut."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from parbench import Sizes, SizesByTime, Workload, bounds
from parbench.strategies.registry import find
from parbench.workload.expectation import MEASURES
from parbench.workload.stages import one_by_one
from workloads import affine, affine_sum, square

FOLDER = Path(__file__).parents[2] / "workloads"
MODULES = [import_module(f"workloads.{path.stem}") for path in sorted(FOLDER.glob("*.py"))]
FOUND: dict[str, Workload] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if isinstance(value, Workload)
}
WORKLOADS = list(FOUND.values())
every_workload = pytest.mark.parametrize("workload", WORKLOADS, ids=FOUND)
#: The default size: small, yet with several items for every part.
FEW = {"wait": 3, "request": 3, "triad": 9_000, "ship_in": 5_120, "ship_out": 320, "broadcast": 5_120}


def few(workload: Workload) -> int:
    """A small size of which several parts can be made."""
    return FEW.get(workload.name, 40)


def whole(workload: Workload, size: int = 0, seed: int = 5) -> tuple[Any, Any]:
    """A right result and its data."""
    data = workload.make(size or few(workload), seed)
    return workload.whole(data), data


def test_the_workloads_are_found() -> None:
    """Those of every file are there, each once and under a name of its own."""
    assert {"square.workload", "wait.request", "matmul.matmul_large"} <= FOUND.keys()
    assert len({workload.name for workload in WORKLOADS}) == len(WORKLOADS)
    assert len({id(workload) for workload in WORKLOADS}) == len(WORKLOADS)


@pytest.mark.parametrize("place", FOUND)
def test_a_file_is_named_after_its_workload(place: str) -> None:
    """`workload` has the name of its file, another one that of its variable."""
    stem, _, variable = place.partition(".")
    assert FOUND[place].name == (stem if variable == "workload" else variable)


@pytest.mark.parametrize(
    "module", [each for each in MODULES if hasattr(each, "workload")], ids=lambda each: each.__name__
)
def test_a_file_says_where_its_inputs_are(module: ModuleType) -> None:
    """The module says where inputs start and where results have to be."""
    about = " ".join((module.__doc__ or "").split())
    assert "nputs start" in about or "nputs are made" in about
    assert "result must be" in about


@every_workload
def test_what_is_expected_has_its_reasons(workload: Workload) -> None:
    """A workload that distinguishes strategies names its effect, and has two to four expectations."""
    if not workload.isolates:
        assert not workload.expects
        return
    assert 2 <= len(workload.expects) <= 4
    assert all(expectation.why.endswith(".") for expectation in workload.expects)
    for label in {label for each in workload.expects for label in (each.strategy, each.than)} - {*MEASURES}:
        if isinstance(label, str):
            find(label)  # raises if there is none


@every_workload
@pytest.mark.parametrize("parts", [1, 2, 3, 7, 100])
def test_the_kernel_is_right_however_it_is_cut(workload: Workload, parts: int) -> None:
    """The combined parts verify, for any number of parts, also above the number of items."""
    data = workload.make(few(workload), 5)
    done = [workload.kernel(chunk) for chunk in workload.split(data, parts)]
    done = workload.stages.by_barriers(one_by_one, done, data) if workload.stages else done
    assert workload.check(workload.combine(done, data), data) == ""


def test_library_code_has_other_forms() -> None:
    """A job that NumPy can do in whole arrays has a vectorized form, so that the baseline is the fastest possible."""
    having = {workload.name for workload in WORKLOADS if workload.vectorized is not None}
    assert {"square", "square_array", "affine", "affine_sum", "sort", "matmul", "matmul_large"} == having


@every_workload
@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_writing_in_place_is_right(workload: Workload, parts: int) -> None:
    """`write_into` fills exactly its own rows, and all rows together verify."""
    if workload.write_into is None or workload.output is None:
        return
    data = workload.make(few(workload), 5)
    shape, dtype = workload.output(data)
    out = np.full(shape, 77, dtype)
    pairs = bounds(shape[0], parts)
    for (start, stop), chunk in zip(pairs, workload.split(data, parts), strict=True):
        assert (out[start:] == 77).all(), "a chunk wrote beyond its rows"
        workload.write_into(chunk, out[start:stop])
    assert workload.check(workload.finish(out) if workload.finish else out, data) == ""


@pytest.mark.parametrize(
    "spoil",
    [lambda x: x - 0.2, lambda x: np.clip(x, 1.2, 2.8), lambda x: x[:-1], lambda x: np.full_like(x, 2.0)],
    ids=["shifted", "clipped", "short", "constant"],
)
def test_wrong_tutorial_numbers_are_caught(spoil: Any) -> None:
    """Numbers outside the range, of another mean, variance or shape are refused, though they are random."""
    result, data = whole(affine.workload, 100)
    affine.verify_tutorial(result, data)
    with pytest.raises(AssertionError):
        affine.verify_tutorial(spoil(result), data)


@pytest.mark.parametrize("n", [1, 7, 200])
def test_affine_has_the_numbers_of_one_stream_however_it_is_cut(n: int) -> None:
    """Blocks, chunks and skipping ahead change no bit of the array, over several blocks too."""
    stream = np.random.Generator(np.random.PCG64(9)).random((n, n)) * 2 + 1
    for parts in (1, 2, 3, 7):
        chunks = affine.split(affine.make(n, 9), parts)
        assert np.array_equal(np.concatenate([affine.affine(chunk) for chunk in chunks]), stream)
        dask_array = affine.dask_form(affine.make(n, 9), parts)
        assert np.array_equal(dask_array.compute(scheduler="sync"), stream)


def test_another_seed_gives_other_numbers() -> None:
    """The seed decides the numbers of the seeded workloads, and verification notices a wrong one."""
    for workload in WORKLOADS:
        if workload is square.workload:
            continue  # the one whose numbers are always the same
        result, _ = whole(workload, seed=1)
        other = workload.make(few(workload), 2)
        assert workload.check(result, workload.make(few(workload), 1)) == ""
        assert workload.check(result, other) != ""


@every_workload
def test_dask_keys_are_never_used_twice(workload: Workload) -> None:
    """Two graphs for the same data share no key, so Dask cannot take one call's work for the other's."""
    if workload.dask is None:
        return
    data = workload.make(few(workload), 5)
    one, two = (set(dict(workload.dask(data, 2).__dask_graph__())) for _ in range(2))
    assert one
    assert not one & two


@every_workload
def test_sizes_and_estimates_make_sense(workload: Workload) -> None:
    """The tiny size is smaller than all others, profiles grow, and memory covers at least what is moved."""
    sizes = workload.all_sizes
    if isinstance(sizes, Sizes):
        assert sizes.tiny < sizes.quick[0]
        if workload.bound != "latency":  # where one size says all, as every item takes as long
            assert len(sizes.quick) == 2
            assert set(sizes.quick) <= set(sizes.standard) < set(sizes.thorough)
    else:
        assert isinstance(sizes, SizesByTime)
        assert sizes.tiny < sizes.about[0]
    most = sizes.of_profile("thorough")
    estimates = [workload.peak_bytes(size) for size in (sizes.tiny, *most)]
    assert estimates == sorted(estimates)
    if workload.inputs == "made in workers" and workload.outputs == "reduced":
        return  # nothing is moved, and what is gone through need not all be there at once
    for size in most:
        assert workload.peak_bytes(size) >= workload.elements(size) * (workload.bytes_in + workload.bytes_out) > -1


def test_the_tutorials_own_sizes_are_in_the_thorough_profile() -> None:
    """1,000,000 ints and a 10,000 by 10,000 array."""
    assert 1_000_000 in square.workload.all_sizes.of_profile("thorough")
    assert 10_000 in affine.workload.all_sizes.of_profile("thorough")
    assert 10_000 in affine_sum.workload.all_sizes.of_profile("thorough")
