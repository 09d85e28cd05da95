"""The sections of the report beyond curves and cells: a module each, named in one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

#: Modules of this package in the order of the page. Each has a ``section(frame, summary)`` that gives a `Section`,
#: or None where the run has nothing that it could show.
SECTIONS: tuple[str, ...] = (
    "losses",
    "break_even",
    "advice",
    "scaling_laws",
    "cost",
    "memory_limits",
    "noise",
)


@dataclass(frozen=True)
class Section:
    """One section of the page, with what lies beside it in the folder.

    Fields:
        name: for ids, links and files; of letters, digits and ``-``.
        title: its heading, a question or a few words.
        body: what stands below the heading, made by `html.part` from a template of its own.
        figures: each by the name of its file without an ending.
        tables: each by the name of its CSV file without the ending.
        short: the same in a word or two, for the table of contents; the title where it is empty.
        words: terms with what they mean, for the list of words at the end of the page.
    """

    name: str
    title: str
    body: Markup
    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    words: tuple[tuple[str, str], ...] = ()
    short: str = ""


def sections(frame: pd.DataFrame, summary: pd.DataFrame) -> list[Section]:
    """The sections that this run has something for."""
    made = (import_module(f"parbench.report.html.sections.{name}").section(frame, summary) for name in SECTIONS)
    return [each for each in made if each is not None]
