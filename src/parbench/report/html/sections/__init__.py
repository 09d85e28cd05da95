"""The sections of the report beyond curves and cells: a module each, named in one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from parbench.report.run import Run

#: Modules of this package in the order of the page. Each has a function ``section(run)`` that returns a `Section`, or
#: None if the run has nothing to show in it.
SECTIONS: tuple[str, ...] = (
    "losses",
    "break_even",
    "advice",
    "scaling_laws",
    "cost",
    "memory_limits",
    "noise",
    "slow_calls",
    "comparison",
    "expectations",
)


@dataclass(frozen=True)
class Section:
    """One section of the page, with its files next to the page.

    Fields:
        name: for ids, links and files; of letters, digits and ``-``.
        title: the heading, a question or a few words.
        body: the section below its heading, filled in by `template.part` from a template of its own.
        figures: figures by the names of their files without an ending.
        tables: tables by the names of their CSV files without the ending.
        short: the title in a word or two, for the table of contents; the title if it is empty.
        anchors: the workloads that have a part of the section, whose id is `template.anchor`.
    """

    name: str
    title: str
    body: Markup
    figures: Mapping[str, Figure] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    short: str = ""
    anchors: frozenset[str] = frozenset()


def sections(run: Run) -> list[Section]:
    """The sections of a run."""
    found = (import_module(f"parbench.report.html.sections.{name}").section(run) for name in SECTIONS)
    return [each for each in found if each is not None]
