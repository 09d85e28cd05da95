"""The figure of a cell over its runs: time of a call above, speedup below, no line from one machine to another.

Nothing that is drawn is text from a run file: machines have numbers, and the page says which they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from parbench import text
from parbench.analysis.history import QUANTITIES, countable
from parbench.report.figures.annotations import KEYS, MEASURED, annotate
from parbench.report.figures.axes import INK, SOFT, line, marker, set_ticks, tick_texts
from parbench.report.figures.looks import DASHDOT, DOTS, LONG, SHORT, Look
from parbench.report.figures.style import our_settings
from parbench.text import one_line

#: How each machine looks, by its number; there are more looks than anybody has machines.
LOOKS = (
    Look("#0072B2", "o"),
    Look("#D55E00", "s", LONG),
    Look("#009E73", "^", DASHDOT),
    Look("#CC79A7", "D", SHORT),
    Look("#882255", "v", DOTS),
    Look("#000000", "P", LONG),
)
#: A run that does not say its machine has an open mark and no line.
NOWHERE = Look(SOFT, "o", fill="none")
WIDTH, HEIGHT = 7.4, 3.9  # inches
#: Most letters of the name of a run file in the data of a figure.
LONGEST = 80
TITLES = {"time": "time of a call (log scale)", "speedup": "speedup over the run's baseline (log scale)"}


def draw(cell: pd.DataFrame, points: pd.DataFrame, numbers: Mapping[str, int]) -> Figure:
    """Both quantities of one cell, one mark per run, oldest left, all equally far apart.

    `cell` has the rows of a `history`, `points` its change points, `numbers` the number of each machine, 0 for none.
    """
    cell = cell.reset_index(drop=True)
    with our_settings():
        figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white")
        figure.subplots_adjust(left=0.095, right=0.94, top=0.89, bottom=0.12, hspace=0.6)
        upper, lower = figure.subplots(2, 1, sharex=True)
        for quantity, axes in zip(QUANTITIES, (upper, lower), strict=True):
            draw_series(axes, cell, quantity, numbers)
            mine = points[points["quantity"] == quantity]
            mark_changes(axes, cell, [*mine.itertuples()])
            mark_gaps(axes, cell)
            axes.set_title(TITLES[quantity], loc="left", fontsize=8.5, pad=16)  # above the ratios of changes
        mark_machines([upper, lower], cell, numbers)
        date_axis(lower, [*cell["created"]])
    return figure


def draw_series(axes: Axes, cell: pd.DataFrame, quantity: str, numbers: Mapping[str, int]) -> None:
    """One quantity, each machine in its own look; a line joins runs of one machine with no gap between them."""
    column = QUANTITIES[quantity]
    good = countable(cell, quantity)
    axes.set_xlim(-0.6, len(cell) - 0.4)
    if good.empty:
        axes.set_yticks([])
        said = empty_reason(cell, quantity)
        axes.text(0.5, 0.45, said, transform=axes.transAxes, color=SOFT, ha="center", backgroundcolor="white")
        return
    values = good[column].astype(float)
    value_axis(axes, float(values.min()), float(values.max()), quantity)
    for stretch in stretches(cell, set(good.index)):
        machine = str(cell["machine"][stretch[0]])
        look = look_of(numbers[machine])
        drawn = line(look) if machine else {**marker(look), "linestyle": ""}
        axes.plot(stretch, [values[place] for place in stretch], **drawn | {"markersize": 4.5, "linewidth": 1.0})
        tell_runs(axes, [(place, cell.loc[place]) for place in stretch], quantity)
    if quantity == "speedup":
        ends = good[["speedup_low", "speedup_high"]].astype(float).clip(*axes.get_ylim()).dropna()
        axes.vlines([*ends.index], ends["speedup_low"], ends["speedup_high"], color=SOFT, linewidth=0.8, zorder=1.5)


def tell_runs(axes: Axes, runs: Sequence[tuple[int, Any]], quantity: str) -> None:
    """Meaning of the points of one quantity."""
    for place, run in runs:
        interval = () if run["baseline"] == run["strategy"] else (run["speedup_low"], run["speedup_high"])
        told = [f"{text.duration(run['seconds'])} per call", f"speedup {text.times(run['speedup'], *interval)}"]
        lines = [f"{run['created']:%Y-%m-%d %H:%M}", *(told if quantity == "time" else told[::-1])]
        row = {name: run[name] for name in ("created", "commit", *KEYS, *MEASURED)}
        row |= {name: one_line(str(run[name]), LONGEST) for name in ("commit", "workload", "strategy")}
        annotate(axes, (place, run[QUANTITIES[quantity]]), "", lines, row)


def empty_reason(cell: pd.DataFrame, quantity: str) -> str:
    """Why there is nothing to draw."""
    if quantity == "speedup" and (cell["baseline"] == cell["strategy"]).any():
        return "It is the baseline itself."
    return "No run has it."


def look_of(number: int) -> Look:
    """The look of a machine by its number."""
    return LOOKS[(number - 1) % len(LOOKS)] if number else NOWHERE


def stretches(cell: pd.DataFrame, good: set[Any]) -> Iterator[list[int]]:
    """The places of neighbouring rows that count and are of one machine."""
    stretch: list[int] = []
    for place, machine in enumerate(cell["machine"]):
        if stretch and (place not in good or machine != cell["machine"][stretch[-1]]):
            yield stretch
            stretch = []
        if place in good:
            stretch.append(place)
    if stretch:
        yield stretch


def value_axis(axes: Axes, low: float, high: float, quantity: str) -> None:
    """A log axis around the values, at least a fifth high, with a few ticks at round numbers."""
    room = max(1.1, (high / low) ** 0.12)
    low, high = low / room, high * room
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    if high / low > 20:
        decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
        steps = (1.0, 2.0, 5.0) if len(decades) <= 3 else (1.0,)
        ticks = [step * 10.0**decade for decade in decades[:: max(1, len(decades) // 5)] for step in steps]
    else:
        ticks = [float(tick) for tick in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)]
    tell = text.duration if quantity == "time" else text.times
    # one at the very bottom would be written over the first date
    ticks = [tick for tick in ticks if low * (high / low) ** 0.08 <= tick <= high]
    set_ticks(axes, "y", ticks, tick_texts(ticks, tell))


def mark_changes(axes: Axes, cell: pd.DataFrame, points: Sequence[Any]) -> None:
    """A line before the first run of each new level, with the ratio above it."""
    for point in points:
        place = first_of(cell, point)
        if place is None:
            continue
        place -= 0.5
        axes.axvline(place, color=INK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=1.2)
        sign = "▲" if point.change == "FASTER" else "▼"
        top = axes.get_xaxis_transform()
        axes.text(place, 1.03, f"{sign} {text.times(point.ratio)}", transform=top, ha="center", fontsize=8)


def first_of(cell: pd.DataFrame, point: Any) -> float | None:
    """The place of the first run of a new level; None if it is too old to be shown."""
    found = cell[(cell["created"] == point.created) & (cell["machine"] == point.machine) & (cell["gap"] == "")]
    return None if found.empty else float(found.index[0])


def mark_gaps(axes: Axes, cell: pd.DataFrame) -> None:
    """A cross at the lower edge for each run that does not count; the table says why."""
    places = [*cell.index[cell["gap"] != ""]]
    edge = axes.get_xaxis_transform()
    axes.plot(
        places, [0.06] * len(places), transform=edge, linestyle="", marker="x", color=SOFT, markersize=5, clip_on=False
    )


def mark_machines(panels: Sequence[Axes], cell: pd.DataFrame, numbers: Mapping[str, int]) -> None:
    """A thin line wherever the next run is of another machine, and below the first panel its number, where it fits."""
    machines = [numbers[machine] for machine in cell["machine"]]
    starts = [place for place in range(1, len(machines)) if machines[place] != machines[place - 1]]
    for axes in panels:
        for place in starts:
            axes.axvline(place - 0.5, color=SOFT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1.1)
    last = -len(machines)
    below = panels[0].get_xaxis_transform()
    for place in [0, *starts] if starts else []:
        if place - last >= 0.12 * len(machines):
            name = f"machine {machines[place]}" if machines[place] else "unknown"
            panels[0].text(place - 0.4, -0.07, name, transform=below, fontsize=7.5, color=SOFT, va="top")
            last = place


def date_axis(axes: Axes, dates: Sequence[pd.Timestamp]) -> None:
    """The dates of some runs, below them."""
    chosen = sorted({round(place) for place in np.linspace(0, len(dates) - 1, min(6, len(dates)))})
    set_ticks(axes, "x", chosen, [f"{dates[place]:%Y-%m-%d}" for place in chosen])
    axes.set_xlabel("runs, oldest left (date, UTC)", fontsize=8)
