"""Time of a strategy at unmeasured sizes, from the measured ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from parbench.analysis.advice.interpolation import Estimate, at_size, growth


def test_between_sizes_lines_of_logarithms_hold() -> None:
    """A time that grows with a power of the size is met between two sizes, and flagged."""
    found = {size: Estimate(1e-6 * size**1.5, 0.1, 1e-5 * size**1.5, 100.0 * size, 0.01) for size in (100, 10_000)}
    between = at_size(found, 1_000)
    assert between.source == "between"
    assert between.steady == pytest.approx(1e-6 * 1_000**1.5)
    assert between.first == pytest.approx(1e-5 * 1_000**1.5)
    assert between.peak_bytes == pytest.approx(100_000)
    assert at_size(found, 100).source == "measured"


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_beyond_sizes_the_line_goes_on_and_is_flagged(size: int) -> None:
    """In both directions the last line continues, and its uncertainty grows with the distance."""
    found = {each: Estimate(1e-6 * each**1.5, 0.1, 1e-6 * each**1.5, 1.0, 0.01) for each in (100, 10_000)}
    beyond = at_size(found, size)
    assert beyond.source == "beyond"
    assert beyond.steady == pytest.approx(1e-6 * size**1.5)
    assert beyond.sigma > at_size(found, 1_000).sigma


@pytest.mark.parametrize("size", [100, 10_000, 100_000_000])
@pytest.mark.parametrize("truth", [lambda size: 3e7 + 80.0 * size, lambda size: 8.0 * size**2])
def test_memory_is_that_of_processes_and_some_an_element(truth: Callable[[int], float], size: int) -> None:
    """A constant part of the memory is found between sizes and beyond, and so is a power of the size."""
    found = {each: Estimate(1.0, 0.0, 1.0, truth(each), 0.01) for each in (1_000, 1_000_000)}
    assert at_size(found, size).peak_bytes == pytest.approx(truth(size))


def test_memory_of_one_size_is_told_as_what_there_may_be_at_most() -> None:
    """In proportion above, and as much below."""
    found = {1_000: Estimate(1.0, 0.0, 1.0, 3e7, 0.01)}
    assert [at_size(found, size).peak_bytes for size in (10, 1_000, 3_000)] == pytest.approx([3e7, 3e7, 9e7])
    alike = {1_000: found[1_000], 2_000: Estimate(1.0, 0.0, 1.0, 4e7, 0.01)}  # as many elements, whatever the size
    assert at_size(alike, 1_500, elements={1_000: 5.0, 2_000: 5.0}).peak_bytes == pytest.approx(4e7)


def test_beyond_sizes_nothing_grows_less_than_serial() -> None:
    """Overhead that hides the work at the measured sizes does not hide it for ever: speedups do not grow on."""
    serial = {each: Estimate(1e-6 * each, 0.0, 1e-6 * each, 1.0, 0.01) for each in (1_000, 10_000)}
    heavy = {each: Estimate(0.05, 1.0, 0.05, 1.0, 0.01) for each in (1_000, 10_000)}
    assert growth(serial) == pytest.approx(1)
    assert growth({1_000: serial[1_000]}) == 0
    assert at_size(heavy, 1_000_000, growth(serial)).steady == pytest.approx(5.0)
    assert at_size(heavy, 100, growth(serial)).steady == pytest.approx(0.05)


@pytest.mark.parametrize("size", [100, 3_000, 100_000])
def test_memory_is_by_elements_where_their_number_is_known(size: int) -> None:
    """Of a square array the elements are what takes memory, on top of what processes need, not its rows."""
    found = {rows: Estimate(1.0, 0.0, 1.0, 3e7 + 16.0 * rows**2, 0.01) for rows in (256, 2_048)}
    by_elements = at_size(found, size, elements={256: 65_536.0, 2_048: 4_194_304.0})
    assert by_elements.peak_bytes == pytest.approx(3e7 + 16 * size**2)
    assert size < 2_048 or at_size(found, size).peak_bytes < by_elements.peak_bytes
