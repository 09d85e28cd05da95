"""Figures as elements of a page: matplotlib's SVG without style attributes, short, with the annotations of its artists.

Servers of build results forbid styles within a page (Jenkins does by default), ``style="…"`` included, and would show
black shapes. Presentation attributes have the same effect and are no styles. For the script and for readers without it,
every annotated point is an invisible circle or box with its numbers as a title, which browsers show without a script,
and as a row of a CSV file. Shapes that belong to a strategy name it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from parbench import text
from parbench.report.figures.annotations import GROUP_PREFIX, AnnotatedPoint, address, annotations_of
from parbench.report.figures.style import svg

#: How far around its place a point can be hit, in points.
REACH = 6
_ARTIST = re.compile(rf'<g id="[^"]*?{GROUP_PREFIX}(\d+)">')
_SIZE = re.compile(r'\b(width|height)="([\d.]+)pt"')
_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_GROUP = re.compile(r"<g(?: [^<>]*)?>|</g>")
_LINK = re.compile(r" xlink:href=")
_COLOUR = re.compile(r'(?<=")#(\w)\1(\w)\2(\w)\3(?=")')
_NOWHERE = re.compile(r'<path d="M-?[\d.]+ -?[\d.]+"[^<>]*/>')
_SAME = re.compile(r' stroke-dashoffset="0"')
_TELLING = re.compile(r'<path id="([^"]*)"[^<>]* stroke="')
_USE = re.compile(r'<use href="#([^"]*)"[^<>]*>')
_STROKE = re.compile(r' stroke[a-z-]*="[^"]*"')
# Lines that are alike and follow each other, as those of intervals, are one path.
_TWICE = re.compile(r'<path d="([^"]*)"([^<>]* fill="none"[^<>]*)/><path d="([^"]*)"\2/>')
_EMPTY = re.compile(r"<defs>\s*</defs>|<g(?=[ />])(?![^<>]* id=)(?:[^<>]*/>|[^<>]*>\s*</g>)")
_BETWEEN = re.compile(r">\s+<")
# A tag, never a text: in texts the signs < and > are escaped, and in the values of attributes, too.
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_STYLED = re.compile(r' style="([^"]*)"')
_FONT = re.compile(r"(?:(italic|oblique) )?(?:small-caps )?(?:(\d+) )?([\d.]+px) (.+)")
_TARGET = re.compile(r'(?:href="#|url\(#)([^")]+)')
_REFERENCE = re.compile(r'((?<= )id="|(?<= )href="#|url\(#)([^")]+)')
_ID = re.compile(r' id="([^"]*)"')
_LONG = re.compile(r"-?\d+\.\d{3,}")
_STEP = re.compile(r"\s*([A-Za-z])\s*")
_PATH = re.compile(r' d="([^"]*)"')
_UPRIGHT = re.compile(r' transform="rotate\(-?0 [^"]*\)"')
_FAMILY = re.compile(r" font-family=\"[^\"]*\"")


def interactive(figure: Figure, *names: str) -> Markup:
    """A finished figure as an element of a page with its annotations; `names` are its id, the same in every run."""
    known, place = annotations_of(figure), address("figure", *names)
    prefix = f"{hashlib.sha256(place.encode()).hexdigest()[:6]}-"
    element = str(embed(svg(figure), prefix, (GROUP_PREFIX,)))
    element = _ARTIST.sub(lambda match: group(*known.artists[int(match[1])]), element)
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
    return Markup(element.replace("<svg ", f"<svg{attributes(head)} ", 1).replace("</svg>", f"{points}</svg>"))


def group(strategy: str, part: str = "") -> str:
    """The tag of shapes that belong to a strategy."""
    return f"<g{attributes({'data-strategy': strategy, 'data-part': part})}>"


def attributes(values: Mapping[str, str]) -> str:
    """Attributes with a space before each; those without a value are left out."""
    return "".join(f' {name}="{escape(value)}"' for name, value in values.items() if value)


def line(values: Iterable[Any]) -> str:
    """One line of a CSV file, without its end."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([csv_value(value) for value in values])
    return text.getvalue()


def csv_value(value: Any) -> str:
    """A value in a CSV file: six digits of a number are more than any measurement has."""
    if isinstance(value, float | np.floating):
        return f"{value:.6g}" if text.is_known(float(value)) else ""
    return str(value)


def target(point: AnnotatedPoint, figure: Figure) -> str:
    """The sensitive area of a point."""
    first = svg_place(point, figure, (point.x, point.y))
    told = {"data-row": line(point.row.values()), "data-cell": point.cell}
    if point.end is None:
        tag, shape = "circle", {"cx": first[0], "cy": first[1], "r": float(REACH)}
    else:
        second = svg_place(point, figure, point.end)
        tag, (left, right), (top, bottom) = "rect", *(sorted(pair) for pair in zip(first, second, strict=True))
        shape = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    where = {name: f"{value:.1f}".removesuffix(".0") for name, value in shape.items()}
    title = escape("\n".join(point.lines))
    return f"<{tag}{attributes(told | where)}><title>{title}</title></{tag}>"


