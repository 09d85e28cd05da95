"""What shells complete: commands, options, runs and workloads."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from parbench.cli import completing
from parbench.cli.main import main
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from tests.support import fake_arms
from tests.support.fake_arms import World

RUNS = ("20260101-000000-quick", "20260102-000000-standard", "20260103-000000-quick")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder with three runs, in ``reports`` of a folder with other things in it."""
    for run in RUNS:
        with Journal(tmp_path / "reports" / run / FILE, fake_arms.header(run=run)) as journal:
            World().campaign([], journal)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "old.jsonl").touch()
    (tmp_path / ".hidden").mkdir()
    return tmp_path / "reports"


def test_runs_are_offered_newest_first(reports: Path) -> None:
    """As latest, latest~1, …, as folders, and beside them folders and run files by path."""
    found = completing.runs_named("", Namespace(reports=reports))
    assert found[:3] == ["latest", "latest~1", "latest~2"]
    assert found[3:6] == [str(reports / run) for run in reversed(RUNS)]
    assert completing.runs_named("latest~", Namespace(reports=reports)) == ["latest~1", "latest~2"]
    here = f"{reports.parent}{os.sep}"
    assert sorted(completing.runs_named(here, Namespace(reports=Path("none")))) == [
        f"{here}old.jsonl",
        f"{here}reports{os.sep}",
    ]
    assert completing.runs_named(f"{here}.h", Namespace()) == [f"{here}.hidden{os.sep}"]
    assert completing.runs_named("/no/such/place/", Namespace()) == []


def test_workloads_are_those_of_the_run(reports: Path) -> None:
    """Of the run that was named before, by its head; none where there is no such run, or none was named."""
    given = Namespace(reports=reports, run_name="latest")
    assert completing.workloads_named("", given) == ["doubles"]
    assert completing.workloads_named("x", given) == []
    for wrong in (
        Namespace(reports=reports, run_name="nothing"),
        Namespace(reports=reports, run_name=None),
        Namespace(),
    ):
        assert completing.workloads_named("", wrong) == []


def test_figures_are_those_that_can_be_drawn() -> None:
    """By name, with the word that lists them."""
    assert {"speedup", "list"} <= set(completing.figures_named(""))
    assert completing.figures_named("spee") == ["speedup"]


def test_without_argcomplete_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with the extra, and exit code 2."""
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    assert main(["completion", "bash"]) == 2
    assert capsys.readouterr().err == (
        "parbench: completion needs argcomplete: install it with pip install 'parbench[completion]'.\n"
    )


@pytest.mark.parametrize("shell", completing.SHELLS)
def test_the_script_is_one_of_its_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The shell itself reads the script without a complaint."""
    pytest.importorskip("argcomplete", reason="argcomplete is not installed")
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "parbench" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def in_bash(line: str, folder: Path) -> list[str]:
    """What bash offers for the last word of a line, by the script, with a ``parbench`` that is this one."""
    (folder / "bin").mkdir(exist_ok=True)
    command = folder / "bin" / "parbench"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m parbench.cli.main "$@"\n')
    command.chmod(0o755)
    words = line.split(" ")
    ask = f"""
    source <(parbench completion bash)
    COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_TYPE=9 COMP_CWORD={len(words) - 1}
    COMP_WORDS=({" ".join(shlex.quote(word) for word in words)})
    function=$(complete -p parbench | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    $function parbench {shlex.quote(words[-1])} {shlex.quote(words[-2])}
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environ = os.environ | {"PATH": path, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(["bash", "-c", ask], cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [word.strip() for word in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("parbench com", ["compare", "completion"]),
        ("parbench compare --fa", ["--fail-on"]),
        ("parbench show late", ["latest", "latest~1", "latest~2"]),
        ("parbench advise latest --workload d", ["doubles"]),
        ("parbench plot latest --figure spe", ["speedup"]),
        ("parbench plot latest --workload d", ["doubles"]),
        ("parbench show reports/20260102", ["reports/20260102-000000-standard"]),
        ("parbench completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_bash_completes(reports: Path, line: str, words: list[str]) -> None:
    """Bash itself, asked for what a line may go on with, offers commands, options, runs and workloads."""
    pytest.importorskip("argcomplete", reason="argcomplete is not installed")
    offered = in_bash(line, reports.parent)
    assert set(words) <= set(offered)
    assert not [word for word in offered if not word.startswith(line.split(" ")[-1])]
