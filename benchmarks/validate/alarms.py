"""How often a comparison in one run calls something changed: identical code, or a slowdown planted in one cell of ten.

It goes on for as long as it is let, appends what each comparison came to, and sums up everything there so far.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import binomtest

#: Five workloads, each under `serial` and under `threads` on two cores: ten cells. `PLANT` is which cell is slower by
#: how much: workloads know their strategy by the length of what they are given. Nothing large is allocated, because one
#: more allocation can make a call faster, by what the C library then keeps.
WORK = """
import numpy as np

import parbench

SIZE, PLANT = 2_000_000, {plant!r}


def workload(index):
    def kernel(chunk):
        strategy = "serial" if len(chunk) == SIZE else "threads"
        more = PLANT[2] if PLANT[:2] == (index, strategy) else 0.0
        numbers, buffer = np.random.default_rng(index), np.empty(20_000)
        for _ in range(round(len(chunk) / len(buffer) * (1 + more))):
            numbers.random(out=buffer)
        return [len(chunk)]

    return parbench.Workload(
        f"w{{index}}",
        kernel,
        make=lambda size, seed: np.zeros(size),
        sizes=(10, SIZE),
        combine=lambda parts, data: sum(sum(parts, [])),
        verify=lambda result, data: result == len(data),
    )


w0, w1, w2, w3, w4 = map(workload, range(5))
"""
TEST = """
import pytest

from work import w0, w1, w2, w3, w4


@pytest.mark.parbench(w0, w1, w2, w3, w4, strategies=["serial", "threads"], cores=[2])
def test(cell):
    cell.measure()
"""
NOTHING = (-1, "", 0.0)
DEFAULTS = ("0", "20", "quick", "alarms.jsonl")


def comparison(percent: float, number: int, profile: str) -> dict[str, Any]:
    """One comparison of a working tree with its last commit: what was planted where, and what was called changed."""
    plant = (number % 5, ("serial", "threads")[number % 2], percent / 100) if percent else NOTHING
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_work.py").write_text(TEST)
        (folder / ".gitignore").write_text("reports\n__pycache__\n")
        (folder / "work.py").write_text(WORK.format(plant=NOTHING))
        for command in ("init -q", "config user.name x", "config user.email x@example.com", "add -A", "commit -qm x"):
            subprocess.run(["git", *command.split()], cwd=folder, check=True)
        (folder / "work.py").write_text(WORK.format(plant=plant))
        options = ["--benchmark", "--parbench-against=HEAD", f"--parbench-profile={profile}", "--parbench-fail-on=new"]
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:benchmark", "-p", "no:cacheprovider", *options],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        rows: list[Any] = list(pd.read_csv(folder / "reports" / "latest" / "changes.csv").itertuples())
    planted = f"w{plant[0]}-{plant[1]}" if percent else ""
    cells = {f"{row.workload}-{row.strategy}": [row.verdict, row.ratio, row.ratio_low, row.ratio_high] for row in rows}
    return {"percent": percent, "profile": profile, "planted": planted, "cells": cells}


def share(count: int, total: int) -> str:
    """A share with its 95 % interval (C. Clopper and E. Pearson's)."""
    found = binomtest(count, total).proportion_ci()
    return f"{count} of {total}, {count / total:.1%} [{found.low:.1%}, {found.high:.1%}]"


def main(arguments: list[str]) -> None:
    """Compare until the time is over, then sum up.

    Arguments: the percent to plant (default: 0), the minutes (default: 20), the profile (default: quick), and the file
    to append to (default: alarms.jsonl in the folder that this runs in).
    """
    percent, minutes, profile, path = [*arguments, *DEFAULTS[len(arguments) :]]
    file = Path(path)
    until = time.monotonic() + 60 * float(minutes)
    while time.monotonic() < until:
        number = len(file.read_text().splitlines()) if file.exists() else 0
        found = comparison(float(percent), number, profile)
        with file.open("a") as out:
            out.write(json.dumps(found) + "\n")
    tell([json.loads(line) for line in file.read_text().splitlines()], float(percent), profile)


def tell(every: list[dict[str, Any]], percent: float, profile: str) -> None:
    """Print the shares of comparisons of one kind."""
    those = [each for each in every if (each["percent"], each["profile"]) == (percent, profile)]
    changed = [
        {cell for cell, (verdict, *_) in each["cells"].items() if verdict in ("SLOWER", "FASTER")} for each in those
    ]
    verdicts = pd.Series([verdict for each in those for verdict, *_ in each["cells"].values()]).value_counts()
    print(f"{len(those)} comparisons of 10 cells, {profile}, {percent:g} % planted in one")
    if percent:
        found = sum(each["planted"] in cells for each, cells in zip(those, changed, strict=True))
        print("found:", share(found, len(those)))
    false = sum(bool(cells - {each["planted"]}) for each, cells in zip(those, changed, strict=True))
    print("something else called changed:" if percent else "something called changed:", share(false, len(those)))
    print("verdicts:", ", ".join(f"{count} {name}" for name, count in verdicts.items()))
