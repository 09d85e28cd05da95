"""The laws of scaling fitted to the curves of a run, with intervals from its blocks, or why there is no fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from parbench.analysis.estimates import Times, speed_ratio, times_of
from parbench.analysis.expectation_cases import steady_samples
from parbench.analysis.frame import data_of, variances_of
from parbench.analysis.stats.interval import Interval, estimates_of, log_ratios, spread, student
from parbench.analysis.stats.moderated import VarianceModel, kind_of
from parbench.analysis.stats.scaling_laws import MOST_SPEEDUP, amdahl_fraction, karp_flatt
from parbench.analysis.stats.usl import Usl, fit_usl
from parbench.errors import AnalysisError
from parbench.text import LONGER
from parbench.workload.cell import HEAD

CURVE = ["workload", "size", "strategy", "chunks"]
COLUMNS = [
    *CURVE,
    "cores",
    "counts",
    "blocks",
    "speedup",
    "speedup_low",
    "speedup_high",
    "fraction",
    "fraction_low",
    "fraction_high",
    "limit",
    "limit_low",
    "limit_high",
    "karp_flatt",
    "sigma",
    "kappa",
    "gamma",
    "peak_cores",
    "peak",
    "reason",
    "usl_reason",
]
BY_CORES = [*CURVE, "cores", "speedup", "speedup_low", "speedup_high", "karp_flatt", "karp_low", "karp_high"]
NO_ONE = (
    "its speedup over itself on one core cannot be had, as it was not measured there: "
    "measure with 1 among --parbench-cores."
)
ONLY_ONE = "it was measured on one core only: measure with --parbench-cores=1,2 or more, on a machine with so many."
NEVER = f"it has no rounds on one core and on more that could be compared: {LONGER}."


@dataclass(frozen=True)
class Curve:
    """One strategy at one workload, size and number of chunks per core; `times` are by cores, then block and round."""

    workload: str
    size: int
    strategy: str
    chunks: int
    times: dict[int, Times]
    model: VarianceModel

    @property
    def counts(self) -> list[int]:
        """The core counts that have times, in growing order."""
        return sorted(self.times)

    def speedup(self, cores: int) -> Interval:
        """How many times as fast as itself on one core, from the blocks that both were in."""
        return speed_ratio(self.model, self.times[1], self.times[cores], kind_of(self.strategy, cores))

    def by_block(self) -> list[dict[int, float]]:
        """For each block in which it was on one core and on more: the logarithm of the speedup by cores."""
        alone, blocks = self.times.get(1, {}), []
        for block, base in alone.items():
            each = {
                count: estimates_of([log_ratios(base, times[block])])
                for count, times in self.times.items()
                if count > 1 and block in times
            }
            if known := {
                count: logs[0] for count, logs in each.items() if logs and abs(logs[0]) < math.log(MOST_SPEEDUP)
            }:
                blocks.append(known)
        return blocks


def curves(frame: pd.DataFrame, summary: pd.DataFrame) -> Iterator[Curve]:
    """The curves of strategies that can use more than one core, in our environment, in the order of the summary.

    Cells that are not ok are left out, and a strategy without any other has no curve.
    """
    one_core, steady = data_of(summary).header.settings.traits.one_core, steady_samples(frame)
    model = variances_of(frame)
    good = summary[(summary["environment"] == HEAD) & (summary["status"] == "ok")]
    good = good[~good["strategy"].isin(one_core)]
    for (workload, size), cells in good.groupby(["workload", "size"], sort=False):
        samples = steady.get((workload, size))
        if samples is None:
            continue
        parts = dict(list(samples.groupby(["strategy", "cores", "chunks"])))
        for (strategy, chunks), mine in cells.groupby(["strategy", "chunks"], sort=False):
            keys = {int(cores): (strategy, cores, chunks) for cores in mine["cores"]}
            times = {cores: times_of(parts[key]) for cores, key in keys.items() if key in parts}
            if times:
                yield Curve(str(workload), int(str(size)), str(strategy), int(str(chunks)), times, model)


def plausible(speedup: float) -> bool:
    """Whether a law can be asked about a speedup: a run file from elsewhere can hold any."""
    return 1 / MOST_SPEEDUP <= speedup <= MOST_SPEEDUP


def fit_laws(frame: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """One row per curve: a strategy that can use cores, at one workload, size and number of chunks per core.

    Speedups are of a strategy over itself on one core, because laws of scaling describe the effect of cores: the cost
    of using the strategy at all is in `speedup` of the summary, and not here. `cores` is the most that it was measured
    on, `counts` on how many different numbers of cores, ``speedup`` the one on the most. ``fraction`` is the serial
    fraction by Amdahl's law with the ends of its 95 % interval, and `limit` the speedup that it allows. Each block
    gives a fraction of its own, the fraction is their mean, and the interval Student's over blocks, all cut to 0 … 1:
    it says how sure the fraction is if the law holds. ``karp_flatt`` is that of the most cores; ``by_cores`` has the
    others. ``sigma``, ``kappa`` and ``gamma`` are those of the Universal Scalability Law, and `peak` the speedup that
    it allows, on ``peak_cores``. If there is no fit, ``reason`` or ``usl_reason`` is a sentence with the cause.
    """
    rows = [_row(curve) for curve in curves(frame, summary)]
    return pd.DataFrame(rows, columns=COLUMNS)


def by_cores(frame: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """One row a curve and core count beyond 1: its speedup over itself on one core, and Karp and Flatt's fraction."""
    rows = [
        dict(zip(CURVE, _key(curve), strict=True)) | _point(curve, count)
        for curve in curves(frame, summary)
        if 1 in curve.times
        for count in curve.counts
        if count > 1
    ]
    return pd.DataFrame(rows, columns=BY_CORES).dropna(subset=["speedup"]).reset_index(drop=True)


