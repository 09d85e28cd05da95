"""The figures of losses: one bar per strategy, and the activities of each worker in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib import rcParams
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from parbench import text as words
from parbench.report.figures.annotations import KEYS, annotate, annotations_of, assign, cell_lines, fields, figure_of
from parbench.report.figures.axes import INK, LONGEST_NAME, SOFT, set_ticks, shorten, small_size
from parbench.report.figures.layout import PAGE, Layout, finish, place, single_panel
from parbench.report.figures.layout import ROW as PAPER_ROW
from parbench.report.figures.speedup import left_out, write_title
from parbench.report.sentences.losses import KINDS, NAMES, USED, LossView, name_of, parts
from parbench.runfile.records import SPANS, Trace
from parbench.workload.cell import Cell

#: Colour and hatch of each part, so that a grey print can be read; what is idle is empty. Hatches are of lines: one of
#: dots makes a file several times as large.
LOOKS = {
    USED: ("#2F7D5B", ""),
    "lost_chunking": ("#EADFA6", "++"),
    "lost_inflation": ("#F2B45C", "///"),
    "lost_imbalance": ("#FFFFFF", ""),
    "lost_split": ("#F3CFE0", "|||"),
    "lost_ship_in": ("#A6D3F0", "---"),
    "lost_ship_out": ("#6FA8DC", "\\\\\\"),
    "lost_combine": ("#D9A2C4", "xx"),
    "lost_dispatch": ("#C9CCD0", ""),
}
# Inches.
LABELS, PLOT, ROW, USED_COLUMN, HEAD, LEGEND, FOOT = 2.0, 4.9, 0.25, 0.75, 0.5, 0.42, 0.5
LANE, TITLE = 0.3, 0.42
#: A part that is wider than this share of the axis has its number in it.
WIDE = 0.06
#: Width in inches of it in a paper's figure.
NUMBER = 0.55
#: The axis shows no more than this beyond the cores' time on either side.
BEYOND = 0.5
#: Most workers in a timeline, and the share of the call below which the gap between spans is closed if there are many.
MOST_LANES, MANY, NEAR = 8, 40, 1 / 150


def bars(shown: LossView, missing: str, layout: Layout = PAGE) -> Figure:
    """One bar per strategy, as long as the time of the cores in a call: the used part, and the losses.

    A gain is left of 0. `missing` says which strategies cannot be shown.
    """
    title = f"{shown.workload}: where the time of {shown.on} went, {shown.at}"
    return draw_rows(title, missing, shown.rows, [name_of(row) for row in shown.rows], shown.on, layout)


def overview(shown: Sequence[LossView], layout: Layout = PAGE) -> Figure:
    """The same with one bar per workload, that of its fastest parallel strategy."""
    rows = sorted(((each.best, each) for each in shown), key=lambda pair: -pair[0].traced_efficiency)
    names = [f"{each.workload}, {name_of(row)}" for row, each in rows]
    note = "each workload at its largest size and the most cores"
    title = "Where the time of all cores went, in the fastest parallel strategy"
    return draw_rows(title, note, [row for row, _ in rows], names, "all cores", layout)


def draw_rows(
    title: str, note: str, rows: Sequence[Any], names: Sequence[str], cores: str, layout: Layout = PAGE
) -> Figure:
    """A bar for each of some rows of `losses`, under these names."""
    with layout.settings():
        height, head = ROW * len(rows), HEAD + LEGEND
        figure, axes = single_panel(layout, LABELS, PLOT, height, USED_COLUMN, head, FOOT, len(rows))
        write_title(figure, title, note, layout=layout)
        shares = [{USED: float(row.traced_efficiency)} | parts(row) for row in rows]
        axes.set_xlim(*limits(shares))
        axes.set_ylim(len(shares) - 0.5, -0.5)
        for at, (row, share) in enumerate(zip(rows, shares, strict=True)):
            drawn = draw_bar(axes, at, share, row, NUMBER / layout.width if layout.paper else WIDE)
            used = words.percent(share[USED])
            drawn += [axes.text(1.02, at, used, transform=axes.get_yaxis_transform(), va="center")]
            assign(row.strategy, drawn)
        axes.text(1.02, 1.01, "used", transform=axes.transAxes, va="bottom", fontsize=small_size(), color=SOFT)
        set_ticks(axes, "y", range(len(shares)), [layout.row_name(name, LONGEST_NAME) for name in names])
        for row, label in zip(rows, axes.get_yticklabels(), strict=True):
            assign(row.strategy, label)
        low, high = axes.get_xlim()
        step = 5 if not layout.paper or layout.width / (high - low) > 4 else 2
        ticks = [tick / step for tick in range(-2, 8) if low <= tick / step <= high]
        set_ticks(axes, "x", ticks, [f"{tick:.0%}" for tick in ticks])
        axes.grid(axis="y", visible=False)
        axes.axvline(0, color=INK, linewidth=0.8)
        gains = any(value < -0.005 for share in shares for value in share.values())
        told = f"share of the time of {cores}{'; left of 0: gained, or lost by the baseline, too' if gains else ''}"
        axes.set_xlabel(told)
        there = [name for name in LOOKS if any(abs(share[name]) >= 0.002 for share in shares)]
        write_legend(figure, there, layout=layout)
    return figure


def limits(shares: Sequence[dict[str, float]]) -> tuple[float, float]:
    """The range of the axis: every bar, within reason."""
    low = min((sum(value for value in share.values() if value < 0) for share in shares), default=0.0)
    high = max((sum(value for value in share.values() if value > 0) for share in shares), default=1.0)
    return max(-BEYOND, low), min(1 + BEYOND, max(1.0, high)) + 0.005


def draw_bar(axes: Axes, at: float, share: dict[str, float], row: Any, wide: float = WIDE) -> list[Artist]:
    """One bar, that of a row of `losses`, its parts in the order of the legend; gains go left from 0.

    A `wide` part has its number in it.
    """
    drawn: list[Artist] = []
    ends = {True: 0.0, False: 0.0}
    low, high = axes.get_xlim()
    for name, value in share.items():
        if abs(value) < 0.002 * (high - low):
            ends[value > 0] += value
            continue
        left = ends[value > 0]
        ends[value > 0] += value
        begin, end = max(low, min(left, left + value)), min(high, max(left, left + value))
        if begin >= end:
            continue
        colour, hatch = LOOKS[name]
        drawn += axes.barh(
            at, end - begin, 0.78, begin, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.4, zorder=2
        )
        if end - begin > wide * (high - low) and name != USED:  # whose number is next to the bar
            drawn += [write_number(axes, (begin + end) / 2, at, value)]
        told = [*cell_lines(row), f"{NAMES[name]} {words.percent(value)} of the cores' time"]
        record = fields(row, KEYS) | {"part": NAMES[name], "share": value}
        annotate(axes, (begin, at - 0.39), row.strategy, told, record, (end, at + 0.39))
    return drawn


def write_number(axes: Axes, x: float, y: float, value: float) -> Artist:
    """A share in the middle of its part."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8}
    text = words.percent(value).replace(" ", "\u2009")
    return axes.text(x, y, text, ha="center", va="center", fontsize=min(7.5, small_size()), bbox=box, zorder=3)


