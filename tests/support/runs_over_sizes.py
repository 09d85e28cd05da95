"""Generated runs at several sizes: exact times by a rule, which differ from block to block as given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from tests.support.run_data import made_up

#: Seconds of a call by cores, chunks and size.
Rule = Callable[[int, int, int], float]
#: How much slower a cell is in each of six blocks, the baseline apart: about a percent.
BLOCKS = (1.0, 1.01, 0.99, 1.005, 0.995, 1.0)
SIZES = (1000, 2000, 5000, 10_000, 20_000, 50_000)
PHASES = ("start", "first", "stop")


def work(cores: int, chunks: int, size: int) -> float:
    """A microsecond an element, on one core."""
    del cores, chunks
    return 1e-6 * size


def costs(seconds: float, a_task: float = 0.0) -> Rule:
    """Work that cores share, seconds per call, and seconds per task."""
    return lambda cores, chunks, size: seconds + a_task * chunks + 1e-6 * size / cores


def frame_of(
    rules: dict[str, Rule],
    sizes: Sequence[int] = SIZES,
    cores: int = 2,
    chunks: int = 1,
    ceiling: float | None = 1.9,
    blocks: int = 6,
    spread: float = 1.0,
    once: dict[str, tuple[float, float, float]] | None = None,
    **facts: Any,
) -> pd.DataFrame:
    """The frame of a run of these strategies and a serial baseline.

    `spread` is how many times as much blocks differ as usual; `once` has start, first call and stop of a strategy in
    its first block; `facts` are more of the workload, but for ``settings``, which are the header's.
    """
    same = {"run": "r", "workload": "square", "environment": "", "loops": 1, "cpu_seconds": 0.0, "peak_bytes": 0.0}
    same |= {"status": "ok", "reason": ""}
    rows = []
    for strategy, rule in {"serial": work, **rules}.items():
        count, cut = (1, 1) if strategy == "serial" else (cores, chunks)
        for size in sizes:
            cell = same | {"size": size, "strategy": strategy, "cores": count, "chunks": cut}
            seconds = rule(count, max(1, cut), size)
            for block in range(blocks):
                slower = 1.0 if strategy == "serial" else BLOCKS[block] ** spread
                whole = 1.0 if count == 1 else ceiling
                rows += [
                    cell
                    | {"block": block, "round": turn, "phase": "steady", "seconds": seconds * slower, "ceiling": whole}
                    for turn in range(2)
                ]
            for phase, paid in zip(PHASES, (once or {}).get(strategy, ()), strict=False):
                rows.append(cell | {"block": 0, "round": 0, "phase": phase, "seconds": paid, "ceiling": None})
    frame = pd.DataFrame(rows).astype({"ceiling": float})
    settings = facts.pop("settings", {})
    frame.attrs["run"] = made_up({"square": {"unit": "elements", **facts}}, settings)
    return frame


def failed(frame: pd.DataFrame, strategy: str, sizes: Sequence[int], status: str = "timeout") -> pd.DataFrame:
    """The same run, in which a strategy failed at some sizes."""
    lost = (frame["strategy"] == strategy) & frame["size"].isin(sizes)
    frame.loc[lost, ["status", "reason"]] = [status, "no answer within 20 s: it hangs."]
    return frame


def only(answers: pd.DataFrame) -> Any:
    """The only answer there is."""
    (row,) = answers.itertuples()
    return row
