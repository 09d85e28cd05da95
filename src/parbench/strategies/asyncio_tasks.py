"""`asyncio`: the workload's coroutine on one event loop, for work that waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from parbench.errors import WorkloadError
from parbench.strategies.base import Strategy, items
from parbench.workload.workload import Workload


class EventLoop(Strategy):
    """One coroutine per chunk, at most one per core at a time, all in one thread of the caller."""

    name = "asyncio"
    about = "Coroutines on one asyncio event loop; parallel only where they wait."

    @classmethod
    def unsupported_reason(cls, workload: Workload, variant: str = "") -> str:
        if workload.coroutine is None:
            return "it has no coroutine form"
        if workload.stages is not None:
            return "it has no coroutine form of its later stages"
        return super().unsupported_reason(workload, variant)

    @classmethod
    def auto_chunks(cls, workload: Workload, data: Any, size: int, cores: int) -> int:
        """One coroutine per item."""
        return items(workload, data)

    def open(self, cores: int) -> None:
        self._cores = cores
        self._runner = self.resources.enter_context(asyncio.Runner())  # starts the loop, which calls share

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        if workload.coroutine is None:
            raise WorkloadError(f"workload {workload.name!r} has no coroutine form: give it one or leave this out.")
        chunks = workload.split(data, parts)
        return workload.combine(self._runner.run(parts_of(workload.coroutine, chunks, self._cores)), data)


async def parts_of(coroutine: Callable[[Any], Awaitable[Any]], chunks: Sequence[Any], most: int) -> list[Any]:
    """The parts of all chunks in their order, with at most `most` coroutines at a time."""
    parts: list[Any] = [None] * len(chunks)
    waiting = iter(enumerate(chunks))

    async def work() -> None:
        for index, chunk in waiting:  # shared by all workers
            parts[index] = await coroutine(chunk)

    workers = [asyncio.ensure_future(work()) for _ in range(min(most, len(chunks)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for each in workers:
            each.cancel()  # no effect unless one of them raised
        await asyncio.gather(*workers, return_exceptions=True)
    return parts
