"""The parts of a figure that matplotlib does not bring: core and log axes, and labels at the ends of lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from parbench import text as words
from parbench.report.figures import style
from parbench.report.figures.annotations import assign
from parbench.report.figures.looks import Look

INK, SOFT, FAINT = style.INK, style.SOFT, style.FAINT
LONGEST_NAME = 27
PRESSED = 3.0


@dataclass(frozen=True)
class EndLabel:
    """A text next to the end of a line at ``(x, y)`` in data units; without a look, in soft grey.

    It belongs to a strategy if one is named. In a legend it is called `name`, and is a line as `drawn` says, or else
    the look.
    """

    x: float
    y: float
    text: str
    look: Look | None = None
    name: str = ""
    drawn: Mapping[str, Any] = field(default_factory=dict)
    strategy: str = ""


def small_size() -> float:
    """The size of labels and notes in the style that is in use, in points."""
    return float(rcParams["legend.fontsize"])


def scale_width(points: float) -> float:
    """A width or size in points of a page, in the style in use."""
    return float(points * rcParams["lines.linewidth"] / style.SETTINGS["lines.linewidth"])


def spread_labels(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as can be (least squares) to those `wanted`, in their order, at least `gap` apart.

    All stay within ``[low, high]``; if that is too little room, the gap shrinks.
    """
    if not wanted:
        return []
    gap = min(gap, (high - low) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # Without the gaps that must come before it, each position only has to be no lower than the last one:
    # groups that would break that are merged and sit at their mean.
    groups: list[list[float]] = []
    for rank, index in enumerate(order):
        groups.append([wanted[index] - rank * gap])
        while len(groups) > 1 and mean(groups[-1]) < mean(groups[-2]):
            last = groups.pop()
            groups[-1] += last
    flat = [mean(group) for group in groups for _ in group]
    top = high - (len(wanted) - 1) * gap
    placed = [0.0] * len(wanted)
    for rank, index in enumerate(order):
        placed[index] = min(max(flat[rank], low), top) + rank * gap
    return placed


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean of at least one value."""
    return sum(values) / len(values)


def label_ends(axes: Axes, labels: Sequence[EndLabel], height: float) -> None:
    """Write the labels in a column right of `axes`, which is `height` inches high, none over another.

    Set the limits and scales before: a thin line leads from each end to its label.
    """
    to_share = axes.transScale + axes.transLimits
    ends = [to_share.transform((label.x, label.y)) for label in labels]
    gap = small_size() * 1.3 / 72 / height
    places = spread_labels([float(y) for _, y in ends], gap, gap / 3, 1 - gap / 3)
    for label, (x, y), place in zip(labels, ends, places, strict=True):
        colour = label.look.colour if label.look else SOFT
        lead = Line2D([x, 1.015, 1.065], [y, y, place], color=colour, linewidth=0.6, alpha=0.7)
        lead.set(transform=axes.transAxes, clip_on=False, zorder=1)
        axes.add_artist(lead)
        if label.look:
            mark = Line2D([1.09], [place], **marker(label.look))
            mark.set(transform=axes.transAxes, clip_on=False)
            axes.add_artist(mark)
            assign(label.strategy, mark, "mark")
        text = axes.text(
            1.12,
            place,
            label.text,
            transform=axes.transAxes,
            verticalalignment="center_baseline",
            fontsize=small_size(),
            color=INK if label.look else SOFT,
            style="normal" if label.look else "italic",
        )
        if label.strategy:
            assign(label.strategy, [lead, text])


def marker(look: Look) -> dict[str, Any]:
    """The Line2D arguments that draw the marker of a look."""
    return {
        "color": look.colour,
        "marker": look.marker,
        "fillstyle": look.fill,
        "markerfacecoloralt": "white",
        "markersize": scale_width(3.6 if look.thin else 5.5),
        "markeredgewidth": scale_width(1.0),
    }


def line(look: Look) -> dict[str, Any]:
    """The Line2D arguments that draw a line with the look's markers."""
    width = scale_width(0.8 if look.thin else 1.5)
    return {**marker(look), "linestyle": (0, look.dash) if look.dash else "-", "linewidth": width}


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """`name`, its middle cut out if it would reach the label column."""
    if len(name) <= longest:
        return name
    half = (longest - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def core_axis(axes: Axes, cores: Sequence[int]) -> None:
    """A tick at every core count that was measured; log2 if there are more than eight cores."""
    most = max(cores)
    ticks = sorted(set(cores))
    if most > 8:
        axes.set_xscale("log", base=2)
        margin = 2 ** (0.05 * math.log2(most))
        axes.set_xlim(min(ticks) / margin, most * margin)
        # Counts nearer than a third of an octave would print over each other.
        ticks = thin_ticks(ticks, 2 ** (1 / 3))
    else:
        margin = 0.07 * max(1, most - min(ticks))
        axes.set_xlim(min(ticks) - margin, most + margin)
    set_ticks(axes, "x", ticks, [str(tick) for tick in ticks])
    axes.set_xlabel("cores")


def thin_ticks(ticks: Sequence[int], ratio: float) -> list[int]:
    """The ticks, from the largest down, that are at least `ratio` apart from the one kept before."""
    kept: list[int] = []
    for tick in reversed(ticks):
        if not kept or kept[-1] / tick >= ratio:
            kept.append(tick)
    return kept[::-1]


def speedup_axis(axes: Axes, low: float, high: float) -> None:
    """A log2 axis from `low` to `high` with ticks at 1/4, 1/2, 1, 2, …, three times denser below 1/2.

    A strategy that is a hundred times slower must be visible, but not use the room that distinguishes 1.7 from 1.9.
    """
    axes.set_yscale("function", functions=(speedup_place, speedup_at))
    axes.set_ylim(low, high)
    exponents = range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)
    ticks = [2.0**exponent for exponent in exponents if exponent >= -1 or exponent % 2 == 0]
    set_ticks(axes, "y", ticks, [f"{Fraction(tick)}×" for tick in ticks])


def speedup_place(speedup: Any) -> Any:
    """Where a speedup sits on the axis: its log2, pressed together below 1/2."""
    octaves = np.log2(np.maximum(speedup, 1e-12))
    return np.where(octaves >= -1, octaves, -1 + (octaves + 1) / PRESSED)


def speedup_at(place: Any) -> Any:
    """The speedup at a place on the axis: the inverse of `speedup_place`."""
    place = np.asarray(place, dtype=float)
    return 2.0 ** np.where(place >= -1, place, -1 + (place + 1) * PRESSED)


def seconds_axis(axes: Axes, low: float, high: float) -> None:
    """A log axis of times with ticks that carry their unit."""
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    many = math.ceil(math.log10(high)) - math.floor(math.log10(low)) >= 4
    ticks = decade_ticks(low, high, (1,) if many else (1, 2, 5))
    set_ticks(axes, "y", ticks, tick_texts(ticks, words.duration))


def decade_ticks(low: float, high: float, steps: Sequence[int]) -> list[float]:
    """The ticks of a log axis: these multiples of powers of ten, from `low` to `high`."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [tick for decade in decades for step in steps if low <= (tick := step * 10.0**decade) <= high]


def tick_texts(ticks: Sequence[float], tell: Callable[[float], str]) -> list[str]:
    """The texts of ticks at round numbers, without digits that are zero."""
    return [tell(tick).replace(".00 ", " ").replace(".0 ", " ") for tick in ticks]


def size_axis(axes: Axes, sizes: Sequence[int], unit: str) -> None:
    """A log axis with a tick at every size that was measured."""
    axes.set_xscale("log")
    low, high = min(sizes), max(sizes)
    margin = (high / low) ** 0.06 if high > low else 2.0
    axes.set_xlim(low / margin, high * margin)
    ticks = thin_ticks(sorted(set(sizes)), (high / low) ** 0.08 if high > low else 1.0)
    set_ticks(axes, "x", ticks, [words.short_count(tick) for tick in ticks])
    axes.set_xlabel(f"size ({unit}, log scale)" if unit else "size (log scale)")


def set_ticks(axes: Axes, which: str, ticks: Sequence[float], texts: Sequence[str]) -> None:
    """Exactly these ticks on the x or y axis, no minor ones."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(FixedLocator(list(ticks)))
    axis.set_major_formatter(FixedFormatter(list(texts)))
    axis.set_minor_locator(NullLocator())
