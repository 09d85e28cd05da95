"""Made-up runs of several machines, interpreters and commits, for tests of what is put side by side. No clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from parbench.analysis.frame import load
from parbench.runfile.locate import FILE
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import World

#: The fewest blocks that distinguish two runs, so that the tests are quick.
BRIEF = replace(fake_arms.SHORT, least_blocks=4, most_blocks=5, rounds=3)
MACHINE = {
    "machine_id": "aaaa0001",
    "cpu_model": "Example CPU @ 2.50GHz",
    "cores_usable": 2,
    "memory_bytes": 16_772_000_000,
    "os": "Linux",
    "implementation": "CPython",
    "python": "3.11.7",
}
VERSIONS = {"python": "3.11.7", "numpy": "2.3.1", "parbench": "0.1.0"}


def threads_win(cell: Cell) -> float:
    """Threads share the work evenly, processes pay half as much again."""
    return fake_arms.ideal(cell) * {"threads": 1.0, "multiprocessing": 1.5}.get(cell.strategy, 1.0)


def processes_win(cell: Cell) -> float:
    """The other way round."""
    return fake_arms.ideal(cell) * {"threads": 1.5, "multiprocessing": 1.0}.get(cell.strategy, 1.0)


def nobody_wins(cell: Cell) -> float:
    """Every parallel strategy takes three times as long as it should."""
    return fake_arms.ideal(cell) * (1.0 if cell.strategy in ("serial", "vectorized") else 3.0)


def threads_gain_more(cell: Cell) -> float:
    """Threads win by two and a half times as much as where they just share the work."""
    return threads_win(cell) * (0.4 if cell.strategy == "threads" else 1.0)


def run(
    folder: Path,
    seconds: Callable[[Cell], float] = threads_win,
    strategies: Sequence[str] = ("threads", "multiprocessing"),
    cores: Sequence[int] = (1, 2),
    sizes: Sequence[int] = (1000,),
    seed: int = 1,
    noise: float = 0.01,
    machine: dict[str, Any] | None = None,
    versions: dict[str, str] | None = None,
    failures: dict[tuple[str, str], str] | None = None,
    **header: Any,
) -> Path:
    """Write a run into `folder`, which is made, and return the path of its file.

    `machine` and `versions` are what differs from those of all, `header` are its fields.
    """
    world = World(seconds=seconds, noise=noise, block_noise=noise, seed=seed, failures=failures or {})
    told = fake_arms.header(
        **{"run": folder.name, "commit": "0123abc", **header},
        machine=MACHINE | (machine or {}),
        versions=VERSIONS | (versions or {}),
    )
    world.run(folder, fake_arms.groups(strategies, cores=cores, sizes=sizes), told, profile=BRIEF)
    return folder / FILE


def frame(folder: Path, *more: Any, **how: Any) -> pd.DataFrame:
    """The same as a frame."""
    return load(run(folder, *more, **how))
