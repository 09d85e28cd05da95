"""The share of slow calls."""

from __future__ import annotations

import math

import pytest

from parbench.analysis.stats.slow_calls import SlowCalls, slow_calls


@pytest.mark.parametrize(
    ("calls", "typical", "expected"),
    [
        ([1.0] * 5 + [1.8] * 5, 1.0, SlowCalls(0.5, 1.8)),
        ([1.0] * 5 + [1.8] * 5, 1.8, SlowCalls(0.5, 1.8)),
        ([1.0] * 4 + [1.8] * 6, 1.8, SlowCalls(0.6, 1.8)),
        ([1.0, 1.1, 1.2, 9.0], 1.15, SlowCalls(0.25, 9 / 1.1)),
    ],
)
def test_slow_calls_are_found_whatever_the_typical_call_is(
    calls: list[float], typical: float, expected: SlowCalls
) -> None:
    """Their share and ratio are the same if the typical call is a fast one, or a slow one."""
    assert slow_calls(calls, typical) == pytest.approx(expected)


@pytest.mark.parametrize("calls", [[1.0, 1.1, 0.9], [1.0], [0.0, 0.0], [0.0, 0.0, 1.0]])
def test_calls_of_one_kind_have_no_slow_ones(calls: list[float]) -> None:
    """Times near each other have the share 0, and so have times that nothing can be compared with."""
    found = slow_calls(calls, calls[0])
    assert found.share == 0
    assert math.isnan(found.ratio)


def test_without_calls_nothing_is_known() -> None:
    """A run from before calls were recorded has neither a share nor a ratio."""
    assert all(math.isnan(each) for each in slow_calls([], 1.0))
