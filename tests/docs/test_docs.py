"""Links of the documents lead somewhere and nothing is left out; tests/docs/test_examples.py runs their code."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import parbench
from benchmarks.validate import tables
from parbench.analysis import break_even, break_even_calls, metg
from parbench.analysis.cost import COLUMNS as COST_COLUMNS
from parbench.analysis.expectations import COLUMNS as EXPECTED_COLUMNS
from parbench.analysis.expectations import OUTCOMES
from parbench.analysis.frame import COLUMNS as FRAME_COLUMNS
from parbench.analysis.frame import ours
from parbench.analysis.losses import COLUMNS as LOSSES_COLUMNS
from parbench.analysis.memory_limits import COLUMNS as LIMIT_COLUMNS
from parbench.analysis.side_by_side import AGAINST
from parbench.analysis.summary import COLUMNS as SUMMARY_COLUMNS
from parbench.measurement.profiles import PROFILES
from parbench.pytest_plugin.options import OPTIONS
from parbench.runfile.records import KINDS, STATUSES
from tests.docs.documents import DOCS, PAGES, ROOT, blocks, without_blocks

_LINK = re.compile(r"\]\(([^)\s]+)\)")
#: Where people's own files are: no page is about one machine's.
_OWN_PLACE = re.compile(r"(?<![\w.])/(?:root|home|work|Users|mnt|tmp)/")
#: Characters that GitHub removes from a heading to make its anchor.
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    text = without_blocks(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {_NOT_IN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings}


#: The columns of every table that a run gives.
TABLES = [*FRAME_COLUMNS, *SUMMARY_COLUMNS, *EXPECTED_COLUMNS, *LOSSES_COLUMNS, *COST_COLUMNS, *LIMIT_COLUMNS]


every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@every_page
def test_python_blocks_compile(page: Path) -> None:
    """Every Python block in the documents is Python."""
    for block in blocks(page, "python"):
        ast.parse(block.text)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of ours leads to one that is there, and every anchor to a heading."""
    text = without_blocks(page)
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), f"{link} has no such heading"


@every_page
def test_no_page_names_a_place_on_somebodys_machine(page: Path) -> None:
    """No line of a page has a path that there is on one machine only."""
    assert not [line for line in page.read_text(encoding="utf-8").splitlines() if _OWN_PLACE.search(line)]


@pytest.mark.parametrize("name", OPTIONS)
def test_the_page_on_options_has_the_details(name: str) -> None:
    """The page on options has a row with value and default of every option."""
    assert f"| `--parbench-{name}` |" in (DOCS / "reference" / "options.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", STATUSES)
def test_the_page_on_output_has_every_status(name: str) -> None:
    """The page on output has a row for every status."""
    assert f"| `{name}` |" in (DOCS / "reference" / "output.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PROFILES)
def test_running_has_the_numbers_of_a_profile(name: str) -> None:
    """The page on running has a row for every profile, with the numbers that the code has."""
    profile = PROFILES[name]
    numbers = (
        f"{profile.budget:g} s",
        f"{profile.least_blocks} to {profile.most_blocks}",
        f"{profile.rounds}",
        f"{profile.arm_seconds:g} s",
        f"± {100 * profile.precision:g} %",
        f"{profile.deadline:g} s",
    )
    row = f"| `{name}` | {' | '.join(numbers)} |"
    assert row in (DOCS / "running.md").read_text(encoding="utf-8")


BREAK_EVEN = {
    name for each in (break_even, break_even_calls, metg) for name in (*each.COLUMNS, *get_args(each.Outcome))
}


@pytest.mark.parametrize("name", sorted({*TABLES, *OUTCOMES, *BREAK_EVEN, *AGAINST}))
def test_the_page_on_tables_names_it(name: str) -> None:
    """The page on tables has every column and every outcome."""
    assert f"`{name}`" in (DOCS / "reference" / "tables.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_run_file_page_has_the_fields(kind: str) -> None:
    """The page on the run file has a section for every kind of line, with every field of it."""
    page = (DOCS / "reference" / "run-file.md").read_text(encoding="utf-8")
    section = page.split(f"\n### `{kind}`\n", 1)[1].split("\n#", 1)[0]
    assert {each.name for each in fields(KINDS[kind]) if f"`{each.name}`" not in section} == set()


def test_tables_are_made_from_the_code_and_a_recorded_run() -> None:
    """The tables of strategies and workloads are what their command prints."""
    summary = parbench.summarize(ours(parbench.load(tables.RECORDED)))
    for name in ("strategies", "workloads"):
        table = "\n".join(getattr(tables, name)(summary))
        assert table in (DOCS / f"{name}.md").read_text(encoding="utf-8"), "run python -m benchmarks.validate tables"
