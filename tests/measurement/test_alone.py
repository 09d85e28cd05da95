"""The best cells once more, alone: the cells that are measured, the time for them, and the words of the report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.measurement.alone import SAMPLES
from parbench.report.run import Run
from parbench.runfile.records import AloneSample
from tests.support import fake_arms
from tests.support.fake_arms import World


def alone_of(folder: Path) -> list[AloneSample]:
    """The timings of a run with no other arm alive."""
    return list(data_of(parbench.load(folder)).alone)


def test_baseline_winner_and_runner_up_are_measured_alone(tmp_path: Path) -> None:
    """At the largest size the three cells run unpinned and pinned, after all blocks, one arm at a time."""
    world = World(noise=0.01)
    world.run(
        tmp_path,
        fake_arms.groups(["threads", "multiprocessing", "joblib"], sizes=(1000, 2000)),
        budget=60.0,
        alone_part=0.2,
    )
    samples = alone_of(tmp_path)
    places = list(dict.fromkeys((each.cell.strategy, each.cell.cores, each.cell.size, each.pinned) for each in samples))
    assert [place[2:] for place in places] == [(2000, False)] * 3 + [(2000, True)] * 3
    assert [place[0] for place in places[:3]] == [place[0] for place in places[3:]]
    assert places[0][:2] == ("serial", 1)
    assert {place[1] for place in places[1:3]} == {2}
    assert len({place[0] for place in places}) == 3
    assert len(samples) == 6 * SAMPLES
    assert [bool(arm.spec.cpus) for arm in world.arms[-6:]] == [False] * 3 + [True] * 3
    assert world.ended()


@pytest.mark.parametrize(
    ("world", "context"),
    [
        (World(), {"budget": 5.0}),
        (World(), {"failures_allowed": 0}),
        (World(seconds=lambda cell: 20.0), {"budget": 600.0}),
    ],
    ids=["no time", "too many failures", "long calls"],
)
def test_without_time_nothing_is_measured_alone(tmp_path: Path, world: World, context: dict[str, Any]) -> None:
    """A cell whose calls do not fit the part of the budget is left out, and the run is complete."""
    world.run(tmp_path, fake_arms.groups(), alone_part=0.1, **context)
    assert alone_of(tmp_path) == []
    assert data_of(parbench.load(tmp_path)).complete


def test_a_failure_alone_leaves_the_result(tmp_path: Path) -> None:
    """An arm that fails in the last stage has its status from the blocks."""
    world = World(noise=0.01)
    real = world.launch

    def launch(spec: object) -> object:
        if getattr(spec, "cpus", None) == []:
            world.failures = {("threads", "sample"): "crash"}
        return real(spec)  # type: ignore[arg-type]  # a spec of either kind

    world.launch = launch  # type: ignore[method-assign, assignment]  # the failure begins with the first unpinned arm
    world.run(tmp_path, fake_arms.groups(["threads"]), budget=60.0, alone_part=0.2)
    assert {each.cell.strategy for each in alone_of(tmp_path)} == {"serial"}
    assert set(Run(tmp_path).summary["status"]) == {"ok"}
    assert world.ended()


@pytest.mark.parametrize(("alone_seconds", "warns"), [(0.0055, False), (0.009, True)])
def test_a_speedup_alone_that_differs_is_a_warning(tmp_path: Path, alone_seconds: float, warns: bool) -> None:
    """1.8 times alone is what threads give in turns; 1.1 times is not, and the report says so."""
    world = World(noise=0.01)
    world.run(tmp_path, fake_arms.groups(["threads"]), budget=60.0, alone_part=0.2)
    run = Run(tmp_path)
    base, threads = (
        next(each for each in run.data.alone if each.cell.strategy == name) for name in ("serial", "threads")
    )
    object.__setattr__(
        run.data, "alone", (AloneSample(base.cell, False, 0, 0.01), AloneSample(threads.cell, False, 0, alone_seconds))
    )
    found = run.alone
    assert list(found["ratio"]) == pytest.approx([1.0, 0.01 / alone_seconds])
    assert list(found["differs"]) == [False, warns]
    sentences = [text for text in run.warnings if "alone" in text]
    assert len(sentences) == warns
    assert all(f"{0.01 / alone_seconds:.2f}× unpinned alone, and " in text for text in sentences)


def test_an_unknown_baseline_alone_is_no_error(tmp_path: Path) -> None:
    """A winner whose baseline was not reached has a time and no ratio."""
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]), budget=60.0, alone_part=0.2)
    run = Run(tmp_path)
    threads = next(each for each in run.data.alone if each.cell.strategy == "threads")
    object.__setattr__(run.data, "alone", (threads,))
    assert math.isnan(run.alone["ratio"].iloc[0])
    assert [text for text in run.warnings if "alone" in text] == []
