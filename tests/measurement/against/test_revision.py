"""The other side of a comparison: a revision or another folder, and nothing left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from parbench.errors import UsageError
from parbench.measurement.against.revision import checkout, find
from parbench.measurement.arms.protocol import ArmSpec
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two commits of one file, and a change that is not committed."""
    top = tmp_path / "repository"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    git(top, "config", "user.name", "nobody")
    git(top, "config", "user.email", "nobody@example.com")
    for text in ("first", "second"):
        (top / "code.py").write_text(text)
        git(top, "add", "-A")
        git(top, "commit", "-q", "-m", text)
    (top / "code.py").write_text("third")
    return top.resolve()


def git(folder: Path, *command: str) -> str:
    """Output of git."""
    return subprocess.run(["git", "-C", str(folder), *command], capture_output=True, text=True, check=True).stdout


def spec(file: Path, path: list[Path]) -> ArmSpec:
    """An arm of ours."""
    return ArmSpec(
        Cell("w", 1, "serial", 1), Reference("code", str(file), "workload"), 1, [], [str(each) for each in path]
    )


def test_a_revision_is_checked_out_for_as_long_as_it_is_needed(repository: Path) -> None:
    """Its files are those of the commit, ours stay as they are, and neither folder nor worktree is left."""
    with checkout("HEAD~1", repository) as there:
        assert (there.other / "code.py").read_text() == "first"
        assert (repository / "code.py").read_text() == "third"
    assert not there.other.exists()
    assert git(repository, "worktree", "list").count("\n") == 1


def test_nothing_is_left_behind_by_an_error(repository: Path) -> None:
    """Also where what is done with it fails."""
    with pytest.raises(ZeroDivisionError), checkout("HEAD", repository) as there:
        raise ZeroDivisionError
    assert not there.other.exists()
    assert git(repository, "worktree", "list").count("\n") == 1


def test_paths_and_references_of_ours_are_moved(repository: Path, tmp_path: Path) -> None:
    """Folders below our top become those of the other side; all others stay."""
    with checkout("HEAD", repository / ".") as there:
        moved = there(spec(repository / "code.py", [repository, repository / "src", tmp_path / "elsewhere"]))
        assert moved.path == [str(there.other), str(there.other / "src"), str(tmp_path / "elsewhere")]
        assert moved.reference == Reference("code", str(there.other / "code.py"), "workload")


def test_another_folder_is_taken_as_it_is(repository: Path, tmp_path: Path) -> None:
    """A checkout that is there already is used and kept."""
    (tmp_path / "other").mkdir()
    with checkout(str(tmp_path / "other"), repository) as there:
        assert there(spec(repository / "code.py", [repository / "src"])).path == [str(tmp_path / "other" / "src")]
    assert (tmp_path / "other").is_dir()


@pytest.mark.parametrize("name", ["nothing", "--help", "HEAD~9"])
def test_what_git_does_not_know_is_one_sentence(repository: Path, name: str) -> None:
    """A revision that is not there is named, and so are the ways out."""
    with pytest.raises(UsageError, match="git knows no revision"):
        find(name, repository)


def test_without_git_only_folders_can_be_compared(tmp_path: Path) -> None:
    """Outside of a work tree there are no revisions."""
    with pytest.raises(UsageError, match="no git work tree"):
        find("main", tmp_path)
