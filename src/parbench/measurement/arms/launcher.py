"""Launches the arms of a block."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from parbench.measurement.arms.forked import TemplateProcess, can_fork
from parbench.measurement.arms.process import ONE_THREAD, Arm, ArmProcess, library_threads
from parbench.measurement.arms.protocol import ArmSpec, TemplateSpec
from parbench.workload.cell import HEAD, REPLICA

#: Fewest arms for which a template is started: it takes as long to start as an arm.
LEAST_FORKS = 3


class ForkingLauncher:
    """Launches the arms of one block: as forks of a template if enough of them can share one, else as new processes.

    Arms can share a template if their libraries run in one thread. The arms of a comparison of environments cannot, as
    those of the base would share what differs by chance between processes, and those of the head would not.
    """

    def __init__(self, specs: Sequence[ArmSpec], modules: Collection[str] = ()) -> None:
        alike = all(spec.cell.environment in (HEAD, REPLICA) for spec in specs)
        sharing = [spec for spec in specs if alike and library_threads(spec) == ONE_THREAD]
        self.obstacle = ""
        self._imported = False
        self._template: TemplateProcess | None = None
        if len(sharing) >= LEAST_FORKS and can_fork():
            strategies = sorted({spec.cell.strategy for spec in sharing})
            request = TemplateSpec(sharing[0].reference, sharing[0].path, strategies, sorted(modules))
            try:
                self._template = TemplateProcess(request, ONE_THREAD)
            except Exception:  # plugins of pytest forbid sockets in tests by errors of their own
                self._template = None

    def launch(self, spec: ArmSpec, timeout: float) -> Arm:
        """Launch an arm; the first one waits at most `timeout` seconds for the imports of the template."""
        if self._template is not None and not self._imported:
            self._imported = True
            self.obstacle = self._template.obstacle(timeout)
            if self.obstacle:
                self.end()
        return ArmProcess(spec, self._template if library_threads(spec) == ONE_THREAD else None)

    def end(self) -> None:
        """End the template, after all arms have ended."""
        if self._template is not None:
            self._template.end()
            self._template = None
