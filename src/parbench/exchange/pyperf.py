"""pyperf's JSON: a benchmark a cell, a run of it a block, its values the timings (format version 1.0)."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from parbench.errors import ExchangeError
from parbench.exchange.results import Results, Series, Source, Timing, imported, is_whole, named, when
from parbench.exchange.typed import MOST_TIMINGS, Place, loaded
from parbench.records import Cell

NAME = "pyperf"
ABOUT = "the JSON file of pyperf, for `python -m pyperf show` and compare_to"
FORMAT = "1.0"
BLOCKS = (
    "each worker process is a block. They ran one after the other, not in turns with others, so what changed on the "
    "machine meanwhile is in the differences between benchmarks."
)
#: Our names of facts of a machine, with pyperf's.
FACTS = {
    "cpu_model": "cpu_model_name",
    "os": "platform",
    "python": "python_version",
    "implementation": "python_implementation",
    "cores_host": "cpu_count",
}
#: The axes of a cell as we write them into the metadata.
AXES = ("workload", "size", "strategy", "cores", "chunks")
PREFIX = "parbench_"


def belongs(place: Place) -> bool:
    """Whether this is the content of such a file."""
    return place.has("benchmarks") and place.has("version") and not place.has("machine_info")


def read(path: Path) -> Results:
    """The benchmarks of a file as cells; raises ExchangeError."""
    place = Place(loaded(path), path.name)
    if place.get("version").value != FORMAT:
        raise ExchangeError(
            f"{path.name} has version {place.value['version']!r:.20} and {FORMAT} is read: convert it with pyperf."
        )
    common = metadata(place)
    series, others, first = [], 0, dict[str, Any]()
    for each in place.get("benchmarks").items():
        mine = {**common, **metadata(each)}
        first = first or mine
        if mine.get("unit", "second") != "second":
            others += 1
            continue
        runs = [run for run in each.get("runs").items() if run.has("values")]
        cell, unit = cell_of({**mine, **(metadata(runs[0]) if runs else {})}, each.where)
        blocks: dict[int, list[Timing]] = {}
        for number, run in enumerate(runs):
            block, timings = block_of(run, mine, number)
            blocks[block] = sorted([*blocks.get(block, []), *timings])
        if blocks:
            series.append(Series(cell, blocks, unit=unit))
    notes = [f"Benchmarks that measure no time are left out: {others}."] if others else []
    return imported(source_of(place, path, first), series, notes)


def metadata(place: Place) -> dict[str, Any]:
    """The metadata of a suite, a benchmark or a run: texts and numbers."""
    if not place.has("metadata"):
        return {}
    found = place.get("metadata").pairs(1000)
    return {key: each.text() if isinstance(each.value, str) else each.value for key, each in found.items()}


def cell_of(facts: dict[str, Any], where: str) -> tuple[Cell, str]:
    """The cell of a benchmark, and the unit of its size."""
    name = facts.get("name")
    if not isinstance(name, str):
        raise ExchangeError(f"{where} has no name: give the file as pyperf wrote it.")
    axes = {axis: facts[PREFIX + axis] for axis in AXES if PREFIX + axis in facts}
    return named(str(axes.get("workload", name)) if axes else name, axes, name)


def block_of(run: Place, facts: dict[str, Any], number: int) -> tuple[int, list[Timing]]:
    """The values of one run, as a block."""
    mine = {**facts, **metadata(run)}
    loops = mine.get("loops", 1)
    if not is_whole(loops, 1):
        raise ExchangeError(f"{run.where} has {loops!r:.20} loops: give the file as pyperf wrote it.")
    seconds = [value.seconds() for value in run.get("values").items(MOST_TIMINGS)]
    turns: list[int] = list(range(len(seconds)))
    told = str(mine.get(f"{PREFIX}rounds", "")).split()
    if len(told) == len(seconds) and all(each.isdecimal() and len(each) < 16 for each in told):
        turns = [int(each) for each in told]
    block = mine.get(f"{PREFIX}block", number)
    timings = [Timing(turn, one, loops) for turn, one in zip(turns, seconds, strict=True)]
    return block if is_whole(block) else number, timings


def source_of(place: Place, path: Path, facts: dict[str, Any]) -> Source:
    """What the file says of itself, by its common metadata and that of its first benchmark."""
    del place
    known = {name: facts[key] for name, key in FACTS.items() if isinstance(facts.get(key), str | int)}
    texts = {key: value for key, value in facts.items() if isinstance(value, str)}
    ours = f"{PREFIX}run" in texts
    return Source(
        tool=NAME,
        file=path.name,
        created=when(texts.get("date", ""), path),
        version=texts.get("perf_version", ""),
        node=texts.get("hostname", ""),
        machine=known,
        python=texts.get(FACTS["python"], ""),
        commit=texts.get(f"{PREFIX}commit", ""),
        blocks="blocks and rounds are those of the run of parbench that it was made from." if ours else BLOCKS,
    )


def write(results: Results, path: Path) -> Path:
    """Write a suite with the cells that have timings; what was written."""
    header, facts = results.header, results.header.machine
    known = {key: facts.get(name) for name, key in FACTS.items()} | {
        "hostname": facts.get("machine_id"),
        "unit": "second",
        f"{PREFIX}run": header.run,
        f"{PREFIX}commit": header.commit,
        f"{PREFIX}version": header.versions.get("parbench"),
    }
    content = {
        "version": FORMAT,
        "metadata": {key: value for key, value in known.items() if value},  # an empty one would be refused
        "benchmarks": [benchmark(each, header.created) for each in results.measured()],
    }
    path.write_text(json.dumps(content, allow_nan=False) + "\n", encoding="utf-8")
    return path


def benchmark(series: Series, created: str) -> dict[str, Any]:
    """One cell as a benchmark, its axes among the metadata."""
    cell = series.cell
    axes = {f"{PREFIX}{axis}": getattr(cell, axis) for axis in AXES}
    runs = [run for number, block in series.blocks.items() for run in runs_of(number, block)]
    return {"metadata": {"name": str(cell), "date": created.replace("T", " ")[:19], **axes}, "runs": runs}


def runs_of(number: int, block: list[Timing]) -> list[dict[str, Any]]:
    """The runs of one block: one for each number of loops in it, as a run has one number of them."""
    found = []
    for loops in Counter(each.loops for each in block):
        mine = [each for each in block if each.loops == loops]
        rounds = " ".join(str(each.round) for each in mine)
        told = {"loops": loops, f"{PREFIX}block": number, f"{PREFIX}rounds": rounds}
        found.append({"values": [each.seconds for each in mine], "metadata": told})
    return found
