"""What all pages share: how a template is filled, and how a figure becomes part of a page."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parbench.report import words

_PROLOGUE = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_WIDTH = re.compile(r'<svg [^>]*?\bwidth="([\d.]+)pt"')
_UNSAFE = re.compile(r"[^\w-]")
_REFERENCE = re.compile(r'(\bid="|href="#|url\(#)')


def filled(template: str, **texts: Any) -> str:
    """A page as text: one of our templates with our style, everything that it is given escaped."""
    environment = templates()
    style = environment.get_template("style.css").render()
    return environment.get_template(template).render(style=Markup(style), **texts)  # our own file, not to be escaped


def part(template: str, **texts: Any) -> Markup:
    """One of our templates filled, as a part of a page: everything that it is given is escaped."""
    return Markup(templates().get_template(template).render(**texts))


def templates() -> Environment:
    """Our templates, everything in them escaped, with the filters that they use."""
    environment = Environment(
        loader=PackageLoader("parbench.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": words.duration, "count": words.count, "cores": words.cores}
    return environment


def inline(document: str, prefix: str) -> Markup:
    """An SVG document as an element for our page: ids made unique by `prefix`, no prologue, no style element."""
    text = _METADATA.sub("", _STYLE.sub("", _PROLOGUE.sub("", document, count=1)))
    text = _REFERENCE.sub(lambda match: match[1] + safe(prefix), text)
    # Text of 8 points is drawn at 8 to 13 px: a figure neither shrinks below that on a phone nor swells on a screen.
    wide = _WIDTH.search(text)
    inches = float(wide[1]) / 72 if wide else 0
    size = f' style="min-width: {4 * inches:.1f}rem; max-width: {6.6 * inches:.1f}rem"' if inches else ""
    # The caption says what it shows; a reader that cannot see it should not be read tick by tick.
    return Markup(text.replace("<svg ", f'<svg aria-hidden="true" focusable="false"{size} ', 1))


def safe(name: str) -> str:
    """A name of any kind as one that can be part of an id or of a file's name: letters, digits, ``-`` and ``_``."""
    return _UNSAFE.sub("_", name)


def anchor(section: str, summary: pd.DataFrame, workload: str) -> str:
    """The id of the part of a section that is about one workload: by its place in the run, so no two are alike."""
    names = [str(name) for name in summary["workload"].drop_duplicates()]
    return f"{section}-{names.index(workload)}"
