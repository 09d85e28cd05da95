"""Break-even of a strategy: by size and by calls, with every answer and every refusal, from generated runs."""

from __future__ import annotations

import math
import random
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis import break_even, break_even_calls, metg
from parbench.analysis.stats.crossing import Point, lasting, reached
from tests.support.runs_over_sizes import SIZES, costs, failed, frame_of, only, work


def sizes(*given: Any, **more: Any) -> Any:
    """The only answer about sizes of a made-up run."""
    return only(parbench.break_even(frame_of(*given, **more)))


def points(*speedups: float, spread: float = 1.05) -> list[Point]:
    """A curve at 1, 10, 100, … with intervals of the given half-width."""
    return [Point(10.0**place, each, each / spread, each * spread) for place, each in enumerate(speedups)]


# -- curves ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speedups", "outcome", "low", "high"),
    [
        ((0.5, 2), "passed", 1, 10),
        ((0.5, 1, 2), "passed", 1, 100),  # an open value lies between the ends
        ((0.5, 2, 0.5, 2), "passed", 100, 1000),  # the last time
        ((2, 3), "above", math.nan, 1),
        ((0.5, 0.6), "below", 10, math.nan),
        ((2, 0.5), "below", 10, math.nan),  # not for good
        ((0.5, 1), "open", 1, math.nan),
        ((1, 2), "open", math.nan, 10),
        ((1, 1), "open", math.nan, math.nan),
    ],
)
def test_a_level_is_passed_for_good_between_two_sure_points(
    speedups: tuple[float, ...], outcome: str, low: float, high: float
) -> None:
    """Between the last point that is significantly below and the first after which all are significantly above."""
    found = lasting(points(*speedups), 1.0)
    assert found.outcome == outcome
    assert (found.low, found.high) == pytest.approx((low, high), nan_ok=True)
    assert math.isnan(found.about) or found.low <= found.about <= found.high


@pytest.mark.parametrize(
    ("speedups", "outcome", "low", "high"),
    [
        ((0.5, 2, 0.5, 2), "passed", 1, 10),  # the first time
        ((0.5, 1, 2, 0.5), "passed", 1, 100),
        ((2, 0.5), "above", math.nan, 1),
        ((0.5, 0.6), "below", 10, math.nan),
        ((1, 2), "open", math.nan, 10),
        ((0.5, 1), "open", 1, math.nan),
    ],
)
def test_a_level_is_reached_between_two_sure_points(
    speedups: tuple[float, ...], outcome: str, low: float, high: float
) -> None:
    """Between the first point that is significantly above and the last one before it that is significantly below."""
    found = reached(points(*speedups), 1.0)
    assert found.outcome == outcome
    assert (found.low, found.high) == pytest.approx((low, high), nan_ok=True)


def test_the_estimate_is_on_a_straight_line_of_logarithms() -> None:
    """Halfway between a half and two is halfway between the sizes, by ratio."""
    assert lasting(points(0.5, 2), 1.0).about == pytest.approx(math.sqrt(10))
    assert lasting(points(0.25, 2), 1.0).about == pytest.approx(10 ** (2 / 3))


def test_of_several_passages_the_last_or_the_first_counts() -> None:
    """Where open points go up and down between the sure ones: for good is the last time, reached is the first."""
    wavy = points(0.5, 1.02, 0.98, 2)
    assert 100 < lasting(wavy, 1.0).about < 1000
    assert 1 < reached(wavy, 1.0).about < 10


def test_a_point_without_an_interval_is_open() -> None:
    """One block shows nothing significant."""
    bare = [Point(each.at, each.value, math.nan, math.nan) for each in points(0.1, 5)]
    assert lasting(bare, 1.0).outcome == reached(bare, 1.0).outcome == "open"


# -- sizes -------------------------------------------------------------------------------------------------------


def test_the_break_even_size_is_found_between_two_sizes() -> None:
    """With 3.5 ms a call on two cores it is 7000 elements, 7 ms of the baseline; the interval is two measured sizes."""
    row = sizes({"threads": costs(0.0035)})
    assert (row.outcome, row.size_low, row.size_high) == ("found", 5000, 10_000)
    assert row.size == pytest.approx(7000, rel=0.05)
    assert row.baseline_seconds == pytest.approx(1e-6 * row.size, rel=0.01)
    assert (row.smallest, row.largest, row.sizes, row.reason) == (1000, 50_000, 6, "")


