"""How often an arm makes a call, on a strategy that only counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, repeat
from multiprocessing.pool import MaybeEncodingError  # type: ignore[attr-defined] # it is missing in the stubs
from typing import Any

import pytest

from parbench.measurement.arms.cell_arm import WARM_UP_BELOW_SECONDS, WARM_UP_CALLS, CellSampler, loops_of
from parbench.measurement.arms.explain import explain
from parbench.measurement.arms.protocol import ArmSpec
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference


class Clock:
    """Time that passes only where a test says so; nanoseconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0
        monkeypatch.setattr("parbench.measurement.arms.cell_arm.time.perf_counter_ns", lambda: self.now)
        monkeypatch.setattr("parbench.measurement.arms.cell_arm.time.monotonic", lambda: self.now / 1e9)

    def calls_of(self, *milliseconds: int) -> Callable[..., None]:
        """A call that lasts as long as each of these in turn, the last one for ever after."""
        took = chain(milliseconds, repeat(milliseconds[-1]))

        def run(*_: Any) -> None:
            self.now += next(took) * 1_000_000

        return run


class Counting:
    """A strategy whose calls are counted, nothing more; and its workload."""

    changes_input = False

    def __init__(self) -> None:
        self.calls = 0

    def run(self, *_: Any) -> None:
        self.calls += 1


def sampler(call_seconds: float) -> tuple[CellSampler, Counting]:
    """A sampler that is open and has made its first call, with its strategy."""
    made = CellSampler(
        ArmSpec(Cell("doubles", 8, "serial", 1), Reference("tests.support.kernels", "", "unused"), 1, [], [])
    )
    counting: Any = Counting()
    made.strategy, made.data, made.call_seconds = counting, None, call_seconds
    made.workload = counting  # not looked at by this strategy
    return made, counting


@pytest.mark.parametrize(
    ("call_seconds", "warm_up"), [(0.001, WARM_UP_CALLS), (WARM_UP_BELOW_SECONDS, 0), (10 * WARM_UP_BELOW_SECONDS, 0)]
)
def test_short_calls_are_warmed_up_and_long_ones_are_not(
    monkeypatch: pytest.MonkeyPatch, call_seconds: float, warm_up: int
) -> None:
    """A sample has the requested number of calls, after the least number of untimed ones if a call is short."""
    monkeypatch.setattr("parbench.measurement.arms.cell_arm.WARM_UP_SECONDS", 0.0)
    Clock(monkeypatch)
    made, counting = sampler(call_seconds)
    answer = made.sample([], loops=5)
    assert counting.calls == warm_up + 5
    assert answer.seconds >= 0
    assert answer.mean_seconds is not None
    assert answer.cpu_seconds is None or answer.cpu_seconds >= 0


@pytest.mark.parametrize(
    ("call_seconds", "loops"),
    [(1e-5, 5000), (0.0005, 100), (0.002, 25), (0.01, 5), (0.03, 3), (0.06, 2), (0.1, 1), (0.5, 1)],
)
def test_a_sample_is_long_and_has_several_calls_where_they_fit(call_seconds: float, loops: int) -> None:
    """At least 50 ms, and at least three calls as far as they fit 150 ms."""
    assert loops_of(call_seconds) == loops


@pytest.mark.parametrize(
    ("milliseconds", "calls", "fastest"),
    [((9, 5, 4, 3, 4), 4, 0.003), ((80, 50, 40), 2, 0.05), ((900, 300), 2, 0.3)],
)
def test_another_size_is_timed_by_a_few_calls(
    monkeypatch: pytest.MonkeyPatch, milliseconds: tuple[int, ...], calls: int, fastest: float
) -> None:
    """The data are made again, and the fastest of at least two calls counts, of more if they are short."""
    made, counting = sampler(0.001)
    sizes: list[int] = []
    monkeypatch.setattr(made.workload, "make", lambda size, seed: sizes.append(size), raising=False)
    clock = Clock(monkeypatch).calls_of(*milliseconds)

    def run(*given: Any) -> None:
        counting.calls += 1
        clock(*given)

    monkeypatch.setattr(counting, "run", run)
    assert made.resize(123).seconds == pytest.approx(fastest)
    assert (sizes, counting.calls) == ([123], calls)


def test_a_probe_makes_at_least_one_call() -> None:
    """However short it is asked to be."""
    made, counting = sampler(0.001)
    made.probe(0.0)
    assert counting.calls == 1


@pytest.mark.parametrize(("call_seconds", "together"), [(0.00001, True), (0.001, False), (0.5, False)])
def test_a_stalled_call_does_not_count_where_calls_are_long(
    monkeypatch: pytest.MonkeyPatch, call_seconds: float, together: bool
) -> None:
    """The shortest calls are timed in batches, all others one by one; the median counts, and the mean is there, too."""
    monkeypatch.setattr("parbench.measurement.arms.cell_arm.WARM_UP_BELOW_SECONDS", 0.0)
    made, counting = sampler(call_seconds)
    monkeypatch.setattr(counting, "run", Clock(monkeypatch).calls_of(3, 3, 80, 3))
    answer = made.sample([], loops=5)
    assert answer.seconds == pytest.approx(0.0184 if together else 0.003)
    assert answer.mean_seconds == pytest.approx(0.0184)
    assert [round(1000 * each, 1) for each in answer.calls] == ([18.4] if together else [3, 3, 80, 3, 3])


def test_warm_up_goes_on_until_calls_are_as_fast_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warming up goes on while calls are slower than before, but not for ever on a machine that stays slow."""
    monkeypatch.setattr("parbench.measurement.arms.cell_arm.WARM_UP_SECONDS", 0.0)
    made, counting = sampler(0.003)
    monkeypatch.setattr(counting, "run", Clock(monkeypatch).calls_of(80, 40, 9, 5, 3))
    assert made._warm_up() == 5
    assert made.sample([], loops=1).seconds == pytest.approx(0.003)
    made, counting = sampler(0.003)
    monkeypatch.setattr(counting, "run", Clock(monkeypatch).calls_of(50))
    assert made._warm_up() == 4


@pytest.mark.parametrize(
    "error",
    [
        TypeError("cannot pickle '_thread.lock' object"),
        AttributeError("Can't pickle local object 'kernel.<locals>.<lambda>'"),
        AttributeError("Can't get local object 'kernel.<locals>.<lambda>'"),  # as Python 3.13.0 has it
        MaybeEncodingError(AttributeError("something else"), [1]),
    ],
)
def test_what_cannot_be_sent_is_told_as_that(error: Exception) -> None:
    """However a version of Python puts it, and whether it is an input or a result."""
    assert "cannot be pickled" in explain(error).reason
    assert "cannot be pickled" not in explain(AttributeError("no such thing")).reason
