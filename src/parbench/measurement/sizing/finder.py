"""Base of both ways to find sizes: a size is found once, reused by later runs from pytest's cache, and reported."""

from __future__ import annotations

import hashlib
import json
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from parbench.errors import RunFileError
from parbench.machine import facts as machine
from parbench.measurement.progress import Progress, silent
from parbench.runfile.reader import built
from parbench.workload.sizes import SizesByTime

#: Largest part of the free memory that a call may need.
ROOM = 0.2
#: A size is at most this many times larger or smaller than on an ordinary machine.
RANGE = 1000
#: The run file has no larger sizes.
LARGEST = 10**17
#: Sources in the session that finds a size; in later sessions the source is the name of its run.
MEASURED = "measured"
PREDICTED = "predicted"


class Cache(Protocol):
    """The methods of pytest's cache that are used: values of JSON by key."""

    def get(self, key: str, default: Any) -> Any: ...

    def set(self, key: str, value: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SizeResult:
    """One result of a search, with its source: ``measured``, ``predicted``, or the name of the run that found it."""

    source: str = MEASURED

    def facts(self) -> dict[str, Any]:
        """The result as a run file's header has it."""
        facts = asdict(self)
        facts["from"] = facts.pop("source")
        return {name: value for name, value in facts.items() if value != ""}


Result = TypeVar("Result", bound=SizeResult)
#: Criteria that must be equal for a result to be reused on a machine: the workload's name, and all that was sought.
Key = tuple[str, tuple[str | int | float, ...]]


class SizeFinder(ABC, Generic[Result]):
    """Finds sizes for the workloads of a session; it measures only if `measures` is true.

    `cache` returns pytest's cache, or None if there is none; `progress` receives the searches. `warnings` has
    a sentence for each workload whose search failed.
    """

    folder: ClassVar[str]  # of the results in pytest's cache
    fallback: ClassVar[str]  # the sizes that are taken if none are found
    result_type: type[Result]

    def __init__(
        self, profile: str, cache: Callable[[], Cache | None], measures: bool = False, progress: Progress = silent
    ) -> None:
        self.profile = profile
        self.measures = measures
        self.progress = progress
        self.warnings: dict[str, str] = {}
        self._cache = cache
        self._results: dict[Key, list[Result]] = {}

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """The results by workload, as a run file's header has them."""
        facts: dict[str, list[dict[str, Any]]] = {}
        for (workload, _), results in self._results.items():
            if results:
                facts.setdefault(workload, []).extend(each.facts() for each in results)
        return facts

    def lines(self) -> list[str]:
        """One line per search and per warning, for the user."""
        sentences = [self.sentence(workload, results) for (workload, _), results in self._results.items() if results]
        return [f"parbench: {sentence}" for sentence in (*sentences, *self.warnings.values())]

    def store(self, run: str) -> None:
        """Write to pytest's cache what this session found; `run` is the name of its run."""
        if (cache := self._cache()) is None:
            return
        with warnings.catch_warnings(action="ignore"):  # pytest itself warns that its cache cannot be written
            for key, results in self._results.items():
                if any(each.source in (MEASURED, PREDICTED) for each in results):
                    cache.set(self._place(key), [asdict(each) | {"source": run} for each in results])

    @abstractmethod
    def sentence(self, workload: str, results: Sequence[Result]) -> str:
        """The results of one search in words."""

    @abstractmethod
    def sizes_of(self, results: Sequence[Result]) -> list[int]:
        """The sizes among the results of one search."""

    def _reuse(self, key: Key, least: int, most: int) -> list[Result]:
        """The results of an earlier run for `key`; none if there are none, or if the cache is damaged."""
        cache = self._cache()
        try:
            stored = cache.get(self._place(key), []) if cache is not None else []
            results = [built(self.result_type, each, "result") for each in stored]
        except (RunFileError, TypeError, RecursionError):
            return []
        sizes = self.sizes_of(results)
        return results if sizes and least <= sizes[0] and sizes == sorted({*sizes}) and sizes[-1] <= most else []

    def _place(self, key: Key) -> str:
        """The key of pytest's cache, which ends in a file name."""
        workload, sought = key
        criteria = json.dumps([self._machine_id, *sought])
        return f"parbench/{self.folder}/{workload}-{hashlib.sha256(criteria.encode()).hexdigest()[:12]}"

    @cached_property
    def _machine_id(self) -> str:
        return str(machine.describe()["machine_id"])

    def _give_up(self, name: str, reason: str) -> None:
        why = " ".join(reason.split()).rstrip(".")
        self.warnings[name] = f"Sizes of {name} are {self.fallback}, as the search for others failed: {why}."


def limits_of(sizes: SizesByTime) -> tuple[int, int]:
    """The smallest and the largest size that may be chosen."""
    return max(sizes.tiny, sizes.about[0] // RANGE), min(RANGE * sizes.about[-1], LARGEST)
