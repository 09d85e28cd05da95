"""The writing side of asv's results: into a results folder, which `asv show`, `compare` and `publish` read."""

from __future__ import annotations

import hashlib
import json
import math
import re
import subprocess
from collections.abc import Mapping
from datetime import datetime
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from parbench.errors import ExchangeError
from parbench.exchange.asv import FORMAT, OURS, PREFIX, cell_params
from parbench.exchange.results import Results, Series
from parbench.exchange.typed import Place, loaded

COLUMNS = [
    "result",
    "params",
    "version",
    "started_at",
    "duration",
    "stats_ci_99_a",
    "stats_ci_99_b",
    "stats_q_25",
    "stats_q_75",
    "stats_number",
    "stats_repeat",
    "samples",
    "profile",
]
_UNSAFE = re.compile(r"[^\w.-]")


def write(results: Results, folder: Path) -> Path:
    """Write a result file into `folder`, with the machine and the benchmarks in it; the path of the result file."""
    header = results.header
    short = header.commit.rstrip("+")
    if not short:
        raise ExchangeError("asv files results by commit and this run has none: measure in a git work tree.")
    commit, date = in_full(short) or (short, header.created)
    if len(commit) < 40:
        results.notes.append(f"asv wants the whole hash of {short}: convert in the work tree that has this commit.")
    facts = header.machine
    machine = _UNSAFE.sub("_", str(facts.get("machine_id") or "unknown"))
    python = str(facts.get("python") or header.versions.get("python", ""))
    params = {
        "machine": machine,
        "os": f"{facts.get('os') or ''} {facts.get('kernel') or ''}".strip(),
        "arch": str(facts.get("architecture") or ""),
        "cpu": str(facts.get("cpu_model") or ""),
        "num_cpu": str(facts.get("cores_usable") or ""),
        "ram": str(facts.get("memory_bytes") or ""),
    }
    environment = _UNSAFE.sub("_", f"parbench-py{'.'.join(python.split('.')[:2])}")
    tables = {PREFIX + name: Table(name, series) for name, series in by_workload(results).items()}
    content = {
        "commit_hash": commit,
        "env_name": environment,
        "date": milliseconds(date),
        "params": {**params, "python": python},
        "python": python,
        "requirements": {},
        "env_vars": {},
        "result_columns": COLUMNS,
        "results": {name: table.row(milliseconds(header.created)) for name, table in tables.items()},
        "durations": {},
        OURS: {"run": header.run, "blocks": {name: table.blocks() for name, table in tables.items()}},
        "version": FORMAT,
    }
    path = folder / machine / f"{commit[:8]}-{environment}.json"
    if path.exists():
        raise ExchangeError(f"{path} is there already: remove it, or name another folder.")
    path.parent.mkdir(parents=True, exist_ok=True)
    dump(folder / "benchmarks.json", benchmarks(folder / "benchmarks.json", tables))
    dump(path.parent / "machine.json", {**params, "version": 1})
    dump(path, content)
    return path


def by_workload(results: Results) -> dict[str, list[Series]]:
    """The cells that have timings, by the name of their workload."""
    found: dict[str, list[Series]] = {}
    for each in results.measured():
        found.setdefault(each.cell.workload, []).append(each)
    return found


