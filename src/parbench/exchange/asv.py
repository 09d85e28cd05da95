"""asv's results: a file a machine, commit and environment, beside a list of the benchmarks (its format version 2).

As asv's documentation, "Benchmark data", and `asv/results.py` have it: ``results/benchmarks.json``,
``results/MACHINE/machine.json`` and ``results/MACHINE/COMMIT-ENVIRONMENT.json``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from parbench.errors import ExchangeError
from parbench.exchange.results import Results, Series, Source, Timing, imported, named
from parbench.exchange.typed import MOST_BENCHMARKS, MOST_TIMINGS, Place, loaded, optional
from parbench.records import Cell

NAME = "asv"
ABOUT = "asv's results: one of its result files to read, a results folder to write"
FORMAT = 2
ONE_BLOCK = (
    "asv does not tell which timing comes from which process, so all of a benchmark are one block: there are no "
    "intervals over fresh processes, and nothing can be told to be faster or slower for certain."
)
#: What the name of a benchmark of ours begins with.
PREFIX = "parbench.time_"
#: Where our blocks stand in a result file; asv passes over what it does not know there.
OURS = "parbench"
FACTS = {"cpu_model": "cpu", "architecture": "arch", "os": "os", "python": "python"}


def belongs(place: Place) -> bool:
    """Whether this is the content of a result file."""
    return place.has("result_columns") and place.has("results")


def read(path: Path) -> Results:
    """The timings of a result file as cells; names of parameters are in ``benchmarks.json`` beside its folder."""
    place = Place(loaded(path), path.name)
    if optional(place, "version", lambda found: found.value, FORMAT) != FORMAT:
        raise ExchangeError(f"{path.name} is not of version {FORMAT}: let `asv update` bring the results up to date.")
    listed = path.parent.parent / "benchmarks.json"
    known = Place(loaded(listed), listed.name).pairs() if listed.is_file() else {}
    columns = [column.text() for column in place.get("result_columns").items(100)]
    series: list[Series] = []
    others, bare, all_ours = 0, 0, True
    began: list[int] = []
    for name, row in place.get("results").pairs().items():
        fields = dict(zip(columns, row.items(100), strict=False)) if row.value is not None else {}
        if not is_time(name, known.get(name)):
            others += 1
            continue
        blocks = our_blocks(place, name)
        all_ours = all_ours and blocks is not None
        found = cells_of(name, fields, names_of(known.get(name)), blocks)
        if "samples" not in fields or fields["samples"].value is None:
            bare += sum(each.status == "ok" for each in found)
        series += found
        began += [fields["started_at"].whole()] if "started_at" in fields and fields["started_at"].value else []
    notes = [f"Benchmarks that measure no time are left out: {others}."] if others else []
    if bare:
        notes.append(
            f"Results without single timings, shown by their median: {bare}; asv keeps them with --record-samples."
        )
    return imported(source_of(place, path, min(began, default=0), all_ours), series, notes)


def is_time(name: str, known: Place | None) -> bool:
    """Whether a benchmark measures time in seconds: by the list of benchmarks, or else by its name."""
    if known is not None:
        return known.has("unit") and known.get("unit").value == "seconds"
    last = name.rpartition(".")[2].lower()
    return last.startswith("time")


def names_of(known: Place | None) -> list[str]:
    """The names of a benchmark's parameters; empty where the list of benchmarks is not there."""
    return [each.text() for each in known.get("param_names").items(100)] if known and known.has("param_names") else []


def our_blocks(place: Place, name: str) -> list[Place] | None:
    """The blocks that we have written for a benchmark, one for each combination of parameters."""
    if not place.has(OURS):
        return None
    blocks = place.get(OURS).get("blocks").pairs()
    return blocks[name].items() if name in blocks else None


