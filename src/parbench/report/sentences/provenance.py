"""What a figure or a table of a run rests on, for its caption: intervals, replication, machine and versions."""

from __future__ import annotations

import pandas as pd

from parbench.runfile.header import Header
from parbench.text import count, join, one_line, plural

#: Packages that are named; a run file has the versions of all.
PACKAGES = ("numpy", "pandas", "dask", "joblib", "numexpr", "numba", "parbench")


def provenance(header: Header) -> str:
    """The machine and the versions of a run in a sentence; empty if neither is known."""
    machine = header.machine
    places = [
        one_line(machine.cpu_model or "", 80),
        plural(machine.cores_usable, "core") if machine.cores_usable else "",
        "virtual machine" if machine.hypervisor else "",
        one_line(" ".join(filter(None, (machine.os, machine.kernel))), 60),
    ]
    python = one_line(header.versions.get("python", ""), 40)
    versions = [f"{one_line(machine.implementation or 'Python', 20)} {python}" if python else ""]
    versions += [f"{name} {one_line(header.versions[name], 20)}" for name in PACKAGES if name in header.versions]
    parts = [", ".join(filter(None, places)), join(filter(None, versions))]
    known = "; ".join(filter(None, parts))
    commit = f"; commit {one_line(header.commit, 24)}" if known and header.commit else ""
    return f"Measured on {known}{commit}." if known else ""


def replication(cells: pd.DataFrame) -> str:
    """How often cells of a summary were measured: blocks of new processes, and rounds in all, in a sentence."""
    good = cells[(cells["status"] == "ok") & (cells["blocks"] > 0)]
    if good.empty:
        return ""
    blocks, rounds = (span(int(good[name].min()), int(good[name].max())) for name in ("blocks", "rounds"))
    return f"Each cell was measured in {blocks} blocks of new processes, {rounds} rounds in all."


def span(low: int, high: int) -> str:
    """``3``, or ``3 to 7``."""
    return count(low) if low == high else f"{count(low)} to {count(high)}"
