"""Times of the calls of a sample, as short whole numbers."""

from __future__ import annotations

from statistics import fmean

import pytest

from parbench.runfile.calls import MOST_CALLS, compact, in_seconds


def test_calls_come_back_in_their_order() -> None:
    """Each time is back within half a thousandth of the typical time, at its place."""
    seconds = [0.0123, 0.0119, 0.0251, 0.0121]
    calls = compact(seconds, 0.0121)
    assert calls == [1017, 983, 2074, 1000]
    assert in_seconds(calls, 0.0121) == pytest.approx(seconds, abs=0.0005 * 0.0121)


@pytest.mark.parametrize("count", [MOST_CALLS + 1, 250, 1000])
def test_many_calls_are_sorted_and_grouped(count: int) -> None:
    """However many there are, 64 numbers have their mean and the share of those that are twice as slow."""
    calls = compact([2.0 if index % 4 == 0 else 1.0 for index in range(count)], 1.0)
    assert len(calls) == MOST_CALLS
    assert calls == sorted(calls)
    assert fmean(calls) == pytest.approx(1250, rel=0.01)
    assert sum(each > 1300 for each in calls) / MOST_CALLS == pytest.approx(0.25, abs=1.5 / MOST_CALLS)


def test_calls_below_the_resolution_of_the_clock_have_no_numbers() -> None:
    """Nothing can be given in parts of 0 seconds."""
    assert compact([0.0, 0.0, 0.1], 0.0) == []
