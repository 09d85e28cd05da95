"""Completion by shells: commands, options, runs and workloads."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from parbench.cli.completion import COMPLETE, complete_run, complete_workload
from parbench.cli.main import main
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from tests.support import fake_arms
from tests.support.fake_arms import World

RUNS = ("20260101-000000-quick", "20260102-000000-standard", "20260103-000000-quick")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """A folder with three runs."""
    for run in RUNS:
        with Journal(tmp_path / "reports" / run / FILE, fake_arms.header(run=run)) as journal:
            World().campaign([], journal)
    return tmp_path / "reports"


def offered(complete: Callable[..., list[Any]], incomplete: str, **params: object) -> list[str]:
    """Completions of a function for the beginning of a word, after these parameters."""
    context = click.Context(click.Command("show"))
    context.params.update(params)
    return [getattr(item, "value", item) for item in complete(context, click.Argument(["run_name"]), incomplete)]


def test_runs_are_offered_newest_first(reports: Path) -> None:
    """Runs are offered as latest, latest~1, …, and as folders; the shell completes everything else as a file."""
    runs = offered(complete_run, "", reports=reports)
    assert runs == ["latest", "latest~1", "latest~2", *(str(reports / run) for run in reversed(RUNS))]
    assert offered(complete_run, "latest~", reports=reports) == ["latest~1", "latest~2"]
    (item,) = complete_run(click.Context(click.Command("show")), click.Argument(["run_name"]), "old")
    assert (item.value, item.type) == ("old", "file")


def test_workloads_are_those_of_the_run(reports: Path) -> None:
    """Workloads are those of the run that the line names before; there are none without such a run."""
    assert offered(complete_workload, "", reports=reports, run_name="latest") == ["doubles"]
    assert offered(complete_workload, "x", reports=reports, run_name="latest") == []
    assert offered(complete_workload, "", reports=reports, run_name="nothing") == []
    assert offered(complete_workload, "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_its_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The shell itself reads the script without a complaint."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert COMPLETE in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run([shell, "-n", "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def in_bash(line: str, folder: Path) -> list[str]:
    """The words that bash offers for the last word of a line, with a ``parbench`` that is this one."""
    (folder / "bin").mkdir(exist_ok=True)
    command = folder / "bin" / "parbench"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m parbench.cli.main "$@"\n')
    command.chmod(0o755)
    words = line.split(" ")
    ask = f"""
    source <(parbench completion bash)
    COMP_CWORD={len(words) - 1} COMP_WORDS=({" ".join(shlex.quote(word) for word in words)})
    $(complete -p parbench | sed 's/.*-F \\([^ ]*\\).*/\\1/') parbench
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
    """Bash itself offers commands, options, runs, workloads and figures."""
    found = in_bash(line, reports.parent)
    assert set(words) <= set(found)
    assert not [word for word in found if not word.startswith(line.split(" ")[-1])]