@pytest.mark.parametrize(("factor", "worst"), [(2, 1.03), (10, 1.4)])
def test_a_straight_line_is_off_by_as_much_as_is_said(factor: int, worst: float) -> None:
    """With a fixed cost per call the error of the estimate is limited for all sizes, and it is inside its interval."""
    ratios = []
    for step in range(1, 40):
        first = 14_000 * factor ** (-step / 40)
        one, other = (Point(at, at / (0.007 + at / 2e6) / 1e6, 0, 0) for at in (first, factor * first))
        sure = [Point(each.at, each.value, each.value, each.value) for each in (one, other)]
        found = lasting(sure, 1.0)
        assert found.low <= 14_000 <= found.high
        ratios.append(found.about / 14_000)
    assert min(ratios) >= 1
    assert max(ratios) == pytest.approx(worst, abs=0.01)


@pytest.mark.parametrize("noise", [0.01, 0.03, 0.1])
def test_the_bracket_holds_the_truth(noise: float) -> None:
    """Of brackets under noise, each point with a 95 % interval of its own, at least 95 % hold the true break-even."""
    rng = random.Random(1)
    held = found = 0
    for _ in range(2000):
        truth = 10 ** rng.uniform(3.5, 4.2)  # inside of the sizes
        curve = []
        for size in SIZES:
            value = size / (truth / 2 + size / 2) * math.exp(rng.gauss(0, noise))
            curve.append(Point(size, value, value * math.exp(-1.96 * noise), value * math.exp(1.96 * noise)))
        about = lasting(curve, 1.0)
        found += about.outcome == "passed"
        held += about.outcome == "passed" and about.low <= truth <= about.high
    assert found > 1000
    assert held >= 0.95 * found


def test_always_and_never_are_answers() -> None:
    """Faster from the smallest size on, or slower at the largest, each with the size that shows it."""
    always = sizes({"threads": costs(1e-6)})
    assert (always.outcome, always.size_high, always.baseline_seconds) == ("always", 1000, 0.001)
    assert "at the smallest size already, 1,000" in always.reason
    never = sizes({"threads": costs(1.0)})
    assert (never.outcome, never.size_low) == ("never", 50_000)
    assert math.isnan(never.size)
    assert never.reason.startswith("at the largest size, 50,000, it is slower, 0.049×")


def test_faster_only_in_between_is_never_for_good() -> None:
    """Where the largest size is slower again there is no size to name, and the faster ones are."""
    row = sizes({"threads": lambda cores, chunks, size: (0.5e-6 if size == 5000 else 2e-6) * size})
    assert row.outcome == "never"
    assert row.reason.endswith("only at 5,000 it is faster")


def test_no_difference_is_an_answer() -> None:
    """A strategy that stays within a tenth of the baseline is not called undecided."""
    row = sizes({"threads": work})
    assert row.outcome == "no difference"
    assert "50,000 it makes no difference, neither faster nor slower, 1.00×" in row.reason


def test_what_is_open_says_what_to_measure() -> None:
    """Beyond the largest size, or below the smallest; and without intervals, longer."""
    above = sizes({"threads": costs(0.025)}, spread=8)
    assert (above.outcome, above.size_low) == ("undecided", 20_000)
    assert "slower up to 20,000, and at the largest size, 50,000, it is neither faster nor slower" in above.reason
    assert "measure larger sizes, or measure longer" in above.reason
    below = sizes({"threads": costs(0.0005)}, spread=8)
    assert (below.outcome, below.size_high) == ("undecided", 2000)
    assert "faster from 2,000 on, and below that is open: measure smaller sizes" in below.reason
    assert sizes({"threads": costs(0.0035)}, blocks=1).outcome == "undecided"


def test_one_size_is_too_few_and_says_how_to_have_more() -> None:
    """Its state at that size is reported, and the mark that places more sizes."""
    row = sizes({"threads": costs(0.0035)}, sizes=(20_000,))
    assert row.outcome == "one size"
    assert 'at one size only, 20,000, where it is faster, 1.48×: give the test bracket="break-even"' in row.reason


def test_a_strategy_that_failed_half_way_says_where() -> None:
    """The existing sizes count; the missing ones are named with the first reason, even if it has none."""
    row = only(parbench.break_even(failed(frame_of({"threads": costs(0.0035)}), "threads", SIZES[4:])))
    assert (row.outcome, row.largest) == ("found", 10_000)
    assert row.reason == "no result at 20,000, 50,000 (no answer within 20 s: it hangs)"
    row = only(parbench.break_even(failed(frame_of({"threads": costs(0.0035)}), "threads", SIZES)))
    assert row.outcome == "not measured"
    assert row.reason.startswith("no result at 1,000, ")
    row = only(parbench.break_even(failed(frame_of({"threads": costs(0.0035)}), "serial", SIZES)))
    assert (row.outcome, row.reason) == ("not measured", "there was no baseline to compare it with")


