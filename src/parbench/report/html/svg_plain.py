"""A figure as plain SVG for a page: nothing in style attributes, short, and with ids that are its own.

Servers of build results forbid styles within a page (Jenkins does unless it is told otherwise), ``style="…"`` included,
and would show black shapes. Presentation attributes say the same and are no styles.
"""

from __future__ import annotations

import re
from collections.abc import Callable

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


def plain(document: str, prefix: str, keep: tuple[str, ...] = ()) -> str:
    """An SVG document of matplotlib's as an element; ids are `prefix` and a number.

    Ids that nothing refers to go, but for those that begin with one of `keep`.
    """
    text = _METADATA.sub("", _STYLE.sub("", _PROLOGUE.sub("", document, count=1)))
    short = {name: str(number) for number, name in enumerate(dict.fromkeys(_TARGET.findall(text)))}

    def tag(match: re.Match[str]) -> str:
        found = _STYLED.sub(lambda style: attributes(style[1]), match[0])
        found = _UPRIGHT.sub("", _PATH.sub(lambda path: f' d="{shorter(path[1])}"', found))
        found = _ID.sub(lambda name: name[0] if name[1] in short or name[1].startswith(keep) else "", found)
        found = _COLOUR.sub(r"#\1\2\3", _LONG.sub(rounded, _LINK.sub(" href=", found)))
        return _REFERENCE.sub(lambda reference: reference[1] + prefix + short.get(reference[2], reference[2]), found)

    text = _BETWEEN.sub("><", _TAG.sub(tag, text))
    text = _SAME.sub("", _NOWHERE.sub("", text))
    return _common(repeated(_TWICE, ungrouped(repeated(_EMPTY, once(text))), r'<path d="\1\3"\2/>'))


def attributes(style: str) -> str:
    """What a style attribute says as presentation attributes, each with a space before it."""
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
    """An SVG element in which what a marker says of its own line is not said again wherever it is used."""
    telling = set(_TELLING.findall(text))
    return _USE.sub(lambda use: _STROKE.sub("", use[0]) if use[1] in telling else use[0], text)


def ungrouped(text: str) -> str:
    """An SVG element without the groups that say nothing of what is in them."""
    open_: list[bool] = []

    def kept(tag: re.Match[str]) -> str:
        if tag[0] != "</g>":
            open_.append(tag[0] != "<g>")
            return tag[0] if open_[-1] else ""
        return tag[0] if open_.pop() else ""

    return _GROUP.sub(kept, text)


def _common(text: str) -> str:
    """What all texts and shapes have alike is said once, on the element itself."""
    families = _FAMILY.findall(text)
    usual = max(set(families), key=families.count) if families else ""
    # as matplotlib's own style element says of everything in the document
    return text.replace(usual, "").replace("<svg ", f'<svg stroke-linejoin="round" stroke-linecap="butt"{usual} ', 1)
