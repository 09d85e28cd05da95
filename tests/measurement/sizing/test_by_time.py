"""Sizes by time, searched for among scripted arms: found soon, and never at any price."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from parbench import SizesByTime
from parbench.measurement.sizing.baseline_pilot import DEADLINE_SECONDS
from parbench.measurement.sizing.by_time import FAR, SEARCH_SECONDS, SizesByTimeFinder
from parbench.workload.cell import Cell
from parbench.workload.sizes import TARGETS
from tests.support.fake_arms import World
from tests.support.sizes_by_time import ABOUT, finder_of, job, sizes

Seconds = Callable[[Cell], float]


def seconds_of(serial: Callable[[int], float], vectorized: Callable[[int], float] | None = None) -> Seconds:
    """A script of how long calls of the two strategies take, by size."""
    return lambda cell: (vectorized or serial if cell.strategy == "vectorized" else serial)(cell.size)


def resized(world: World, strategy: str) -> list[int]:
    """The sizes that the arm of a strategy was asked for."""
    return [
        fields["size"]
        for arm in world.arms
        if arm.spec.cell.strategy == strategy
        for request, fields in arm.asked
        if request == "resize"
    ]


@pytest.mark.parametrize(
    ("name", "about", "serial", "found"),
    [
        ("as expected", ABOUT, lambda n: 1e-6 * n, [1000, 10_000, 100_000, 1_000_000]),
        ("a faster machine", ABOUT, lambda n: 1e-7 * n, [10_000, 100_000, 1_000_000, 10_000_000]),
        ("a hundredfold", ABOUT, lambda n: 1e-8 * n, [100_000, 1_000_000, 10_000_000, 100_000_000]),
        ("a slow machine", ABOUT, lambda n: 2e-5 * n, [50, 500, 5000, 50_000]),
        ("squares", (100, 316, 1000, 3162), lambda n: 4e-7 * n * n, [50, 200, 500, 2000]),
        ("squares taken for linear", ABOUT, lambda n: 1.5e-9 * n * n, [1000, 2000, 10_000, 20_000]),
        ("cubes", (100, 215, 464, 1000), lambda n: 1e-11 * n**3, [500, 1000, 2000, 5000]),
        ("cubes taken for linear", ABOUT, lambda n: 1e-11 * n**3, [500, 1000, 2000, 5000]),
        ("some overhead", ABOUT, lambda n: 5e-4 + 1e-6 * n, [500, 10_000, 100_000, 1_000_000]),
    ],
)
def test_sizes_are_found_however_costs_grow(
    name: str, about: tuple[int, int, int, int], serial: Callable[[int], float], found: list[int]
) -> None:
    """At every size that is found a call takes about its target, as near as round sizes allow."""
    world = World(seconds=seconds_of(serial))
    workload = job(about, vectorized=None)
    finder = finder_of(world, workload)
    facts = finder.facts()[workload.name]
    assert [fact["size"] for fact in facts] == found == list(sizes(finder, world, workload)), name
    assert [fact["target"] for fact in facts] == list(TARGETS)
    assert [fact["about"] for fact in facts] == list(about)
    for fact in facts:
        assert fact["seconds"] == pytest.approx(serial(fact["size"]), rel=0.01 if fact["from"] == "measured" else 0.6)
    assert finder.warnings == {}
    assert world.ended()


@pytest.mark.parametrize("profile", ["quick", "standard", "thorough"])
def test_a_search_is_short(profile: str) -> None:
    """It takes little more than it may, tries few sizes, and predicts those with long calls."""
    world = World(seconds=seconds_of(lambda n: 2e-5 * n))
    began = world.now
    found = finder_of(world, job(vectorized=None), profile).facts()["doubles"]
    assert world.now - began < 2 * SEARCH_SECONDS
    assert len(resized(world, "serial")) <= 6
    assert max(resized(world, "serial")) < 50_000
    assert [fact["from"] for fact in found if fact["target"] <= 0.1] == ["measured"] * (
        len(found) - (profile != "quick")
    )
    assert profile == "quick" or (found[-1]["from"], found[-1]["seconds"]) == ("predicted", pytest.approx(1.0))


def test_long_calls_alone_are_predicted_from_shorter_ones() -> None:
    """A workload that is measured at 1 s only is tried at sizes that take a tenth of it, and less."""
    world = World(seconds=seconds_of(lambda n: 1.5e-9 * n * n))
    workload = job(sizes=SizesByTime(8, ABOUT, quick=(1.0,), standard=TARGETS), vectorized=None)
    assert sizes(SizesByTimeFinder("quick", lambda: None, True), world, workload) == (20_000,)
    assert max(resized(world, "serial")) == 10_000


def test_the_faster_strategy_is_the_baseline() -> None:
    """Sizes go by the faster one; the one far behind is asked once, the whole-array form being first."""
    arrays = World(seconds=seconds_of(lambda n: 5e-6 * n, lambda n: 1e-6 * n))
    assert sizes(finder_of(arrays, job()), arrays, job()) == ABOUT
    assert len(resized(arrays, "serial")) == 1 < len(resized(arrays, "vectorized"))
    loops = World(seconds=seconds_of(lambda n: 1e-6 * n, lambda n: 5e-6 * n))
    assert sizes(finder_of(loops, job()), loops, job()) == ABOUT
    assert len(resized(loops, "vectorized")) == 1 < len(resized(loops, "serial"))
    assert arrays.ended()
    assert loops.ended()


def test_the_faster_one_may_change_with_the_size() -> None:
    """Where two are close, both are asked, and each size goes by the one that is faster there."""
    world = World(seconds=seconds_of(lambda n: 1e-6 * n, lambda n: 8e-4 + 5e-7 * n))
    found = finder_of(world, job()).facts()["doubles"]
    assert [fact["size"] for fact in found] == [1000, 20_000, 200_000, 2_000_000]
    assert found[0]["seconds"] == 0.001
    assert found[1]["seconds"] == pytest.approx(8e-4 + 0.01, rel=0.01)


def test_a_loop_that_takes_hours_costs_little() -> None:
    """It gets no more time than a few times that of the form that is faster, and is then given up."""
    world = World(seconds=seconds_of(lambda n: 1e-2 * n, lambda n: 1e-6 * n))
    began = world.now
    finder = finder_of(world, job())
    assert sizes(finder, world, job()) == ABOUT
    assert finder.warnings == {}
    assert world.now - began < 2 * SEARCH_SECONDS
    assert world.ended()


@pytest.mark.parametrize("request_", ["open", "first", "resize"])
@pytest.mark.parametrize("status", ["wrong", "error", "crash", "timeout", "missing"])
def test_a_baseline_that_fails_leaves_the_sizes_as_they_are(request_: str, status: str) -> None:
    """One sentence says why, no time is lost but a short deadline, and the next workload is calibrated as ever."""
    world = World(seconds=seconds_of(lambda n: 1e-7 * n), failures={("serial", request_): status})
    began = world.now
    finder = finder_of(world, job(vectorized=None))
    assert sizes(finder, world, job(vectorized=None)) == ABOUT
    assert finder.facts() == {}
    assert list(finder.warnings) == ["doubles"]
    (sentence,) = finder.warnings.values()
    assert "doubles" in sentence
    assert f"scripted to fail at {request_}." in sentence
    assert world.now - began < DEADLINE_SECONDS + 1
    assert len(world.arms) == 1, "it is tried once"
    world.failures.clear()
    assert sizes(finder, world, job(name="another", vectorized=None)) == tuple(10 * size for size in ABOUT)
    assert world.ended()


def test_one_of_two_that_fails_is_left_out() -> None:
    """A whole-array form that is wrong will not be the baseline of the run either."""
    world = World(seconds=seconds_of(lambda n: 1e-6 * n), failures={("vectorized", "first"): "wrong"})
    finder = finder_of(world, job())
    assert (sizes(finder, world, job()), finder.warnings) == (ABOUT, {})
    world = World(seconds=seconds_of(lambda n: 1e-6 * n), failures={("serial", "resize"): "crash"})
    finder = finder_of(world, job())
    assert (sizes(finder, world, job()), finder.warnings) == (ABOUT, {})
    assert world.ended()


def test_a_call_that_hangs_at_a_larger_size_is_not_waited_for() -> None:
    """Its arm is ended at the deadline, and the sizes are left as they are."""
    world = World(seconds=seconds_of(lambda n: 1e-6 * n if n < 50_000 else math.inf))
    finder = finder_of(world, job())
    assert sizes(finder, world, job()) == ABOUT
    assert "too slow at 100000" in finder.warnings["doubles"]
    assert world.ended()


def test_ctrl_c_leaves_no_arm_behind() -> None:
    """Wherever it comes, all arms are ended and it goes on."""
    for request in ("open", "resize"):
        world = World(failures={("vectorized", request): "interrupt"})
        with pytest.raises(KeyboardInterrupt):
            finder_of(world, job())
        assert len(world.arms) == 2
        assert world.ended()


def test_memory_bounds_the_sizes() -> None:
    """No size needs more than a fifth of what is free, and none that does is tried; a note takes its place."""
    world = World(seconds=seconds_of(lambda n: 1e-6 * n), free_bytes=5 * 50_000)
    finder = finder_of(world, job())
    assert sizes(finder, world, job()) == (1000, 10_000)
    assert max(resized(world, "serial")) <= 50_000
    *_, left_out = finder.facts()["doubles"]
    assert (left_out["target"], left_out["size"], left_out["seconds"]) == (1.0, None, None)
    assert "1000000 needs" in left_out["note"]
    nothing = World(free_bytes=10)
    finder = finder_of(nothing, job())
    assert sizes(finder, nothing, job()) == ABOUT
    assert "free memory" in finder.warnings["doubles"]
    assert nothing.ended()


def test_sizes_that_rounding_makes_equal_are_one() -> None:
    """Sizes grow strictly: where costs grow faster than round sizes do, one of two stands for both."""
    world = World(seconds=seconds_of(lambda n: 1e-3 * (n / 85) ** 7))
    finder = finder_of(world, job((85, 118, 164, 228), vectorized=None))
    assert [fact["size"] for fact in finder.facts()["doubles"]] == [100, None, 200, None]
    assert all("no larger" in fact["note"] for fact in finder.facts()["doubles"] if not fact["size"])


def test_a_time_that_no_size_takes_is_left_out() -> None:
    """With 50 ms of overhead nothing takes 1 ms; a note says so, and longer targets are found."""
    world = World(seconds=seconds_of(lambda n: 0.05 + 1e-6 * n))
    facts = finder_of(world, job()).facts()["doubles"]
    assert facts[0]["size"] is None
    assert "no size takes about 0.001 s" in facts[0]["note"]
    for fact in facts[2:]:
        assert fact["target"] / FAR <= 0.05 + 1e-6 * fact["size"] <= fact["target"] * FAR


def test_no_size_is_below_the_tiny_one_or_absurdly_large() -> None:
    """A call that always takes the same time leads nowhere, not to sizes of one or of millions of millions."""
    for always in (1e-7, 1e-4, 0.03, 2.0):
        world = World(seconds=seconds_of(lambda n, always=always: always))  # type: ignore[misc]  # bound in the loop
        finder = finder_of(world, job(vectorized=None))
        assert all(10 <= size <= 1000 * ABOUT[-1] for size in resized(world, "serial"))
        found = sizes(finder, world, job(vectorized=None))
        assert list(found) == sorted(set(found))


def test_one_disturbed_measurement_is_made_again() -> None:
    """Where the search comes back to a size that once took far too long, it is asked a second time."""
    stalls = iter([3e-3])  # at the first size that is tried, once
    world = World(seconds=seconds_of(lambda n: 1e-6 * n + (next(stalls, 0.0) if n > 8 else 0.0)))
    found = finder_of(world, job(vectorized=None)).facts()["doubles"]
    assert [fact["size"] for fact in found] == list(ABOUT)
    assert found[0]["seconds"] == 0.001


def test_a_size_is_not_left_out_for_one_disturbed_measurement() -> None:
    """One that seems to be of no use is asked a second time."""
    stalls = iter([0.008])  # at the smallest size there is, once
    world = World(seconds=seconds_of(lambda n: 1e-11 * n**3 + (next(stalls, 0.0) if n > 490 else 0.0)))
    workload = job(
        (500, 1000, 2200, 4600), sizes=SizesByTime(490, (500, 1000, 2200, 4600), standard=TARGETS), vectorized=None
    )
    found = finder_of(world, workload).facts()["doubles"]
    assert [fact["size"] for fact in found] == [500, 1000, 2000, 5000]


def test_noise_does_not_lead_far_away() -> None:
    """On a machine where calls vary by half, sizes are within a few steps of the right ones."""
    for seed in range(30):
        world = World(seconds=seconds_of(lambda n: 1e-6 * n), noise=0.5, seed=seed)
        found = sizes(finder_of(world, job(vectorized=None)), world, job(vectorized=None))
        assert set(found) & set(ABOUT) or len(found) == 4
        assert all(any(size / 10 <= about <= 10 * size for about in ABOUT) for size in found)