def test_a_size_of_nothing_does_not_count() -> None:
    """A run file from elsewhere may contain it: it is left out, with a note."""
    frame = frame_of({"threads": costs(0.0035)})
    frame.loc[frame["size"] == 1000, "size"] = 0
    row = only(parbench.break_even(frame))
    assert (row.outcome, row.smallest, row.sizes) == ("found", 2000, 5)
    assert row.reason == "a size of 0 does not count"
    assert only(parbench.metg(frame)).reason.endswith("a size of 0 does not count")


def test_a_run_of_baselines_has_no_rows() -> None:
    """There is nothing to ask, and every table has its columns all the same."""
    frame = frame_of({})
    assert list(parbench.break_even(frame).columns) == break_even.COLUMNS
    assert list(parbench.break_even_calls(frame).columns) == break_even_calls.COLUMNS
    assert list(parbench.metg(frame).columns) == metg.COLUMNS
    assert len(parbench.break_even(frame)) == len(parbench.break_even_calls(frame)) == len(parbench.metg(frame)) == 0


def test_a_summary_spares_making_one() -> None:
    """The same answers come from the summary that was made already, and a base of a comparison has none."""
    frame = frame_of({"threads": costs(0.0035)})
    summary = parbench.summarize(frame)
    assert parbench.break_even(frame, summary).equals(parbench.break_even(frame))
    assert parbench.break_even(frame, summary.assign(environment="base")).empty


# -- calls -------------------------------------------------------------------------------------------------------


def calls(once: tuple[float, ...], size: int = 50_000, **more: Any) -> Any:
    """The answer about calls of a strategy that takes 25.5 ms for the baseline's 50 at 50,000."""
    paid: Any = {"threads": once, "serial": (0.0, 0.05, 0.0)}
    frame = frame_of({"threads": costs(0.0005)}, sizes=(200, size), once=paid, **more)
    return next(row for row in list[Any](parbench.break_even_calls(frame).itertuples()) if row.size == size)


@pytest.mark.parametrize(
    ("once", "outcome", "expected"),
    [
        ((0.2, 0.1, 0.05), "repaid", 14),  # 300 ms lost by the first call, 24.5 ms gained in each of 13 more
        ((0.001, 0.026, 0.001), "at once", 1),
        ((0.02, 0.03, 0.0245), "repaid", 2),
    ],
)
def test_a_start_is_repaid_after_some_calls(once: tuple[float, ...], outcome: str, expected: int) -> None:
    """After as many as it takes to make up for start, first call and stop, the baseline's first call apart."""
    row = calls(once)
    assert (row.outcome, row.calls, row.starts) == (outcome, expected, 1)
    assert row.calls_low <= row.calls <= row.calls_high <= row.calls + 1
    assert row.once_seconds == pytest.approx(sum(once) - 0.05)
    assert row.gain_seconds == pytest.approx(0.0245, rel=0.01)


def test_a_noisy_speedup_makes_a_wide_interval_of_calls() -> None:
    """The ends are those of the speedup's interval, put into what each call gains."""
    quiet, noisy = calls((0.2, 0.1, 0.05)), calls((0.2, 0.1, 0.05), spread=5)
    assert noisy.calls_high - noisy.calls_low > quiet.calls_high - quiet.calls_low


def test_several_starts_have_an_interval_of_their_own() -> None:
    """Starts that differ from block to block widen it; the estimate is their mean."""
    frame = frame_of(
        {"threads": costs(0.0005)}, sizes=(50_000,), once={"threads": (0.2, 0.1, 0.05), "serial": (0, 0.05, 0)}
    )
    once = frame["phase"] != "steady"
    again = frame[once].assign(block=1)
    again.loc[again["phase"] == "start", "seconds"] *= 1.1
    both = pd.concat([frame, again])
    both.attrs = frame.attrs
    (one,), (two,) = (list[Any](parbench.break_even_calls(each).itertuples()) for each in (frame, both))
    assert (one.starts, two.starts) == (1, 2)
    assert two.once_seconds == pytest.approx(0.31)
    assert two.calls_low < one.calls_low
    assert two.calls_high > one.calls_high


def test_a_start_is_not_repaid_where_nothing_is_gained() -> None:
    """Significantly slower is never, perhaps slower is undecided, and no start or no result is not measured."""
    assert calls((0.2, 0.1, 0.05), size=500).outcome == "never"
    assert calls((0.2, 0.1, 0.05), size=1000, spread=5).outcome == "undecided"
    assert calls(()).reason == "its start was not measured"
    frame = failed(frame_of({"threads": costs(0.0005)}), "threads", SIZES)
    assert set(parbench.break_even_calls(frame)["outcome"]) == {"not measured"}
