"""Generated runs for expectations of theory: exact times, which differ from block to block as given."""

from __future__ import annotations

from typing import Any

import pandas as pd

import parbench
from parbench import Expect
from parbench.analysis.expectations import expectations
from tests.support.run_data import change_workload, made_up

#: How much slower everything is in each of four blocks.
BLOCKS = (1.0, 1.02, 0.98, 1.01)
WHY = "Theory says so."


def frame_of(
    times: dict[tuple[str, int], float], ceiling: float = 1.8, blocks: int = 4, **settings: Any
) -> pd.DataFrame:
    """The frame of a run at size 1000 with these seconds by strategy and cores, all of which a slow block slows."""
    same = {"run": "r", "workload": "square", "size": 1000, "chunks": 1, "environment": "", "phase": "steady"}
    same |= {"loops": 1, "cpu_seconds": 0.0, "peak_bytes": 0.0, "status": "ok", "reason": ""}
    rows = [
        same
        | {"strategy": strategy, "cores": cores, "block": block, "round": turn, "seconds": seconds * BLOCKS[block]}
        | {"ceiling": ceiling if cores > 1 else 1.0}
        for (strategy, cores), seconds in times.items()
        for block in range(blocks)
        for turn in range(2)
    ]
    frame = pd.DataFrame(rows)
    frame.attrs["run"] = made_up({"square": {}}, settings)
    return frame


#: serial is the baseline; threads have 1.6 of its speed on two cores, multiprocessing 0.5, and vectorized 0.8.
TIMES = {
    ("serial", 1): 1.0,
    ("vectorized", 1): 1.25,
    ("threads", 1): 1.0,
    ("threads", 2): 0.625,
    ("multiprocessing", 1): 2.5,
    ("multiprocessing", 2): 2.0,
}


def held(frame: pd.DataFrame, *expects: Expect) -> list[Any]:
    """The rows for these expectations of the workload."""
    change_workload(frame, "square", expects=list(expects))
    return list(expectations(parbench.summarize(frame), frame).itertuples())


def one(frame: pd.DataFrame, *fields: Any, **more: Any) -> Any:
    """The only row for one expectation."""
    (row,) = held(frame, Expect(*fields, **{"why": WHY, **more}))
    return row


def mixed(why: str) -> pd.DataFrame:
    """Results if one statement is true, one is a deviation for this reason, one is open, one not measured."""
    frame = frame_of(TIMES)
    noisy = frame["strategy"] == "multiprocessing"
    frame.loc[noisy, "seconds"] *= frame.loc[noisy, "block"].map({0: 0.8, 1: 1.25, 2: 0.9, 3: 1.1})
    expects = [
        Expect("joblib", "above", 1, WHY),
        Expect("multiprocessing", "below", 0.5, WHY),
        Expect("threads", "below", 1.1, why),
        Expect("threads", "above", 1.3, WHY),
    ]
    change_workload(frame, "square", expects=expects)
    return expectations(parbench.summarize(frame), frame)
