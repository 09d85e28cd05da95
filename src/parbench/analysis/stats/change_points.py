"""Where a series of positive numbers steps to another level, whatever single outliers do."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from parbench.analysis.stats.paired import MAD_TO_SD
from parbench.errors import MissingDependency, pip_install

#: A level that was held for fewer values is none.
SHORTEST = 3
#: With fewer values there is no step to be found.
FEWEST = 2 * SHORTEST
#: Number of neighbours that define an outlier.
AROUND = 7
#: Distance of an outlier from the median of its neighbours, in units of the noise.
OUTLYING = 2.5
#: The least noise, as a standard deviation of the logarithm: values that agree by chance do not make it nothing.
LEAST_NOISE = 0.01


def library() -> Any:
    """The module `ruptures`, which finds the steps; raises MissingDependency with the pip command."""
    try:
        import ruptures
    except ImportError as error:
        raise MissingDependency(
            f"change points need the package ruptures, which is not installed: {pip_install('ruptures')}."
        ) from error
    return ruptures


def steps(values: Sequence[float], margin: float) -> list[int]:
    """The places in `values`, all positive, at which another level begins that differs by more than `margin`.

    Levels are those of the logarithms that minimise squared distances and a penalty a step (R. Killick, P. Fearnhead,
    I. A. Eckley, "Optimal detection of changepoints with a linear computational cost", JASA 107, 2012). The penalty
    grows with the noise and the number of values, and is larger for few, whose noise is hardly known; its factors
    were chosen by simulation, see `tests/analysis/stats/test_change_points.py`. Raises MissingDependency.
    """
    detector = library().KernelCPD(kernel="linear", min_size=SHORTEST)
    count = len(values)
    if count < FEWEST:
        return []
    logs = np.log(np.asarray(values, dtype=float))
    # from differences of neighbours, which is robust against steps
    noise = max(LEAST_NOISE, MAD_TO_SD * float(np.median(np.abs(np.diff(logs)))) / math.sqrt(2))
    penalty = 4 * (1 + math.log(count)) * (1 + 6 / count) * noise**2
    calm = without_outliers(logs - np.median(logs), noise)
    # it counts the end of the series as a change, too
    places = detector.fit(calm.reshape(-1, 1)).predict(pen=penalty)[:-1]
    return that_matter(logs, [int(place) for place in places], math.log1p(margin))


def without_outliers(logs: Any, noise: float) -> Any:
    """The values, those that stick out of their neighbourhood drawn back to its edge (F. R. Hampel's filter)."""
    # scipy.ndimage.median_filter of SciPy 1.15.0 writes out of its bounds if there are fewer values than its window
    mirrored = np.pad(logs, AROUND // 2, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(mirrored, AROUND), axis=1)
    return np.clip(logs, middle - OUTLYING * noise, middle + OUTLYING * noise)


def that_matter(logs: Any, places: list[int], least: float) -> list[int]:
    """The places at which the median of a level differs by at least `least` from that of the level before."""
    places = list(places)
    while places:
        edges = [0, *places, len(logs)]
        levels = [float(np.median(logs[start:end])) for start, end in itertools.pairwise(edges)]
        heights = [abs(after - before) for before, after in itertools.pairwise(levels)]
        smallest = min(range(len(heights)), key=lambda index: heights[index])
        if heights[smallest] >= least:
            break
        del places[smallest]
    return places
