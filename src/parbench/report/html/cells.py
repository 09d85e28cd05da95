"""The table of cells and the list of problems, as plain records of texts for the template."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.noise import COLUMNS as REPLICA_COLUMNS
from parbench.report.figures.annotations import cell_address
from parbench.report.sentences import remedies
from parbench.workload.cell import AUTO, environment_label

#: Sign of a verdict or status next to its word, so that colour is never alone.
SIGNS = {"baseline": "●", "faster": "▲", "slower": "▼", "equal": "=", "undecided": "≈", "skipped": "○", "control": "="}
MEANINGS = {
    "wrong": "wrong result",
    "error": "an error was raised",
    "crash": "a process died",
    "timeout": "past its deadline",
    "memory": "not enough memory",
    "missing": "not installed",
    "skipped": "not measured",
}


def tables(summary: pd.DataFrame, workload: str, replicas: pd.DataFrame | None = None) -> list[dict[str, Any]]:
    """The cells of a workload, one table per size: fastest first, cells that are not ok last, and below them a control.

    `replicas` is what `analysis.replicas.replicas` gives.
    """
    cells = summary[summary["workload"] == workload]
    known = pd.DataFrame(columns=REPLICA_COLUMNS) if replicas is None else replicas
    mine = known[known["workload"] == workload]
    found = []
    for size, group in cells.groupby("size"):
        several = group["chunks"].nunique() > 1
        rows = [row(cell, several) for cell in sorted_cells(group)]
        rows += [control_row(cell) for cell in mine[mine["size"] == size].itertuples()]
        found.append({"size": int(str(size)), "baseline": baseline(group), "chunks": several, "rows": rows})
    return found


def sorted_cells(cells: pd.DataFrame) -> list[Any]:
    """The cells by falling speedup, or by rising time if nothing can be compared."""
    keyed = cells.assign(bad=cells["status"] != "ok")
    keyed = keyed.sort_values(
        ["bad", "speedup", "seconds", "strategy", "cores", "chunks"], ascending=[True, False, True, True, True, True]
    )
    return list(keyed.itertuples())


def baseline(cells: pd.DataFrame) -> str:
    """The baseline of one size with its time; empty if none was measured."""
    found = cells[(cells["verdict"] == "baseline") & (cells["status"] == "ok")]
    if found.empty:
        return ""
    return f"{found['strategy'].iloc[0]}, {text.duration(found['seconds'].iloc[0])} per call"


def row(cell: Any, in_column: bool = False) -> dict[str, Any]:
    """One cell as texts, under the names that the template uses; its chunks are a note unless they have a column."""
    cut = "" if in_column or cell.chunks == 1 else text.chunk_label(cell.chunks)
    notes = [cut, environment_label(str(cell.environment or ""))]
    verdict = str(cell.verdict) if cell.status == "ok" else str(cell.status)
    return {
        "id": cell_address(cell),
        "of": cell.strategy,
        "strategy": cell.strategy,
        "note": ", ".join(note for note in notes if note),
        "ok": cell.status == "ok",
        "kind": verdict if cell.status in ("ok", "skipped") else "failed",
        "cores": text.count(cell.cores),
        "chunks": text.chunks(cell.chunks),
        "numbers": numbers(cell),
        "verdict": verdict,
        "sign": SIGNS.get(verdict, "✕"),
        "reason": str(cell.reason or MEANINGS.get(verdict, "")),
    }


def control_row(cell: Any) -> dict[str, Any]:
    """Difference of a baseline from itself, in the columns of a cell."""
    nothing = [text.NOTHING] * 6
    return {
        "id": cell_address(cell, "control"),
        "of": cell.strategy,
        "strategy": f"control: {cell.strategy} against itself",
        "note": "",
        "ok": True,
        "kind": "control",
        "cores": text.count(cell.cores),
        "chunks": text.chunks(1),
        "numbers": [
            text.NOTHING,
            text.times(cell.ratio, cell.ratio_low, cell.ratio_high),
            *nothing,
            blocks_and_rounds(cell.blocks, cell.rounds),
        ],
        "verdict": "control",
        "sign": SIGNS["control"],
        "reason": "",
    }


def blocks_and_rounds(blocks: int, rounds: int) -> str:
    """How often a cell was sampled: ``6 × 12``, or ``0``."""
    return f"{text.count(blocks)} × {round(rounds / blocks, 1):g}" if blocks else "0"


def numbers(cell: Any) -> list[str]:
    """The columns from time to blocks, in the order of the template's head."""
    # A baseline is measured against itself: an interval would pretend to be an estimate.
    interval = () if cell.verdict == "baseline" else (cell.speedup_low, cell.speedup_high)
    return [
        text.duration(cell.seconds),
        text.times(cell.speedup, *interval),
        text.percent(cell.efficiency),
        text.percent(cell.of_ceiling),
        text.duration(cell.start_seconds),
        text.duration(cell.first_seconds),
        text.duration(cell.cpu_seconds),
        text.memory(cell.peak_bytes),
        blocks_and_rounds(cell.blocks, cell.rounds),
    ]


def problems(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """Unmeasured cells and the reasons, failures first: cells with the same strategy and reason are one entry."""
    lost = summary[summary["status"] != "ok"]
    entries = []
    for (status, strategy, reason), group in lost.groupby(["status", "strategy", "reason"], sort=False, dropna=False):
        entries.append(
            {
                "strategy": strategy,
                "status": status,
                "failure": status != "skipped",
                "cells": len(group),
                "meaning": MEANINGS.get(str(status), str(status)),
                "reason": reason if isinstance(reason, str) else "",
                "where": place_of_cells(group),
                "remedy": remedies.of_failure(str(status)),
            }
        )
    return sorted(entries, key=lambda entry: not entry["failure"])


def place_of_cells(cells: pd.DataFrame) -> str:
    """The workloads, sizes, cores and chunks of cells in words; workloads with the same ones are named together."""
    together: dict[str, list[str]] = {}
    for workload, group in cells.groupby("workload", sort=False):
        sizes = text.join(text.count(size) for size in sorted(group["size"].unique()))
        counts = sorted(group["cores"].unique())
        cuts = sorted(group["chunks"].unique(), key=lambda each: (each == AUTO, each))
        cut = "" if cuts == [1] else f" with {text.join(text.chunks(each) for each in cuts)} chunks per core"
        place = f"at {sizes} on {text.join(counts)} {'core' if counts == [1] else 'cores'}{cut}"
        together.setdefault(place, []).append(str(workload))
    return "; ".join(f"{text.join(names)} {place}" for place, names in together.items())
