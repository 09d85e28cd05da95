"""Facts about a run: the machine, the versions and the commit, as plain values for its header.

Nothing here names the machine or its user. An unknown value is None, never a guess.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from parbench.machine import cpus

CPUINFO = Path("/proc/cpuinfo")
STAT = Path("/proc/stat")
GIB = 1024**3
#: The distributions that may change a result, besides Python itself.
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
    """Eight characters that are equal for two runs on one machine, and do not identify the machine.

    `memory` is in bytes and counts in whole GiB, as the kernel's own share of it changes a little between starts.
    """
    return hashlib.sha256(f"{model}/{cores}/{round(memory / GIB)}".encode()).hexdigest()[:8]


def versions() -> dict[str, str]:
    """The versions of Python and of the installed ones among `PACKAGES`, read without importing them."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit(folder: str | os.PathLike[str]) -> str:
    """The short hash of the commit checked out in `folder`, "+" behind it where files differ; "" without git."""
    short = _run("git", "-C", os.fspath(folder), "rev-parse", "--short", "HEAD")
    if not short:
        return ""
    changed = _run("git", "-C", os.fspath(folder), "status", "--porcelain")
    return short + ("+" if changed else "")


def available_bytes(own: Path = cpus.OWN_CGROUP, root: Path = cpus.CGROUP_ROOT) -> int:
    """The memory that can be taken now without swapping, within the limits of the control groups."""
    import psutil

    free = [psutil.virtual_memory().available]
    free += [left for folder in cpus.cgroup_folders("memory", own, root) if (left := _left_in(folder)) is not None]
    return max(0, min(free))


def memory_limit(own: Path = cpus.OWN_CGROUP, root: Path = cpus.CGROUP_ROOT) -> int | None:
    """The memory in bytes that the control groups grant, or None where they set no limit."""
    limits = [_limit_of(folder) for folder in cpus.cgroup_folders("memory", own, root)]
    return min((limit for limit in limits if limit is not None), default=None)


def _limit_of(folder: Path) -> int | None:
    limit = _number(folder / "memory.max", folder / "memory.limit_in_bytes")
    return None if limit is None or limit > 2**62 else limit  # version 1 writes "no limit" as a huge number


def _left_in(folder: Path) -> int | None:
    """Free memory of a control group: its limit minus its use, without the files that it can drop."""
    limit = _limit_of(folder)
    used = _number(folder / "memory.current", folder / "memory.usage_in_bytes")
    if limit is None or used is None:
        return None
    facts = dict(line.split(maxsplit=1) for line in (_read(folder / "memory.stat") or "").splitlines())
    return limit - used + int(facts.get("total_inactive_file") or facts.get("inactive_file") or 0)


def cache_bytes(places: Iterable[int], folder: Path = cpus.CPU_FOLDER) -> int | None:
    """The largest caches that these CPUs have, each once, together; None if the system does not report it."""
    found: dict[str, int] = {}  # by the CPUs that share it
    for cpu in places:
        caches = [
            (1024 * int(kilobytes), _read(each / "shared_cpu_list") or str(cpu))
            for each in folder.glob(f"cpu{cpu}/cache/index*")
            if (kilobytes := (_read(each / "size") or "").removesuffix("K")).isdecimal()
        ]
        size, shared = max(caches, default=(0, ""))
        found[shared] = size
    return sum(found.values()) or None


def cpu_model(cpuinfo: Path = CPUINFO) -> str:
    """The processor's name as the system gives it; ARM Linux gives the numbers of its maker and part."""
    facts = _cpuinfo(cpuinfo)
    if model := facts.get("model name") or facts.get("Model"):
        return model
    if "CPU part" in facts:
        return f"implementer {facts.get('CPU implementer', '?')} part {facts['CPU part']}"
    brand = _run("sysctl", "-n", "machdep.cpu.brand_string") if sys.platform == "darwin" else ""
    return brand or platform.processor() or platform.machine() or "unknown"


def hypervisor(cpuinfo: Path = CPUINFO) -> bool | None:
    """Whether the processor says that it is a virtual one; None if it has no entry."""
    flags = _cpuinfo(cpuinfo).get("flags")
    return None if flags is None else "hypervisor" in flags.split()


def needs_awake() -> bool:
    """Whether CPUs are to be kept from idling between samples: virtual ones, whose time is not rationed, under Linux.

    Elsewhere it would heat the processor and lower its clock, or use up what a control group grants.
    """
    return sys.platform == "linux" and hypervisor() is True and cpus.quota() is None


def turbo(folder: Path = cpus.CPU_FOLDER) -> bool | None:
    """Whether cores may run above their nominal frequency, which makes one busy core faster than many."""
    if (off := _number(folder / "intel_pstate" / "no_turbo")) is not None:
        return off == 0
    boost = _number(folder / "cpufreq" / "boost")
    return None if boost is None else boost == 1


def cpu_ticks(stat: Path = STAT) -> list[int]:
    """CPU time since the start of the system by use, the eighth value being stolen; empty if unknown."""
    first, *_ = (_read(stat) or "").splitlines() or [""]
    ticks = [int(field) for field in first.split()[1:9]]  # the ninth and tenth are parts of the first two
    return ticks if len(ticks) == 8 else []


def steal_percent(ticks: list[int], since: list[int] | None = None) -> float | None:
    """The share of CPU time that went to other guests of the host, by `cpu_ticks`, or since earlier ones."""
    spent = [now - then for now, then in zip(ticks, since or [0] * len(ticks), strict=False)]
    return 100 * spent[7] / sum(spent) if len(spent) == 8 and sum(spent) > 0 else None


def blas(threads: Mapping[str, str]) -> str:
    """Which BLAS NumPy has, and with how many threads it runs outside of arms, whose variables `threads` are."""
    import numpy as np

    facts: Any = np.show_config(mode="dicts")
    found = facts.get("Build Dependencies", {}).get("blas", {})
    name = " ".join(str(found[key]) for key in ("name", "version") if found.get(key)) or "not told"
    chosen = [f"{variable}={os.environ[variable]}" for variable in threads if variable in os.environ]
    return f"{name}, {' '.join(chosen) or 'as many threads as there are cores'}; one thread in every arm"


def gil_enabled() -> bool:
    """Whether this interpreter runs one thread of Python code at a time."""
    ask = getattr(sys, "_is_gil_enabled", None)  # Python 3.13 and later
    return True if ask is None else bool(ask())


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
    """The whole number in the first of `paths` that holds one."""
    for path in paths:
        try:
            return int(_read(path) or "")
        except ValueError:
            continue
    return None


def _run(*command: str) -> str:
    """Output of a command, stripped; "" if it is missing, fails or hangs."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # looking at a work tree must not write to it
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=10, env=environment, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout.strip()
