"""Annotations of a figure: the strategies of its artists, and the numbers of its points.

They are recorded while a figure is drawn; `html.svg.interactive` writes them into the page for its script.
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

#: Prefix of the ids of artists that belong to a strategy; the number that follows identifies it.
GROUP_PREFIX = "of-strategy-"
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_VARIANT = re.compile(r"\[([^\[\]]+)\]$")


@dataclass(frozen=True)
class AnnotatedPoint:
    """A point of a figure with its numbers, at ``(x, y)`` in data units, or a box from there to `end`.

    `lines` describe it, the name first; `row` is its row of a CSV file; `cell` is the id of its row in a table.
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
class Annotations:
    """The annotations of one figure; an artist is recorded as its strategy and its part."""

    artists: list[tuple[str, str]] = field(default_factory=list)
    points: list[AnnotatedPoint] = field(default_factory=list)
    rows: list[Mapping[str, Any]] = field(default_factory=list)


_known: WeakKeyDictionary[Figure, Annotations] = WeakKeyDictionary()


def annotations_of(figure: Figure) -> Annotations:
    """The annotations of a figure so far."""
    return _known.setdefault(figure, Annotations())


def assign(strategy: str, artists: Artist | Iterable[Artist], part: str = "") -> None:
    """Record that drawn artists belong to a strategy, and are hidden with it.

    Their `part` is ``curve`` or ``mark`` if they can represent the strategy in a list.
    """
    for artist in [artists] if isinstance(artists, Artist) else artists:
        known = annotations_of(figure_of(artist))
        artist.set_gid(f"{GROUP_PREFIX}{len(known.artists)}")
        known.artists.append((strategy, part))


def figure_of(artist: Artist) -> Figure:
    """The figure of an artist."""
    figure = artist.get_figure()
    assert isinstance(figure, Figure)
    return figure


def annotate(
    axes: Axes,
    place: tuple[float, float],
    strategy: str,
    lines: Iterable[str],
    row: Mapping[str, Any],
    end: tuple[float, float] | None = None,
    cell: str = "",
) -> None:
    """Record a point at a place in data units; all rows of one figure have the same keys."""
    told = tuple(line for line in lines if line)
    found = AnnotatedPoint(axes, float(place[0]), float(place[1]), strategy, told, row, end, cell)
    annotations_of(figure_of(axes)).points.append(found)


def annotate_cells(axes: Axes, curves: Iterable[pd.DataFrame], at: str, value: str, floor: float = 0.0) -> None:
    """Record every row of some parts of a summary as a point, once, at the column `at` and the column `value`.

    `value` is ``seconds`` or ``speedup``; values below `floor` are drawn there.
    """
    together = pd.concat(list(curves))
    for cell in list[Any](together[~together.index.duplicated()].itertuples()):
        place = (float(getattr(cell, at)), max(floor, float(getattr(cell, value))))
        row = fields(cell, [*KEYS, *MEASURED])
        annotate(axes, place, str(cell.strategy), value_lines(cell, value), row, cell=cell_address(cell))


MEASURED = ("seconds", "speedup", "speedup_low", "speedup_high")
#: The columns that identify a cell in the CSV of a figure.
KEYS = ("workload", "size", "strategy", "cores", "chunks")


def fields(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Some fields of a row, for the CSV of a figure."""
    known = record(row)
    return {name: known[name] for name in names}


def record(row: Any) -> Mapping[str, Any]:
    """A row of a frame, of whichever kind: a series has a size of its own, which is not that of its cell."""
    return row._asdict() if hasattr(row, "_asdict") else dict(row)


def cell_lines(cell: Any) -> list[str]:
    """The name of a cell as lines of text."""
    known = record(cell)
    place = f"{text.plural(known['cores'], 'core')}, {text.chunk_label(known['chunks'])}"
    return [str(known["strategy"]), f"{known['workload']} at {text.count(known['size'])}", place]


def value_lines(cell: Any, value: str) -> list[str]:
    """A cell as lines of text, the quantity of the figure first."""
    own = cell.verdict == "baseline"
    interval = () if own else (cell.speedup_low, cell.speedup_high)
    speedup = text.times(cell.speedup, *interval)
    told = [
        f"speedup {speedup}{', the baseline' if own else ' (95 %)' if '[' in speedup else ''}",
        f"{text.duration(cell.seconds)} per call",
    ]
    return [*cell_lines(cell), *(told if value == "speedup" else told[::-1])]


# -- names that stay ---------------------------------------------------------------------------------------------


def slug(name: str) -> str:
    """A name as part of an id that is the same in every run, and another one for every other name.

    ``multiprocessing[spawn]`` is ``multiprocessing.spawn``; names that collide get a few more digits.
    """
    text = _VARIANT.sub(r".\1", name)
    # a name with a dot must not be confused with a variant
    if _PLAIN.fullmatch(text) and "." not in name.partition("[")[0]:
        return text
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)[:40]}.{digest}"


def address(kind: str, *names: object) -> str:
    """The id of something in the page: ``cell/square/300000/threads/2``; what is empty is left out."""
    return "/".join([kind, *(slug(str(name)) for name in names if name != "")])


def cell_address(cell: Any, kind: str = "cell") -> str:
    """The id of the row of a cell; it contains its chunks and its environment unless they are the usual ones."""
    known = record(cell)
    count = known.get("chunks", 1)
    chunks = "" if count == 1 else f"x{text.chunks(count)}"
    place = (known["workload"], int(known["size"]), known["strategy"], int(known["cores"]))
    return address(kind, *place, chunks, known.get("environment", "") or "")
