"""pytest-benchmark's JSON, as ``--benchmark-json`` writes it and other tools read it.

What is read of it elsewhere: ``fullname`` and ``stats`` (``ops``, ``stddev``, ``mean``, ``rounds``) by
github-action-benchmark (`src/extract.ts`), ``fullname`` and ``stats`` (``mean``, ``stddev``, ``median``, ``iqr``) by
Bencher (`lib/bencher_adapter/src/adapters/python/pytest.rs`), and all that is written by pytest-benchmark itself.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from parbench.errors import ExchangeError
from parbench.exchange.results import Results, Series, Source, Timing, imported, named, when
from parbench.exchange.typed import MOST_TIMINGS, Place, loaded, optional
from parbench.records import Cell

NAME = "pytest-benchmark"
ABOUT = "the JSON file of pytest-benchmark, which github-action-benchmark and Bencher read, too"
#: The version of pytest-benchmark whose fields are written.
WRITTEN_LIKE = "5.3.1"
ONE_BLOCK = (
    "all timings of a benchmark come from one process and are one block, so there are no intervals over fresh "
    "processes, and nothing can be told to be faster or slower for certain."
)
#: The timer of results that parbench itself handed to pytest-benchmark, see `parbench.plugin.Replay`.
REPLAY = "parbench_replay"
REPLAYED = (
    "the timings of several fresh processes are one block, as the file does not tell them apart, so there are no "
    "intervals. The run file of parbench has them: convert that one, or read it as it is."
)
#: Our names of facts of a machine, with the way to them in pytest-benchmark's ``machine_info``.
FACTS = {
    "cpu_model": ("cpu", "brand_raw"),
    "architecture": ("machine",),
    "os": ("system",),
    "kernel": ("release",),
    "python": ("python_version",),
    "implementation": ("python_implementation",),
}


def belongs(place: Place) -> bool:
    """Whether this is the content of such a file."""
    return place.has("benchmarks") and place.has("machine_info")


def read(path: Path) -> Results:
    """The benchmarks of a file as cells; raises ExchangeError."""
    place = Place(loaded(path), path.name)
    notes: list[str] = []
    series, ours, bare = [], 0, 0
    for each in place.get("benchmarks").items():
        stats = each.get("stats")
        cell, unit = cell_of(each)
        known = (
            each.get("extra_info").get("parbench")
            if each.has("extra_info") and each.get("extra_info").has("parbench")
            else None
        )
        if stats.has("data") and stats.value["data"]:
            timings = [item.seconds() for item in stats.get("data").items(MOST_TIMINGS)]
        else:
            timings, bare = [stats.get("median").seconds()], bare + 1
        loops = optional(stats, "iterations", lambda found: found.whole(1), 1)
        blocks = (
            blocks_of(known, timings) if known else {0: [Timing(turn, one, loops) for turn, one in enumerate(timings)]}
        )
        ours += known is not None
        series.append(Series(cell, blocks, unit=unit))
    if bare:
        notes.append(
            f"Benchmarks without single timings, shown by their median: {bare}; they are kept with --benchmark-json or "
            "--benchmark-save-data."
        )
    return imported(source_of(place, path, blocks_in_words(place, ours == len(series))), series, notes)


def cell_of(each: Place) -> tuple[Cell, str]:
    """The cell of a benchmark, and the unit of its size."""
    whole = each.get("fullname").text()
    params = {key: found.value for key, found in each.get("params").pairs().items()} if each.has("params") else {}
    name, bracket, _ = whole.partition("[") if params else (whole, "", "")
    return named(name if bracket else whole, params, whole)


def blocks_in_words(place: Place, ours: bool) -> str:
    """What a block is in this file; `ours` where parbench has put its own there."""
    if ours:
        return "blocks and rounds are those of the run of parbench that it was made from."
    replayed = [inside(each, "options", "timer") == REPLAY for each in place.get("benchmarks").items()]
    return REPLAYED if any(replayed) else ONE_BLOCK


def source_of(place: Place, path: Path, blocks: str) -> Source:
    """What the file says of itself."""
    info = place.get("machine_info")
    facts = {name: text for name, way in FACTS.items() if (text := inside(info, *way))}
    commit = inside(place, "commit_info", "id")
    dirty = place.has("commit_info") and place.get("commit_info").value.get("dirty") is True
    return Source(
        tool=NAME,
        file=path.name,
        created=when(inside(place, "datetime"), path),
        version=inside(place, "version"),
        node=inside(info, "node"),
        machine=facts,
        python=facts.get("python", ""),
        commit="" if commit in ("", "unversioned") else commit[:12] + ("+" if dirty else ""),
        blocks=blocks,
    )


def inside(place: Place, *way: str) -> str:
    """The text at the end of some keys; empty where there is none."""
    for key in way:
        if not place.has(key):
            return ""
        place = place.get(key)
    return place.text()


def blocks_of(known: Place, timings: Sequence[float]) -> dict[int, list[Timing]]:
    """The blocks that we have written beside the timings."""
    found: dict[int, list[Timing]] = {}
    rest = iter(timings)
    for each in known.get("blocks").items():
        rounds = [turn.whole() for turn in each.get("rounds").items()]
        loops = [count.whole(1) for count in each.get("loops").items()]
        if len(loops) != len(rounds):
            raise ExchangeError(f"{each.where} has not as many loops as rounds: give the file as parbench wrote it.")
        block = found.setdefault(each.get("block").whole(), [])
        block += [Timing(turn, one, count) for turn, count, one in zip(rounds, loops, rest, strict=False)]
    if sum(map(len, found.values())) != len(timings):
        raise ExchangeError(
            f"{known.where} has not as many rounds as there are timings: give the file as parbench wrote it."
        )
    return found


def write(results: Results, path: Path) -> Path:
    """Write a file with the cells that have timings; what was written."""
    header = results.header
    facts = header.machine
    content = {
        "machine_info": {
            "node": str(facts.get("machine_id") or "unknown"),
            "processor": str(facts.get("cpu_model") or ""),
            "machine": str(facts.get("architecture") or ""),
            "python_implementation": str(facts.get("implementation") or ""),
            "python_version": str(facts.get("python") or header.versions.get("python", "")),
            "release": str(facts.get("kernel") or ""),
            "system": str(facts.get("os") or ""),
            "cpu": {"brand_raw": str(facts.get("cpu_model") or ""), "count": facts.get("cores_usable")},
        },
        "commit_info": {
            "id": header.commit.rstrip("+") or "unversioned",
            "time": None,
            "author_time": None,
            "dirty": header.commit.endswith("+"),
            "project": "parbench",
            "branch": "(unknown)",
        },
        "benchmarks": [benchmark(results, each) for each in results.measured()],
        "datetime": header.created,
        "version": WRITTEN_LIKE,
    }
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def benchmark(results: Results, series: Series) -> dict[str, Any]:
    """One cell as a benchmark; its blocks, rounds and loops go along in ``extra_info``."""
    cell = series.cell
    blocks = [
        {"block": number, "rounds": [each.round for each in block], "loops": [each.loops for each in block]}
        for number, block in series.blocks.items()
    ]
    loops = Counter(each.loops for block in series.blocks.values() for each in block)
    axes = {"workload": cell.workload, "size": cell.size, "strategy": cell.strategy, "cores": cell.cores}
    return {
        "group": f"{cell.workload}-{cell.size}",
        "name": str(cell),
        "fullname": f"parbench::{cell}",
        "params": {**axes, "chunks": cell.chunks},
        "param": str(cell),
        "extra_info": {**results.said.get(cell, {}), "parbench": {"run": results.header.run, "blocks": blocks}},
        "options": {
            "disable_gc": False,
            "timer": "parbench",
            "min_rounds": 1,
            "max_time": 0,
            "min_time": 0,
            "warmup": True,
        },
        "stats": {**stats(series.seconds()), "iterations": loops.most_common(1)[0][0]},
    }


def stats(data: list[float]) -> dict[str, Any]:
    """The figures of pytest-benchmark, by its definitions (`pytest_benchmark/stats.py`)."""
    ordered, mean = sorted(data), fmean(data)
    spread = stdev(data) if len(data) > 1 else 0.0
    q1, q3 = quartiles(ordered)
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    outside = sum(not mean - spread <= each <= mean + spread for each in data)
    beyond = sum(not low <= each <= high for each in data)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": spread,
        "rounds": len(data),
        "median": median(data),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": beyond,
        "stddev_outliers": outside,
        "outliers": f"{outside};{beyond}",
        "ld15iqr": ordered[bisect_left(ordered, low)],
        "hd15iqr": ordered[bisect_right(ordered, high) - 1],
        "ops": len(data) / sum(data),
        "total": sum(data),
        "data": data,
    }


def quartiles(ordered: Sequence[float]) -> tuple[float, float]:
    """The quartiles as pytest-benchmark takes them: halves' medians, or weighted neighbours for an odd number."""
    count = len(ordered)
    if count == 1:
        return ordered[0], ordered[0]
    if count % 2 == 0:
        return median(ordered[: count // 2]), median(ordered[count // 2 :])
    at, rest = divmod(count, 4)
    if rest == 1:
        return (
            0.25 * ordered[at - 1] + 0.75 * ordered[at],
            0.75 * ordered[3 * at] + 0.25 * ordered[3 * at + 1],
        )
    return (
        0.75 * ordered[at] + 0.25 * ordered[at + 1],
        0.25 * ordered[3 * at + 1] + 0.75 * ordered[3 * at + 2],
    )
