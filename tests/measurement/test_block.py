"""The launcher of a block: its warning, and its imports."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import parbench
from parbench.analysis.frame import data_of
from parbench.measurement.arms.process import Arm
from parbench.measurement.arms.protocol import ArmSpec
from tests.support import fake_arms
from tests.support.fake_arms import World


class Launcher:
    """A launcher of arms of a made-up world, which remembers the blocks that it was made for."""

    def __init__(self, world: World, obstacle: str = "") -> None:
        self.world = world
        self.obstacle = obstacle
        self.strategies: list[list[str]] = []
        self.modules: list[set[str]] = []
        self.ends = 0

    def __call__(self, specs: Sequence[ArmSpec], modules: Collection[str]) -> Launcher:
        """The launcher of the next block, which is the same."""
        self.strategies.append(sorted(spec.cell.strategy for spec in specs))
        self.modules.append(set(modules))
        return self

    def launch(self, spec: ArmSpec, timeout: float) -> Arm:
        """An arm of the world."""
        return self.world.launch(spec)

    def end(self) -> None:
        """The end of a block."""
        self.ends += 1


def test_a_workload_that_cannot_be_forked_has_one_warning(tmp_path: Path) -> None:
    """The launcher of the first block reports the obstacle; later blocks have none."""
    world = World()
    launcher = Launcher(world, "starts threads")
    world.run(tmp_path, fake_arms.groups(["threads"]), launcher=launcher)
    assert launcher.strategies == [["serial", "threads", "threads", "vectorized"]]
    (warning,) = data_of(parbench.load(tmp_path)).warnings
    assert (warning.about, "importing the workload starts threads" in warning.text) == ("forking", True)
    assert launcher.ends == 1
    assert world.ended()


def test_what_is_imported_for_forks_depends_on_the_block(tmp_path: Path) -> None:
    """The first block imports nothing for strategies, which it measures; later ones what several arms need."""
    world = World()
    launcher = Launcher(world)
    world.run(tmp_path, fake_arms.groups(["dask-threads", "joblib"], cores=(1, 2)), launcher=launcher, together=2)
    assert launcher.modules[0] == set()
    assert {"dask.array", "dask.threaded", "joblib"} in launcher.modules
    assert launcher.ends == len(launcher.modules)
