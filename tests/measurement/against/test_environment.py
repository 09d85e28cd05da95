"""Other interpreters and other versions: variables of an arm, environments that are built once, refusals."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import pytest

from parbench.errors import UsageError
from parbench.measurement.against import environment
from parbench.measurement.against.environment import Environment, open_environment
from parbench.measurement.against.project import EnvironmentSpec, is_installed
from parbench.measurement.arms.protocol import ArmSpec
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference


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


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path) -> None:
    """Before anything of ours is run by it."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\necho 3 8\n")
    old.chmod(0o755)
    with (
        pytest.raises(UsageError, match=r"is Python 3\.8, and parbench needs 3\.11"),
        open_environment(EnvironmentSpec(tmp_path, str(old)), tmp_path),
    ):
        pass


def test_what_is_no_interpreter_is_refused(tmp_path: Path) -> None:
    """Its own words are passed on."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'shim: no such version' >&2\nexit 1\n")
    broken.chmod(0o755)
    with (
        pytest.raises(UsageError, match="cannot be used: shim: no such version"),
        open_environment(EnvironmentSpec(tmp_path, str(broken)), tmp_path),
    ):
        pass


def test_an_arm_is_moved_to_another_interpreter(tmp_path: Path) -> None:
    """Folders of projects stay on its path, installed packages give way, and parbench comes last."""
    there = Environment("/else/python", ["/else/lib"], "/engine", {"A": "1"}, {})
    library = next(entry for entry in sys.path if is_installed(entry) and Path(entry).is_dir())
    spec = ArmSpec(Cell("w", 1, "serial", 1), Reference("work", "work.py", "w"), 1, [], [str(tmp_path), library])
    moved = there(spec)
    assert moved.path == [str(tmp_path), "/else/lib", "/engine"]
    assert (moved.python, moved.engine, moved.variables) == ("/else/python", "/engine", {"A": "1"})


def test_an_environment_is_built_once_on_top_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its requirements are installed, other packages are ours, and the next time nothing is built."""
    wanted = EnvironmentSpec(tmp_path, requires=(f"./{wheel(tmp_path, '2.0').name}",))
    with open_environment(wanted, tmp_path / "cache") as there:
        code = "import flavour, numpy; print(flavour.version, numpy.__version__)"
        assert environment._output([there.python, "-c", code], {}).split() == ["2.0", there.versions["numpy"]]
        assert (Path(there.engine) / "parbench" / "errors.py").is_file()
    assert not Path(there.engine).exists()
    monkeypatch.setattr(environment, "_build_in", None)
    with open_environment(wanted, tmp_path / "cache") as again:
        assert again.python == there.python


def test_of_an_environment_that_cannot_be_built_nothing_is_left(tmp_path: Path) -> None:
    """One sentence with the words of the program that failed."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\n[ $1 = -VV ] && exit\nmkdir -p $3/bin\necho 'there is nothing' >&2\nexit 1\n")
    broken.chmod(0o755)
    wanted = EnvironmentSpec(tmp_path, str(broken), requires=("./nothing-1.0-py3-none-any.whl",))
    with (
        pytest.raises(UsageError, match=r"the environment cannot be built: there is nothing"),
        open_environment(wanted, tmp_path / "cache"),
    ):
        pass
    assert not list((tmp_path / "cache").iterdir())
