"""What in a figure stands for what: artists that belong to a strategy, and points with their numbers.

A figure is told while it is drawn; `interactive.inlined` then writes it into the page, where the script finds it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench import text

#: How artists that belong to a strategy are named in a figure; the number says to which.
NAME = "of-strategy-"
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_VARIANT = re.compile(r"\[([^\[\]]+)\]$")


@dataclass(frozen=True)
class Point:
    """One thing in a figure that has numbers: at ``(x, y)`` in data units, or all of a box from there to `end`.

    `lines` are what is said of it, the name first; `row` is what it comes to as a row of a CSV file; `cell` is the id
    of the row of a table that has more of it.
    """

    axes: Axes
    x: float
    y: float
    strategy: str
    lines: tuple[str, ...]
    row: Mapping[str, Any]
    end: tuple[float, float] | None = None
    cell: str = ""


@dataclass
class Marks:
    """What is known of one figure; each artist is there as its strategy and the part that it plays."""

    artists: list[tuple[str, str]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    rows: list[Mapping[str, Any]] = field(default_factory=list)


_known: WeakKeyDictionary[Figure, Marks] = WeakKeyDictionary()


def of(figure: Figure) -> Marks:
    """What was told of a figure so far."""
    return _known.setdefault(figure, Marks())


def belongs(strategy: str, artists: Artist | Iterable[Artist], part: str = "") -> None:
    """Tell that drawn artists belong to a strategy, and are hidden with it.

    The `part` that they play is ``curve`` or ``mark`` where one like them can stand for the strategy in a list.
    """
    for artist in [artists] if isinstance(artists, Artist) else artists:
        marks = of(figure_of(artist))
        artist.set_gid(f"{NAME}{len(marks.artists)}")
        marks.artists.append((strategy, part))


def figure_of(artist: Artist) -> Figure:
    """The figure in which an artist is."""
    figure = artist.get_figure()
    assert isinstance(figure, Figure)
    return figure


def point(
    axes: Axes,
    place: tuple[float, float],
    strategy: str,
    lines: Iterable[str],
    row: Mapping[str, Any],
    end: tuple[float, float] | None = None,
    cell: str = "",
) -> None:
    """Tell what stands at a place, in data units; the rows of one figure all have the same keys."""
    told = tuple(line for line in lines if line)
    made = Point(axes, float(place[0]), float(place[1]), strategy, told, row, end, cell)
    of(figure_of(axes)).points.append(made)


def cells(axes: Axes, curves: Iterable[pd.DataFrame], at: str, value: str, floor: float = 0.0) -> None:
    """Tell that every row of some parts of a summary is a point, once, at one of its columns and the `value`.

    That is ``seconds`` or ``speedup``; what is below `floor` is drawn there.
    """
    together = pd.concat(list(curves))
    for cell in list[Any](together[~together.index.duplicated()].itertuples()):
        place = (float(getattr(cell, at)), max(floor, float(getattr(cell, value))))
        row = fields(cell, [*KEYS, *MEASURED])
        point(axes, place, str(cell.strategy), said(cell, value), row, cell=cell_address(cell))


MEASURED = ("seconds", "speedup", "speedup_low", "speedup_high")
#: What says which cell a row is about, in the CSV of a figure.
KEYS = ("workload", "size", "strategy", "cores", "chunks")


def fields(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Some fields of a row, for the CSV of a figure."""
    known = record(row)
    return {name: known[name] for name in names}


def record(row: Any) -> Mapping[str, Any]:
    """A row of a frame, of whichever kind: a series has a size of its own, which is not that of its cell."""
    return row._asdict() if hasattr(row, "_asdict") else dict(row)


def named(cell: Any) -> list[str]:
    """Which cell it is, in lines of words."""
    known = record(cell)
    place = f"{text.cores(known['cores'])}, {cut(known['chunks'])}"
    return [str(known["strategy"]), f"{known['workload']} at {text.count(known['size'])}", place]


def said(cell: Any, value: str) -> list[str]:
    """A cell in lines of words, what the figure is about first."""
    own = cell.verdict == "baseline"
    interval = () if own else (cell.speedup_low, cell.speedup_high)
    speedup = text.times(cell.speedup, *interval)
    told = [
        f"speedup {speedup}{', the baseline' if own else ' (95 %)' if '[' in speedup else ''}",
        f"{text.duration(cell.seconds)} a call",
    ]
    return [*named(cell), *(told if value == "speedup" else told[::-1])]


def cut(chunks: float) -> str:
    """How work was cut, in words."""
    return f"{text.chunks(chunks)} chunk{'' if chunks == 1 else 's'} a core"


# -- names that stay ---------------------------------------------------------------------------------------------


def slug(name: str) -> str:
    """A name as part of an id that is the same in every run, and another one for every other name.

    ``multiprocessing[spawn]`` is ``multiprocessing.spawn``; what cannot be told from it alone gets a few digits more.
    """
    text = _VARIANT.sub(r".\1", name)
    # what has a dot of its own must not be taken for a variant
    if _PLAIN.fullmatch(text) and "." not in name.partition("[")[0]:
        return text
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)[:40]}.{digest}"


def address(kind: str, *names: object) -> str:
    """The id of something in the page: ``cell/square/300000/threads/2``; what is empty is left out."""
    return "/".join([kind, *(slug(str(name)) for name in names if name != "")])


def cell_address(cell: Any, kind: str = "cell") -> str:
    """The id of the row of a cell; its chunks and its environment are in it where they are not the usual."""
    known = record(cell)
    count = known.get("chunks", 1)
    chunks = "" if count == 1 else f"x{text.chunks(count)}"
    place = (known["workload"], int(known["size"]), known["strategy"], int(known["cores"]))
    return address(kind, *place, chunks, known.get("environment", "") or "")
