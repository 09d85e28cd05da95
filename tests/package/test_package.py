"""Sdist and wheel: made and checked, and the wheel at work in an empty environment elsewhere.

Skipped where the tools for it are missing; ``tox -e package`` has them. It installs from the package index.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("build.env", reason="tox -e package has what this needs: build is not installed")
pytest.importorskip("uv", reason="tox -e package has what this needs: uv is not installed")

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
OWN = """
import parbench
import pytest
from parbench_example import letters


def collatz(number: int) -> int:
    steps = 0
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        steps += 1
    return steps


steps = parbench.Workload.each(collatz, make=lambda size, seed: list(range(1, size + 1)), sizes=(10, 3_000))


@pytest.mark.parbench(steps, letters, strategies=["serial", "threads", "backwards"], cores=[1])
def test_speed(cell):
    cell.measure()
"""
TYPED = """
import parbench

made = parbench.Workload.each(abs, make=lambda size, seed: list(range(size)), sizes=(1, 10))
name: str = made.name
size: int = made.peak_bytes(10)
"""


@dataclass(frozen=True)
class Place:
    """An environment with the wheel in it, and an empty folder to work in."""

    python: Path
    folder: Path

    def run(self, *command: str, code: int = 0) -> str:
        """Output of a command of the environment; it has to end with `code`."""
        return run(str(self.python.parent / command[0]), *command[1:], folder=self.folder, code=code)


def run(*command: str, folder: Path, code: int = 0) -> str:
    """Output of a command in `folder`; it has to end with `code`."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, env=environment())
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    """Ours without what would let Python find this repository."""
    import os

    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was made from it."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), folder=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(built: Path) -> Path:
    """The wheel."""
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which the sdist was unpacked."""
    (packed,) = built.glob("*.tar.gz")
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


@pytest.fixture(scope="session")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An environment of its own, with the wheel, the package of tests/example_package, and mypy."""
    folder = tmp_path_factory.mktemp("elsewhere")
    example = shutil.copytree(ROOT / "tests" / "example_package", folder / "example")
    run(
        sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(example), folder=folder
    )
    shutil.rmtree(example)
    (plugin,) = folder.glob("parbench_example-*.whl")
    run(str(TOOLS / "uv"), "venv", "-q", "--python", sys.executable, str(folder / "venv"), folder=folder)
    python = folder / "venv" / "bin" / "python"
    packages = [str(wheel), str(plugin), "mypy"]
    run(str(TOOLS / "uv"), "pip", "install", "-q", "--python", str(python), *packages, folder=folder)
    work = folder / "work"
    work.mkdir()
    yield Place(python, work)
    shutil.rmtree(folder / "venv")  # the largest part of it


def test_the_wheel_has_what_is_in_the_source(wheel: Path) -> None:
    """Every file of the package is in the wheel, pages, styles and py.typed included, and nothing else but metadata."""
    source = {path for path in (ROOT / "src" / "parbench").rglob("*") if path.is_file()}
    expected = {str(path.relative_to(ROOT / "src")) for path in source if "__pycache__" not in path.parts}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == expected
    assert {Path(name).suffix for name in names} >= {".py", ".html", ".css", ".typed"}


@pytest.mark.parametrize("folder", ["tests", "workloads", "benchmarks", "docs", "reports/sample"])
def test_the_sdist_has_what_tests_need(folder: str, sdist: Path) -> None:
    """Every file that tests run, read or compare is in the sdist."""
    there = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
    kept = {path for path in there if "__pycache__" not in path.parts and path.suffix != ".pyc"}
    assert {path for path in kept if not (sdist / path).is_file()} == set()


def test_tests_run_from_the_sdist(sdist: Path, place: Place) -> None:
    """Tests that read the repository's files pass in the unpacked sdist, against the installed wheel."""
    command = [
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/architecture/test_layers.py",
        "tests/interchange/test_untrusted.py",
    ]
    assert " passed" in run(str(place.python), *command, folder=sdist)


@pytest.mark.parametrize(
    "command",
    [["check-wheel-contents", "{wheel}"], ["twine", "check", "--strict", "{wheel}"], ["validate-pyproject", "{root}"]],
    ids=lambda command: command[0],
)
def test_checkers_find_nothing(command: list[str], wheel: Path, tmp_path: Path) -> None:
    """The usual checkers of wheels, of descriptions and of pyproject.toml have nothing to say."""
    if not (TOOLS / command[0]).exists():
        pytest.skip(f"tox -e package has what this needs: {command[0]} is not installed")
    names = {"wheel": wheel, "root": ROOT / "pyproject.toml"}
    run(str(TOOLS / command[0]), *(each.format(**names) for each in command[1:]), folder=tmp_path)


def test_requirements_fit_together(place: Place) -> None:
    """The requirements of the wheel are installed along with it."""
    run(str(TOOLS / "uv"), "pip", "check", "--python", str(place.python), folder=place.folder)


def test_users_get_our_types(place: Place) -> None:
    """A type checker takes our types from the wheel: right use passes strictly, and wrong use is found."""
    (place.folder / "typed.py").write_text(TYPED)
    place.run("mypy", "--strict", "typed.py")
    (place.folder / "typed.py").write_text(TYPED.replace("name: str", "name: int"))
    assert 'expression has type "str", variable has type "int"' in place.run("mypy", "--strict", "typed.py", code=1)


def test_the_command_runs_anywhere(place: Place) -> None:
    """The installed command works outside of any repository, and lists what another package offers."""
    assert place.run("parbench", "--version").startswith("parbench ")
    listed = place.run("parbench", "list")
    assert "backwards" in listed
    assert "letters" in listed


def test_measuring_works_elsewhere(place: Place) -> None:
    """A test file of one's own and another package's workload are measured, and every command reads the run."""
    (place.folder / "test_own.py").write_text(OWN)
    assert "6 passed" in place.run("pytest", "-q", "test_own.py")
    told = place.run("pytest", "-q", "test_own.py", "--benchmark", "--parbench-budget=8")
    assert "report: " in told
    assert (place.folder / "reports" / "latest" / "report.html").is_file()
    assert "report.html" in place.run("parbench", "report", "latest", "--out", "again")
    advice = place.run("parbench", "advise", "latest", "--workload", "collatz", "--size", "3000")
    assert "serial" in advice
    assert "cells" in place.run("parbench", "compare", "latest", "latest")
    place.run("parbench", "convert", "reports/latest", "ours.json")
    place.run("pytest-benchmark", "compare", "ours.json")


@pytest.mark.parametrize(
    "command",
    [
        ["uvx", "-q", "--from", "{wheel}", "parbench", "--version"],
        ["uvx", "-q", "--from", "{wheel}", "parbench", "list"],
        ["pipx", "run", "--spec", "{wheel}", "parbench", "--version"],
    ],
    ids=lambda command: f"{command[0]} {command[-1]}",
)
def test_it_runs_without_being_installed(command: list[str], wheel: Path, tmp_path: Path) -> None:
    """Both uvx and pipx run the command from the wheel."""
    if not (TOOLS / command[0]).exists():
        pytest.skip(f"tox -e package has what this needs: {command[0]} is not installed")
    told = run(str(TOOLS / command[0]), *(each.format(wheel=wheel) for each in command[1:]), folder=tmp_path)
    assert "parbench " in told or "Strategies" in told
