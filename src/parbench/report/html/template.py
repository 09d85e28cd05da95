"""Shared parts of all pages: templates, style, the script with the policy that allows no other, inline figures.

The script is written by hand, without a library: it is small, has to work from a disk in ten years, and only adds to a
page that is complete without it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from parbench import text

STATIC = files("parbench.report.html") / "static"
#: The parts of the script, in their order.
SCRIPT_PARTS = ("tools.js", "points.js", "figures.js", "tables.js", "controls.js")


def render_page(template: str, **texts: Any) -> str:
    """A page as text: one of our templates with our style and script, everything that it is given escaped."""
    style = "".join(STATIC.joinpath(name).read_text(encoding="utf-8") for name in ("style.css", "script.css"))
    ours = {"style": Markup(style), "script": Markup(script()), "source": Markup(source(script()))}  # not to be escaped
    return templates().get_template(template).render(**ours, **texts)


@cache
def script() -> str:
    """The script of every page, in one piece."""
    parts = [STATIC.joinpath(name).read_text(encoding="utf-8") for name in SCRIPT_PARTS]
    return "\n".join(['\n(() => {\n"use strict";', *parts, "})();\n"])


def source(text: str) -> str:
    """The source expression by which a policy allows exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render_part(template: str, **texts: Any) -> Markup:
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
    environment.filters |= {"word_id": word_id, "duration": text.duration, "count": text.count, "plural": text.plural}
    return environment


def word_id(word: str) -> str:
    """A word of a page as a part of its id: ``Speedup and its interval`` is ``speedup-and-its-interval``."""
    return re.sub(r"[^a-z]+", "-", word.lower()).strip("-")


def anchor(section: str, summary: pd.DataFrame, workload: str) -> str:
    """The id of the part of a section that is about one workload: by its place in the run, so no two are alike."""
    names = [str(name) for name in summary["workload"].drop_duplicates()]
    return f"{section}-{names.index(workload)}"
