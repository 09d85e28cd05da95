"""A campaign that is interrupted, and the check of a single cell: in the end no arm is alive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import parbench
from parbench.analysis.frame import data_of
from parbench.errors import UsageError
from parbench.measurement import campaign as campaigns
from parbench.measurement.arms.process import Arm, ArmFailed
from parbench.measurement.arms.protocol import ArmSpec, ControlSpec
from parbench.report.write import write_report
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import World


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("at", [1, 7, 23])
def test_control_c_keeps_what_was_measured_and_ends_all_arms(tmp_path: Path, at: int, together: int) -> None:
    """An interrupt in the middle of a block leaves every sample in the file, no footer, and no arm alive."""
    world = World(interrupt_at=at)
    with pytest.raises(KeyboardInterrupt):
        world.run(tmp_path, fake_arms.groups(), together=together)
    frame = parbench.load(tmp_path)
    assert len(frame[frame["phase"] == "steady"]) == at - 1
    assert not data_of(frame).complete
    assert world.ended()
    parbench.summarize(frame)


def test_a_run_that_ended_before_any_call_has_a_report(tmp_path: Path) -> None:
    """An interrupt right after the arms have started leaves nothing to advise, and a page that can be written."""
    with pytest.raises(KeyboardInterrupt):
        World(interrupt_at=1).run(tmp_path, fake_arms.groups())
    assert write_report(parbench.Run(tmp_path), tmp_path).is_file()
    with pytest.raises(UsageError, match="nothing was measured"):
        parbench.advise(parbench.load(tmp_path), fake_arms.workload.name, 1000)


@pytest.mark.parametrize("together", [1, 2])
@pytest.mark.parametrize("request_", ["open", "first", "probe"])
def test_control_c_while_arms_start_ends_them_all(tmp_path: Path, request_: str, together: int) -> None:
    """An arm that is not yet ready when the interrupt comes is ended like the others, and so is the control arm."""
    world = World(failures={("threads", request_): "interrupt"})
    with pytest.raises(KeyboardInterrupt):
        world.run(tmp_path, fake_arms.groups(), together=together)
    assert len(world.arms) == 3
    assert world.ended()
    assert set(parbench.load(tmp_path)["strategy"]) == {"serial", "vectorized"}


def test_control_c_between_two_launches_ends_the_first(tmp_path: Path) -> None:
    """Of arms that start together, those that were launched before the interrupt are ended too."""
    world = World()
    launch, launched = world.launch, 0

    def interrupted(spec: ArmSpec | ControlSpec) -> Arm:
        nonlocal launched
        launched += 1
        if launched == 6:  # the control arm, then three arms of the first block, alone; then two at once
            raise KeyboardInterrupt
        return launch(spec)

    context = replace(world.context(together=2), launch=interrupted)
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        campaign = world.campaign(fake_arms.groups(["threads"], cores=(1,)), journal, context)
        with pytest.raises(KeyboardInterrupt):
            campaign.run()
    assert len(world.arms) == 4
    assert world.ended()


def test_check_runs_a_cell_once_and_ends_its_arm() -> None:
    """Checking opens, makes the verified first call and closes; a failure is raised, and the arm ended all the same."""
    (group,) = fake_arms.groups(["serial"])
    cell: Cell = next(each for each in group.cells if each.strategy == "serial")
    world = World()
    campaigns.check(group, cell, world.context())
    assert [request for request, _ in world.arms[0].asked] == ["open", "first"]
    world.failures["serial", "first"] = "wrong"
    with pytest.raises(ArmFailed, match="scripted"):
        campaigns.check(group, cell, world.context())
    assert world.ended()
