"""Declarations of a project: its dependencies and environments; and which folders are not part of it."""

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

#: Keys of an environment, each with an example.
KEYS = {"python": "python3.13", "requires": ["dask==2025.1.0"], "variables": {"PYTHON_JIT": "1"}}


@dataclass(frozen=True)
class EnvironmentSpec:
    """The interpreter, the requirements in pip's words, and the variables of an environment.

    With our own interpreter the requirements are added to our packages.
    """

    folder: Path  # relative paths start here
    python: str = sys.executable
    requires: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def find_environment(name: str, here: Path) -> EnvironmentSpec:
    """The environment called `name` in the nearest ``pyproject.toml`` at or above `here`; raises UsageError."""
    file = next((each for folder in (here, *here.parents) if (each := folder / "pyproject.toml").is_file()), None)
    example = f"[tool.parbench.environments.{name or 'other'}] with requires = ['numpy==2.0.0']"
    if file is None:
        raise UsageError(f"there is no pyproject.toml here or above to declare env:{name} in: add one with {example}.")
    known = read_toml(file).get("tool", {}).get("parbench", {}).get("environments", {})
    if not isinstance(known, dict) or not isinstance(known.get(name), dict):
        there = ", ".join(known) if isinstance(known, dict) and known else "none"
        raise UsageError(f"pyproject.toml declares no environment {name!r} (there are: {there}): add {example}.")
    return _environment(known[name], f"environment {name!r} in pyproject.toml", file.parent)


def _environment(table: dict[str, Any], where: str, folder: Path) -> EnvironmentSpec:
    if unknown := sorted(set(table) - set(KEYS)):
        raise UsageError(f"{where} has an unknown key {unknown[0]!r}: it takes {', '.join(KEYS)}.")
    python, requires, variables = table.get("python", ""), table.get("requires", []), table.get("variables", {})
    right = {
        "python": isinstance(python, str),
        "requires": isinstance(requires, list) and all(isinstance(each, str) for each in requires),
        "variables": isinstance(variables, dict) and all(isinstance(each, str) for each in variables.values()),
    }
    if wrong := [key for key, fine in right.items() if not fine]:
        raise UsageError(f"{where} has a {wrong[0]} that cannot be: write it as {json.dumps(KEYS[wrong[0]])}.")
    return EnvironmentSpec(folder, _interpreter(python, where, folder), tuple(requires), variables)


def _interpreter(python: str, where: str, folder: Path) -> str:
    """The absolute path of an interpreter on the PATH or relative to `folder`; ours if `python` is empty."""
    if not python:
        return sys.executable
    file = folder / Path(python).expanduser()
    path = shutil.which(python) or (str(file) if file.is_file() else None)
    if path is None:
        raise UsageError(f"{where} wants the interpreter {python}, which is not here: install it, or give its path.")
    return os.path.abspath(path)  # not resolved: a virtual environment's interpreter is a link


def read_toml(file: Path) -> dict[str, Any]:
    """The contents of a TOML file; raises UsageError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}.") from error


def environment_of_revision(ours: Path, theirs: Path) -> EnvironmentSpec | None:
    """The environment of the revision in folder `theirs`; None if its dependencies are those of `ours`."""
    before = dependencies(theirs)
    return EnvironmentSpec(theirs, requires=before) if before and before != dependencies(ours) else None


def check_is_no_copy(folder: Path) -> None:
    """Raise UsageError if the project in a folder was imported from an installed copy, which both sides would run.

    parbench itself may be installed: it measures both sides.
    """
    name = normalize(str(_project(folder).get("name", "")))
    if name in ("", "parbench"):
        return
    for module, distributions in metadata.packages_distributions().items():
        source = getattr(sys.modules.get(module), "__file__", None)
        if name in map(normalize, distributions) and source and is_installed(source):
            raise UsageError(
                f"{module} was imported from a copy that is installed, which both sides would run: "
                "install this project with `pip install -e .` to compare its revisions."
            )


def dependencies(folder: Path) -> tuple[str, ...]:
    """The requirements in ``pyproject.toml`` and ``requirements.txt`` of a folder, in pip's words."""
    file, declared = folder / "requirements.txt", _project(folder).get("dependencies", [])
    declared = declared if isinstance(declared, list) else []
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return tuple(sorted(str(each) for each in declared)) + tuple(line for line in lines if line.strip())


def _project(folder: Path) -> dict[str, Any]:
    """The table ``project`` of the ``pyproject.toml`` in a folder; empty without one."""
    file = folder / "pyproject.toml"
    table = read_toml(file).get("project", {}) if file.is_file() else {}
    return table if isinstance(table, dict) else {}


def normalize(name: str) -> str:
    """The normalized name of a distribution (packaging.python.org, names)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_installed(entry: str) -> bool:
    """Whether a folder of the import path belongs to the interpreter and its packages instead of a project."""
    here = Path(entry or os.curdir).absolute()
    return any(here == folder or here.is_relative_to(folder) for folder in _installed_folders())


def _installed_folders() -> set[Path]:
    paths = sysconfig.get_paths()
    names = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    names |= {*site.getsitepackages(), site.getusersitepackages()}
    library = Path(os.__file__).parent
    # the standard library as an archive, which precedes the folder on the path
    archive = library.parent / f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    return {Path(name).absolute() for name in names} | {library, archive}
