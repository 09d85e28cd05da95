"""Round sizes, and what a few measured ones say of others."""

from __future__ import annotations

import pytest

from parbench.measurement.sizing.power_law import TimeCurve, nearest_round_size
from parbench.workload.sizes import TARGETS

LINEAR = (1000, 10_000, 100_000, 1_000_000)
CUBIC = (100, 215, 464, 1000)


def curve(
    points: dict[int, float] | None = None, about: tuple[int, ...] = LINEAR, least: int = 1, most: int = 10**12
) -> TimeCurve:
    """A curve through points, seconds by size."""
    return TimeCurve(about, least, most, points or {})


@pytest.mark.parametrize(
    ("size", "round_size"),
    [
        (0.001, 1),
        (1, 1),
        (1.4, 1),
        (1.5, 2),
        (3.1, 2),
        (3.2, 5),
        (7, 5),
        (7.1, 10),
        (9.99, 10),
        (1000, 1000),
        (1414, 1000),
        (1415, 2000),
        (3162, 2000),
        (3163, 5000),
        (123_456_789, 100_000_000),
        (10**17, 10**17),
    ],
)
def test_sizes_are_rounded_to_the_nearest_by_ratio(size: float, round_size: int) -> None:
    """1, 2 and 5 times a power of ten, whichever is the fewest times larger or smaller."""
    assert nearest_round_size(size) == round_size


@pytest.mark.parametrize(("least", "round_size"), [(1, 1), (2, 2), (3, 5), (5, 5), (6, 10), (11, 20), (51, 100)])
def test_a_round_size_is_not_below_the_least(least: int, round_size: int) -> None:
    """The next round size above it is the smallest there is."""
    assert nearest_round_size(1, least) == round_size


@pytest.mark.parametrize("exponent", range(1, 170, 3))
def test_round_sizes_stay_as_they_are(exponent: int) -> None:
    """Rounding twice is rounding once, over all sizes that a run file may hold."""
    once = nearest_round_size(10 ** (exponent / 10))
    assert nearest_round_size(once) == once
    assert str(once).rstrip("0") in ("1", "2", "5")


def test_before_anything_is_measured_an_ordinary_machine_counts() -> None:
    """Each time has the size that the workload gives for it, rounded."""
    assert [curve(about=CUBIC).size(target) for target in TARGETS] == [100, 200, 500, 1000]


@pytest.mark.parametrize(("about", "size"), [(LINEAR, 200_000), (CUBIC, 500)])
def test_one_point_moves_an_ordinary_machine(about: tuple[int, ...], size: int) -> None:
    """A machine twice as fast has larger sizes, by as much as the costs grow."""
    measured = curve(about=about)
    measured.add(about[1], 0.005)
    assert measured.size(0.1) == size


def test_two_points_far_apart_say_how_costs_grow() -> None:
    """They count for more than what the workload says, and a prediction follows them."""
    square = curve({100: 0.001, 1000: 0.1})
    assert square.size(1.0) == 5000  # 3162 and a bit
    assert square.seconds(5000, near=1.0) == pytest.approx(2.5)
    assert square.seconds(1000, near=1.0) == 0.1


def test_two_points_close_together_say_little() -> None:
    """A disturbed measurement next to another one does not turn linear costs into the fifth power."""
    disturbed = curve({10_000: 0.003, 20_000: 0.096})
    assert disturbed.size(10.0) >= 100_000


def test_of_two_measurements_the_faster_counts() -> None:
    """Noise makes a call longer, never shorter; and a time of nothing is taken for a very short one."""
    found = curve()
    for seconds in (0.5, 0.3, 0.4):
        found.add(10, seconds)
    found.add(20, 0.0)
    assert found.points[10] == 0.3
    assert found.points[20] > 0


@pytest.mark.parametrize("points", [{10: 1e-9, 20: 1e9}, {10: 1e9, 20: 1e-9}, {10: 1.0, 20: 1.0}])
def test_no_size_is_outside_of_what_is_allowed(points: dict[int, float]) -> None:
    """Whatever was measured, a size is between the least and the most, give or take the rounding."""
    found = curve(points, least=7, most=50_000)
    for target in TARGETS:
        assert 10 <= found.size(target) <= 50_000
        assert found.seconds(20_000, near=target) > 0
