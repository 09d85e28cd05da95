"""What all pages share: how a template is filled, and how a figure becomes part of a page."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parbench import text
from parbench.report.html.script import STATIC, script, source
from parbench.report.html.svg_plain import plain

_SIZE = re.compile(r'\b(width|height)="([\d.]+)pt"')
_UNSAFE = re.compile(r"[^\w-]")


def filled(template: str, **texts: Any) -> str:
    """A page as text: one of our templates with our style and script, everything that it is given escaped."""
    style = "".join(STATIC.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "script.css"))
    ours = {"style": Markup(style), "script": Markup(script()), "source": Markup(source(script()))}  # not to be escaped
    return templates().get_template(template).render(**ours, **texts)


def part(template: str, **texts: Any) -> Markup:
    """One of our templates filled, as a part of a page: everything that it is given is escaped."""
    return Markup(templates().get_template(template).render(**texts))


def templates() -> Environment:
    """Our templates, everything in them escaped, with the filters that they use."""
    environment = Environment(
        loader=PackageLoader("parbench.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": text.duration, "count": text.count, "cores": text.cores}
    return environment


def inline(document: str, prefix: str, keep: tuple[str, ...] = ()) -> Markup:
    """An SVG document as an element for our page: as `plain` makes it, and bound to a size at which it can be read."""
    text = plain(document, safe(prefix), keep)
    inches = float(dict(_SIZE.findall(text)).get("width", 0)) / 72
    # Text of 8 points is drawn at 8 to 13 px: a figure neither shrinks below that on a phone nor swells on a screen.
    size = f' style="min-width: {4 * inches:.1f}rem; max-width: {6.6 * inches:.1f}rem"' if inches else ""
    # Where styles are forbidden, its own size holds: 96 px an inch.
    text = _SIZE.sub(lambda match: f'{match[1]}="{float(match[2]) * 96 / 72:.0f}"', text, count=2)
    # The caption says what it shows; a reader that cannot see it should not be read tick by tick.
    return Markup(text.replace("<svg ", f'<svg aria-hidden="true" focusable="false"{size} ', 1))


def safe(name: str) -> str:
    """A name of any kind as one that can be part of an id or of a file's name: letters, digits, ``-`` and ``_``."""
    return _UNSAFE.sub("_", name)


def anchor(section: str, summary: pd.DataFrame, workload: str) -> str:
    """The id of the part of a section that is about one workload: by its place in the run, so no two are alike."""
    names = [str(name) for name in summary["workload"].drop_duplicates()]
    return f"{section}-{names.index(workload)}"
