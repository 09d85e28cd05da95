"""What the documents say is true: their examples run, their links lead somewhere, nothing is left out."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import parbench
from benchmarks.validate import tables
from parbench.analysis import breakeven, grain, repaid
from parbench.analysis.cost import COLUMNS as COST_COLUMNS
from parbench.analysis.expected import COLUMNS as EXPECTED_COLUMNS
from parbench.analysis.expected import OUTCOMES
from parbench.analysis.limits import COLUMNS as LIMIT_COLUMNS
from parbench.analysis.several import AGAINST
from parbench.analysis.summary import COLUMNS as SUMMARY_COLUMNS
from parbench.analysis.where import COLUMNS as LOSSES_COLUMNS
from parbench.frame import COLUMNS as FRAME_COLUMNS
from parbench.frame import ours
from parbench.optionlist import OPTIONS
from parbench.profiles import PROFILES
from parbench.records import KINDS, STATUSES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "reports" / "README.md", *sorted(DOCS.glob("*.md"))]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# (\w+\.py)\n")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
#: What GitHub takes out of a heading to make its anchor.
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of `page` in `language`."""
    return [text for name, text in _FENCE.findall(page.read_text(encoding="utf-8")) if name == language]


def modules(page: Path) -> dict[str, str]:
    """The Python blocks that begin with the name of a file, by that name."""
    return {found[1]: block for block in blocks(page, "python") if (found := _FILE_NAME.match(block))}


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {_NOT_IN_ANCHOR.sub("", heading.lower()).replace(" ", "-") for heading in headings}


#: The columns of every table that a run gives.
TABLES = [*FRAME_COLUMNS, *SUMMARY_COLUMNS, *EXPECTED_COLUMNS, *LOSSES_COLUMNS, *COST_COLUMNS, *LIMIT_COLUMNS]
EXAMPLES = modules(DOCS / "own-workload.md")
README = [block for block in blocks(ROOT / "README.md", "python") if "def test_" in block]
EXAMPLES |= {f"test_readme_{number}.py": block for number, block in enumerate(README)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_blocks_compile(page: Path) -> None:
    """Every Python block in the documents is Python."""
    for block in blocks(page, "python"):
        ast.parse(block)


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
@pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("test_")])
def test_examples_pass(tmp_path: Path, name: str, mode: str) -> None:
    """A test file copied from the README or the page on own workloads into an empty project passes its check."""
    for each, text in EXAMPLES.items():
        (tmp_path / each).write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\npythonpath = .\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", name, f"--import-mode={mode}", "--parbench-cores=1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed in", done.stdout), done.stdout


def test_there_are_examples() -> None:
    """The page has test files to run, so that none can be lost by a change of its layout."""
    assert sum(name.startswith("test_") for name in EXAMPLES) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every link to a file of ours leads to one that is there, and every anchor to a heading."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    for link in _LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or target.suffix != ".md" or anchor in anchors(target), f"{link} has no such heading"


@pytest.mark.parametrize("name", [*(f"`--parbench-{name}" for name in OPTIONS), *(f"`{name}`" for name in STATUSES)])
def test_running_names_it(name: str) -> None:
    """The page on running has every option and every status."""
    assert name in (DOCS / "running.md").read_text(encoding="utf-8")


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


FROM_WHEN = {name for each in (breakeven, repaid, grain) for name in (*each.COLUMNS, *each.OUTCOMES)}


@pytest.mark.parametrize("name", sorted({*KINDS, *TABLES, *OUTCOMES, *FROM_WHEN}))
def test_run_file_page_names_it(name: str) -> None:
    """The page on the run file has every kind of line, every column and every outcome."""
    assert f"`{name}`" in (DOCS / "run-file.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", AGAINST)
def test_comparing_page_names_it(name: str) -> None:
    """The page on comparing has every column that several runs together have beside those of the summary."""
    assert f"`{name}`" in (DOCS / "comparing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_run_file_page_has_the_fields(kind: str) -> None:
    """The section of every kind of line on the page on the run file names every field of it."""
    page = (DOCS / "run-file.md").read_text(encoding="utf-8")
    section = page.split(f"\n### `{kind}`\n", 1)[1].split("\n#", 1)[0]
    assert {each.name for each in fields(KINDS[kind]) if f"`{each.name}`" not in section} == set()


@pytest.mark.parametrize("name", ["strategies", "workloads"])
def test_tables_are_made_from_the_code_and_a_recorded_run(name: str) -> None:
    """The tables of strategies and workloads are what their command prints."""
    summary = parbench.summarize(ours(parbench.load(tables.RECORDED)))
    table = "\n".join(getattr(tables, name)(summary))
    assert table in (DOCS / f"{name}.md").read_text(encoding="utf-8"), "run python -m benchmarks.validate tables"
