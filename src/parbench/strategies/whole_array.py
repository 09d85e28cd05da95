"""The base of strategies that run a whole-array form of the workload in one piece."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, ClassVar

from parbench.errors import WorkloadError
from parbench.machine import cpus
from parbench.strategies.base import Strategy
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.strategies.tracing import Recorder

UNSEEN = "Only the CPU time of the library's threads in the whole call is known, which includes waiting in a loop."


class WholeArray(Strategy):
    """Calls the field `form` of the workload with its data, uncut."""

    form: ClassVar[str]

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        lacking = getattr(workload, cls.form) is None
        return f"it has no {cls.form} form" if lacking else super().unsupported_reason(workload, variant)

    @classmethod
    def takes_chunks(cls, variant: str = "") -> bool:
        return False

    @classmethod
    def library_threads(cls, variant: str, cores: int) -> int:
        return cores

    def open(self, cores: int) -> None:
        """Nothing to start."""

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        """Do the whole job in one piece; `parts` has no effect."""
        call = getattr(workload, self.form)
        if call is None:
            raise WorkloadError(f"workload {workload.name!r} has no {self.form} form: give it one or leave this out.")
        return call(data)

    def trace_call(self, recorder: Recorder) -> AbstractContextManager[Workload]:
        """On several cores, take the CPU time of the library's threads, which call no traced function."""
        if recorder.cores == 1:
            return super().trace_call(recorder)
        return recorder.by_cpu_time(cpus.thread_cpu_ns, UNSEEN)
