"""The tutorial, the how-tos and the pitfalls are true; tests/docs/test_docs.py checks what all documents share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.validate import first_curve
from examples.pitfalls import NAMES

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto"
TUTORIAL = first_curve.TUTORIAL.read_text(encoding="utf-8")
PITFALLS = (ROOT / "docs" / "pitfalls.md").read_text(encoding="utf-8")
_SOURCE = re.compile(r"^```\w+\n(?:# |\{# )(src/[\w./]+)(?: #\})?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^\| `((?:src|tests|docs)/[\w./-]+)` \| (.+?) \|", re.MULTILINE)
_NUMBER = re.compile(r"\d[\d.,]*")


def run(*command: str, **more: str) -> str:
    """Output of a Python command; the test fails if the command fails."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | more, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tutorial_is_as_short_as_it_says() -> None:
    """Its Python files have lines, and no more of them than it promises."""
    assert 0 < first_curve.own_lines(TUTORIAL) <= first_curve.MOST_LINES


def test_the_tutorial_is_followed_in_the_order_of_the_page() -> None:
    """The steps of `validate first_curve` begin with installing and end with measuring, with both files in between."""
    first, found, rest = TUTORIAL.partition(first_curve.CURVE)
    assert found
    words = [step.words for step in first_curve.steps(first)]
    assert "pip install" in " ".join(words[:3])
    assert {f"writing {name}" for name in first_curve.files(first)} <= set(words)
    assert "pytest --benchmark" in words[-1]
    assert any("--parbench-against=" in step.words for step in first_curve.steps(rest))


def test_the_change_of_the_tutorial_applies(tmp_path: Path) -> None:
    """The change that makes the gate red is one of the file that the page has written before."""
    if shutil.which("bash") is None or shutil.which("patch") is None:
        pytest.skip("the steps of the tutorial need bash and patch.")
    files = first_curve.files(TUTORIAL)
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (change,) = [step for step in first_curve.steps(TUTORIAL) if step.words == "a change"]
    subprocess.run(["bash", "-c", change.shell], cwd=tmp_path, check=True, capture_output=True)
    assert {name for name, text in files.items() if (tmp_path / name).read_text(encoding="utf-8") != text} == {
        "cities.py"
    }


@pytest.mark.parametrize("name", NAMES)
def test_pitfalls_print_both_ways(name: str) -> None:
    """Each example, as small as can be, prints what the wrong and what the right way say, in the words of the page."""
    printed = run("-m", f"examples.pitfalls.{name}", "--small")
    assert [line.partition(":")[0] for line in printed.splitlines()] == ["wrong", "right", "ratio"]
    quoted = PITFALLS.partition(f"examples/pitfalls/{name}.py")[2].partition("```\n")[2].partition("```")[0]
    if sys.platform == "linux":
        assert _NUMBER.sub("#", quoted) == _NUMBER.sub("#", printed)


def test_every_pitfall_is_short_and_in_the_page() -> None:
    """All examples are named, none has sixty lines or needs parbench, and the page has each once, in order."""
    folder = ROOT / "examples" / "pitfalls"
    assert [path.name for path in folder.glob("*.py") if "parbench" in path.read_text(encoding="utf-8")] == []
    assert {path.stem for path in folder.glob("[!_]*.py")} == {*NAMES, "clock"}
    assert [name for name in NAMES if len((folder / f"{name}.py").read_text(encoding="utf-8").splitlines()) >= 60] == []
    assert re.findall(r"examples/pitfalls/(\w+)\.py", PITFALLS) == list(NAMES)


def test_the_section_of_the_how_to_is_made(tmp_path: Path) -> None:
    """The files of the page on report sections, put into a copy of the package, give a section of the sample."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    files = _SOURCE.findall((HOWTO / "add-a-report-section.md").read_text(encoding="utf-8"))
    assert len(files) == 3
    for name, text in files:
        assert not (tmp_path / name).exists()
        (tmp_path / name).write_text(text, encoding="utf-8")
    code = (
        "import parbench; from parbench.report.html.sections import slowest; "
        "made = slowest.section(parbench.Run('reports/sample')); print(len(made.tables['slowest'])); print(made.body)"
    )
    said = run("-c", code, PYTHONPATH=str(tmp_path / "src"))
    assert int(said.splitlines()[0]) > 20
    assert 10 < said.count("<tr>") < 13


@pytest.mark.parametrize("page", sorted(HOWTO.glob("*.md")), ids=lambda page: page.stem)
def test_places_that_how_tos_name_are_there(page: Path) -> None:
    """A file that a table names is there, and has the names that the row has for it."""
    for name, words in _PLACE.findall(page.read_text(encoding="utf-8")):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = re.findall(r"`(\w+(?:\.\w+)*)`", words)
        assert [each for each in named if each.rpartition(".")[2] not in text and each != "faults"] == []
