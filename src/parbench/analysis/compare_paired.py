"""A run that was measured against another version: one row per cell, with its change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from parbench.analysis.compare_stored import COLUMNS, NOT_MEASURED, fields, margins_of, version_notes
from parbench.analysis.frame import data_of
from parbench.analysis.stats.decision import Decision, Margins, one_sided
from parbench.analysis.stats.interval import around
from parbench.analysis.stats.paired import Blocks, blocks_of, clean, decide_paired, noise_floor
from parbench.analysis.summary import CELL, times_of
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, Cell

NOISE = ["noise", "noise_low", "noise_high"]


def compare_twins(frame: pd.DataFrame, margins: Margins | None = None) -> pd.DataFrame:
    """Changes between the versions of a run that was measured against another: one row per cell of ours.

    `margins` are those of the run unless given. The columns are those of `parbench.compare`, with times of a call as
    quantity, and ``noise`` with the ends of its 95 % interval: the base against itself, whose distance from 1 is
    chance. A verdict of ``SLOWER`` or ``FASTER`` was confirmed by blocks of its own, measured after the others. Blocks
    in which the base differs from itself by much more than usual are left out. ``attrs`` has ``notes`` (sentences:
    versions that differ), ``noise_floor``, the usual such difference as a part of 1, and ``left_out``, the number of
    such blocks.
    """
    cells: dict[Any, pd.DataFrame] = dict(list(frame.groupby(CELL, sort=False)))
    ours = [key for key in cells if key[-1] == HEAD]
    found = {
        key: blocks_of(*(_times(cells, (*key[:-1], which)) for which in (HEAD, BASE, BASE_REPEAT))) for key in ours
    }
    kept = clean(found)
    data = data_of(frame)
    header, base_versions = data.header, data.header.settings.base_versions
    if margins is None:
        margins = margins_of(header.settings)
    margin = {key: margins.of(str(Cell(*key))) for key in ours}
    verdicts = decide_paired(kept, margin.__getitem__, data.confirming)
    nothing = frame[:0]
    rows = [
        {**dict(zip(CELL, key, strict=True)), "margin": margin[key], "quantity": "time"}
        | row(cells[key], cells.get((*key[:-1], BASE), nothing), kept[key], verdicts[key])
        for key in ours
    ]
    changes = pd.DataFrame(rows, columns=[*COLUMNS, *NOISE])
    changes.attrs = {
        "notes": version_notes(base_versions, header.versions) if base_versions else [],
        "noise_floor": math.expm1(noise_floor(found)),
        "left_out": sum(len(found[key]) - len(kept[key]) for key in ours),
    }
    return changes


def row(head: pd.DataFrame, base: pd.DataFrame, blocks: Blocks, verdict: Decision) -> dict[str, Any]:
    """The row of one cell; `base` is empty if it does not have the cell."""
    head_lacks = "" if head["status"].iloc[0] == "ok" else str(head["reason"].iloc[0]) or NOT_MEASURED
    base_lacks = next(iter(base["reason"]), "") or "the base has no measurement of it."
    if base.loc[base["status"] == "ok", "seconds"].notna().any():
        base_lacks = ""
    lacks = one_sided(head_lacks, base_lacks, skipped="skipped" in {*head["status"], *base["status"]})
    if lacks:
        return fields(lacks)
    # at the level that stopping early asks for, as a speedup's
    return {
        "base": _seconds(base),
        "head": _seconds(head),
        **dict(zip(NOISE, around([noise for _, noise in blocks.values()]), strict=True)),
        **fields(verdict, around([change for change, _ in blocks.values()])),
    }


def _times(cells: Mapping[Any, pd.DataFrame], key: Any) -> dict[int, dict[int, float]]:
    return times_of(cells[key]) if key in cells else {}


def _seconds(cell: pd.DataFrame) -> float:
    return float(cell.loc[cell["phase"] == "steady", "seconds"].median())
