"""Size of a figure, and place of its names: next to the ends of lines on a page, below it all in a paper."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedFormatter

from parbench.report.figures.axes import EndLabel, label_ends, line, shorten, small_size
from parbench.report.figures.style import as_bytes, fitting, our_settings

# Inches.
PANEL, FURNITURE, SPARE, ROW = 2.2, 0.6, 3.0, 0.165
#: The same on a page: the width of a panel and of the labels at its right, and margins.
PLOT, LABELS, LEFT, TOP, BOTTOM, HEAD = 2.8, 2.45, 0.7, 0.45, 0.55, 0.5
#: Least height in inches of a legend entry.
ENTRY = 0.75
#: Approximate width of a letter relative to its height, and the share of a figure for the names of rows.
LETTER, FOR_NAMES = 0.56, 0.5
LONGEST, SHORTEST = 44, 12
#: Distance in points between curves in a paper, so that intervals are distinguishable, and the share of a panel's width
#: for the outermost one.
BESIDE, MOST_BESIDE = 3.0, 0.03
#: Largest length of an axis label relative to the axis; distance in pixels between texts of ticks.
BEYOND, AIR = 1.15, 4
#: How high the panels of a figure are to be, one below the other, in inches.
_wanted: WeakKeyDictionary[Figure, float] = WeakKeyDictionary()


class Picture(Figure):
    """A figure that a notebook shows, whether pyplot is in use there or not."""

    def _repr_svg_(self) -> str:
        return as_bytes(self, "svg").decode()


@dataclass(frozen=True)
class Layout:
    """Where the parts of a figure are.

    On a page, a figure has the size of its parts, a title with notes, and names next to the ends of lines. In a paper
    it is `width` inches wide, and as high as it needs to be; names are below.
    """

    paper: bool = False
    width: float = 3.3
    title: bool = True

    def settings(self) -> AbstractContextManager[None]:
        """The settings of matplotlib while it is drawn."""
        return our_settings(self.paper)

    def columns(self, count: int) -> int:
        """Number of `count` panels next to each other."""
        return min(count, max(1, math.floor(self.width / PANEL)) if self.paper else 2)

    def panels(self, count: int = 1, heights: Sequence[float] = ()) -> tuple[Figure, list[Axes]]:
        """A figure in a paper with the given number of panels, one below the other, and of a given height in inches."""
        columns = 1 if heights else self.columns(count)
        rows = math.ceil(count / columns)
        high = min(2.2, max(1.3, 0.55 * self.width / columns))
        wanted = sum(heights) if heights else rows * high
        tall = wanted + rows * FURNITURE + SPARE
        engine = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.03, wspace=0.02, hspace=0.03)
        figure = Picture(figsize=(self.width, tall), layout=engine)
        _wanted[figure] = wanted
        ratios = {"height_ratios": list(heights)} if heights else None
        grid = figure.subplots(rows, columns, squeeze=False, gridspec_kw=ratios)
        panels: list[Axes] = list(grid.flat)
        for unused in panels[count:]:
            unused.remove()
        return figure, panels[:count]

    def shift(self, place: int, count: int, panels: int = 1) -> float:
        """Offset in points of the curve at this place of `count`: in a paper only."""
        most = 72 * MOST_BESIDE * self.width / self.columns(panels)
        step = min(BESIDE, 2 * most / max(1, count - 1))
        return step * (place - (count - 1) / 2) if self.paper else 0.0

    def letters(self, share: float) -> int:
        """About how many letters have room in this share of the width."""
        return math.floor(share * self.width * 72 / (LETTER * small_size()))

    def row_name(self, name: str, usual: int) -> str:
        """The name of a row, its middle cut out if it is longer than usual on a page, or than the room."""
        return shorten(name, min(LONGEST, max(SHORTEST, self.letters(FOR_NAMES))) if self.paper else usual)


PAGE = Layout()


def grid(count: int, height: float, head: float = HEAD, layout: Layout = PAGE) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels; on a page two a row, each with room for a column of labels at its right."""
    if layout.paper:
        return layout.panels(count)
    columns = min(2, count)
    rows = math.ceil(count / columns)
    wide, high = LEFT + PLOT + LABELS, TOP + height + BOTTOM
    figure = Figure(figsize=(columns * wide + 0.1, rows * high + head), facecolor="white")
    panels = []
    for index in range(count):
        row, column = divmod(index, columns)
        panels.append(place(figure, column * wide + LEFT + 0.1, (rows - 1 - row) * high + BOTTOM, PLOT, height))
    return figure, panels


def single_panel(
    layout: Layout,
    left: float,
    width: float,
    height: float,
    right: float,
    head: float = HEAD,
    bottom: float = BOTTOM,
    rows: int = 0,
) -> tuple[Figure, Axes]:
    """A figure with one panel: on a page of a size in inches with margins, in a paper as high as its `rows`, if any."""
    if layout.paper:
        figure, panels = layout.panels(heights=[ROW * rows] if rows else ())
        return figure, panels[0]
    figure = Figure(figsize=(left + width + right, head + height + bottom), facecolor="white")
    return figure, place(figure, left, bottom, width, height)


