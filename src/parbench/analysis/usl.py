"""The Universal Scalability Law: throughput against cores by contention, coherency delay and the work of one core."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from parbench.analysis.interval import student
from parbench.analysis.laws import LEVEL, Array, Range, on_each, points_of
from parbench.errors import AnalysisError

PARAMETERS = 3
#: Fewer core counts than this tell nothing of how far the law is from the points.
LEAST_COUNTS = PARAMETERS + 1
#: Parameters that are free: all, or one or both of sigma and kappa held at 0, where bounds end.
ALL, NO_KAPPA, NO_SIGMA, NEITHER = (0, 1, 2), (0, 1), (0, 2), (0,)
#: A part of 1, by which sigma or kappa alone would lower the throughput on the most cores, so small that it may be 0.
NEAR = 0.1


@dataclass(frozen=True)
class Usl:
    """What `fit_usl` gives: the law's parameters, with what follows from them.

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
    sigma_interval: Range
    kappa_interval: Range
    gamma_interval: Range
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
        """What throughput would tend to without coherency delay, ``gamma / sigma``; infinite where sigma is 0."""
        return self.gamma / self.sigma if self.sigma > 0 else math.inf

    @overload
    def predict(self, cores: float) -> float: ...
    @overload
    def predict(self, cores: Iterable[Any]) -> Array: ...
    def predict(self, cores: Any) -> Any:
        """Throughput by the law on so many cores: a number for a number, an array for a sequence."""
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
        raise AnalysisError(too_few(different))
    problem = Problem(counts, values)
    return problem.told(problem.solved())


def too_few(counts: int) -> str:
    """Why there is no fit with so many core counts, and what to do."""
    return (
        f"a USL has {PARAMETERS} parameters and needs at least {LEAST_COUNTS} core counts, and there "
        f"{'is' if counts == 1 else 'are'} {counts}: measure with --parbench-cores=1,2,4,8, on a machine with so many."
    )


class Problem:
    """The fit of some points, in units in which they are about 1: ``g * n / (1 + s * one + k * two)``."""

    def __init__(self, counts: Array, values: Array) -> None:
        self.top, self.unit = float(counts.max()), float(values.max())
        self.n, self.y = counts / self.top, values / self.unit
        self.one = (counts - 1) / (self.top - 1)
        self.two = self.n * self.one
        #: The most that s and k may be, where sigma and kappa are 1.
        self.most = (self.top - 1, self.top * (self.top - 1))

    def solved(self) -> Array:
        """The best ``(g, s, k)`` of all; one that is as good with sigma or kappa at 0 has it at 0."""
        best = self._from_grid(ALL)
        if best[1:].min() > NEAR:
            return best
        fits = [*(self._from_grid(free) for free in (NEITHER, NO_SIGMA, NO_KAPPA)), best]
        squares = [float((self.residuals(fit) ** 2).sum()) for fit in fits]
        enough = min(squares) * (1 + 1e-9) + 1e-28 * len(self.y)
        return next(fit for fit, each in zip(fits, squares, strict=True) if each <= enough)

    def _from_grid(self, free: Sequence[int]) -> Array:
        """The best fit with some parameters free and the others 0, from the best point of a grid over all that can be.

        With s and k given, the law is linear in g, so that a grid over these two misses no valley.
        """
        from scipy.optimize import least_squares

        axes = [
            np.array([0.0, *(most * np.geomspace(1e-9, 1, 46))]) if index in free else np.zeros(1)
            for index, most in zip((1, 2), self.most, strict=True)
        ]
        s, k = (each.ravel()[:, None] for each in np.meshgrid(*axes))
        shapes = self.n / (1 + s * self.one + k * self.two)
        g = (shapes @ self.y) / (shapes**2).sum(axis=1)
        at = int(np.argmin(((g[:, None] * shapes - self.y) ** 2).sum(axis=1)))
        start = np.array([g[at], s[at, 0], k[at, 0]])
        chosen = list(free)

        def full(some: Array) -> Array:
            return np.array([some[chosen.index(index)] if index in chosen else 0.0 for index in range(PARAMETERS)])

        def residuals(some: Array) -> Array:
            return self.residuals(full(some))

        def slopes(some: Array) -> Array:
            return self.slopes(full(some))[:, chosen]

        found = least_squares(
            residuals,
            start[chosen],
            jac=slopes,
            bounds=([0.0] * len(chosen), [(math.inf, *self.most)[index] for index in chosen]),
            x_scale="jac",
            ftol=1e-15,
            xtol=1e-15,
            gtol=1e-15,
        )
        return full(found.x)

    def residuals(self, fit: Array) -> Array:
        """How far the law is above each point."""
        g, s, k = fit
        return np.asarray(g * self.n / (1 + s * self.one + k * self.two) - self.y)

    def slopes(self, fit: Array) -> Array:
        """How fast that changes with each parameter, a column a parameter."""
        g, s, k = fit
        below = 1 + s * self.one + k * self.two
        falls = -g * self.n / below**2
        return np.column_stack([self.n / below, falls * self.one, falls * self.two])

    def told(self, fit: Array) -> Usl:
        """The law in the units of the points, with its intervals."""
        units = np.array([self.unit / self.top, 1 / self.most[0], 1 / self.most[1]])
        residuals, free = self.residuals(fit), len(self.y) - PARAMETERS
        error = math.sqrt(float(residuals @ residuals) / free)
        gamma, sigma, kappa = (float(each) for each in fit * units)
        halves = student(free, LEVEL) * error * self._spreads(self.slopes(fit)) * units
        ranges = [
            Range(float(value - half), float(value + half))
            for value, half in zip((gamma, sigma, kappa), halves, strict=True)
        ]
        return Usl(sigma, kappa, gamma, ranges[1], ranges[2], ranges[0], error * self.unit, free)

    @staticmethod
    def _spreads(slopes: Array) -> Array:
        """The standard errors of the parameters where that of a point is 1; infinite where points cannot tell them."""
        if np.linalg.matrix_rank(slopes) < PARAMETERS:
            return np.full(PARAMETERS, math.inf)
        triangle = np.linalg.inv(np.linalg.qr(slopes, mode="r"))
        return np.asarray(np.sqrt((triangle**2).sum(axis=1)))
