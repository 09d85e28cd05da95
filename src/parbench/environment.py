"""Another interpreter, or other library versions: what an arm runs under when that is not what we run in."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import site
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import parbench
from parbench.errors import UsageError
from parbench.protocol import Spec

KEYS = {"python": "python3.13", "requires": ["dask==2025.1.0"], "variables": {"PYTHON_JIT": "1"}}
#: What an interpreter tells of itself. It finds parbench in the engine folder, so none must be installed there.
ASK = "import json, sys; from parbench.machine import versions; print(json.dumps([sys.path, versions()]))"
OLDEST = (3, 11)
#: How long pip may take, and an interpreter to tell of itself. Seconds.
PIP, ASKING = 1800.0, 60.0


@dataclass(frozen=True)
class Declared:
    """An environment as it was asked for: interpreter, requirements in pip's words, variables.

    With the interpreter that we run in, requirements come on top of the packages that we have.
    """

    folder: Path  # that relative paths start from
    python: str = sys.executable
    requires: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Environment:
    """An environment that is there: `own` is its import path, `engine` a folder that holds parbench alone."""

    python: str
    own: list[str]
    engine: str
    variables: dict[str, str]
    versions: dict[str, str]

    def __call__(self, spec: Spec) -> Spec:
        """The same arm under this interpreter: the packages that are installed here give way to its own."""
        projects = [entry for entry in spec.path if not installed(entry)]
        path = [*projects, *self.own, self.engine]
        return replace(spec, path=path, python=self.python, engine=self.engine, variables=self.variables)


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


def of_revision(ours: Path, theirs: Path) -> Declared | None:
    """What another revision depends on, both by their folders; None where it needs no others than we have."""
    before = dependencies(theirs)
    return Declared(theirs, requires=before) if before and before != dependencies(ours) else None


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


def declared(name: str, here: Path) -> Declared:
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


def _declared(found: dict[str, Any], where: str, folder: Path) -> Declared:
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
    return Declared(folder, _interpreter(python, where, folder), tuple(requires), variables)


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


@contextmanager
def made(wanted: Declared, cache: Path) -> Iterator[Environment]:
    """The environment, built below `cache` where it has requirements and is not there yet; raises UsageError."""
    python = built(wanted, cache) if wanted.requires else wanted.python
    with TemporaryDirectory(prefix="parbench-engine-") as engine:
        (Path(engine) / "parbench").symlink_to(Path(parbench.__file__).parent, target_is_directory=True)
        own, versions = _asked(python, engine, wanted.variables)
        # what leads to parbench here is the engine, last of all
        yield Environment(python, [each for each in own if each != engine], engine, dict(wanted.variables), versions)


def _asked(python: str, engine: str, variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The import path and the versions of an interpreter."""
    version = _said([python, "-c", "import sys; print(*sys.version_info[:2])"], variables)
    if tuple(map(int, version.split())) < OLDEST:
        raise UsageError(
            f"{python} is Python {'.'.join(version.split())}, and parbench needs {OLDEST[0]}.{OLDEST[1]} or newer."
        )
    # -P: nothing is imported from the folder that we happen to be in
    own, versions = json.loads(_said([python, "-P", "-c", ASK], {**variables, "PYTHONPATH": engine}))
    return own, versions


def _said(command: list[str], variables: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=ASKING,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"the interpreter {command[0]} cannot be run: {error}.") from error
    if done.returncode:
        raise UsageError(f"the interpreter {command[0]} cannot be used: {told_by(done.stderr)}")
    return done.stdout


def built(wanted: Declared, cache: Path) -> str:
    """The interpreter of a virtual environment with these requirements: the one from before, or a new one."""
    said = _said([wanted.python, "-VV"], wanted.variables)
    key = json.dumps([wanted.python, said, sys.prefix, wanted.requires])
    folder = cache.resolve() / f"environment-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    complete = folder / "parbench-complete"
    if complete.is_file():
        return str(python)
    shutil.rmtree(folder, ignore_errors=True)  # one that was cut short
    try:
        _build(wanted, folder, python)
        complete.write_text("\n".join([said.strip(), *wanted.requires]) + "\n")
    finally:
        if not complete.is_file():
            shutil.rmtree(folder, ignore_errors=True)
    return str(python)


def _build(wanted: Declared, folder: Path, python: Path) -> None:
    _run([wanted.python, "-m", "venv", str(folder)], "made", wanted.folder)
    (folder / ".gitignore").write_text("*\n")
    if wanted.python == sys.executable:
        # what is not required comes from where we run, as those packages fit this interpreter
        ours = dict.fromkeys(entry for entry in sys.path if installed(entry) and entry.endswith("-packages"))
        packages = sysconfig.get_path("purelib", "venv", {"base": str(folder), "installed_base": str(folder)})
        (Path(packages) / "parbench-ours.pth").write_text("\n".join(ours) + "\n")
    listed = folder / "parbench-requirements.txt"
    listed.write_text("\n".join(wanted.requires) + "\n")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    _run([*command, "--requirement", str(listed)], "built", wanted.folder)


def _run(command: list[str], what: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PIP, cwd=folder
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"the environment cannot be {what}: {error}.") from error
    if done.returncode:
        raise UsageError(f"the environment cannot be {what}: {told_by(done.stderr or done.stdout)}")


def told_by(text: str) -> str:
    """The line that says what went wrong, as far as one can be told."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it says nothing."]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or (lines if lines[0].startswith("Traceback") else lines[:1]))[-1][:300]
