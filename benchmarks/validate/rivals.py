"""When other tools call two sets of timings different, by their documentation; seconds, all rounds pooled."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean, median

from scipy.stats import mannwhitneyu

#: What `pytest --benchmark-compare-fail` is given, such as ``min:5%``.
PERCENT = 5
#: asv's `is_different`: a Mann–Whitney p-value below this, and `asv compare`'s factor between the medians.
ASV_P, ASV_FACTOR = 0.002, 1.1


def worse(of: Callable[[list[float]], float]) -> Callable[[list[float], list[float]], bool]:
    """pytest-benchmark's rule: a figure is larger by more than a percentage. It sees slower ones only."""
    return lambda base, head: of(head) > of(base) * (1 + PERCENT / 100)


def mann_whitney(base: list[float], head: list[float], level: float = 0.05) -> bool:
    """H. Mann and D. Whitney's test that neither is larger, as if rounds were independent."""
    return bool(mannwhitneyu(base, head).pvalue < level)


def asv(base: list[float], head: list[float]) -> bool:
    """`asv compare` with its defaults."""
    ratio = median(head) / median(base)
    return mann_whitney(base, head, ASV_P) and max(ratio, 1 / ratio) > ASV_FACTOR


RIVALS: dict[str, Callable[[list[float], list[float]], bool]] = {
    f"pytest-benchmark, min:{PERCENT}%": worse(min),
    f"pytest-benchmark, median:{PERCENT}%": worse(median),
    f"pytest-benchmark, mean:{PERCENT}%": worse(fmean),
    "Mann–Whitney, p < .05": mann_whitney,
    "asv, p < .002 and factor 1.1": asv,
}
