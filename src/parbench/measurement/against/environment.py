"""Other environments for arms: another interpreter, or other versions of libraries."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parbench.errors import UsageError
from parbench.measurement.against.project import EnvironmentSpec, is_installed
from parbench.measurement.arms.protocol import ArmSpec

#: Code by which an interpreter prints its import path and versions. It finds parbench in the engine folder.
PRINT_FACTS = "import json, sys; from parbench.machine.facts import versions; print(json.dumps([sys.path, versions()]))"
OLDEST_PYTHON = (3, 11)
PACKAGE = Path(__file__).resolve().parents[2]
#: Seconds that pip may take.
PIP_SECONDS = 1800.0
#: Seconds that an interpreter may take to print its facts.
PRINT_SECONDS = 60.0


@dataclass(frozen=True)
class Environment:
    """An environment that exists: `own` is its import path, `engine` a folder that contains parbench alone."""

    python: str
    own: list[str]
    engine: str
    variables: dict[str, str]
    versions: dict[str, str]

    def __call__(self, spec: ArmSpec) -> ArmSpec:
        """The same arm under this interpreter, with its packages in place of ours."""
        projects = [entry for entry in spec.path if not is_installed(entry)]
        path = [*projects, *self.own, self.engine]
        return replace(spec, path=path, python=self.python, engine=self.engine, variables=self.variables)


@contextmanager
def open_environment(spec: EnvironmentSpec, cache: Path) -> Iterator[Environment]:
    """The environment, built below `cache` if it has requirements and does not exist yet; raises UsageError."""
    python = build(spec, cache) if spec.requires else spec.python
    with TemporaryDirectory(prefix="parbench-engine-") as engine:
        (Path(engine) / "parbench").symlink_to(PACKAGE, target_is_directory=True)
        own, versions = _facts(python, engine, spec.variables)
        # the arm appends the engine to its path
        own = [each for each in own if each != engine]
        yield Environment(python, own, engine, dict(spec.variables), versions)


def _facts(python: str, engine: str, variables: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The import path and the versions of an interpreter."""
    version = _output([python, "-c", "import sys; print(*sys.version_info[:2])"], variables)
    if tuple(map(int, version.split())) < OLDEST_PYTHON:
        needed = ".".join(map(str, OLDEST_PYTHON))
        raise UsageError(f"{python} is Python {'.'.join(version.split())}, and parbench needs {needed} or newer.")
    # -P: nothing is imported from the current folder
    own, versions = json.loads(_output([python, "-P", "-c", PRINT_FACTS], {**variables, "PYTHONPATH": engine}))
    return own, versions


def _output(command: list[str], variables: Mapping[str, str]) -> str:
    """The output of an interpreter."""
    failure = f"the interpreter {command[0]} cannot be used"
    return _run(command, failure, PRINT_SECONDS, env={**os.environ, **variables})


def build(spec: EnvironmentSpec, cache: Path) -> str:
    """The interpreter of a virtual environment with these requirements, reused or built."""
    version = _output([spec.python, "-VV"], spec.variables)
    key = json.dumps([spec.python, version, sys.prefix, spec.requires])
    folder = cache.resolve() / f"environment-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    complete = folder / "parbench-complete"
    if complete.is_file():
        return str(python)
    shutil.rmtree(folder, ignore_errors=True)  # an interrupted build
    try:
        _build_in(spec, folder, python)
        complete.write_text("\n".join([version.strip(), *spec.requires]) + "\n")
    finally:
        if not complete.is_file():
            shutil.rmtree(folder, ignore_errors=True)
    return str(python)


def _build_in(spec: EnvironmentSpec, folder: Path, python: Path) -> None:
    failure = "the environment cannot be built"
    _run([spec.python, "-m", "venv", str(folder)], failure, PIP_SECONDS, cwd=spec.folder)
    (folder / ".gitignore").write_text("*\n")
    if spec.python == sys.executable:
        # other packages come from the present environment, as they fit this interpreter
        ours = dict.fromkeys(entry for entry in sys.path if is_installed(entry) and entry.endswith("-packages"))
        packages = sysconfig.get_path("purelib", "venv", {"base": str(folder), "installed_base": str(folder)})
        (Path(packages) / "parbench-ours.pth").write_text("\n".join(ours) + "\n")
    requirements = folder / "parbench-requirements.txt"
    requirements.write_text("\n".join(spec.requires) + "\n")
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]
    _run([*command, "--requirement", str(requirements)], failure, PIP_SECONDS, cwd=spec.folder)


def _run(command: list[str], failure: str, seconds: float, **options: Any) -> str:
    """The output of a command; raises UsageError, which begins with `failure`."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=seconds, **options
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"{failure}: {error}.") from error
    if done.returncode:
        raise UsageError(f"{failure}: {error_line(done.stderr or done.stdout)}")
    return done.stdout


def error_line(text: str) -> str:
    """The line with the error, if one can be recognized."""
    lines = [line.strip() for line in text.splitlines() if line.strip()] or ["it prints nothing."]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or (lines if lines[0].startswith("Traceback") else lines[:1]))[-1][:300]