def cells_of(name: str, fields: Mapping[str, Place], names: Sequence[str], ours: list[Place] | None) -> list[Series]:
    """The cells of one benchmark, one for each combination of its parameters that was not skipped."""
    axes = (
        [[value.text() for value in axis.items()] for axis in fields["params"].items(20)] if "params" in fields else []
    )
    if math.prod(map(len, axes)) > MOST_BENCHMARKS:
        raise ExchangeError(f"{name:.60} has more than {MOST_BENCHMARKS:,} combinations of parameters: split it.")
    combinations = list(product(*axes))
    names = names if len(names) == len(axes) else [f"param{number}" for number in range(1, len(axes) + 1)]
    results, samples, numbers = (
        listed(fields, key, len(combinations)) for key in ("result", "samples", "stats_number")
    )
    found = []
    for index, values in enumerate(combinations):
        result, params = results[index], dict(zip(names, map(value_of, values), strict=True))
        if result is not None and result.is_nan():
            continue  # skipped by its suite
        cell, unit = named(name.removeprefix(PREFIX), params, f"{name}({','.join(values)})" if values else name)
        if result is None:
            found.append(Series(cell, {}, "error", "asv has no result for it: it failed.", unit))
            continue
        number = numbers[index]
        loops = number.whole(1) if number is not None else 1
        sample = samples[index]
        seconds = [each.seconds() for each in sample.items(MOST_TIMINGS)] if sample else [result.seconds()]
        blocks = {0: [Timing(turn, one, loops) for turn, one in enumerate(seconds)]}
        if ours is not None and index < len(ours) and ours[index].value is not None:
            blocks = in_blocks(ours[index], seconds)
        found.append(Series(cell, blocks, unit=unit))
    return found


def listed(fields: Mapping[str, Place], key: str, count: int) -> list[Place | None]:
    """A column with an entry for each combination of parameters; None where there is none."""
    if key not in fields or fields[key].value is None:
        return [None] * count
    items = fields[key].items(MOST_BENCHMARKS)
    if len(items) != count:
        raise ExchangeError(f"{fields[key].where} has {len(items)} entries for {count} combinations of parameters.")
    return [each if each.value is not None else None for each in items]


def value_of(text: str) -> int | str:
    """A parameter, which asv writes as Python would: a whole number, or a text in quotes."""
    if text.isdecimal() and len(text) < 16:
        return int(text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def in_blocks(place: Place, seconds: list[float]) -> dict[int, list[Timing]]:
    """The timings in the blocks that we have written: for each a block, a round and a number of loops."""
    found: dict[int, list[Timing]] = {}
    told = place.items(MOST_TIMINGS)
    if len(told) != len(seconds):
        raise ExchangeError(
            f"{place.where} has not as many rounds as there are samples: give the file as it was written."
        )
    for each, one in zip(told, seconds, strict=True):
        block, turn, loops = (item.whole() for item in each.items(3))
        found.setdefault(block, []).append(Timing(turn, one, max(1, loops)))
    return found


def source_of(place: Place, path: Path, began: int, ours: bool) -> Source:
    """What the file says of itself; `began` is when its first benchmark started, in milliseconds, or 0."""
    facts = place.get("params").pairs(100)
    moment = began or optional(place, "date", lambda found: found.whole(), 0)
    return Source(
        tool=NAME,
        file=path.name,
        created=datetime.fromtimestamp(min(moment, 4_000_000_000_000) / 1000, UTC),
        node=optional(place.get("params"), "machine", lambda found: found.text(), ""),
        machine={name: facts[key].text() for name, key in FACTS.items() if key in facts and facts[key].value},
        python=optional(place, "python", lambda found: found.text(), ""),
        commit=optional(place, "commit_hash", lambda found: found.text(), "")[:12],
        blocks="blocks and rounds are those of the run of parbench that it was made from." if ours else ONE_BLOCK,
    )


def cell_params(cell: Cell) -> dict[str, str]:
    """The parameters of a cell as asv writes them."""
    return {
        "size": str(cell.size),
        "strategy": repr(cell.strategy),
        "cores": str(cell.cores),
        "chunks": str(cell.chunks),
    }
