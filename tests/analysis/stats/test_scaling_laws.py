"""The fits of scaling laws: published numbers, exact points, what does not matter, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.errors import AnalysisError

#: From the SPEC SDM 91 benchmark, as in S. Möding's R package usl (data specsdm91), with what that prints.
LOAD = [1, 18, 36, 72, 108, 144, 216]
THROUGHPUT = [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2]
#: From N. Gunther, "Guerrilla Capacity Planning", 2007, as in the same package (data raytracer).
PROCESSORS = [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64]
RAYS = [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]

FITS = (parbench.fit_usl, parbench.fit_amdahl, parbench.fit_gustafson, parbench.karp_flatt)


def amdahl(cores: Any, fraction: float) -> Any:
    """Speedups that Amdahl's law gives."""
    return 1 / (fraction + (1 - fraction) / np.asarray(cores, dtype=float))


def usl(cores: Any, sigma: float, kappa: float, gamma: float) -> Any:
    """Throughputs that the universal scalability law gives."""
    cores = np.asarray(cores, dtype=float)
    return gamma * cores / (1 + sigma * (cores - 1) + kappa * cores * (cores - 1))


def close(fit: Any, sigma: float, kappa: float, gamma: float) -> bool:
    """Whether a fit has these parameters."""
    return (fit.sigma, fit.kappa, fit.gamma) == (
        pytest.approx(sigma, rel=1e-6, abs=1e-8),
        pytest.approx(kappa, rel=1e-6, abs=1e-10),
        pytest.approx(gamma, rel=1e-6),
    )


def test_the_published_fit_comes_out_to_its_last_digit() -> None:
    """On the data of specsdm91 all that R's usl prints of the fit is the same in every digit printed."""
    fit = parbench.fit_usl(LOAD, THROUGHPUT)
    printed = [f"{fit.sigma:.3e}", f"{fit.kappa:.3e}", f"{fit.gamma:.2f}", f"{fit.peak:.0f}", f"{fit.peak_cores:.2f}"]
    assert printed == ["2.773e-02", "1.044e-04", "90.00", "1884", "96.52"]
    assert (f"{fit.residual_standard_error:.2f}", fit.degrees_of_freedom) == ("82.85", 4)
    assert fit.limit == pytest.approx(3245.589, rel=1e-6)


def test_standard_errors_are_the_published_ones() -> None:
    """The intervals are Student's, with the standard errors that R's usl prints, on four degrees of freedom."""
    fit = parbench.fit_usl(LOAD, THROUGHPUT)
    quantile = 2.776445  # of Student's t at 97.5 %
    errors = [
        (ends.high - ends.low) / 2 / quantile for ends in (fit.sigma_interval, fit.kappa_interval, fit.gamma_interval)
    ]
    assert [f"{errors[0]:.3e}", f"{errors[1]:.3e}", f"{errors[2]:.2f}"] == ["9.122e-03", "1.988e-05", "14.21"]


def test_residuals_are_the_published_ones() -> None:
    """The residual standard error is that of R's usl."""
    left = THROUGHPUT - parbench.fit_usl(LOAD, THROUGHPUT).predict(LOAD)
    assert list(left.round(2)) == [-25.10, -81.66, 111.09, 3.05, -49.99, -46.60, 56.00]


def test_a_parameter_at_its_bound_is_exactly_there() -> None:
    """On the data of raytracer kappa is 0, so that there is a limit instead of a peak."""
    fit = parbench.fit_usl(PROCESSORS, RAYS)
    assert (f"{fit.sigma:.4f}", fit.kappa, f"{fit.gamma:.4f}") == ("0.0578", 0.0, "21.8488")
    assert fit.peak_cores == math.inf
    assert fit.peak == fit.limit == pytest.approx(378.2, abs=0.05)


def test_few_points_give_the_published_fit() -> None:
    """On the first five points of raytracer the fit is what R's usl prints, and so it is of points in falling order."""
    fit = parbench.fit_usl(PROCESSORS[:5], RAYS[:5])
    assert (f"{fit.sigma:.3f}", f"{fit.kappa:.3f}", f"{fit.gamma:.3f}") == ("0.028", "0.001", "21.059")
    fit = parbench.fit_usl([10, 8, 6, 4, 2, 1], [3.3557, 3.5398, 3.5294, 3.0769, 1.8868, 1])
    assert (f"{fit.sigma:.3f}", f"{fit.kappa:.3f}", f"{fit.gamma:.2f}") == ("0.020", "0.020", "1.00")


