"""The campaign's end of the control arm, on a scripted one."""

from __future__ import annotations

from pathlib import Path

import pytest

from parbench.measurement import schedule
from parbench.measurement.control_client import ControlArm
from parbench.runfile.locate import FILE
from parbench.runfile.reader import read
from parbench.runfile.records import Ceiling
from parbench.runfile.writer import Journal
from tests.support import fake_arms
from tests.support.fake_arms import World


def test_the_cpus_whose_turn_it_is_are_woken_and_read(tmp_path: Path) -> None:
    """What is woken and read for arms of some cores is the window of CPUs that they are sampled on in this round."""
    world = World()
    context = world.context(cpus=4)
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        control = ControlArm(context, journal, 4)
        control.open()
        for cores, turn in [(1, 0), (2, 1), (4, 0), (1, 3)]:
            control.wake(cores, turn)
            control.read("compute", 0, cores, turn)
            window = schedule.window(context.cpus, cores, turn)
            assert [fields["cpus"] for _, fields in world.ceilings[0].asked[-2:]] == [window, window]
        control.end()
    assert world.ended()


def test_a_ceiling_needs_the_reading_of_one_alone(tmp_path: Path) -> None:
    """Each round's readings make its ceilings; without that of one core alone in the same round there are none."""
    world = World()
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        control = ControlArm(world.context(cpus=4), journal, 4)
        control.open()
        for turn, axis in enumerate([(1, 4, 2), (2, 4), (2, 1)]):
            for cores in axis:
                control.read("memory", 10**6, cores, turn)
            control.note(7, turn, "memory")
        control.end()
    ceilings = [record for record in read(tmp_path) if isinstance(record, Ceiling)]
    assert [(each.block, each.round, each.cores) for each in ceilings] == [(7, 0, 4), (7, 0, 2), (7, 2, 2)]
    assert [each.value for each in ceilings] == pytest.approx([3.7, 1.9, 1.9])


@pytest.mark.parametrize("keep_awake", [True, False])
def test_cpus_are_kept_awake_but_not_while_something_is_measured(tmp_path: Path, keep_awake: bool) -> None:
    """Within `awake` the control arm keeps CPUs busy, except for readings and within `rested`; only if asked for."""
    world = World()
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        control = ControlArm(world.context(keep_awake=keep_awake), journal, 2)
        control.open()
        with control.awake():
            control.read("compute", 0, 1, 0)
            with pytest.raises(ZeroDivisionError), control.rested():
                raise ZeroDivisionError
        control.end()
    asked = [request for request, _ in world.ceilings[0].asked[1:]]
    kept = ["keep_awake", "rest", "rate", "keep_awake", "rest", "keep_awake", "rest"]
    assert asked == (kept if keep_awake else ["rate"])