class Table:
    """One workload as a benchmark of asv: a result for each combination of sizes, strategies, cores and chunks."""

    def __init__(self, name: str, series: list[Series]) -> None:
        self.name = PREFIX + name
        self.version = hashlib.sha256(self.name.encode()).hexdigest()
        self.found = {tuple(cell_params(each.cell).values()): each for each in series}
        self.names = list(cell_params(series[0].cell))
        self.params = [in_order(axis) for axis in zip(*self.found, strict=True)]

    def each(self) -> list[Series | None]:
        """The cells in asv's order of the combinations; None where there is none."""
        return [self.found.get(values) for values in product(*self.params)]

    def row(self, began: int) -> list[Any]:
        """The columns of the result file; NaN is what asv writes for a combination that is left out."""
        seconds = [each.seconds() if each else None for each in self.each()]
        figures = [figures_of(some) if some else None for some in seconds]
        loops = [next(iter(each.blocks.values()))[0].loops if each else None for each in self.each()]
        columns = [[each[name] if each else None for each in figures] for name in ("low", "high", "q1", "q3")]
        repeats = [len(some) if some else None for some in seconds]
        results = [median(some) if some else math.nan for some in seconds]
        return [results, self.params, self.version, began, None, *columns, loops, repeats, seconds]

    def blocks(self) -> list[list[tuple[int, int, int]] | None]:
        """For each combination the block, the round and the loops of each timing."""
        return [
            [(number, one.round, one.loops) for number, block in each.blocks.items() for one in block] if each else None
            for each in self.each()
        ]

    def described(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The entry of the list of benchmarks, with the parameters of the one that is `known`, too."""
        params, old = self.params, known.get("params")
        if known.get("param_names") == self.names and isinstance(old, list) and len(old) == len(params):
            kept = [[each for each in axis if isinstance(each, str)] if isinstance(axis, list) else [] for axis in old]
            params = [in_order([*some, *new]) for some, new in zip(kept, params, strict=True)]
        return {
            "code": "",
            "min_run_count": 2,
            "name": self.name,
            "number": 0,
            "param_names": self.names,
            "params": params,
            "repeat": 0,
            "rounds": 2,
            "sample_time": 0.01,
            "type": "time",
            "unit": "seconds",
            "version": self.version,
            "warmup_time": -1,
        }


def in_order(values: Any) -> list[str]:
    """Distinct parameters, numbers by their value and texts as they came."""
    distinct = list(dict.fromkeys(values))
    return sorted(distinct, key=int) if all(each.isdecimal() for each in distinct) else distinct


def benchmarks(path: Path, tables: Mapping[str, Table]) -> dict[str, Any]:
    """The list of benchmarks: the one that is there, with ours in it."""
    known: dict[str, Any] = {}
    if path.is_file():
        known = {name: each.value for name, each in Place(loaded(path), path.name).pairs().items()}
    old = {name: known.get(name) for name in tables}
    ours = {
        name: table.described(found if isinstance(found := old[name], dict) else {}) for name, table in tables.items()
    }
    return {**known, **ours, "version": FORMAT}


def figures_of(seconds: list[float]) -> dict[str, float]:
    """Quartiles, and the order statistics between which the median lies in 99 of 100 such sets of samples.

    That interval takes samples for independent, as asv does (`asv_runner/statistics.py`); those of one process are
    not. Too few samples have an infinite one.
    """
    ordered, count = sorted(seconds), len(seconds)
    low, high, below = -math.inf, math.inf, 0.0
    for index, value in enumerate(ordered):
        below += math.exp(log_chance(count, index))
        low = value if below <= 0.005 else low
        if below >= 0.995:
            high = value
            break
    return {"low": low, "high": high, "q1": quantile(ordered, 0.25), "q3": quantile(ordered, 0.75)}


def log_chance(count: int, heads: int) -> float:
    """The logarithm of the chance of so many heads in `count` throws of a coin."""
    ways = math.lgamma(count + 1) - math.lgamma(heads + 1) - math.lgamma(count - heads + 1)
    return ways - count * math.log(2)


def quantile(ordered: list[float], part: float) -> float:
    """A quantile between neighbours in order."""
    at = (len(ordered) - 1) * part
    index = min(int(at), len(ordered) - 1)
    after = ordered[min(index + 1, len(ordered) - 1)]
    return ordered[index] + (at - index) * (after - ordered[index])


def in_full(short: str) -> tuple[str, str] | None:
    """The whole hash of a commit and its date, from the work tree that we are in; None where it does not know it."""
    if not re.fullmatch(r"[0-9a-f]{4,40}", short):
        return None
    command = ["git", "show", "-s", "--format=%H %cI", f"{short}^{{commit}}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    commit, _, date = done.stdout.strip().partition(" ")
    return commit, date


def milliseconds(date: str) -> int:
    """A date as asv writes it."""
    return int(datetime.fromisoformat(date).timestamp() * 1000)


def dump(path: Path, content: Any) -> None:
    """Write JSON as asv does, NaN and Infinity included."""
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")
