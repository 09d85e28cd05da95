"""Made-up runs of many days, for tests of what becomes of them over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import load_all
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import World

ruptures = pytest.importorskip("ruptures", reason="ruptures is not installed: pip install ruptures")
START = datetime(2026, 1, 1, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"


def plain(cell: Cell) -> float:
    """A cell as it always was."""
    return fake_arms.ideal(cell)


def slower(cell: Cell) -> float:
    """Threads take half as long again; the baselines are as before."""
    return fake_arms.ideal(cell) * (1.5 if cell.strategy == "threads" else 1)


def twice(cell: Cell) -> float:
    """A machine on which everything takes twice as long, and threads three times."""
    return slower(cell) * 2


def run(folder: Path, day: int, seconds: Callable[[Cell], float] = plain, machine: Any = "one", **world: Any) -> None:
    """A run of that day: serial, vectorized, and threads on two cores."""
    there = World(seconds=seconds, noise=0.01, block_noise=0.01, seed=day + 1, **world)
    created = START + timedelta(days=day)
    header = fake_arms.header(
        run=f"{created:%Y%m%d}-000000-quick",
        created=created.isoformat(),
        commit=f"c{day}",
        machine={"machine_id": machine, "cpu_model": f"CPU {machine}"},
    )
    there.run(folder / header.run, fake_arms.groups(("threads",), cores=(2,)), header)


def runs_of(folder: Path) -> pd.DataFrame:
    """The history of all runs below a folder, all of which can be read."""
    passed_over: list[str] = []
    found = parbench.history(load_all(folder, passed_over))
    assert passed_over == []
    return found
