"""Advice on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from parbench.analysis.advice.advice import Advice
from parbench.analysis.advice.candidates import Candidate
from parbench.report.terminal.advice import parts
from parbench.report.terminal.screen import lines


@pytest.mark.parametrize("columns", [80, 100])
def test_each_candidate_has_one_line(columns: int) -> None:
    """The table fits into 80 columns: a candidate with its cores, its time, its interval and its parts is one line."""
    names = ("futures-processes", "serial")
    candidates = [
        Candidate(name, 16, 0.123, 0.101, 0.145, 1.23e-3, 2.34e-3, 3.45e-3, source="between") for name in names
    ]
    found = Advice("work", 1000, 1000, 16, candidates[0], candidates[1], (), False, tuple(candidates), (), ())
    printed = lines(Console(file=io.StringIO(), width=columns), parts(found))
    times = ["123 ms", "101 ms", "145 ms", "1.23 ms", "2.34 ms", "3.45 ms"]
    rows = [line for line in printed if line.endswith("3.45 ms")]
    assert [" ".join(row.split()) for row in rows] == [
        " ".join(("futures-processes 16", *times)),
        " ".join(("serial", *times)),
    ]
    assert printed[-1] == "between measured sizes: all candidates"