def test_exact_points_give_back_what_they_were_made_from() -> None:
    """Whatever the parameters, bounds included, points on the curve give them back, and nothing is left."""
    rng = np.random.default_rng(5)
    for _ in range(60):
        sigma = float(rng.choice([0.0, rng.uniform(0, 1), 10 ** rng.uniform(-4, 0)]))
        kappa = float(rng.choice([0.0, 10 ** rng.uniform(-6, -1)]))
        gamma = float(10 ** rng.uniform(-6, 9))
        cores = np.unique([1, 2, 3, *rng.integers(4, 10 ** rng.integers(1, 4), size=6)])
        fit = parbench.fit_usl(cores, usl(cores, sigma, kappa, gamma))
        assert close(fit, sigma, kappa, gamma), (sigma, kappa, gamma, cores, fit)
        assert fit.residual_standard_error < 1e-6 * gamma * max(cores)


def test_the_order_of_points_does_not_matter() -> None:
    """Points in any order give the same fit of every law."""
    rng = np.random.default_rng(6)
    order = rng.permutation(len(LOAD))
    mixed = [LOAD[at] for at in order], [THROUGHPUT[at] for at in order]
    first, second = parbench.fit_usl(LOAD, THROUGHPUT), parbench.fit_usl(*mixed)
    assert close(second, first.sigma, first.kappa, first.gamma)
    cores, speedup = [2, 4, 8, 16], [1.9, 3.4, 6.1, 9.0]
    for fit in (parbench.fit_amdahl, parbench.fit_gustafson):
        assert fit(cores[::-1], speedup[::-1]).fraction == pytest.approx(fit(cores, speedup).fraction, rel=1e-9)
    assert list(parbench.karp_flatt(cores[::-1], speedup[::-1])) == list(parbench.karp_flatt(cores, speedup))[::-1]


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 7.0, 1e15])
def test_the_unit_of_throughput_does_not_matter(unit: float) -> None:
    """Throughputs in another unit give the same sigma and kappa, and gamma, peak and errors in that unit."""
    first = parbench.fit_usl(LOAD, THROUGHPUT)
    second = parbench.fit_usl(LOAD, [unit * each for each in THROUGHPUT])
    assert close(second, first.sigma, first.kappa, unit * first.gamma)
    for name in ("peak", "limit", "residual_standard_error"):
        assert getattr(second, name) == pytest.approx(unit * getattr(first, name), rel=1e-6)


def test_every_kind_of_sequence_is_taken() -> None:
    """Lists, tuples, arrays, Series with any index, and generators give the same fit."""
    first = parbench.fit_usl(LOAD, THROUGHPUT)
    series = pd.Series(THROUGHPUT, index=list("gfedcba")), pd.Series(LOAD, index=range(50, 57))
    for cores, found in (
        (tuple(LOAD), np.array(THROUGHPUT)),
        (series[1], series[0]),
        ((each for each in LOAD), (each for each in THROUGHPUT)),
        ([Fraction(each) for each in LOAD], np.array(THROUGHPUT, dtype=object)),
    ):
        assert parbench.fit_usl(cores, found) == first


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.05, 0.1, 0.25, 0.5, 0.9, 1.0])
def test_exact_speedups_give_back_the_serial_fraction(fraction: float) -> None:
    """Speedups on Amdahl's curve, or on Gustafson's line, give the fraction, the limit, and no residual."""
    cores = [1, 2, 4, 8, 16, 32]
    fit = parbench.fit_amdahl(cores, amdahl(cores, fraction))
    assert fit.fraction == pytest.approx(fraction, abs=1e-9)
    assert fit.limit == (pytest.approx(1 / fraction) if fraction else math.inf)
    assert fit.predict(64) == pytest.approx(float(amdahl(64, fraction)))
    assert fit.residual_standard_error < 1e-9
    scaled = [each - fraction * (each - 1) for each in cores]
    weak = parbench.fit_gustafson(cores, scaled)
    assert weak.fraction == pytest.approx(fraction, abs=1e-9)
    assert list(weak.predict(cores)) == pytest.approx(scaled)
    assert list(parbench.karp_flatt(cores[1:], amdahl(cores[1:], fraction))) == pytest.approx([fraction] * 5, abs=1e-9)


