"""Declarations of a project: environments, dependencies, and whether it is installed as a copy."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from parbench.errors import UsageError
from parbench.measurement.against.project import (
    EnvironmentSpec,
    check_is_no_copy,
    dependencies,
    environment_of_revision,
    find_environment,
    is_installed,
)


def project(folder: Path, text: str) -> Path:
    """A folder with such a pyproject.toml."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_a_declaration_is_found_from_below(tmp_path: Path) -> None:
    """The nearest pyproject.toml counts, and everything in it may be left out."""
    project(
        tmp_path,
        f'[tool.parbench.environments.other]\npython = "{sys.executable}"\nrequires = ["x"]\nvariables = {{A = "1"}}\n'
        "[tool.parbench.environments.plain]\n",
    )
    (tmp_path / "below").mkdir()
    spec = EnvironmentSpec(tmp_path, sys.executable, ("x",), {"A": "1"})
    assert find_environment("other", tmp_path / "below") == spec
    assert find_environment("plain", tmp_path) == EnvironmentSpec(tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "declares no environment 'other' .there are: none."),
        ("[tool.parbench]\nenvironments = 3\n", "declares no environment 'other'"),
        ("[tool.parbench.environments]\nmine = {}\n", "there are: mine"),
        ("[tool.parbench.environments.other]\npyhton = 'x'\n", "unknown key 'pyhton'"),
        ("[tool.parbench.environments.other]\nrequires = 'x'\n", "has a requires that cannot be: write it as"),
        ("[tool.parbench.environments.other]\nvariables = {A = 1}\n", "has a variables that cannot be"),
        ("[tool.parbench.environments.other]\npython = 'python0.9'\n", "python0.9, which is not here"),
        ("[", "cannot be read"),
    ],
)
def test_a_declaration_that_cannot_be_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    """It says what is wrong with it, and what would be right."""
    with pytest.raises(UsageError, match=words):
        find_environment("other", project(tmp_path, text))


def test_dependencies_are_compared(tmp_path: Path) -> None:
    """Those of pyproject.toml and of requirements.txt; the same ones need no environment."""
    one = project(tmp_path / "one", '[project]\ndependencies = ["b", "a>1"]\n')
    two = project(tmp_path / "two", '[project]\ndependencies = ["a>1", "b"]\n')
    assert dependencies(one) == ("a>1", "b")
    assert environment_of_revision(one, two) is None
    (two / "requirements.txt").write_text("c==1\n\n-r more.txt\n")
    assert environment_of_revision(one, two) == EnvironmentSpec(two, requires=("a>1", "b", "c==1", "-r more.txt"))
    assert dependencies(tmp_path) == ()
    assert environment_of_revision(two, tmp_path) is None
    assert dependencies(project(tmp_path / "odd", 'project = "none"\n')) == ()


def test_a_project_that_is_installed_as_a_copy_cannot_be_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides would import the copy."""
    folder = project(tmp_path, '[project]\nname = "my_mine"\n')
    library = next(entry for entry in sys.path if is_installed(entry) and Path(entry).is_dir())
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: {"mymine": ["My.Mine"]})
    monkeypatch.setitem(sys.modules, "mymine", SimpleNamespace(__file__=str(folder / "mymine.py")))
    check_is_no_copy(folder)
    monkeypatch.setitem(sys.modules, "mymine", SimpleNamespace(__file__=f"{library}/mymine.py"))
    with pytest.raises(UsageError, match="mymine was imported from a copy"):
        check_is_no_copy(folder)