def write_legend(figure: Figure, names: Sequence[str], texts: Sequence[str] = (), layout: Layout = PAGE) -> None:
    """Meaning of each look, in rows below the title; `texts` in place of the names of the parts."""
    handles = [
        Patch(facecolor=LOOKS[name][0], hatch=LOOKS[name][1], edgecolor=INK, linewidth=0.4, label=text)
        for name, text in zip(names, texts or [NAMES[name] for name in names], strict=True)
    ]
    if layout.paper:
        finish(figure, handles)
        return
    width, height = figure.get_size_inches()
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.1 / width, 1 - (HEAD - 0.02) / height),
        bbox_transform=figure.transFigure,
        ncols=5,
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.8,
        columnspacing=1.4,
    )


def calls_of(shown: LossView, traced: Mapping[Cell, Mapping[int, Trace]]) -> list[tuple[Any, Trace]]:
    """The calls that are drawn: of the fastest strategy, and of the one that lost most outside of kernels."""
    spanned = [
        (row, trace)
        for row in (shown.best, *shown.needy)
        for trace in traced[_cell(row)].values()
        if any(what == SPANS.index("kernel") for _, what, *_ in trace.spans)
    ]
    first = [call for call in spanned if call[0] is shown.best]
    return [*first[:1], *[call for call in spanned if call[0] is not shown.best][:1]]


def _cell(row: Any) -> Cell:
    return Cell(row.workload, int(row.size), row.strategy, int(row.cores), int(row.chunks), row.environment)


def timeline(workload: str, calls: Sequence[tuple[Any, Trace]], layout: Layout = PAGE) -> Figure:
    """One call of each of some cells, a row each: a lane for the caller and one for every worker."""
    with layout.settings():
        figure, panels = timeline_panels([min(MOST_LANES, len(trace.busy)) + 1 for _, trace in calls], layout)
        write_title(figure, f"{workload}: who did what when, in one call", scales_note(calls), layout=layout)
        longest = max(trace.seconds for _, trace in calls)
        same = all(trace.seconds * 4 > longest for _, trace in calls)
        for (row, trace), axes in zip(calls, panels, strict=True):
            draw_call(axes, row, trace, longest if same else trace.seconds)
        there = [kind for place_, kind in enumerate(SPANS) if any(what == place_ for what in kinds(calls))]
        write_legend(figure, [KINDS[kind] for kind in there], there, layout)
    return figure