def test_a_point_on_one_core_says_nothing() -> None:
    """With the point at one core or without it, a fit is the same, degrees of freedom and all."""
    with_it = parbench.fit_amdahl([1, 2, 4, 8], [1.0, 1.9, 3.4, 6.1])
    assert with_it == parbench.fit_amdahl([2, 4, 8], [1.9, 3.4, 6.1])
    assert with_it.degrees_of_freedom == 2


def test_two_core_counts_are_exact_and_have_no_interval() -> None:
    """One point beyond one core gives the fraction that meets it, by which nothing is known of the law."""
    fit = parbench.fit_amdahl([1, 2], [1, 1.6])
    assert fit.fraction == pytest.approx(0.25)
    assert (fit.degrees_of_freedom, math.isnan(fit.residual_standard_error)) == (0, True)
    assert [math.isnan(end) for end in fit.fraction_interval[1:]] == [True, True]


def test_noisy_points_give_the_best_fraction() -> None:
    """No other fraction has smaller squares, and the interval reaches as far as the textbook's."""
    rng = np.random.default_rng(7)
    cores = np.array([2.0, 4, 8, 16, 32])
    speedup = amdahl(cores, 0.1) * rng.lognormal(0, 0.03, 5)
    fit = parbench.fit_amdahl(cores, speedup)
    tried = np.linspace(0, 1, 100_001)
    squares = ((speedup - 1 / (tried[:, None] + (1 - tried[:, None]) / cores)) ** 2).sum(axis=1)
    assert fit.fraction == pytest.approx(tried[squares.argmin()], abs=1e-5)
    step = 1e-6
    slope = (amdahl(cores, fit.fraction + step) - amdahl(cores, fit.fraction - step)) / (2 * step)
    half = 2.776445 * math.sqrt(squares.min() / 4) / math.sqrt((slope**2).sum())
    assert fit.fraction_interval[1:] == pytest.approx((fit.fraction - half, fit.fraction + half), rel=1e-3)


def test_speedups_above_the_cores_are_cut_with_a_note() -> None:
    """If points are faster than the number of cores the fraction is 0, and if they are slower than one it is 1."""
    fast = parbench.fit_amdahl([2, 4, 8], [2.1, 4.3, 8.8])
    assert (fast.fraction, fast.limit) == (0.0, math.inf)
    assert "above the number of cores" in fast.note
    slow = parbench.fit_amdahl([2, 4], [0.9, 0.8])
    assert (slow.fraction, slow.limit) == (1.0, 1.0)
    assert "slower than one" in slow.note
    assert parbench.fit_amdahl([2, 4], [1.9, 3.4]).note == ""
    for fit in (fast, slow):
        assert 0 <= fit.fraction_interval.low <= fit.fraction <= fit.fraction_interval.high <= 1


def test_karp_and_flatt_are_not_cut() -> None:
    """Of each point its own fraction: the published formula, also below 0 and above 1, and NaN at one core."""
    found = parbench.karp_flatt([1, 2, 4, 2], [1, 1.9, 5, 0.5])
    assert math.isnan(found[0])
    assert list(found[1:]) == pytest.approx([(1 / 1.9 - 0.5) / 0.5, (1 / 5 - 0.25) / 0.75, 3.0])


def test_throughput_that_only_falls_peaks_at_one_core() -> None:
    """If each further core costs throughput, the peak is at one core; if all is flat there is none beyond it."""
    fit = parbench.fit_usl([1, 2, 3, 4, 6], usl([1, 2, 3, 4, 6], 0.9, 0.4, 10))
    assert [fit.peak_cores, fit.peak] == pytest.approx([1, 10])
    flat = parbench.fit_usl([1, 2, 4, 8], [5, 5, 5, 5])
    assert [flat.peak, flat.gamma] == pytest.approx([5, 5])
    assert flat.predict([1, 3, 100]) == pytest.approx([5, 5, 5])


