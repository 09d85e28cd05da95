"""Sizes by time that later sessions reuse from pytest's cache, which may be damaged."""

from __future__ import annotations

from typing import Any

import pytest

from parbench.machine import facts
from parbench.workload.cell import Cell
from parbench.workload.sizes import TARGETS
from tests.support.fake_arms import World
from tests.support.sizes_by_time import ABOUT, FakeCache, finder_of, job, sizes

RUN = "20260101-000000-standard"


def linear(cell: Cell) -> float:
    """A machine ten times as fast as an ordinary one."""
    return 1e-7 * cell.size


@pytest.fixture
def cache() -> FakeCache:
    """A cache with the sizes that a run found."""
    cache = FakeCache()
    finder_of(World(seconds=linear), job(), cache=cache).store(RUN)
    return cache


def stored(**changes: Any) -> list[dict[str, Any]]:
    """The value that a run stores for a workload; `changes` are made to its second size."""
    entries: list[dict[str, Any]] = [
        {"target": target, "about": about, "size": 10 * about, "seconds": target, "note": "", "source": RUN}
        for target, about in zip(TARGETS, ABOUT, strict=True)
    ]
    entries[1] |= changes
    return entries


@pytest.mark.parametrize(
    ("faster", "free_bytes"),
    [(1, 10**15), (2000, 10**15), (1, 5 * 5_000_000)],
    ids=["all", "far from an ordinary machine", "one left out"],
)
def test_later_sessions_have_the_sizes_of_the_run_that_found_them(faster: int, free_bytes: int) -> None:
    """They measure nothing and name that run, though another run lies between; a size left out stays so."""
    world = World(seconds=lambda cell: linear(cell) / faster, free_bytes=free_bytes)
    cache = FakeCache()
    first = finder_of(world, job(), cache=cache)
    first.store(RUN)
    count = len(world.arms)
    finder_of(world, job(), cache=cache).store("20260102-000000-standard")
    again = finder_of(world, job(), measures=False, cache=cache)
    assert again.facts()["doubles"] == [each | {"from": RUN} for each in first.facts()["doubles"]]
    assert again.lines()[0].endswith(f", as in {RUN}")
    assert sizes(again, world, job()) == sizes(first, world, job())
    assert len(world.arms) == count


def test_memory_bounds_reused_sizes(cache: FakeCache) -> None:
    """A size that does not fit into memory now is left out, though an earlier run had it."""
    world = World(free_bytes=5 * 1_000_000)
    assert sizes(finder_of(world, job(), cache=cache), world, job()) == (10_000, 100_000, 1_000_000)
    assert world.arms == []


def test_a_session_that_may_not_measure_reuses_sizes(cache: FakeCache) -> None:
    """Listed tests have the sizes of an earlier run, or else those of an ordinary machine."""
    world = World()
    unknown = finder_of(world, job(), measures=False, cache=FakeCache())
    assert (sizes(unknown, world, job()), unknown.facts(), unknown.warnings) == (ABOUT, {}, {})
    known = finder_of(world, job(), measures=False, cache=cache)
    assert sizes(known, world, job()) == tuple(10 * size for size in ABOUT)
    assert world.arms == []


@pytest.mark.parametrize(
    ("workload", "profile", "machine_id"),
    [
        (job(name="triples"), "standard", ""),
        (job((1000, 10_000, 100_000, 999_999)), "standard", ""),
        (job(), "quick", ""),
        (job(), "standard", "01234567"),
    ],
    ids=["name", "about", "targets", "machine"],
)
def test_sizes_that_were_sought_for_something_else_are_not_reused(
    cache: FakeCache, monkeypatch: pytest.MonkeyPatch, workload: Any, profile: str, machine_id: str
) -> None:
    """Another workload, other times or another machine has its own search."""
    if machine_id:
        monkeypatch.setattr(facts, "describe", lambda: {"machine_id": machine_id})
    world = World(seconds=linear)
    finder = finder_of(world, workload, profile, cache=cache)
    assert {fact["from"] for fact in finder.facts()[workload.name]} <= {"measured", "predicted"}
    assert world.arms


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "5", '"text"', "{}", "[]", "[1]", "[[]]", '[{"size": 5}]', "[" * 100_000],
    ids=lambda text: text[:20],
)
def test_a_damaged_cache_is_ignored(cache: FakeCache, text: str) -> None:
    """Sizes are found again if a file of the cache has something else."""
    (key,) = cache
    cache[key] = text
    world = World(seconds=linear)
    assert sizes(finder_of(world, job(), cache=cache), world, job()) == tuple(10 * size for size in ABOUT)
    assert world.arms


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 0},
        {"size": 7},
        {"size": True},
        {"size": "5000"},
        {"size": 10**9 + 1},
        {"size": 10**40},
        {"seconds": "1"},
        {"seconds": -1.0},
        {"source": None},
        {"more": 1},
    ],
    ids=str,
)
def test_impossible_values_are_ignored(cache: FakeCache, changes: dict[str, Any]) -> None:
    """Sizes out of range or of order, and values of another type, are found again."""
    (key,) = cache
    cache.set(key, stored())
    assert finder_of(World(), job(), cache=cache).facts()["doubles"][1]["from"] == RUN
    cache.set(key, stored(**changes))
    world = World(seconds=linear)
    finder = finder_of(world, job(), cache=cache)
    assert {fact["from"] for fact in finder.facts()["doubles"]} <= {"measured", "predicted"}
    assert world.arms