def timeline_panels(lanes: Sequence[int], layout: Layout) -> tuple[Figure, list[Axes]]:
    """A figure with a panel below the other for each of some numbers of lanes."""
    if layout.paper:
        return layout.panels(len(lanes), [PAPER_ROW * count for count in lanes])
    heights = [LANE * count for count in lanes]
    top = HEAD + sum(heights) + len(lanes) * (TITLE + FOOT)
    figure, panels = Figure(figsize=(LABELS / 2 + PLOT + 1.4, top), facecolor="white"), []
    top -= HEAD
    for height in heights:
        top -= TITLE + height
        panels.append(place(figure, LABELS / 2, top, PLOT + 1.2, height))
        top -= FOOT
    return figure, panels


def scales_note(calls: Sequence[tuple[Any, Trace]]) -> str:
    """Notes on the scales, and on the workers that have no lane."""
    most = max(len(trace.busy) for _, trace in calls)
    notes = ["empty: waiting"]
    longest = max(trace.seconds for _, trace in calls)
    if any(trace.seconds * 4 <= longest for _, trace in calls):
        notes.append("each call on a scale of its own")
    if most > MOST_LANES:
        notes.append(f"the first {MOST_LANES} of {most} workers")
    return "; ".join(notes)


def kinds(calls: Iterable[tuple[Any, Trace]]) -> set[float]:
    """The kinds of spans that there are in some calls."""
    return {what for _, trace in calls for _, what, begin, end in trace.spans if begin < end}


def draw_call(axes: Axes, row: Any, trace: Trace, longest: float) -> None:
    """The lanes of one call, on an axis of `longest` seconds."""
    count = min(MOST_LANES, len(trace.busy))
    scale, unit = (1e-6, "µs") if longest < 1e-3 else (1e-3, "ms") if longest < 10 else (1.0, "s")
    axes.set_xlim(0, longest / scale)
    axes.set_ylim(count + 0.5, -0.5)
    for lane in range(count + 1):
        for place_, kind in enumerate(SPANS):
            mine = [(begin, end) for at, what, begin, end in trace.spans if at == lane and what == place_]
            colour, hatch = LOOKS[KINDS[kind]]
            spans = merge_spans(mine, trace.seconds)
            tell_spans(axes, row, lane, kind, spans)
            joined = [(begin / scale, (end - begin) / scale) for begin, end in spans]
            if joined:
                # the lines of a hatch have the colour of the edge
                edge, width = ("white", 0.5) if kind == "kernel" else (INK, 0.3)
                axes.broken_barh(joined, (lane - 0.38, 0.76), fc=colour, hatch=hatch, ec=edge, lw=width, zorder=2)
    axes.axvline(trace.seconds / scale, color=SOFT, linewidth=0.8, linestyle=(0, (2, 2)))
    set_ticks(axes, "y", range(count + 1), ["caller", *(f"worker {number}" for number in range(1, count + 1))])
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"{unit} from the start of the call", labelpad=2)
    tasks = f", {words.plural(trace.tasks, 'task')}" if trace.tasks else ""
    title = f"{shorten(name_of(row))}: {words.duration(trace.seconds)}{tasks}"
    axes.set_title(title, loc="left", fontsize=min(9, rcParams["axes.titlesize"]), weight="bold", pad=5)


def tell_spans(axes: Axes, row: Any, lane: int, kind: str, spans: Sequence[tuple[float, float]]) -> None:
    """Columns of one lane in the CSV of the figure."""
    who = f"worker {lane}" if lane else "caller"
    annotations_of(figure_of(axes)).rows += [
        fields(row, KEYS) | {"who": who, "what": kind, "begin": begin, "end": end} for begin, end in spans
    ]


def merge_spans(spans: Iterable[tuple[float, float]], seconds: float) -> list[tuple[float, float]]:
    """The spans within a call, in order; if there are many, those with tiny gaps between them become one."""
    inside = sorted((begin, min(end, seconds)) for begin, end in spans if begin < min(end, seconds))
    near = NEAR * seconds if len(inside) > MANY else 0.0
    found: list[tuple[float, float]] = []
    for begin, end in inside:
        if found and near and begin - found[-1][1] < near:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def missing_note(summary: Any, shown: LossView) -> str:
    """Which strategies have no bar."""
    gone = [shorten(str(row.strategy)) for row in shown.others if row.missing != "no result"]
    told = (
        f"not taken apart: {', '.join(gone[:4])}{f' and {len(gone) - 4} more' if len(gone) > 4 else ''}" if gone else ""
    )
    return "; ".join(note for note in (left_out(summary, shown.workload), told) if note)
