"""What a project says of itself: what it depends on, the environments that it declares, and what is not part of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import site
import sys
import sysconfig
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from parbench.errors import UsageError

KEYS = {"python": "python3.13", "requires": ["dask==2025.1.0"], "variables": {"PYTHON_JIT": "1"}}


@dataclass(frozen=True)
class EnvironmentSpec:
    """An environment as it was asked for: interpreter, requirements in pip's words, variables.

    With the interpreter that we run in, requirements come on top of the packages that we have.
    """

    folder: Path  # that relative paths start from
    python: str = sys.executable
    requires: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def declared(name: str, here: Path) -> EnvironmentSpec:
    """The environment called `name` in the nearest ``pyproject.toml`` at or above `here`; raises UsageError."""
    file = next((each for folder in (here, *here.parents) if (each := folder / "pyproject.toml").is_file()), None)
    example = f"[tool.parbench.environments.{name or 'other'}] with requires = ['numpy==2.0.0']"
    if file is None:
        raise UsageError(f"there is no pyproject.toml here or above to declare env:{name} in: add one with {example}.")
    known = table(file).get("tool", {}).get("parbench", {}).get("environments", {})
    if not isinstance(known, dict) or not isinstance(known.get(name), dict):
        there = ", ".join(known) if isinstance(known, dict) and known else "none"
        raise UsageError(f"pyproject.toml declares no environment {name!r} (there are: {there}): add {example}.")
    return _declared(known[name], f"environment {name!r} in pyproject.toml", file.parent)


def _declared(found: dict[str, Any], where: str, folder: Path) -> EnvironmentSpec:
    if unknown := sorted(set(found) - set(KEYS)):
        raise UsageError(f"{where} has an unknown key {unknown[0]!r}: it takes {', '.join(KEYS)}.")
    python, requires, variables = found.get("python", ""), found.get("requires", []), found.get("variables", {})
    right = {
        "python": isinstance(python, str),
        "requires": isinstance(requires, list) and all(isinstance(each, str) for each in requires),
        "variables": isinstance(variables, dict) and all(isinstance(each, str) for each in variables.values()),
    }
    if wrong := [key for key, fine in right.items() if not fine]:
        raise UsageError(f"{where} has a {wrong[0]} that cannot be: write it as {json.dumps(KEYS[wrong[0]])}.")
    return EnvironmentSpec(folder, _interpreter(python, where, folder), tuple(requires), variables)


def _interpreter(python: str, where: str, folder: Path) -> str:
    """The interpreter as an absolute path: one on the PATH, or a file from `folder` on; ours where none is named."""
    if not python:
        return sys.executable
    beside = folder / Path(python).expanduser()
    found = shutil.which(python) or (str(beside) if beside.is_file() else None)
    if found is None:
        raise UsageError(f"{where} wants the interpreter {python}, which is not here: install it, or give its path.")
    return os.path.abspath(found)  # not resolved: a virtual environment's interpreter is a link


def table(file: Path) -> dict[str, Any]:
    """What a TOML file holds; raises UsageError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error


def of_revision(ours: Path, theirs: Path) -> EnvironmentSpec | None:
    """What another revision depends on, both by their folders; None where it needs no others than we have."""
    before = dependencies(theirs)
    return EnvironmentSpec(theirs, requires=before) if before and before != dependencies(ours) else None


def check_is_no_copy(folder: Path) -> None:
    """Raise UsageError where the project in a folder was imported from a copy that is installed.

    Another revision would then not be another version of it. parbench itself is on no side: it measures both.
    """
    name = normal(str(_project(folder).get("name", "")))
    if name in ("", "parbench"):
        return
    for module, distributions in metadata.packages_distributions().items():
        source = getattr(sys.modules.get(module), "__file__", None)
        if name in map(normal, distributions) and source and installed(source):
            raise UsageError(
                f"{module} was imported from a copy that is installed, which both sides would run: "
                "install this project with `pip install -e .` to compare its revisions."
            )


def dependencies(folder: Path) -> tuple[str, ...]:
    """What ``pyproject.toml`` and ``requirements.txt`` say that the code in a folder needs, in pip's words."""
    listed, found = folder / "requirements.txt", _project(folder).get("dependencies", [])
    found = found if isinstance(found, list) else []
    lines = listed.read_text(encoding="utf-8", errors="replace").splitlines() if listed.is_file() else []
    return tuple(sorted(str(each) for each in found)) + tuple(line for line in lines if line.strip())


def _project(folder: Path) -> dict[str, Any]:
    """The table ``project`` of the ``pyproject.toml`` in a folder; empty where there is none."""
    file = folder / "pyproject.toml"
    found = table(file).get("project", {}) if file.is_file() else {}
    return found if isinstance(found, dict) else {}


def normal(name: str) -> str:
    """The name of a distribution in the spelling that all of its spellings share (packaging.python.org, names)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(entry: str) -> bool:
    """Whether a folder of the import path belongs to the interpreter and its packages, and not to a project."""
    here = Path(entry or os.curdir).absolute()
    return any(here == folder or here.is_relative_to(folder) for folder in _installed_in())


def _installed_in() -> set[Path]:
    paths = sysconfig.get_paths()
    names = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    names |= {*site.getsitepackages(), site.getusersitepackages()}
    library = Path(os.__file__).parent
    # with the standard library in an archive, as the path has it in front of the folder
    archive = library.parent / f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    return {Path(name).absolute() for name in names} | {library, archive}
