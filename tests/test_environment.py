"""Other interpreters and other versions: what may be declared, what an arm is told, what is built once."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from parbench import environment
from parbench.environment import Declared, Environment, declared, dependencies, installed, made, of_revision
from parbench.errors import UsageError
from parbench.protocol import Spec
from parbench.records import Cell
from parbench.reference import Reference


def project(folder: Path, text: str) -> Path:
    """A folder with such a pyproject.toml."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(text)
    return folder


def wheel(folder: Path, version: str) -> Path:
    """A distribution `flavour` of one module, as small as can be."""
    file = folder / f"flavour-{version}-py3-none-any.whl"
    info = f"flavour-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("flavour.py", f"version = {version!r}\n")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: flavour\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return file


def test_a_declaration_is_found_from_below(tmp_path: Path) -> None:
    """The nearest pyproject.toml counts, and everything in it may be left out."""
    project(
        tmp_path,
        f'[tool.parbench.environments.other]\npython = "{sys.executable}"\nrequires = ["x"]\nvariables = {{A = "1"}}\n'
        "[tool.parbench.environments.plain]\n",
    )
    (tmp_path / "below").mkdir()
    assert declared("other", tmp_path / "below") == Declared(tmp_path, sys.executable, ("x",), {"A": "1"})
    assert declared("plain", tmp_path) == Declared(tmp_path)


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
        declared("other", project(tmp_path, text))


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """Before anything of ours is run by it."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3 8\n")
    old.chmod(0o755)
    with (
        pytest.raises(UsageError, match=r"is Python 3\.8, and parbench needs 3\.11"),
        made(Declared(tmp_path, str(old)), tmp_path),
    ):
        pass


def test_what_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    """Its own words are passed on."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'shim: no such version' >&2\nexit 1\n")
    broken.chmod(0o755)
    with (
        pytest.raises(UsageError, match="cannot be used: shim: no such version"),
        made(Declared(tmp_path, str(broken)), tmp_path),
    ):
        pass


def test_an_arm_is_moved_to_another_interpreter(tmp_path: Path) -> None:
    """Folders of projects stay on its path, installed packages give way, and parbench comes last."""
    there = Environment("/else/python", ["/else/lib"], "/engine", {"A": "1"}, {})
    library = next(entry for entry in sys.path if installed(entry) and Path(entry).is_dir())
    spec = Spec(Cell("w", 1, "serial", 1), Reference("work", "work.py", "w"), 1, [], [str(tmp_path), library])
    moved = there(spec)
    assert moved.path == [str(tmp_path), "/else/lib", "/engine"]
    assert (moved.python, moved.engine, moved.variables) == ("/else/python", "/engine", {"A": "1"})


def test_an_environment_is_built_once_on_top_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it requires is there, what it does not require is ours, and the next time nothing is built."""
    wanted = Declared(tmp_path, requires=(f"./{wheel(tmp_path, '2.0').name}",))
    with made(wanted, tmp_path / "cache") as there:
        code = "import flavour, numpy; print(flavour.version, numpy.__version__)"
        assert environment._said([there.python, "-c", code], {}).split() == ["2.0", there.versions["numpy"]]
        assert (Path(there.engine) / "parbench" / "arm.py").is_file()
    assert not Path(there.engine).exists()
    monkeypatch.setattr(environment, "_build", None)
    with made(wanted, tmp_path / "cache") as again:
        assert again.python == there.python


def test_of_an_environment_that_cannot_be_built_nothing_is_left(tmp_path: Path) -> None:
    """One sentence with what pip says."""
    wanted = Declared(tmp_path, requires=("./nothing-1.0-py3-none-any.whl",))
    with (
        pytest.raises(UsageError, match=r"the environment cannot be built: .*nothing"),
        made(wanted, tmp_path / "cache"),
    ):
        pass
    assert not list((tmp_path / "cache").iterdir())


def test_dependencies_are_compared(tmp_path: Path) -> None:
    """Those of pyproject.toml and of requirements.txt; the same ones need no environment."""
    one = project(tmp_path / "one", '[project]\ndependencies = ["b", "a>1"]\n')
    two = project(tmp_path / "two", '[project]\ndependencies = ["a>1", "b"]\n')
    assert dependencies(one) == ("a>1", "b")
    assert of_revision(one, two) is None
    (two / "requirements.txt").write_text("c==1\n\n-r more.txt\n")
    assert of_revision(one, two) == Declared(two, requires=("a>1", "b", "c==1", "-r more.txt"))
    assert dependencies(tmp_path) == ()
    assert of_revision(two, tmp_path) is None
    assert dependencies(project(tmp_path / "odd", 'project = "none"\n')) == ()


def test_a_project_that_is_installed_as_a_copy_cannot_be_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides would import the copy."""
    folder = project(tmp_path, '[project]\nname = "my_mine"\n')
    library = next(entry for entry in sys.path if installed(entry) and Path(entry).is_dir())
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: {"mymine": ["My.Mine"]})
    monkeypatch.setitem(sys.modules, "mymine", SimpleNamespace(__file__=str(folder / "mymine.py")))
    environment.check_is_no_copy(folder)
    monkeypatch.setitem(sys.modules, "mymine", SimpleNamespace(__file__=f"{library}/mymine.py"))
    with pytest.raises(UsageError, match="mymine was imported from a copy"):
        environment.check_is_no_copy(folder)
