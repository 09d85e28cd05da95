"""The script of our pages, and the policy that allows it and no other.

It is written by hand, without a library: what it does is small, has to work from a disk in ten years, and adds to a
page that is whole without it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

STATIC = files("parbench.report.html") / "static"
#: Its parts, in their order.
PARTS = ("tools.js", "points.js", "figures.js", "tables.js", "controls.js")


@cache
def script() -> str:
    """The script in one piece, as it stands in every page."""
    parts = [STATIC.joinpath(name).read_text(encoding="utf-8") for name in PARTS]
    return "\n".join(['\n(() => {\n"use strict";', *parts, "})();\n"])


def source(text: str) -> str:
    """The source expression by which a policy allows exactly this script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
