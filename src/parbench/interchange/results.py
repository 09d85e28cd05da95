"""Results on their way between two formats: the header of a run, the timings of its cells and notes for the reader."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from parbench.interchange.untrusted_json import is_whole, printable
from parbench.runfile.header import Header
from parbench.runfile.records import Sample
from parbench.workload.cell import Cell

#: The strategy of a benchmark whose parameters name none.
UNKNOWN = "unknown"
#: An address in the text of an object, as in ``<function mean at 0x7f1234567890>``.
_UNSERIALIZABLE = re.compile(r"UNSERIALIZABLE\[(.*)\]")  # as pytest-benchmark writes an object
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@dataclass
class Results:
    """The content of a file, whatever its format.

    Fields:
        header: of the run; made up for a file of another tool.
        samples: the steady timings, cell by cell.
        notes: sentences that a reader of the results needs, and on results that were left out.
        summary: further values of a cell, such as its speedup.
    """

    header: Header
    samples: list[Sample]
    notes: list[str]
    summary: Mapping[Cell, Mapping[str, Any]] = field(default_factory=dict)


def cell_from_params(name: str, params: Mapping[str, Any], full_name: str) -> tuple[Cell, str]:
    """The cell that the parameters of a benchmark describe, and the unit of its size.

    `name` is without parameters, `full_name` with them. If parameters called ``strategy`` and ``cores`` are a text
    and a whole number, they name the cell, along with ``size``, ``chunks`` and ``workload`` if these are there.
    Otherwise the strategy is `UNKNOWN`, on one core. The only whole number among the other parameters is the size, with
    its name as the unit; the rest becomes part of the workload's name. Size 1 without a unit stands for no size.
    """
    rest = dict(params)
    strategy, cores, chunks = UNKNOWN, 1, 1
    if isinstance(rest.get("strategy"), str) and is_whole(rest.get("cores"), 1):
        strategy, cores = printable(rest.pop("strategy")), rest.pop("cores")
        if is_whole(rest.get("chunks")):
            chunks = rest.pop("chunks")
        if isinstance(rest.get("workload"), str):
            name = printable(rest.pop("workload"))
    wholes = [key for key, value in rest.items() if is_whole(value)]
    unit = "size" if "size" in wholes else wholes[0] if len(wholes) == 1 else ""
    if not unit and strategy == UNKNOWN:
        return Cell(full_name, 1, UNKNOWN, 1), ""
    size = rest.pop(unit) if unit else 1
    suffix = ",".join(f"{printable(key)}={without_address(printable(str(value)))}" for key, value in rest.items())
    return Cell(f"{name}[{suffix}]" if suffix else name, size, strategy, cores, chunks), unit if unit != "size" else ""


def without_address(text: str) -> str:
    """The text of a parameter without the address of an object, which differs from process to process."""
    match = _UNSERIALIZABLE.fullmatch(text)
    return _ADDRESS.sub("", match[1] if match else text)


def notes_on_parameters(cells: Sequence[tuple[Cell, str]]) -> list[str]:
    """Sentences on parameters that the benchmarks lack, from their cells, each with the unit of its size."""
    unknown = [(cell, unit) for cell, unit in cells if cell.strategy == UNKNOWN]
    if not unknown:
        return []
    notes = [
        f"Benchmarks without parameters called strategy and cores: {len(unknown)}. They are shown as strategy "
        f"“{UNKNOWN}” on 1 core, without a baseline, and so without speedup and verdict."
    ]
    if sizeless := sum(cell.size == 1 and not unit for cell, unit in unknown):
        notes.append(f"Of these, without one whole number as a parameter, and shown at size 1: {sizeless}.")
    return notes
