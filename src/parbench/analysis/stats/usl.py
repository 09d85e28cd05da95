"""The Universal Scalability Law: throughput against cores by contention, coherency delay and the work of one core."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from parbench.analysis.stats.interval import Interval, student
from parbench.analysis.stats.scaling_laws import LEVEL, Array, on_each, points_of
from parbench.errors import AnalysisError

PARAMETERS = 3
#: Fewest core counts that show how far the law is from the points.
LEAST_COUNTS = PARAMETERS + 1
#: sigma or kappa is 0 if it lowers the throughput on the most cores by less than this part.
NEGLIGIBLE = 1e-9


@dataclass(frozen=True)
class Usl:
    """Result of `fit_usl`: the law's parameters, and values that follow from them.

    Fields:
        sigma: contention, the share of work that cores wait for each other in; from 0 to 1.
        kappa: coherency delay, what each pair of cores costs; from 0 to 1, and above 0 throughput has a peak.
        gamma: throughput of one core, in the unit of what was given.
        sigma_interval, kappa_interval, gamma_interval: 95 % intervals, by the law's slopes at the fit and how points
            scatter around it. They are symmetric, as those of R's usl, so that ends may be below 0.
        residual_standard_error: how far points are from the law, in the unit of throughput.
        degrees_of_freedom: points less 3.
    """

    sigma: float
    kappa: float
    gamma: float
    sigma_interval: Interval
    kappa_interval: Interval
    gamma_interval: Interval
    residual_standard_error: float
    degrees_of_freedom: int

    @property
    def peak_cores(self) -> float:
        """Where throughput is highest, ``sqrt((1 - sigma) / kappa)``, or 1; infinite where it never falls."""
        if self.kappa > 0:
            return max(1.0, math.sqrt((1 - self.sigma) / self.kappa))
        return math.inf if self.sigma < 1 else 1.0

    @property
    def peak(self) -> float:
        """The highest throughput, which is a limit where it never falls; infinite where nothing limits it."""
        return self.limit if math.isinf(self.peak_cores) else self.predict(self.peak_cores)

    @property
    def limit(self) -> float:
        """Limit of throughput without coherency delay, ``gamma / sigma``; infinite if sigma is 0."""
        return self.gamma / self.sigma if self.sigma > 0 else math.inf

    @overload
    def predict(self, cores: float) -> float: ...
    @overload
    def predict(self, cores: Iterable[Any]) -> Array: ...
    def predict(self, cores: Any) -> Any:
        """Throughput by the law on a number of cores: a number for a number, an array for a sequence."""
        return on_each(cores, lambda counts: usl(counts, self.sigma, self.kappa, self.gamma))

    @overload
    def efficiency(self, cores: float) -> float: ...
    @overload
    def efficiency(self, cores: Iterable[Any]) -> Array: ...
    def efficiency(self, cores: Any) -> Any:
        """Throughput a core by the law, over that of one core."""
        return on_each(cores, lambda counts: usl(counts, self.sigma, self.kappa, 1.0) / counts)


def usl(cores: Array, sigma: float, kappa: float, gamma: float) -> Array:
    """The throughput of the law."""
    return np.asarray(gamma * cores / (1 + sigma * (cores - 1) + kappa * cores * (cores - 1)))


def fit_usl(cores: Iterable[Any], throughput: Iterable[Any]) -> Usl:
    """Fit ``gamma * n / (1 + sigma * (n - 1) + kappa * n * (n - 1))`` by least squares of the throughputs.

    From N. Gunther, "Guerrilla Capacity Planning", Springer 2007, with gamma as a third parameter, so that no point at
    one core is needed. sigma and kappa are from 0 to 1, as in S. Möding's R package usl, whose results it gives. Any
    unit of throughput will do, and speedups, too. Raises AnalysisError where the points cannot be meant, or are at
    fewer than 4 different core counts.
    """
    counts, values = points_of(cores, throughput, "throughput")
    different = len(np.unique(counts))
    if different < LEAST_COUNTS:
        raise AnalysisError(
            f"a USL has {PARAMETERS} parameters and needs at least {LEAST_COUNTS} core counts, and there "
            f"{'is' if different == 1 else 'are'} {different}: measure with --parbench-cores=1,2,4,8, on "
            "a machine with so many."
        )
    return _fit(counts, values)


def _fit(counts: Array, values: Array) -> Usl:
    """The fit in units in which points are about 1: the law is ``g * n / (columns @ (1, s, k))``."""
    from scipy.optimize import least_squares, nnls

    top, unit = float(counts.max()), float(values.max())
    n, y = counts / top, values / unit
    columns = np.column_stack([np.ones_like(n), (counts - 1) / (top - 1), n * (counts - 1) / (top - 1)])
    most = np.array([math.inf, top - 1, top * (top - 1)])

    def residuals(fit: Array) -> Array:
        return np.asarray(fit[0] * n / (columns @ [1.0, *fit[1:]]) - y)

    def slopes(fit: Array) -> Array:
        shape = n / (columns @ [1.0, *fit[1:]])
        return np.column_stack([shape, (-fit[0] * shape**2 / n)[:, None] * columns[:, 1:]])

    def rescaled(fit: Array) -> Array:
        shape = slopes(fit)[:, 0]
        return np.array([shape @ y / (shape @ shape), *fit[1:]])

    # n / y is linear in 1 / g, s / g and k / g, and y² / n is its weight
    linear = nnls((y**2 / n)[:, None] * columns, y)[0]
    first = rescaled(np.minimum(linear / max(linear[0], NEGLIGIBLE), most))
    fit = least_squares(
        residuals, first, slopes, bounds=([0.0] * 3, most), x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15
    ).x
    fit = rescaled(np.where(fit < NEGLIGIBLE, 0.0, fit))
    free = len(y) - PARAMETERS
    error = math.sqrt(float(residuals(fit) @ residuals(fit)) / free)
    halves = student(free, LEVEL) * error * _standard_errors(slopes(fit))
    units = (unit / top, 1 / most[1], 1 / most[2])
    gamma, sigma, kappa = (
        Interval(*(float(end * scale) for end in (value, value - half, value + half)))
        for value, half, scale in zip(fit, halves, units, strict=True)
    )
    return Usl(sigma.value, kappa.value, gamma.value, sigma, kappa, gamma, error * unit, free)


def _standard_errors(slopes: Array) -> Array:
    """The standard errors of the parameters if that of a point is 1; infinite if the points do not determine them."""
    if np.linalg.matrix_rank(slopes) < PARAMETERS:
        return np.full(PARAMETERS, math.inf)
    triangle = np.linalg.inv(np.linalg.qr(slopes, mode="r"))
    return np.asarray(np.sqrt((triangle**2).sum(axis=1)))
