"""The share of the CPUs that programs other than this one and its children take."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from typing import NamedTuple


class CpuSeconds(NamedTuple):
    """CPU seconds since the start of the system of some CPUs, and of this process with its ended children."""

    busy: float
    stolen: float  # by other guests of the host
    idle: float
    own: float


class CpuShares(NamedTuple):
    """Shares of the CPUs' time, from 0 to 1: of other programs, and of other guests of the host."""

    others: float | None
    stolen: float | None


def cpu_seconds(cpus: Collection[int]) -> CpuSeconds | None:
    """The CPU seconds of these CPUs, of all if there are none; None if the system does not count them."""
    import psutil

    if sys.platform == "win32":  # children are not counted there
        return None
    try:
        each = psutil.cpu_times(percpu=True)
    except (OSError, NotImplementedError):  # a container may hide them
        return None
    chosen = [times for cpu, times in enumerate(each) if cpu in cpus or not cpus]
    busy = sum(
        sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "irq", "softirq")) for times in chosen
    )
    stolen = sum(getattr(times, "steal", 0.0) for times in chosen)
    idle = sum(times.idle + getattr(times, "iowait", 0.0) for times in chosen)
    return CpuSeconds(busy, stolen, idle, sum(os.times()[:4]))


def shares(before: CpuSeconds | None, after: CpuSeconds | None) -> CpuShares | None:
    """The shares between two readings; None if one is missing, or no time passed between them."""
    if before is None or after is None:
        return None
    spent = CpuSeconds(*(now - then for now, then in zip(after, before, strict=True)))
    total = spent.busy + spent.stolen + spent.idle
    if total <= 0:
        return None
    return CpuShares(max(0.0, spent.busy - spent.own) / total, max(0.0, spent.stolen) / total)