def place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at this place of the figure, in inches from its lower left corner."""
    whole_width, whole_height = figure.get_size_inches()
    share = (left / whole_width, bottom / whole_height, width / whole_width, height / whole_height)
    return figure.add_axes(share)


class Names:
    """The names of the curves of a figure: next to their ends in each panel, or in a legend below them."""

    def __init__(self, layout: Layout, height: float) -> None:
        self.layout, self.height = layout, height
        self.gathered: list[EndLabel] = []

    def put(self, axes: Axes, labels: Sequence[EndLabel]) -> None:
        """The labels of one panel, which on a page is `height` inches high; its limits and scales are set."""
        if self.layout.paper:
            self.gathered += labels
        else:
            label_ends(axes, labels, self.height)

    def finish(self, figure: Figure, more: Iterable[Artist] = ()) -> None:
        """Write the legend if there is one: strategies, lines of reference, and the other elements."""
        if self.layout.paper:
            mine = [each for each in self.gathered if each.look] + [each for each in self.gathered if not each.look]
            finish(figure, [*map(handle, mine), *more])


def handle(label: EndLabel) -> Artist:
    """Representation of a curve in a legend."""
    drawn: Any = label.drawn or (line(label.look) if label.look else {})
    return Line2D([], [], label=label.name or label.text, **drawn)


def finish(figure: Figure, handles: Iterable[Artist]) -> None:
    """Write below the panels of a paper's figure what each look means, and make it as high as its panels want.

    The margins around the panels, and the length of texts, are known once it was drawn.
    """
    legend(figure, by_name(handles))
    with fitting(figure):
        for _ in range(2):
            figure.draw_without_rendering()
            figure.set_figheight(figure.get_figheight() + _wanted[figure] - panels_height(figure))
            for axes in figure.axes:
                wrap_label(axes.xaxis, axes.bbox.width)
                wrap_label(axes.yaxis, axes.bbox.height)
        figure.draw_without_rendering()
        figure.set_figheight(figure.get_figheight() + _wanted[figure] - panels_height(figure))
        figure.draw_without_rendering()
        for axes in figure.axes:
            thin_labels(axes.xaxis)
            thin_labels(axes.yaxis)


def panels_height(figure: Figure) -> float:
    """How high the panels of a figure are together, one below the other, in inches."""
    columns: dict[float, float] = {}
    for axes in figure.axes:
        place = axes.get_position()
        columns[round(place.x0, 2)] = columns.get(round(place.x0, 2), 0.0) + place.height * figure.get_figheight()
    return max(columns.values())


def wrap_label(axis: Axis, room: float) -> None:
    """Write the label of an axis in as many lines, about equally long, as fit into the given pixels."""
    extent, text = axis.label.get_window_extent(), axis.label.get_text()
    long = max(extent.width, extent.height)
    if "\n" not in text and long > BEYOND * room:
        axis.label.set_text(balance_lines(text, math.ceil(long / (BEYOND * room))))


def thin_labels(axis: Axis) -> None:
    """Leave out the texts of ticks that touch the one before, beginning at the upper or the right end."""
    formatter, last = axis.get_major_formatter(), None
    across = isinstance(axis, XAxis)
    if not isinstance(formatter, FixedFormatter):
        return
    texts = list(formatter.seq)
    for index, label in sorted(enumerate(axis.get_ticklabels()), reverse=True):
        extent = label.get_window_extent()
        low, top = (extent.x0 - AIR, extent.x1) if across else (extent.y0, extent.y1)
        if last is not None and top > last > low:
            texts[index] = ""
        else:
            last = low
    axis.set_major_formatter(FixedFormatter(texts))


def balance_lines(text: str, count: int) -> str:
    """A text in at most the given number of lines, about equally long."""
    least = next(each for each in range(1, len(text) + 1) if len(textwrap.wrap(text, each)) <= count)
    return textwrap.fill(text, least)


def by_name(handles: Iterable[Artist]) -> list[Artist]:
    """The first of each name."""
    return list({str(each.get_label()): each for each in reversed([*handles])}.values())[::-1]


def legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Meaning of each look, below the panels, in as many columns as fit."""
    most = min(len(handles), math.ceil(figure.get_figwidth() / ENTRY))
    for columns in range(most, 0, -1):
        made = figure.legend(
            handles=handles,
            loc="outside lower left",
            ncols=columns,
            handlelength=2.8,
            columnspacing=1.3,
            handletextpad=0.6,
            labelspacing=0.35,
            borderpad=0.1,
            borderaxespad=0.2,
        )
        if made.get_window_extent().width <= 0.99 * figure.bbox.width:
            break
        if columns > 1:
            made.remove()
