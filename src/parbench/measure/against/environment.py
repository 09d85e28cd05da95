"""Another interpreter, or other library versions: what an arm runs under when that is not what we run in."""

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

from parbench.errors import UsageError
from parbench.measure.against.project import EnvironmentSpec, installed
from parbench.measure.arms.protocol import ArmSpec

#: What an interpreter tells of itself. It finds parbench in the engine folder, so none must be installed there.
ASK = "import json, sys; from parbench.machine.facts import versions; print(json.dumps([sys.path, versions()]))"
OLDEST = (3, 11)
PACKAGE = Path(__file__).resolve().parents[2]
#: How long pip may take, and an interpreter to tell of itself. Seconds.
PIP, ASKING = 1800.0, 60.0


@dataclass(frozen=True)
class Environment:
    """An environment that is there: `own` is its import path, `engine` a folder that holds parbench alone."""

    python: str
    own: list[str]
    engine: str
    variables: dict[str, str]
    versions: dict[str, str]

    def __call__(self, spec: ArmSpec) -> ArmSpec:
        """The same arm under this interpreter: the packages that are installed here give way to its own."""
        projects = [entry for entry in spec.path if not installed(entry)]
        path = [*projects, *self.own, self.engine]
        return replace(spec, path=path, python=self.python, engine=self.engine, variables=self.variables)


@contextmanager
def made(wanted: EnvironmentSpec, cache: Path) -> Iterator[Environment]:
    """The environment, built below `cache` where it has requirements and is not there yet; raises UsageError."""
    python = built(wanted, cache) if wanted.requires else wanted.python
    with TemporaryDirectory(prefix="parbench-engine-") as engine:
        (Path(engine) / "parbench").symlink_to(PACKAGE, target_is_directory=True)
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


def built(wanted: EnvironmentSpec, cache: Path) -> str:
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


def _build(wanted: EnvironmentSpec, folder: Path, python: Path) -> None:
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
