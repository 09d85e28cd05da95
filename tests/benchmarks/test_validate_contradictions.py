"""No answer of a run contradicts another, in recorded runs and in made-up ones; and the counter finds those that do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.validate.contradictions import contradictions, recorded
from benchmarks.validate.runs import load
from parbench.report.markdown import markdown
from parbench.report.run import Run
from parbench.report.sentences.verdicts import sentence
from parbench.workload.cell import BASELINES
from tests.support.run_data import made_up

#: Seconds of a call of 1,000 elements for serial, and of dispatch, of the start and of the stop of each strategy.
WORK = 1e-3
COSTS = {
    "serial": (0.0, 1e-6, 0.0),
    "vectorized": (0.0, 1e-6, 0.0),
    "threads": (3e-4, 1e-3, 1e-4),
    "futures-processes": (1e-3, 0.03, 0.02),
    "multiprocessing": (1e-3, 0.05, 0.02),
    "joblib": (2e-3, 0.2, 0.1),
    "dask-distributed": (5e-3, 1.0, 0.5),
}
SIZES = (1_000, 10_000, 100_000)


def made_up_frame(seed: int) -> pd.DataFrame:
    """A run with costs, noise and numbers of blocks by chance; cells are near each other often."""
    rng = np.random.default_rng(seed)
    noise, blocks, cores = rng.choice([0.003, 0.03, 0.2, 0.6]), int(rng.integers(1, 5)), int(rng.choice([2, 4]))
    rows: list[dict[str, Any]] = []
    for strategy, (dispatch, start, stop) in COSTS.items():
        factor, cheap = rng.lognormal(0, 0.3), rng.lognormal(-1, 1.5)
        for size in SIZES:
            for count in (1,) if strategy in BASELINES else (1, cores):
                shared = count**0.9 if strategy not in BASELINES and rng.random() < 0.9 else 1.0
                seconds = WORK * size / 1000 * factor / shared + dispatch * cheap
                same = {"run": "r", "workload": "square", "size": size, "strategy": strategy, "cores": count}
                same |= {"chunks": 1, "environment": "", "loops": 1, "cpu_seconds": 0.0, "peak_bytes": 1e6}
                same |= {"status": "ok", "reason": ""}
                for block in range(blocks):
                    slow = rng.lognormal(0, noise)
                    phases = [("start", 0, start), ("first", 0, seconds * rng.lognormal(0.2, 0.2)), ("stop", 0, stop)]
                    phases += [("steady", turn, seconds * slow * rng.lognormal(0, noise / 3)) for turn in range(3)]
                    rows += [
                        same | {"block": block, "phase": phase, "round": turn, "seconds": value, "ceiling": None}
                        for phase, turn, value in phases
                    ]
    frame = pd.DataFrame(rows).astype({"ceiling": float})
    frame.attrs["run"] = made_up({"square": {"unit": "elements"}}, {})
    return frame


#: Without the largest run, which takes as long as all others; the command has it.
QUICK = [place for place in recorded() if not place.name.startswith("break-even-catalogue")]


@pytest.mark.parametrize("place", QUICK, ids=lambda place: place.name)
def test_recorded_runs_have_one_truth(place: Path) -> None:
    """Verdicts, advice, break-even, losses, costs and tables of a real run speak of one cell and agree."""
    assert contradictions(Run(load(place))) == []


@pytest.mark.parametrize("seed", range(24))
def test_made_up_runs_have_one_truth(seed: int) -> None:
    """So they do in runs with few blocks, with noise up to 60 %, and with strategies that are nearly alike."""
    run = Run(made_up_frame(seed))
    assert contradictions(run) == []
    for verdict in run.verdicts:
        if verdict.outcome == "faster":  # the table for a comment has the numbers of the sentence
            number = sentence(verdict).partition(", ")[2].partition(" the speed")[0].partition(" (one block")[0]
            (line,) = [
                line
                for line in markdown(run.summary).splitlines()
                if f"| {verdict.size:,} | {verdict.best} | {verdict.cores} |" in line
            ]
            assert number in line.replace("\\", "")
            assert "faster" in line


def test_a_contradiction_is_found() -> None:
    """A verdict for another strategy than the one of the advice and of the tables is counted by each of its kinds."""
    run = next(run for seed in range(24) if (run := Run(made_up_frame(seed))).verdicts[-1].outcome == "faster")
    *others, last = run.verdicts
    other = type(last)(**{**vars(last), "best": "joblib", "rival": "joblib", "outcome": "slower"})
    run.verdicts = [*others, other]
    kinds = {each.kind for each in contradictions(run)}
    assert {"advised, but not known to be faster", "costs of another cell"} & kinds
