"""What the page on figures says is true: its commands and its Python run, and what they print is what it says."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import matplotlib as mpl
import pytest

from parbench.cli import main
from tests.test_docs import DOCS, ROOT, blocks

PAGE = DOCS / "figures.md"


@pytest.fixture(autouse=True)
def _beside_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with the sample where the page has it."""
    place = tmp_path / "reports" / "sample"
    place.mkdir(parents=True)
    shutil.copy(ROOT / "reports" / "sample" / "run.jsonl", place)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("block", blocks(PAGE, "console"))
def test_commands_run(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every command of the page works, and what stands below it is what it prints."""
    for each in block.split("$ ")[1:]:
        command, _, shown = each.partition("\n")
        assert main(shlex.split(command)[1:]) == 0
        told = capsys.readouterr().out
        assert not shown or told == shown


@pytest.mark.parametrize("block", blocks(PAGE, "python"))
def test_python_runs(block: str) -> None:
    """Every piece of Python of the page can be run."""
    with mpl.rc_context():  # one of them sets the style for good
        exec(compile(block, str(PAGE), "exec"), {})


def test_every_option_is_told() -> None:
    """The page has every option of the two commands."""
    from parbench.cli import parser

    told = PAGE.read_text(encoding="utf-8")
    for command in ("plot", "export"):
        helped = parser()._subparsers._group_actions[0].choices[command]  # type: ignore[union-attr,index]  # argparse
        options = [name for action in helped._actions for name in action.option_strings if name.startswith("--")]
        assert [name for name in options if name not in ("--help", "--reports") and name not in told] == []
