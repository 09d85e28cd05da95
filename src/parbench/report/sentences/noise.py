"""The noise of a run, and the other programs on its machine, as sentences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench.analysis.disturbance import Disturbance
from parbench.analysis.noise import RunNoise
from parbench.text import cell_label, join, number, percent, times

#: The programs that were measured twice, by the attributes of `analysis.noise.replicas`.
PROGRAMS = {"noise": "The same program", "parallel_noise": "The fastest parallel program"}
#: Limits above which a machine is busy: shares of the time that other programs and other guests took, the time of
#: serial calls over their CPU time, and the highest over the lowest ceiling.
OTHERS, STOLEN, WAITING, CEILINGS = 0.1, 0.02, 1.1, 1.5


def sentence(noise: RunNoise, program: str = PROGRAMS["noise"]) -> str:
    """Which differences of the run mean something."""
    usual = f"{program} against itself differed by {percent(noise.usual)} in"
    if noise.blocks == 1:
        return f"{usual} one block."
    return (
        f"{usual} a block (the median of {noise.blocks}), by {percent(noise.largest)} at most: a smaller difference in "
        "a single block is noise."
    )


def lines(found: pd.DataFrame) -> list[str]:
    """The sentences on the replicas of the run; `found` is what `analysis.noise.replicas` returned."""
    noises = {program: found.attrs.get(name) for name, program in PROGRAMS.items()}
    return [sentence(noise, program) for program, noise in noises.items() if noise is not None]


def alone_lines(found: pd.DataFrame, only_different: bool = False) -> list[str]:
    """A sentence for each cell that was measured alone; `found` is what `analysis.alone.alone` returned."""
    rows: list[Any] = list(found[found["ratio"].notna() & (found["ratio"] != 1.0)].itertuples())
    cells: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        cells.setdefault((row.workload, row.size, row.strategy, row.cores, row.chunks), []).append(row)
    lines = []
    for (workload, size, *cell), placed in cells.items():
        if only_different and not any(row.differs for row in placed):
            continue
        values = join(f"{times(row.ratio)} {'pinned' if row.pinned else 'unpinned'}" for row in placed)
        in_turns = times(placed[0].speedup, placed[0].speedup_low, placed[0].speedup_high)
        lines.append(f"{workload} at {size:,}: {cell_label(*cell)} reaches {values} alone, and {in_turns} in turns.")
    return lines


def disturbance_line(found: Disturbance) -> str:
    """One sentence on other programs and guests that disturbed the run; empty on a quiet machine."""
    parts = []
    if found.others is not None and found.others >= OTHERS:
        parts.append(f"other programs took {percent(found.others)} of the cores")
    if found.stolen is not None and found.stolen >= STOLEN:
        parts.append(f"other guests of the host took {percent(found.stolen)}")
    if found.waiting is not None and found.waiting >= WAITING:
        parts.append(f"serial calls took {number(found.waiting, 2)} times their CPU time")
    if found.lowest and found.highest and found.highest > CEILINGS * found.lowest:
        each = f"{number(found.lowest, 2)} to {number(found.highest, 2)} times the work of one"
        parts.append(f"{found.cores} cores together gave {each}")
    text = join(parts)
    return f"{text[0].upper()}{text[1:]} while this was measured." if parts else ""
