"""A run that was measured against another version: one row per cell, with its change."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from parbench.analysis.compare_stored import COLUMNS, RunCells, fields, margins_of, unmeasured, version_notes
from parbench.analysis.estimates import CELL
from parbench.analysis.frame import data_of
from parbench.analysis.stats.decision import Decision
from parbench.analysis.stats.interval import around
from parbench.analysis.stats.paired import Blocks, blocks_of, clean, decide_paired, noise_floor
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, Cell

NOISE = ["noise", "noise_low", "noise_high"]


def compare_twins(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes between the versions of a run that was measured against another: one row per cell of ours.

    The columns are those of `parbench.compare`, with times of a call as
    quantity, and ``noise`` with the ends of its 95 % interval: the base against itself, whose distance from 1 is
    chance. A verdict of ``SLOWER`` or ``FASTER`` was confirmed by blocks of its own, measured after the others;
    ``suspicion`` is such a verdict that was not confirmed, and empty for other cells. Blocks
    in which the base differs from itself by much more than usual are left out. ``attrs`` has ``notes`` (sentences:
    versions that differ), ``noise_floor``, the usual such difference as a part of 1, and ``left_out``, the number of
    such blocks.
    """
    runs = RunCells(frame)
    blocks = paired_blocks(runs)
    usable = clean(blocks)
    data = data_of(frame)
    header, base_versions = data.header, data.header.settings.base_versions
    margins = margins_of(header.settings)
    margin = {key: margins.of(str(Cell(*key))) for key in blocks}
    verdicts = decide_paired(usable, margin.__getitem__, data.confirming)
    rows = [
        {**dict(zip(CELL, key, strict=True)), "margin": margin[key], "quantity": "time"}
        | row(key, runs, usable[key], verdicts[key])
        for key in blocks
    ]
    changes = pd.DataFrame(rows, columns=[*COLUMNS, *NOISE, "suspicion"])
    changes.attrs = {
        "notes": version_notes(base_versions, header.versions) if base_versions else [],
        "noise_floor": math.expm1(noise_floor(blocks)),
        "left_out": sum(len(blocks[key]) - len(usable[key]) for key in blocks),
    }
    return changes


def paired_blocks(runs: RunCells) -> dict[Any, Blocks]:
    """Log-ratios of each cell of ours, by the blocks in which all versions of it were sampled."""
    return {
        key: blocks_of(*(runs.times.get((*key[:-1], each), {}) for each in (HEAD, BASE, BASE_REPEAT)))
        for key in runs.cells
        if key[-1] == HEAD
    }


def row(key: Any, runs: RunCells, blocks: Blocks, verdict: Decision) -> dict[str, Any]:
    """The row of one cell."""
    base = (*key[:-1], BASE)
    if lacks := unmeasured(key, runs, base, runs):
        return fields(lacks)
    # at the level that stopping early asks for, as a speedup's
    return {
        **{name: float(_steady(runs.cells[each]).median()) for name, each in (("base", base), ("head", key))},
        **dict(zip(NOISE, around([noise for _, noise in blocks.values()]), strict=True)),
        **fields(verdict, around([change for change, _ in blocks.values()])),
    }


def _steady(cell: pd.DataFrame) -> pd.Series[Any]:
    return cell.loc[cell["phase"] == "steady", "seconds"]
