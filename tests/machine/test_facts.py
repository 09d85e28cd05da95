"""Tests of what is recorded about the machine, the versions and the commit."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parbench.machine import cpus, facts

X86 = "processor\t: 0\nmodel name\t: Some CPU @ 2.00GHz\nflags\t\t: fpu {flag} sse\n\nprocessor\t: 1\nmodel name\t: x\n"
ARM = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"


def write(path: Path, text: str) -> Path:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def git(folder: Path, *command: str) -> str:
    """Run git in `folder` under a made-up name."""
    name = ["-c", "user.name=Someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *name, *command], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_describe() -> None:
    """The description survives JSON, does not name the host, and its counts of cores and bytes are consistent."""
    described = facts.describe()
    assert json.loads(json.dumps(described)) == described
    assert platform.node() not in described.values()
    assert described["cores_host"] >= described["cores_affinity"] >= described["cores_usable"] >= 1
    assert described["cores_affinity"] == len(cpus.usable())
    assert described["cores_quota"] == cpus.quota()
    assert 0 < described["memory_available_bytes"] <= described["memory_bytes"]


def test_machine_id() -> None:
    """The id stays when the kernel keeps a little more memory for itself, and changes with each of the parts."""
    one = facts.machine_id("model", 2, 16 * facts.GIB)
    assert one == facts.machine_id("model", 2, 16 * facts.GIB - 5_000_000)
    others = [("other", 2, 16), ("model", 4, 16), ("model", 2, 32)]
    assert one not in [facts.machine_id(model, cores, gib * facts.GIB) for model, cores, gib in others]


def test_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are those of Python and of the installed packages, without a package that is not installed."""
    monkeypatch.setattr(facts, "PACKAGES", ("pytest", "no-such-package-anywhere"))
    assert facts.versions() == {"python": platform.python_version(), "pytest": pytest.__version__}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_commit(tmp_path: Path) -> None:
    """The commit is the short hash alone in a clean tree, and has a plus if a file is changed or new."""
    git(tmp_path, "init")
    assert facts.commit(tmp_path) == "", "nothing is committed yet"
    kept = write(tmp_path / "kept.txt", "one")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    short = git(tmp_path, "rev-parse", "--short", "HEAD")
    assert facts.commit(tmp_path) == short
    kept.write_text("two")
    assert facts.commit(tmp_path) == short + "+"
    kept.write_text("one")
    write(tmp_path / "new.txt", "new")
    assert facts.commit(tmp_path) == short + "+"


def test_commit_outside_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no commit in a folder without git, in no folder at all, and where git is not installed."""
    assert facts.commit(tmp_path) == ""
    assert facts.commit(tmp_path / "none") == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert facts.commit(Path(__file__).parent) == ""


@pytest.mark.parametrize(
    ("groups", "files", "limit", "available"),
    [
        ("0::/a\n", {"a/memory.max": "1000", "a/memory.current": "400"}, 1000, 600),
        (
            "0::/a\n",
            {"a/memory.max": "1000", "a/memory.current": "400", "a/memory.stat": "inactive_file 50"},
            1000,
            650,
        ),
        ("0::/a/b\n", {"a/memory.max": "1000", "a/memory.current": "0", "a/b/memory.max": "max"}, 1000, 1000),
        ("0::/a\n", {"a/memory.max": "1000", "a/memory.current": "1200"}, 1000, 0),
        (
            "4:memory:/a\n",
            {"memory/a/memory.limit_in_bytes": "900", "memory/a/memory.usage_in_bytes": "100"},
            900,
            800,
        ),
        ("4:memory:/a\n", {"memory/a/memory.limit_in_bytes": "9223372036854771712"}, None, None),
        ("0::/a\n", {"a/memory.max": "max", "a/memory.current": "400"}, None, None),
    ],
)
def test_memory_of_control_groups(
    tmp_path: Path, groups: str, files: dict[str, str], limit: int | None, available: int | None
) -> None:
    """The limits of the control groups hold for what there is and for what is left; without one the machine's do."""
    own = write(tmp_path / "own", groups)
    for name, text in files.items():
        write(tmp_path / "root" / name, text)
    assert facts.memory_limit(own, tmp_path / "root") == limit
    left = facts.available_bytes(own, tmp_path / "root")
    assert left == available if available is not None else left > 10_000


@pytest.mark.parametrize(
    ("text", "expected"), [(X86, "Some CPU @ 2.00GHz"), (ARM, "implementer 0x41 part 0xd0c")], ids=["x86", "arm"]
)
def test_cpu_model(tmp_path: Path, text: str, expected: str) -> None:
    """The model is the name of the first processor, or its implementer and part, or any text without a list."""
    assert facts.cpu_model(write(tmp_path / "cpuinfo", text)) == expected
    assert facts.cpu_model(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "expected"), [(X86.format(flag="hypervisor"), True), (X86.format(flag="mmx"), False), (ARM, None)]
)
def test_hypervisor(tmp_path: Path, text: str, expected: bool | None) -> None:
    """A virtual processor is recognized by its flag; without flags it is unknown."""
    assert facts.hypervisor(write(tmp_path / "cpuinfo", text)) is expected


