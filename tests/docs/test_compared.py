"""The page that compares tools: every claim about another tool has a source, and every source is used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "compared.md").read_text(encoding="utf-8")
TOOLS = ["parbench", "pytest-benchmark", "asv", "pyperf", "Criterion.rs", "BenchmarkDotNet", "Task Bench"]
LETTERS = dict(zip(TOOLS[1:], "YAPCBT", strict=True))
BODY, SOURCES = PAGE.split("\n## Sources\n")
_USED, _GIVEN = re.compile(r"\[([A-Z]\d+)\]"), re.compile(r"^- \[([A-Z]\d+)\]", re.MULTILINE)
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in BODY.splitlines()
    if line.startswith("|") and not line.startswith(("|---", "| | "))
]
#: Cells without a source: nothing was found, or the value is obvious.
PLAIN = re.compile(r"not found|no|Python|Rust|that website|by the test around it|yes, as a fixture", re.IGNORECASE)


def test_every_table_has_the_same_tools() -> None:
    """All tables have the same columns, and every row has a cell for each of them."""
    heads = [line for line in BODY.splitlines() if line.startswith("| | ")]
    assert len(heads) == 3
    assert all([cell.strip() for cell in head.strip("|").split("|")][1:] == TOOLS for head in heads)
    assert len(ROWS) > 20
    assert {len(row) for row in ROWS} == {len(TOOLS) + 1}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_claim_has_a_source_of_its_tool(row: list[str]) -> None:
    """A cell about another tool says that nothing was found, what is plain, or its source, one of that tool's."""
    for tool, cell in zip(TOOLS[1:], row[2:], strict=True):
        named = _USED.findall(cell)
        assert named or PLAIN.fullmatch(cell), f"{tool}: {cell}"
        assert {name[0] for name in named} <= {LETTERS[tool]}


def test_sources_and_claims_match() -> None:
    """Every source that is named exists once, and none is unused."""
    given = _GIVEN.findall(SOURCES)
    assert len(given) == len(set(given))
    assert set(_USED.findall(BODY)) == set(given)


def test_others_are_better_at_something() -> None:
    """There are lines in which parbench has nothing and others do."""
    lost = [row for row in ROWS if row[1] == "no" and any(_USED.search(cell) for cell in row[2:])]
    assert len(lost) >= 2
