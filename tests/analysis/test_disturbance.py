"""A busy machine: its numbers, its sentence, and what is not recommended on it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import parbench
from parbench.analysis.disturbance import Disturbance, disturbance
from parbench.analysis.summary import IMPLAUSIBLE
from parbench.analysis.verdict import verdicts
from parbench.report.run import Run
from parbench.report.sentences.noise import disturbance_line
from parbench.report.sentences.verdicts import sentence
from parbench.runfile.locate import FILE
from parbench.runfile.records import Ceiling, Footer, Sample
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from tests.support import fake_arms

SERIAL, THREADS = Cell("doubles", 1000, "serial", 1), Cell("doubles", 1000, "threads", 2)


def measured(folder: Path, footer: Footer, speedup: float, stretch: float = 1.0) -> pd.DataFrame:
    """A run of three blocks in which serial calls took `stretch` times their CPU time."""
    with Journal(folder / FILE, fake_arms.header()) as journal:
        for block, moved in enumerate((1.0, 1.3, 2.0)):
            for turn in range(4):
                wall = 1 + (block + turn) / 1000
                journal.add(Ceiling(block, turn, "compute", 2, moved))
                journal.add(Sample(SERIAL, block, turn, "steady", wall, cpu_seconds=wall / stretch))
                journal.add(Sample(THREADS, block, turn, "steady", wall / speedup, cpu_seconds=wall / stretch))
        journal.add(footer)
    return parbench.load(folder)


def test_a_busy_machine_is_measured_and_named_first(tmp_path: Path) -> None:
    """The shares of the footer, the serial time over CPU time and moving ceilings are one warning, the first."""
    frame = measured(tmp_path, Footer(10.0, 3, {}, 0.59, 0.05), 1.5, stretch=1.4)
    found = disturbance(frame)
    assert found.others == 0.59
    assert found.waiting == pytest.approx(1.4)
    assert found.lowest == pytest.approx(1.06)
    assert found.highest == pytest.approx(1.86)
    expected = (
        "Other programs took 59 % of the cores, other guests of the host took 5 %, serial calls took 1.4 times their "
        "CPU time and 2 cores together gave 1.1 to 1.9 times the work of one while this was measured."
    )
    assert Run(frame).first_warnings == [expected]


def test_a_quiet_machine_has_no_sentence() -> None:
    """Neither small shares nor an unknown machine are a warning."""
    quiet = Disturbance(0.04, 0.01, 1.02, 2, 1.8, 2.1)
    assert disturbance_line(quiet) == disturbance_line(Disturbance()) == ""


def test_nothing_is_recommended_that_cannot_be(tmp_path: Path) -> None:
    """Three times the speed on two cores with the same CPU time comes from a disturbed baseline."""
    frame = measured(tmp_path, Footer(10.0, 3), 3.0, stretch=1.6)
    summary = parbench.summarize(frame)
    (verdict,) = verdicts(summary)
    assert list(summary["verdict"]) == ["baseline", "undecided"]
    assert summary["reason"].iloc[1] == IMPLAUSIBLE
    assert (verdict.best, verdict.outcome, verdict.missing) == ("serial", "nothing", "implausible")
    assert "the baseline was disturbed" in sentence(verdict)
    advice = parbench.advise(frame, "doubles", 1000)
    assert advice.choice.strategy == "serial"
    assert [each.excluded for each in advice.excluded] == [IMPLAUSIBLE]


def test_saved_cpu_time_makes_any_speedup_possible(tmp_path: Path) -> None:
    """A strategy that needs a quarter of the CPU time may be faster than its cores; so may one whose workers wait."""
    frame = measured(tmp_path, Footer(10.0, 3), 3.0)
    threads = frame["strategy"] == "threads"
    cheaper = frame.assign(cpu_seconds=frame["cpu_seconds"].where(~threads, frame["cpu_seconds"] / 4))
    waiting = frame.assign(cpu_seconds=0.01)
    for each in (cheaper, waiting):
        assert list(parbench.summarize(each)["verdict"]) == ["baseline", "faster"]