def _key(curve: Curve) -> tuple[str, int, str, int]:
    return curve.workload, curve.size, curve.strategy, curve.chunks


def _row(curve: Curve) -> dict[str, Any]:
    """Results of the laws for one curve."""
    most = curve.counts[-1]
    row: dict[str, Any] = dict.fromkeys(COLUMNS, math.nan) | dict(zip(CURVE, _key(curve), strict=True))
    row |= {"cores": most, "counts": len(curve.counts), "blocks": 0, "reason": "", "usl_reason": ""}
    blocks = curve.by_block()
    if reason := _missing(curve, blocks):
        return row | {"reason": reason, "usl_reason": reason}
    if most in blocks_counts(blocks):
        row |= {key: value for key, value in _point(curve, most).items() if key in row}
    fraction, used = serial_fraction(blocks)
    row |= {"blocks": used, "fraction": fraction.value, "fraction_low": fraction.low, "fraction_high": fraction.high}
    limits = [1 / each if each > 0 else math.inf if each == 0 else math.nan for each in fraction]
    row |= dict(zip(("limit", "limit_high", "limit_low"), limits, strict=True))
    try:
        usl = usl_of(curve)
    except AnalysisError as error:
        return row | {"usl_reason": str(error)}
    return row | {name: getattr(usl, name) for name in ("sigma", "kappa", "gamma", "peak_cores", "peak")}


def _missing(curve: Curve, blocks: list[dict[int, float]]) -> str:
    """Reason why a curve has no speedup over itself; empty if it has one."""
    if curve.counts == [1]:
        return ONLY_ONE
    if 1 not in curve.times:
        return NO_ONE
    return "" if blocks else NEVER


def blocks_counts(blocks: list[dict[int, float]]) -> set[int]:
    """The core counts that any block has a speedup at."""
    return {count for block in blocks for count in block}


def serial_fraction(blocks: list[dict[int, float]]) -> tuple[Interval, int]:
    """Amdahl's serial fraction with its interval over blocks, and from how many; `blocks` are as `Curve.by_block` has.

    Blocks that lack a core count, because it needed no more of them, are left out where two others are there.
    """
    complete = [block for block in blocks if len(block) == len(blocks_counts(blocks))]
    used = complete if len(complete) >= 2 else blocks
    fractions = []
    for block in used:
        counts = np.array(sorted(block), dtype=float)
        fractions.append(amdahl_fraction(counts, np.exp([block[int(count)] for count in counts])))
    return around(fractions, 0.0, 1.0), len(used)


def around(estimates: list[float], least: float = -math.inf, most: float = math.inf) -> Interval:
    """The mean of what several blocks say, with Student's interval, all cut to what can be; no ends from one block."""
    center = fmean(estimates)
    half = math.nan
    if len(estimates) > 1:
        half = student(len(estimates) - 1) * spread(estimates) / math.sqrt(len(estimates))
    return Interval(*(min(max(each, least), most) for each in (center, center - half, center + half)))


def _point(curve: Curve, count: int) -> dict[str, Any]:
    """The speedup on a number of cores, and the corresponding serial fraction by Karp and Flatt."""
    speedup = curve.speedup(count)
    each = [float(karp_flatt([count], [value])[0]) if plausible(value) else math.nan for value in speedup]
    return {
        "cores": count,
        **dict(zip(("speedup", "speedup_low", "speedup_high"), speedup, strict=True)),
        **dict(zip(("karp_flatt", "karp_high", "karp_low"), each, strict=True)),
    }


def usl_of(curve: Curve) -> Usl:
    """The Universal Scalability Law of a curve's speedups, 1 on one core. Raises AnalysisError if it has none."""
    speedups = {1: 1.0} | {count: curve.speedup(count).value for count in curve.counts if count > 1}
    known = {count: value for count, value in speedups.items() if plausible(value)}
    return fit_usl(list(known), list(known.values()))