def svg_place(point: AnnotatedPoint, figure: Figure, at: tuple[float, float]) -> tuple[float, float]:
    """A place in data units as one in the SVG, in points from the upper left."""
    x, y = figure.transFigure.inverted().transform(point.axes.transData.transform(at))
    width, height = figure.get_size_inches()
    return float(x * width * 72), float((1 - y) * height * 72)


# -- without styles and short -------------------------------------------------------------------------------


def embed(document: str, prefix: str, keep: tuple[str, ...] = ()) -> Markup:
    """An SVG document as an element of a page, without styles and within sizes at which it can be read."""
    element = simplify(document, text.safe_name(prefix), keep)
    inches = float(dict(_SIZE.findall(element)).get("width", 0)) / 72
    # Text of 8 points is drawn at 8 to 13 px, so that a figure is readable on a phone and not oversized on a screen.
    size = f' style="min-width: {4 * inches:.1f}rem; max-width: {6.6 * inches:.1f}rem"' if inches else ""
    # If styles are forbidden, its own size applies: 96 px per inch.
    element = _SIZE.sub(lambda match: f'{match[1]}="{float(match[2]) * 96 / 72:.0f}"', element, count=2)
    # The caption describes the figure; a screen reader should not read it tick by tick.
    return Markup(element.replace("<svg ", f'<svg aria-hidden="true" focusable="false"{size} ', 1))


def simplify(document: str, prefix: str, keep: tuple[str, ...] = ()) -> str:
    """An SVG document of matplotlib's as an element without styles; ids are `prefix` and a number.

    Ids that nothing refers to are left out, except those that begin with one of `keep`.
    """
    text = _METADATA.sub("", _STYLE.sub("", _PROLOGUE.sub("", document, count=1)))
    short = {name: str(number) for number, name in enumerate(dict.fromkeys(_TARGET.findall(text)))}

    def tag(match: re.Match[str]) -> str:
        found = _STYLED.sub(lambda style: presentation(style[1]), match[0])
        found = _UPRIGHT.sub("", _PATH.sub(lambda path: f' d="{shorter(path[1])}"', found))
        found = _ID.sub(lambda name: name[0] if name[1] in short or name[1].startswith(keep) else "", found)
        found = _COLOUR.sub(r"#\1\2\3", _LONG.sub(rounded, _LINK.sub(" href=", found)))
        return _REFERENCE.sub(lambda reference: reference[1] + prefix + short.get(reference[2], reference[2]), found)

    text = _BETWEEN.sub("><", _TAG.sub(tag, text))
    text = _SAME.sub("", _NOWHERE.sub("", text))
    return _common(repeated(_TWICE, ungrouped(repeated(_EMPTY, once(text))), r'<path d="\1\3"\2/>'))


def presentation(style: str) -> str:
    """A style attribute as presentation attributes, each with a space before it."""
    pairs = [each.partition(":") for each in style.split(";") if each.strip()]
    said = {name.strip(): value.strip() for name, _, value in pairs}
    if font := _FONT.fullmatch(said.pop("font", "")):  # older matplotlib; there is no such attribute
        slant, weight, size, family = font.groups()
        said |= {"font-size": size, "font-family": family}
        said |= {"font-style": slant} if slant else {}
        said |= {"font-weight": weight} if weight else {}
    return "".join(f' {name}="{value}"' for name, value in said.items())


def rounded(number: re.Match[str]) -> str:
    """A number to a hundredth of a point; a place, which is a large one, to a tenth: no screen is finer."""
    value = float(number[0])
    return f"{value:.{1 if abs(value) >= 20 else 2}f}".rstrip("0").rstrip(".")


def shorter(path: str) -> str:
    """The data of a path without the spaces that it does not need."""
    return _STEP.sub(r"\1", path).strip()


def repeated(pattern: re.Pattern[str], text: str, by: str | Callable[[re.Match[str]], str] = "") -> str:
    """`text` with a pattern replaced until it is no longer there."""
    while True:
        text, count = pattern.subn(by, text)
        if not count:
            return text


def once(text: str) -> str:
    """An SVG element in which the line style of a marker is not repeated at each use."""
    telling = set(_TELLING.findall(text))
    return _USE.sub(lambda use: _STROKE.sub("", use[0]) if use[1] in telling else use[0], text)


def ungrouped(text: str) -> str:
    """An SVG element without the groups that say nothing of what is in them."""
    open_: list[bool] = []

    def keep(tag: re.Match[str]) -> str:
        if tag[0] != "</g>":
            open_.append(tag[0] != "<g>")
            return tag[0] if open_[-1] else ""
        return tag[0] if open_.pop() else ""

    return _GROUP.sub(keep, text)


def _common(text: str) -> str:
    """Attributes that all texts and shapes share are set once, on the element itself."""
    families = _FAMILY.findall(text)
    usual = max(set(families), key=families.count) if families else ""
    # as matplotlib's own style element says of everything in the document
    return text.replace(usual, "").replace("<svg ", f'<svg stroke-linejoin="round" stroke-linecap="butt"{usual} ', 1)
