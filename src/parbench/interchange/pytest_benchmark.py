"""The JSON file of pytest-benchmark, as ``--benchmark-json`` writes it and other tools read it.

Other tools read of it ``fullname`` and ``stats`` (``ops``, ``stddev``, ``mean``, ``rounds``: github-action-benchmark,
`src/extract.ts`; ``mean``, ``stddev``, ``median``, ``iqr``: Bencher,
`lib/bencher_adapter/src/adapters/python/pytest.rs`); pytest-benchmark itself reads all that is written here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from parbench.errors import ExchangeError
from parbench.interchange.results import Results, cell_from_params, notes_on_parameters
from parbench.interchange.untrusted_json import MAX_TIMINGS, JsonNode, load_json, printable
from parbench.runfile.header import Header, MachineFacts, RunSettings
from parbench.runfile.records import Sample
from parbench.text import join
from parbench.workload.cell import Cell
from parbench.workload.facts import WorkloadFacts

NAME = "pytest-benchmark"
#: The version of pytest-benchmark whose fields are written.
WRITTEN_LIKE = "5.3.1"
ONE_BLOCK = (
    "all timings of a benchmark come from one process and are one block, so there are no intervals over fresh "
    "processes, and no verdicts but for cells that are three times as fast or as slow."
)
#: The timer of results that parbench itself handed to pytest-benchmark, see `parbench.pytest_plugin.replay.Replay`.
REPLAY = "parbench_replay"
REPLAYED = (
    "the timings of several fresh processes are one block, because the file does not tell them apart, so there are no "
    "intervals. The run file of parbench has them: use that file instead."
)
OWN_BLOCKS = "blocks and rounds are those of the run of parbench that the file was made from."
#: Names of facts of a machine in a header, with their keys in pytest-benchmark's ``machine_info``.
FACTS = {
    "cpu_model": ("cpu", "brand_raw"),
    "architecture": ("machine",),
    "os": ("system",),
    "kernel": ("release",),
    "python": ("python_version",),
    "implementation": ("python_implementation",),
}
_MACHINE_ID = re.compile(r"[0-9a-f]{8}")


def read(path: Path) -> Results:
    """The benchmarks of a file as cells; raises ExchangeError."""
    root = JsonNode(load_json(path), path.name)
    if not (root.has("benchmarks") and root.has("machine_info")):
        raise ExchangeError(f"{path} is neither a run of parbench nor a JSON file of pytest-benchmark.")
    every = root.get("benchmarks").items()
    benchmarks = [each for each in every if not has_zero(each)]
    cells = numbered([cell_of(each) for each in benchmarks])
    check_cells(cells, path)
    samples = [sample for each, (cell, _) in zip(benchmarks, cells, strict=True) for sample in samples_of(each, cell)]
    if len(samples) > MAX_TIMINGS:
        raise ExchangeError(f"{path.name} has more than {MAX_TIMINGS:,} timings: split it.")
    tool = f"{NAME} {root.text_at('version')}".strip()
    notes = [f"Imported from {tool} ({path.name}): {describe_blocks(benchmarks)}", *notes_on_parameters(cells)]
    if bare := sum(not has_timings(each) for each in benchmarks):
        notes.append(
            f"Benchmarks without single timings, represented by their median: {bare}; --benchmark-json and "
            "--benchmark-save-data keep the timings."
        )
    if zero := [printable(each.text_at("fullname")) for each in every if has_zero(each)]:
        notes.append(f"Left out, because a timing is 0, as by a clock that is too coarse: {join(zero, most=5)}.")
    return Results(header_of(root, cells, path), samples, notes)


def has_zero(benchmark: JsonNode) -> bool:
    """Whether a timing of a benchmark is 0, or its median if the file has no single timings."""
    stats = benchmark.get("stats")
    if not has_timings(benchmark):
        return stats.has("median") and stats.value["median"] == 0
    return isinstance(stats.value["data"], list) and any(each == 0 for each in stats.value["data"])


def numbered(cells: Sequence[tuple[Cell, str]]) -> list[tuple[Cell, str]]:
    """The cells with a number in the names of those that differ by nothing but the addresses of objects."""
    counts: Counter[Cell] = Counter()
    result = []
    for cell, unit in cells:
        counts[cell] += 1
        again = counts[cell] > 1 and "=<" in cell.workload
        result.append((replace(cell, workload=f"{cell.workload}#{counts[cell]}") if again else cell, unit))
    return result


def samples_of(benchmark: JsonNode, cell: Cell) -> list[Sample]:
    """The timings of a benchmark, or its median if the file has no single timings."""
    stats = benchmark.get("stats")
    if has_timings(benchmark):
        seconds = [each.seconds() for each in stats.get("data").items(MAX_TIMINGS)]
    else:
        seconds = [stats.get("median").seconds()]
    if has_blocks(benchmark):
        places = places_of(benchmark.get("extra_info").get("parbench"), len(seconds))
    else:
        loops = stats.get("iterations").whole(1) if stats.has("iterations") else 1
        places = [(0, turn, loops) for turn in range(len(seconds))]
    return [
        Sample(cell, block, turn, "steady", each, loops)
        for (block, turn, loops), each in zip(places, seconds, strict=True)
    ]


def has_timings(benchmark: JsonNode) -> bool:
    """Whether a benchmark has its single timings."""
    stats = benchmark.get("stats")
    return stats.has("data") and bool(stats.value["data"])


def has_blocks(benchmark: JsonNode) -> bool:
    """Whether a benchmark has the blocks of a run of parbench."""
    return benchmark.has("extra_info") and benchmark.get("extra_info").has("parbench")


def cell_of(benchmark: JsonNode) -> tuple[Cell, str]:
    """The cell of a benchmark, and the unit of its size."""
    full_name = benchmark.get("fullname").text()
    params = benchmark.get("params").mapping() if benchmark.has("params") else {}
    return cell_from_params(full_name.partition("[")[0] if params else full_name, params, full_name)


def places_of(parbench: JsonNode, count: int) -> list[tuple[int, int, int]]:
    """Block, round and loops of each of `count` timings, which parbench has written next to them."""
    places: list[tuple[int, int, int]] = []
    for each in parbench.get("blocks").items():
        rounds = [turn.whole() for turn in each.get("rounds").items()]
        loops = [number.whole(1) for number in each.get("loops").items()]
        if len(loops) != len(rounds):
            raise ExchangeError(f"{each.path} has not as many loops as rounds: give the file as parbench wrote it.")
        block = each.get("block").whole()
        places += [(block, *place) for place in zip(rounds, loops, strict=True)]
    if len(places) != count:
        raise ExchangeError(
            f"{parbench.path} has not as many rounds as there are timings: give the file as parbench wrote it."
        )
    return places


def check_cells(cells: Sequence[tuple[Cell, str]], path: Path) -> None:
    """Check that there are cells, each with a name of its own; raises ExchangeError."""
    if not cells:
        raise ExchangeError(f"{path.name} has no timings: give a file with benchmarks.")
    for cell, count in Counter(cell for cell, _ in cells).items():
        if count > 1:
            raise ExchangeError(
                f"two benchmarks of {path.name} are the same cell, {cell}: give them parameters that differ."
            )
        if not cell.workload or not cell.strategy:
            raise ExchangeError(f"a benchmark of {path.name} has no name: give the file as the tool wrote it.")


def describe_blocks(benchmarks: Sequence[JsonNode]) -> str:
    """The meaning of a block in this file."""
    if all(has_blocks(each) for each in benchmarks):
        return OWN_BLOCKS
    return REPLAYED if any(each.text_at("options", "timer") == REPLAY for each in benchmarks) else ONE_BLOCK


def header_of(root: JsonNode, cells: Sequence[tuple[Cell, str]], path: Path) -> Header:
    """The header of an imported run, without facts that the file lacks."""
    info = root.get("machine_info")
    facts: dict[str, Any] = {name: text for name, keys in FACTS.items() if (text := info.text_at(*keys))}
    node = info.text_at("node") or "unknown"
    created = date_of(root.text_at("datetime"), path)
    commit = root.text_at("commit_info", "id")
    dirty = root.has("commit_info") and root.get("commit_info").mapping().get("dirty") is True
    versions = {"python": facts.get("python", ""), NAME: root.text_at("version")}
    return Header(
        run=f"{created:%Y%m%d-%H%M%S}-imported",
        created=created.isoformat(timespec="seconds"),
        profile="imported",
        seed=0,
        command=[],
        # a hash in place of the machine's name, which a run file does not have
        machine=MachineFacts(
            node if _MACHINE_ID.fullmatch(node) else hashlib.sha256(node.encode()).hexdigest()[:8], **facts
        ),
        versions={name: text for name, text in versions.items() if text},
        commit="" if commit in ("", "unversioned") else commit[:12] + ("+" if dirty else ""),
        workloads={cell.workload: WorkloadFacts(unit=unit) for cell, unit in cells},
        settings=RunSettings(imported_from=NAME, imported_file=path.name),
    )


def date_of(text: str, path: Path) -> datetime:
    """A date as tools write it, in UTC if it has no zone; the date of the file if it cannot be read."""
    try:
        date = datetime.fromisoformat(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):  # the first and the last possible day have no other zone
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def write(results: Results, path: Path) -> Path:
    """Write a file and return its path; raises ExchangeError if there is one."""
    if path.exists():
        raise ExchangeError(f"{path} is there already: name another file.")
    header = results.header
    facts = header.machine
    content = {
        "machine_info": {
            "node": facts.machine_id or "unknown",
            "processor": facts.cpu_model or "",
            "machine": facts.architecture or "",
            "python_implementation": facts.implementation or "",
            "python_version": facts.python or header.versions.get("python", ""),
            "release": facts.kernel or "",
            "system": facts.os or "",
            "cpu": {"brand_raw": facts.cpu_model or "", "count": facts.cores_usable},
        },
        "commit_info": {
            "id": header.commit.rstrip("+") or "unversioned",
            "time": None,
            "author_time": None,
            "dirty": header.commit.endswith("+"),
            "project": "parbench",
            "branch": "(unknown)",
        },
        "benchmarks": [benchmark(results, *each) for each in groupby(results.samples, lambda sample: sample.cell)],
        "datetime": header.created,
        "version": WRITTEN_LIKE,
    }
    path.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def benchmark(results: Results, cell: Cell, group: Iterable[Sample]) -> dict[str, Any]:
    """One cell as a benchmark, with its blocks, rounds and loops in ``extra_info``."""
    samples = sorted(group, key=lambda sample: sample.block)
    blocks: dict[int, dict[str, Any]] = {}
    for each in samples:
        block = blocks.setdefault(each.block, {"block": each.block, "rounds": [], "loops": []})
        block["rounds"].append(each.round)
        block["loops"].append(max(1, each.loops))
    loops = Counter(max(1, each.loops) for each in samples)
    axes = {"workload": cell.workload, "size": cell.size, "strategy": cell.strategy, "cores": cell.cores}
    return {
        "group": f"{cell.workload}-{cell.size}",
        "name": str(cell),
        "fullname": f"parbench::{cell}",
        "params": {**axes, "chunks": cell.chunks},
        "param": str(cell),
        "extra_info": {
            **results.summary.get(cell, {}),
            "parbench": {"run": results.header.run, "blocks": list(blocks.values())},
        },
        "options": {
            "disable_gc": False,
            "timer": "parbench",
            "min_rounds": 1,
            "max_time": 0,
            "min_time": 0,
            "warmup": True,
        },
        "stats": {**stats([each.seconds for each in samples]), "iterations": loops.most_common(1)[0][0]},
    }


def stats(data: Sequence[float]) -> dict[str, Any]:
    """The figures of pytest-benchmark, by its own class."""
    from pytest_benchmark.stats import Stats

    figures = Stats()
    for seconds in data:
        figures.update(seconds)
    return {**figures.as_dict(), "data": list(data)}
