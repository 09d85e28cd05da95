"""Measured cells as results of pytest-benchmark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from parbench.pytest_plugin.outcome import Result

#: The name of the timer in the results of pytest-benchmark.
NAME = "parbench_replay"
#: The module of the fixture of pytest-benchmark: other plugins and projects may have a fixture of this name.
MODULE = "pytest_benchmark.fixture"
#: Options of pytest-benchmark that ask for its tables: the profile of calls, older results and a histogram are in them.
TABLE_OPTIONS = ("benchmark_verbose", "benchmark_cprofile", "benchmark_compare", "benchmark_histogram")
#: Names of fixtures of tests that have the name of pytest-benchmark's fixture during collection only.
SHOWN = pytest.StashKey[list[list[str]]]()


class Replay:
    """A timer for `benchmark.pedantic` whose clock advances by one measured sample per call."""

    __name__ = NAME

    def __init__(self, samples: Iterable[float] = ()) -> None:
        self.samples: Iterator[float] = iter(samples)
        self.now = 0.0
        self.running = False

    def __call__(self) -> float:
        if self.running:
            self.now += next(self.samples, 0.0)
        self.running = not self.running
        return self.now


def takes_results(config: pytest.Config) -> bool:
    """Whether pytest-benchmark is active; ``--benchmark-skip`` skips its own tests, and cells are no such tests."""
    return hasattr(config, "_benchmarksession") and not config._benchmarksession.skip


def show_as_benchmarks(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Let plugins that select benchmarks, as ``--benchmark-only`` does, find the tests of cells during collection."""
    names = {id(names): names for item in items if (names := getattr(item, "fixturenames", None)) is not None}
    shown = config.stash[SHOWN] = [each for each in names.values() if "benchmark" not in each]
    for each in shown:
        each.append("benchmark")


def hide_from_fixtures(config: pytest.Config) -> None:
    """Undo `show_as_benchmarks`, so that the fixture is created for results only."""
    for each in config.stash.get(SHOWN, []):
        each.remove("benchmark")


def replay(request: pytest.FixtureRequest, result: Result) -> None:
    """Let pytest-benchmark, if it is active, time one call per sample."""
    if not takes_results(request.config):
        return
    group = f"{result.cell.workload}-{result.cell.size}"
    request.node.add_marker(pytest.mark.benchmark(timer=Replay(result.samples), group=group))
    benchmark = request.getfixturevalue("benchmark")
    if type(benchmark).__module__ == MODULE:
        benchmark.extra_info.update(speedup=result.speedup, baseline=result.baseline, verdict=result.verdict)
        benchmark.pedantic(lambda: None, rounds=len(result.samples), iterations=1)


def hide_from_tables(config: pytest.Config) -> None:
    """Leave cells out of the tables of pytest-benchmark, unless ``-v`` or one of its options asks for them.

    They stay in its files.
    """
    benchmarks: Any = getattr(config, "_benchmarksession", None)
    asked = config.get_verbosity() > 0 or any(getattr(config.option, name, None) for name in TABLE_OPTIONS)
    if benchmarks is not None and benchmarks.groups and not asked:
        groups = [(name, [each for each in rows if not _is_cell(each)]) for name, rows in benchmarks.groups]
        benchmarks.groups = [(name, rows) for name, rows in groups if rows]


def _is_cell(row: dict[str, Any]) -> bool:
    """Whether a row of a table comes from `replay`."""
    return bool(row["options"].get("timer") == NAME)
