"""The names of runs, and the facts that several runs differ by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from parbench.analysis.frame import data_of
from parbench.runfile.header import Header, MachineFacts
from parbench.text import one_line

#: Name of a fact, and its value in each run; an empty text if a run has none.
Facts = dict[str, list[str]]
NONE = "none"
#: Packages whose version is likely to matter, in this order; others come after them.
PACKAGES = ("numpy", "dask", "distributed", "joblib", "numexpr", "numba", "pandas", "scipy", "parbench")
#: Characters of the longest fact.
LONGEST_FACT = 80
#: Characters of the longest name.
LONGEST_NAME = 60
#: Packages that are compared at most.
MOST_PACKAGES = 60
_NOISE = re.compile(r"\((?:R|TM|tm)\)|\bCPU\b|\bProcessor\b|@.*$|\b\d+-Core\b|\bwith Radeon.*$")


def facts(headers: Sequence[Header]) -> Facts:
    """Facts of each run before anything was measured, from headers, in the order of their importance."""
    machines = [header.machine for header in headers]
    versions = [header.versions for header in headers]
    settings = [header.settings for header in headers]
    table: Facts = {
        "processor": [text(machine.cpu_model) for machine in machines],
        "usable cores": [text(machine.cores_usable) for machine in machines],
        "interpreter": [interpreter(machine, known) for machine, known in zip(machines, versions, strict=True)],
    }
    for name in packages(versions):
        table[text(name)] = [text(each.get(name)) or NONE for each in versions]
    table["commit"] = [text(header.commit) or NONE for header in headers]
    table["compared with"] = [text(each.against) or NONE for each in settings]
    table["profile"] = [text(header.profile) for header in headers]
    table["budget"] = ["" if each.budget is None else f"{each.budget:g} s" for each in settings]
    memory = [machine.memory_bytes for machine in machines]
    table["memory"] = ["" if amount is None else f"{amount / 1e9:.3g} GB" for amount in memory]
    table["begun (UTC)"] = [f"{header.moment:%Y-%m-%d %H:%M:%S}" if header.created else "" for header in headers]
    table["seed"] = [text(header.seed) for header in headers]
    table["cores asked for"] = [text(", ".join(map(str, each.cores or ())) or "all") for each in settings]
    for name, key in (("system", "os"), ("kernel", "kernel"), ("governor", "governor"), ("turbo", "turbo")):
        table[name] = [text(getattr(machine, key)) for machine in machines]
    table["machine id"] = [text(machine.machine_id) for machine in machines]
    table["run"] = [text(header.run) for header in headers]
    return {name: values for name, values in table.items() if any(value not in ("", NONE) for value in values)}


def name_of(frame: pd.DataFrame) -> str:
    """The name of a run, one short line: its label, or without one its folder; empty for a table that lost both."""
    data = data_of(frame)
    return one_line(data.header.label or data.folder or data.header.run, LONGEST_NAME)


def names(frames: Iterable[pd.DataFrame]) -> list[str]:
    """The name of each run; one that is there already has a number behind it."""
    result: list[str] = []
    for frame in frames:
        name = free = name_of(frame) or "run"
        number = 1
        while free in result:
            number += 1
            free = f"{name} #{number}"
        result.append(free)
    return result


def short_model(model: str) -> str:
    """A processor without the words that all have."""
    return one_line(" ".join(_NOISE.sub(" ", model).split()) or model, 32)


def interpreter(machine: MachineFacts, versions: Mapping[str, str]) -> str:
    """The interpreter of a run: ``Python 3.13.0``, or another implementation, and whether it has no GIL."""
    name = text(machine.implementation)
    version = text(machine.python) or text(versions.get("python"))
    version = version.removeprefix(f"{name} ")
    free = " without GIL" if machine.gil_enabled is False else ""
    return f"{'Python' if name in ('', 'CPython') else name} {version}{free}" if version else ""


def packages(versions: Sequence[Mapping[str, str]]) -> list[str]:
    """The packages that any run has, those that matter most first; Python itself is none."""
    known = {name for each in versions for name in each} - {"python"}
    return ([name for name in PACKAGES if name in known] + sorted(known - set(PACKAGES)))[:MOST_PACKAGES]


def text(value: Any) -> str:
    """Any value of a header as a short line; empty for none."""
    return "" if value is None else one_line(str(value), LONGEST_FACT)