def test_efficiency_is_throughput_a_core() -> None:
    """Efficiency is 1 on one core, and by the law beyond."""
    fit = parbench.fit_usl([1, 2, 4, 8], usl([1, 2, 4, 8], 0.1, 0.01, 3))
    assert list(fit.efficiency([1, 4])) == pytest.approx([1, 1 / 1.42])


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(
    ("cores", "found", "words"),
    [
        ([], [], "no points"),
        ([1, 2, 4, 8], [1, 2, 3], "core counts are 4 and"),
        ([1, 2, 4, math.nan], [1, 2, 3, 4], "not finite"),
        ([1, 2, 4, 8], [1, 2, 3, math.inf], "not finite"),
        ([1, 2, 4, 8], [1, 2, 3, -4], "cannot be"),
        ([1, 2, 4, 8], [1, 2, 3, 0], "cannot be"),
        ([0, 2, 4, 8], [1, 2, 3, 4], "0 cores cannot be"),
        ([0.5, 2, 4, 8], [1, 2, 3, 4], "0.5 cores cannot be"),
        ([1, 2, 4, 1e12], [1, 2, 3, 4], "1e[+]12 cores cannot be"),
        (["1", 2, 4, 8], [1, 2, 3, 4], "is no number"),
        ([1, 2, 4, 8], [1, 2, 3, None], "is no number"),
        ([1, 2, 4, 8], [1, 2, 3, pd.NA], "is no number"),
        ([1, 2, 4, 8], [True, 2, 3, 4], "is no number"),
        ([1, 2, 4, 8], [1, 2, 3, 4j], "is no number"),
        ([1, 2, 4, 8], [1, 2, 3, 10**400], "not finite"),
        ([[1, 2], [4, 8]], [1, 2], "is no number"),
        ("1248", [1, 2, 3, 4], "no sequence"),
        (4, 3, "no sequence"),
        (None, [1], "no sequence"),
        ({1: 2}, [1], "no sequence"),
    ],
)
def test_points_that_cannot_be_meant_are_refused(fit: Any, cores: Any, found: Any, words: str) -> None:
    """Every fit refuses them with an error of ours, in a sentence that says what to do."""
    with pytest.raises(AnalysisError, match=words) as caught:
        fit(cores, found)
    assert isinstance(caught.value, parbench.ParbenchError)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_too_few_core_counts_are_no_usl(count: int) -> None:
    """Fewer than four different core counts are refused, however many points there are, with what to measure."""
    cores = [1, 2, 4][:count] * 5
    with pytest.raises(AnalysisError, match=rf"at least 4 core counts, and there (is|are) {count}: measure"):
        parbench.fit_usl(cores, usl(cores, 0.1, 0.01, 3))


@pytest.mark.parametrize("fit", [parbench.fit_amdahl, parbench.fit_gustafson, parbench.karp_flatt])
def test_one_core_alone_is_no_speedup(fit: Any) -> None:
    """Where every point is at one core there is nothing to fit, and the error says so; so it does of mad speedups."""
    with pytest.raises(AnalysisError, match="every point is at one core"):
        fit([1, 1], [1, 1])
    with pytest.raises(AnalysisError, match="cannot be"):
        fit([1, 2], [1, 1e-300])


def test_a_prediction_asks_for_core_counts() -> None:
    """An impossible core count is also refused in a prediction."""
    fit = parbench.fit_usl(LOAD, THROUGHPUT)
    for wrong in (0, -1, math.nan, [1, 0], ["a"]):
        with pytest.raises(AnalysisError):
            fit.predict(wrong)


@pytest.mark.parametrize(
    ("cores", "found"),
    [
        ([1, 2, 3, 4], [1e308, 1.5e308, 1.6e308, 1.7e308]),
        ([1, 2, 3, 4], [5e-324, 1e-323, 1.5e-323, 2e-323]),
        ([1, 2, 3, 4], [1e-300, 1, 1e300, 1]),
        ([1e9, 9e8, 8e8, 1], [1, 2, 3, 4]),
        ([1, 1 + 1e-12, 1 + 2e-12, 1 + 3e-12], [1, 2, 3, 4]),
        ([1, 2, 4, 8], [8, 4, 2, 1]),
        ([100, 101, 102, 103], [5, 7, 4, 6]),
    ],
)
def test_strange_points_give_a_fit_within_bounds(cores: list[float], found: list[float]) -> None:
    """Whatever the numbers, a fit has parameters within their bounds, and no error or warning."""
    fit = parbench.fit_usl(cores, found)
    assert 0 <= fit.sigma <= 1
    assert 0 <= fit.kappa <= 1
    assert fit.gamma >= 0
    assert fit.peak_cores >= 1