@pytest.mark.parametrize(
    ("platform", "virtual", "quota", "expected"),
    [
        ("linux", True, None, True),
        ("linux", True, 2.0, False),
        ("linux", False, None, False),
        ("linux", None, None, False),
        ("darwin", True, None, False),
    ],
)
def test_needs_awake(
    monkeypatch: pytest.MonkeyPatch, platform: str, virtual: bool | None, quota: float | None, expected: bool
) -> None:
    """CPUs are kept awake if they are certainly virtual, not rationed, and the system allows it."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(facts, "hypervisor", lambda: virtual)
    monkeypatch.setattr(cpus, "quota", lambda: quota)
    assert facts.needs_awake() is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("intel_pstate/no_turbo", "0", True),
        ("intel_pstate/no_turbo", "1", False),
        ("cpufreq/boost", "1", True),
        ("cpufreq/boost", "0", False),
        ("cpufreq/other", "1", None),
    ],
)
def test_turbo(tmp_path: Path, name: str, text: str, expected: bool | None) -> None:
    """Turbo is read from whichever driver speaks of it, the one that says it the other way round included."""
    write(tmp_path / name, text)
    assert facts.turbo(tmp_path) is expected


def test_steal_percent(tmp_path: Path) -> None:
    """Stolen time is a share of all time, in which the time of own guests is not counted twice."""
    stat = write(tmp_path / "stat", "cpu  10 10 10 50 5 5 5 5 9 9\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
    before = facts.cpu_ticks(stat)
    assert facts.steal_percent(before) == 5.0
    later = facts.cpu_ticks(write(tmp_path / "later", "cpu  20 10 10 60 5 5 5 25 9 9\n"))
    assert facts.steal_percent(later, before) == 50.0
    assert facts.steal_percent(before, before) is None
    assert facts.steal_percent(facts.cpu_ticks(tmp_path / "none")) is None


def test_blas_and_who_sets_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that are set are reported, the others are not."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    told = facts.blas({"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
    assert "OMP_NUM_THREADS=3" in told
    assert "MKL" not in told.split(",", 1)[1]
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert "one thread per core" in facts.blas({"OMP_NUM_THREADS": "1"})


@pytest.mark.parametrize("enabled", [True, False])
def test_gil_enabled(monkeypatch: pytest.MonkeyPatch, enabled: bool) -> None:
    """A free-threaded interpreter is believed, and one too old to be asked has the lock."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: enabled, raising=False)
    assert facts.gil_enabled() is enabled
    monkeypatch.delattr(sys, "_is_gil_enabled")
    assert facts.gil_enabled() is True


@pytest.mark.parametrize(
    ("caches", "size"),
    [
        ({}, None),
        ({(0, 0): ("32K", "0"), (0, 3): ("4096K", "0-1"), (1, 3): ("4096K", "0-1")}, 4096 * 1024),
        ({(0, 2): ("512K", "0"), (0, 3): ("4096K", "0"), (1, 3): ("8192K", "1")}, (4096 + 8192) * 1024),
        ({(0, 3): ("4096K", "0-1"), (2, 3): ("4096K", "2-3")}, 4096 * 1024),
        ({(0, 0): ("much", "0")}, None),
        ({(0, 0): ("64K", "")}, 64 * 1024),
    ],
)
def test_caches_are_counted_once(
    tmp_path: Path, caches: dict[tuple[int, int], tuple[str, str]], size: int | None
) -> None:
    """Of each CPU the largest cache counts, one that two share once, and those of other CPUs not at all."""
    for (cpu, index), (amount, shared) in caches.items():
        folder = tmp_path / f"cpu{cpu}" / "cache" / f"index{index}"
        write(folder / "size", f"{amount}\n")
        write(folder / "shared_cpu_list", f"{shared}\n")
    assert facts.cache_bytes([0, 1], tmp_path) == size


def test_a_project_is_named_by_its_pyproject_or_its_folder(tmp_path: Path) -> None:
    """The name of the project is that in pyproject.toml; without a file that has one, it is the name of the folder."""
    assert facts.project(tmp_path) == tmp_path.name
    for text in ("[project", "project = 1", '[tool.x]\nname = "y"'):
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        assert facts.project(tmp_path) == tmp_path.name
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "thing"\n', encoding="utf-8")
    assert facts.project(tmp_path) == "thing"
