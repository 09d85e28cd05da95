"""The machine, the versions and the commit of a run, as plain values for its header.

No value names the machine or its user. An unknown value is None.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from parbench.machine import cpus

CPUINFO = Path("/proc/cpuinfo")
STAT = Path("/proc/stat")
GIB = 1024**3
#: The distributions that may change a result, besides Python.
PACKAGES = (
    "parbench",
    "numpy",
    "pandas",
    "dask",
    "distributed",
    "joblib",
    "numexpr",
    "numba",
    "psutil",
    "scipy",
    "matplotlib",
    "pytest",
    "pytest-benchmark",
)


def describe() -> dict[str, Any]:
    """The facts of this machine and interpreter that a reader needs to judge a result; bytes and percent."""
    import psutil

    cores, memory = psutil.cpu_count() or 1, psutil.virtual_memory().total
    return {
        "machine_id": machine_id(cpu_model(), cores, memory),
        "cpu_model": cpu_model(),
        "architecture": platform.machine(),
        "cores_host": cores,
        "cores_affinity": len(cpus.usable()),
        "cores_quota": cpus.quota(),
        "cores_usable": cpus.count(),
        "smt": _smt(),
        "memory_bytes": memory if (granted := memory_limit()) is None else min(memory, granted),
        "memory_available_bytes": available_bytes(),
        "cache_bytes": cache_bytes(cpus.usable()),
        "os": platform.system(),
        "kernel": platform.release(),
        "hypervisor": hypervisor(),
        "governor": _read(cpus.CPU_FOLDER / "cpu0" / "cpufreq" / "scaling_governor"),
        "turbo": turbo(),
        "load_average": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "steal_percent": steal_percent(cpu_ticks()),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil_enabled": gil_enabled(),
    }


def machine_id(model: str, cores: int, memory: int) -> str:
    """Eight characters that are the same for all runs on a machine, without identifying it.

    `memory` in bytes counts in whole GiB, because the share of the kernel changes slightly between starts.
    """
    return hashlib.sha256(f"{model}/{cores}/{round(memory / GIB)}".encode()).hexdigest()[:8]


def versions() -> dict[str, str]:
    """The versions of Python and of the installed ones among `PACKAGES`, read without importing them."""
    table = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            table[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return table


def commit(folder: str | os.PathLike[str]) -> str:
    """The short hash of the commit in `folder`, with "+" if files differ from it; empty without git."""
    short = _run("git", "-C", os.fspath(folder), "rev-parse", "--short", "HEAD")
    if not short:
        return ""
    changed = _run("git", "-C", os.fspath(folder), "status", "--porcelain")
    return short + ("+" if changed else "")


def project(folder: str | os.PathLike[str]) -> str:
    """The name that the ``pyproject.toml`` in `folder` gives its project, or else the name of the folder."""
    try:
        named = tomllib.loads((Path(folder) / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
        return str(named["name"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Path(folder).resolve().name


def available_bytes(own: Path = cpus.OWN_CGROUP, root: Path = cpus.CGROUP_ROOT) -> int:
    """The memory that is available now without swapping, within the limits of the control groups."""
    import psutil

    free = [psutil.virtual_memory().available]
    free += [left for folder in cpus.cgroup_folders("memory", own, root) if (left := _left_in(folder)) is not None]
    return max(0, min(free))


def memory_limit(own: Path = cpus.OWN_CGROUP, root: Path = cpus.CGROUP_ROOT) -> int | None:
    """The memory in bytes that the control groups grant; None without a limit."""
    limits = [_limit_of(folder) for folder in cpus.cgroup_folders("memory", own, root)]
    return min((limit for limit in limits if limit is not None), default=None)


def _limit_of(folder: Path) -> int | None:
    limit = _number(folder / "memory.max", folder / "memory.limit_in_bytes")
    return None if limit is None or limit > 2**62 else limit  # version 1 writes "no limit" as a huge number


def _left_in(folder: Path) -> int | None:
    """The bytes that a control group may still use: its limit minus its use, without file caches that it can drop."""
    limit = _limit_of(folder)
    used = _number(folder / "memory.current", folder / "memory.usage_in_bytes")
    if limit is None or used is None:
        return None
    facts = dict(line.split(maxsplit=1) for line in (_read(folder / "memory.stat") or "").splitlines())
    return limit - used + int(facts.get("total_inactive_file") or facts.get("inactive_file") or 0)


def cache_bytes(places: Iterable[int], folder: Path = cpus.CPU_FOLDER) -> int | None:
    """The sum of the largest caches of these CPUs, each counted once; None if the system does not report them."""
    sizes: dict[str, int] = {}  # by the CPUs that share a cache
    for cpu in places:
        caches = [
            (1024 * int(kilobytes), _read(each / "shared_cpu_list") or str(cpu))
            for each in folder.glob(f"cpu{cpu}/cache/index*")
            if (kilobytes := (_read(each / "size") or "").removesuffix("K")).isdecimal()
        ]
        size, shared = max(caches, default=(0, ""))
        sizes[shared] = size
    return sum(sizes.values()) or None


def cpu_model(cpuinfo: Path = CPUINFO) -> str:
    """The name of the processor; on ARM Linux the numbers of its implementer and part."""
    facts = _cpuinfo(cpuinfo)
    if model := facts.get("model name") or facts.get("Model"):
        return model
    if "CPU part" in facts:
        return f"implementer {facts.get('CPU implementer', '?')} part {facts['CPU part']}"
    brand = _run("sysctl", "-n", "machdep.cpu.brand_string") if sys.platform == "darwin" else ""
    return brand or platform.processor() or platform.machine() or "unknown"


def hypervisor(cpuinfo: Path = CPUINFO) -> bool | None:
    """Whether the processor is virtual; None if it does not report it."""
    flags = _cpuinfo(cpuinfo).get("flags")
    return None if flags is None else "hypervisor" in flags.split()


def needs_awake() -> bool:
    """Whether to keep CPUs from idling between samples: virtual CPUs without a quota, under Linux.

    On others it would lower the clock of the processor by heat, or use up the quota of a control group.
    """
    return sys.platform == "linux" and hypervisor() is True and cpus.quota() is None


def turbo(folder: Path = cpus.CPU_FOLDER) -> bool | None:
    """Whether cores may run above their nominal frequency, which makes one busy core faster than many."""
    if (off := _number(folder / "intel_pstate" / "no_turbo")) is not None:
        return off == 0
    boost = _number(folder / "cpufreq" / "boost")
    return None if boost is None else boost == 1


def cpu_ticks(stat: Path = STAT) -> list[int]:
    """CPU time since the start of the system by kind, of which the eighth is steal; empty if it cannot be read."""
    first, *_ = (_read(stat) or "").splitlines() or [""]
    ticks = [int(field) for field in first.split()[1:9]]  # the ninth and tenth are parts of the first two
    return ticks if len(ticks) == 8 else []


def steal_percent(ticks: list[int], since: list[int] | None = None) -> float | None:
    """The share of CPU time that other guests of the host took, from `cpu_ticks`, or since earlier ticks."""
    spent = [now - then for now, then in zip(ticks, since or [0] * len(ticks), strict=False)]
    return 100 * spent[7] / sum(spent) if len(spent) == 8 and sum(spent) > 0 else None


def blas(threads: Mapping[str, str]) -> str:
    """The BLAS of NumPy and its number of threads outside of arms, which set the variables `threads`."""
    import numpy as np

    facts: Any = np.show_config(mode="dicts")
    build = facts.get("Build Dependencies", {}).get("blas", {})
    name = " ".join(str(build[key]) for key in ("name", "version") if build.get(key)) or "unknown"
    chosen = [f"{variable}={os.environ[variable]}" for variable in threads if variable in os.environ]
    return f"{name}, {' '.join(chosen) or 'one thread per core'}; one thread in every arm"


def gil_enabled() -> bool:
    """Whether this interpreter runs one thread of Python code at a time."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)  # Python 3.13 and later
    return True if is_enabled is None else bool(is_enabled())


def _smt() -> bool | None:
    import psutil

    if (active := _number(cpus.CPU_FOLDER / "smt" / "active")) is not None:
        return active == 1
    logical, physical = psutil.cpu_count(), psutil.cpu_count(logical=False)
    return None if not logical or not physical else logical > physical


def _cpuinfo(path: Path) -> dict[str, str]:
    """The facts of the first processor; the others repeat them."""
    lines = (line.partition(":") for line in (_read(path) or "").split("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _number(*paths: Path) -> int | None:
    """The whole number in the first of `paths` that contains one."""
    for path in paths:
        try:
            return int(_read(path) or "")
        except ValueError:
            continue
    return None


def _run(*command: str) -> str:
    """The stripped output of a command; empty if it is missing, fails or hangs."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # git status must not write to the work tree
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, env=environment, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip()
