"""Content of one panel: curves, intervals, the lines of reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.markers import CARETDOWN
from matplotlib.transforms import ScaledTranslation, Transform

from parbench import text as words
from parbench.report.figures.annotations import assign
from parbench.report.figures.axes import FAINT, INK, LONGEST_NAME, SOFT, EndLabel, line, scale_width, shorten
from parbench.report.figures.looks import Look

#: Multiple of the lower end of the axis below which a value is drawn at the end, as an arrow.
OFF_SCALE = 1.12

#: Number of points from which an interval is a band around the curve.
BANDS = 4
#: How the lines of reference are drawn.
IDEAL: dict[str, Any] = {"color": SOFT, "linewidth": 0.9, "linestyle": (0, (2, 2))}
CEILING: dict[str, Any] = {"color": SOFT, "linewidth": 2.2, "alpha": 0.75}


def draw_references(axes: Axes, panel: pd.DataFrame) -> list[EndLabel]:
    """The ideal line, the measured ceiling and the baseline at 1, with the labels of the first two."""
    axes.axhline(1, color=INK, linewidth=1.0, zorder=1.5)
    most = int(panel["cores"].max())
    if most < 2:
        return []
    top = axes.get_ylim()[1]
    cores = sorted({1, *(int(each) for each in panel["cores"])})
    axes.plot(cores, cores, **IDEAL, zorder=1.6)
    # On log-log axes the ideal line leaves the panel where the cores reach its upper edge.
    labels = [EndLabel(min(most, top), min(most, top), f"ideal {most}×", name="ideal", drawn=IDEAL)]
    rated = panel[panel["ceiling"].astype(float) > 0].groupby("cores")["ceiling"].median()
    ceilings = {1: 1.0} | {int(str(number)): float(value) for number, value in rated.items() if number != 1}
    if most in ceilings:
        counts, values = sorted(ceilings), [ceilings[number] for number in sorted(ceilings)]
        axes.plot(counts, values, **CEILING, zorder=1.6)
        axes.fill_between(counts, values, top, color=FAINT, alpha=0.45, linewidth=0, zorder=0.5)
        text = f"ceiling {words.times(ceilings[most])}"
        labels.append(EndLabel(most, ceilings[most], text, name="measured ceiling", drawn=CEILING))
    return labels


def draw_curve(axes: Axes, curve: pd.DataFrame, look: Look, low: float, shift: float = 0.0) -> EndLabel:
    """One strategy's curve over `cores`, and the label of its last point; off-scale points become arrows.

    It is drawn `shift` points to the right of where it belongs, so that intervals do not hide each other.
    """
    name, value = str(curve["strategy"].iloc[0]), float(curve["speedup"].iloc[-1])
    there = shift_transform(axes, shift)
    edge = low * OFF_SCALE
    cores, speedups = curve["cores"].to_numpy(), curve["speedup"].to_numpy(float)
    shown, below = np.maximum(speedups, edge), speedups < edge
    draw_intervals(axes, curve, look, low, there)
    on_scale = [index for index, hidden in enumerate(below) if not hidden]
    assign(name, axes.plot(cores, shown, **line(look), markevery=on_scale, zorder=3, transform=there), "curve")
    arrow: dict[str, Any] = {"linestyle": "", "marker": CARETDOWN, "color": look.colour, "markersize": scale_width(7)}
    if below.any():
        assign(name, axes.plot(cores[below], shown[below], **arrow, zorder=3, transform=there))
    last, end = float(cores[-1]), float(shown[-1])
    cut = f" x{words.chunks(curve['chunks'].iloc[-1])}" if look.thin else ""
    text = f"{shorten(name, LONGEST_NAME - len(cut))}{cut}  {words.times(value)}"
    if name == curve["baseline"].iloc[-1] and value == 1:
        text = f"{shorten(name)}  1× (baseline)"
    kind = f"{shorten(name)}, best chunks" if look.thin else shorten(name)
    return EndLabel(last, end, text, look, kind, strategy=name)


def shift_transform(axes: Axes, points: float) -> Transform:
    """Position of data in a panel, shifted to the right by the given points."""
    if not points:
        return axes.transData
    return axes.transData + ScaledTranslation(points / 72, 0, axes.figure.dpi_scale_trans)


def draw_intervals(axes: Axes, curve: pd.DataFrame, look: Look, low: float, there: Transform) -> None:
    """The 95 % intervals: a band, or bars if a band would be a sliver between two or three points."""
    cores, lower, upper = (curve[name].to_numpy(float) for name in ("cores", "speedup_low", "speedup_high"))
    known = (upper > lower) & (upper > low)  # neither holds of what is not known
    if not known.any():
        return
    cores, lower, upper = cores[known], np.maximum(lower[known], low), upper[known]
    how: dict[str, Any] = {"color": look.colour, "transform": there}
    if len(cores) >= BANDS:
        drawn: Artist = axes.fill_between(cores, lower, upper, alpha=0.18, linewidth=0, **how)
    else:
        drawn = axes.vlines(cores, lower, upper, linewidth=scale_width(1.6 if look.thin else 3.2), alpha=0.35, **how)
    assign(str(curve["strategy"].iloc[0]), drawn)


def draw_times(axes: Axes, curve: pd.DataFrame, look: Look, shift: float = 0.0) -> EndLabel:
    """One strategy's times over `size`, and the label of its largest size; shifted as a curve of speedups may be."""
    there = shift_transform(axes, shift)
    bar: dict[str, Any] = {"color": look.colour, "linewidth": scale_width(3.2), "alpha": 0.35, "transform": there}
    last = curve.iloc[-1]
    name = str(last["strategy"])
    sizes, fast, slow, seconds = (curve[name].to_numpy(float) for name in ("size", "fast", "slow", "seconds"))
    assign(name, axes.vlines(sizes, fast, slow, **bar))
    assign(name, axes.plot(sizes, seconds, **line(look), zorder=3, transform=there), "curve")
    cut = (
        f"{last['cores']}x{words.chunks(last['chunks'])}"
        if last["chunks"] != 1
        else words.plural(last["cores"], "core")
    )
    text = f"{shorten(name)}, {cut}  {words.duration(last['seconds'])}"
    return EndLabel(float(last["size"]), float(last["seconds"]), text, look, shorten(name), strategy=name)
