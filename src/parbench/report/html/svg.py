"""Figures that can be asked: what `marks` knows of one, written into its SVG for the script and for those without.

Every point is a circle or a box that cannot be seen, with its numbers as a title, which browsers show without a script,
and as a row of a CSV file. Shapes that belong to a strategy say to which.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from parbench import text
from parbench.report.figures import annotations as marks
from parbench.report.figures.style import svg
from parbench.report.html.template import inline

#: How far around its place a point can be hit, in points.
REACH = 6
_ARTIST = re.compile(rf'<g id="[^"]*?{marks.NAME}(\d+)">')


def inlined(figure: Figure, *names: str) -> Markup:
    """A finished figure as an element for the page; `names` say which it is, the same in every run."""
    known, place = marks.of(figure), marks.address("figure", *names)
    prefix = f"{hashlib.sha256(place.encode()).hexdigest()[:6]}-"
    text = str(inline(svg(figure), prefix, (marks.NAME,)))
    text = _ARTIST.sub(lambda match: group(*known.artists[int(match[1])]), text)
    head = {"id": place}
    rows = [point.row for point in known.points] or known.rows
    if rows:
        head["data-columns"] = line(rows[0])
    if known.rows:
        head["data-rows"] = "\n".join(line(row.values()) for row in known.rows)
    points = "".join(
        f"{group(strategy)}{''.join(target(point, figure) for point in mine)}</g>"
        for strategy, mine in groupby(known.points, key=lambda point: point.strategy)
    )
    if points:
        points = f'<g class="points" fill="none" pointer-events="all">{points}</g>'
    return Markup(text.replace("<svg ", f"<svg{attributes(head)} ", 1).replace("</svg>", f"{points}</svg>"))


def group(strategy: str, part: str = "") -> str:
    """The tag of shapes that belong to a strategy."""
    return f"<g{attributes({'data-strategy': strategy, 'data-part': part})}>"


def attributes(values: Mapping[str, str]) -> str:
    """Attributes with a space before each; those without a value are left out."""
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items() if value)


def line(values: Iterable[Any]) -> str:
    """One line of a CSV file, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([plain(value) for value in values])
    return text.getvalue()


def plain(value: Any) -> str:
    """A value in a CSV file: six digits of a number are more than any measurement has."""
    if isinstance(value, float | np.floating):
        return f"{value:.6g}" if text.known(float(value)) else ""
    return str(value)


def target(point: marks.Point, figure: Figure) -> str:
    """What can be hit of a point."""
    first = place(point, figure, (point.x, point.y))
    told = {"data-row": line(point.row.values()), "data-cell": point.cell}
    if point.end is None:
        tag, shape = "circle", {"cx": first[0], "cy": first[1], "r": float(REACH)}
    else:
        second = place(point, figure, point.end)
        tag, (left, right), (top, bottom) = "rect", *(sorted(pair) for pair in zip(first, second, strict=True))
        shape = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    where = {name: f"{value:.1f}".removesuffix(".0") for name, value in shape.items()}
    title = escape("\n".join(point.lines))
    return f"<{tag}{attributes(told | where)}><title>{title}</title></{tag}>"


def place(point: marks.Point, figure: Figure, at: tuple[float, float]) -> tuple[float, float]:
    """A place in data units as one in the SVG, in points from the upper left."""
    x, y = figure.transFigure.inverted().transform(point.axes.transData.transform(at))
    width, height = figure.get_size_inches()
    return float(x * width * 72), float((1 - y) * height * 72)
