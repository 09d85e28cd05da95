"""The contract that every strategy keeps, in every variant; a new strategy is under it from its first line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parbench.errors import ParbenchError
from parbench.strategies.base import Strategy
from parbench.strategies.base import tasks as tasks_of
from parbench.strategies.registry import create, find
from parbench.strategies.trace_events import KERNEL, SHIP_IN, SHIP_OUT, end
from parbench.strategies.tracing import COPYING, SAMPLED, Recorder
from parbench.workload.stages import one_by_one
from tests.strategies.contract import (
    CATALOGUE,
    LABELS,
    NEEDING_A_FORM,
    OPENED,
    TRACED,
    WATCHED,
    WORKLOADS,
    accepted,
    bad,
    configured_strategies,
    left,
    listening,
    needing,
    opened_at,
    outcome,
    plain,
    traced,
)
from tests.support import kernels

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module", autouse=True)
def configured() -> Iterator[None]:
    """The strategies that a page of the documentation defines."""
    with configured_strategies():
        yield


@pytest.fixture(scope="module", params=[needing(each) for each in LABELS])
def label(request: pytest.FixtureRequest) -> Any:
    """Every strategy in every variant."""
    return request.param


@pytest.fixture(scope="module", params=[needing(*pair) for pair in OPENED])
def strategy(request: pytest.FixtureRequest) -> Iterator[Strategy]:
    """Every strategy at one core and at two, opened once; close leaves nothing behind, and results live on."""
    before = left()
    with opened_at(*request.param) as strategy:
        workload = accepted(strategy)[0]
        result = strategy.run(workload, data := workload.make(workload.all_sizes.tiny, 0), 2)
        yield strategy
    assert left() <= before
    assert strategy.check(workload, result, data) == ""


@pytest.mark.parametrize("parts", [1, 5])
def test_every_accepted_workload_gives_its_verified_result(strategy: Strategy, parts: int) -> None:
    """However a workload is cut, the result is right by the workload's own verification."""
    assert accepted(strategy)
    for workload in accepted(strategy):
        data = workload.make(workload.all_sizes.tiny, 3)
        assert strategy.check(workload, strategy.run(workload, data, parts), data) == "", workload.name


def test_the_whole_catalogue_is_right(strategy: Strategy) -> None:
    """Every workload of this repository gives a verified result under every strategy that has a way to run it."""
    for workload in accepted(strategy, CATALOGUE):
        data = workload.make(workload.all_sizes.tiny, 3)
        assert strategy.check(workload, strategy.run(workload, data, 2), data) == "", workload.name


@pytest.mark.parametrize("parts", [1, 5])
def test_tasks_get_the_parts_that_they_need(strategy: Strategy, parts: int) -> None:
    """In a workload of steps every task is given the parts of the tasks before that it names, in order."""
    if strategy.unsupported_reason(kernels.ring, strategy.variant):
        pytest.skip("this strategy has no way to run dependent tasks")
    chunks = kernels.ring.split(data := kernels.ring.make(20, 0), parts)
    assert kernels.ring.stages is not None
    right = kernels.ring.stages.by_barriers(one_by_one, [kernels.tagged(chunk) for chunk in chunks], data)
    assert strategy.run(kernels.ring, data, parts) == right
    assert right[0][0] == (3, 0)


def test_only_what_looks_at_parts_says_that_it_cuts(strategy: Strategy) -> None:
    """A strategy that cuts calls the kernel once a part; one that does not is whole-array or a tutorial's."""
    if strategy.unsupported_reason(kernels.pieces, strategy.variant):
        return
    pieces = {parts: len(strategy.run(kernels.pieces, list(range(12)), parts)) for parts in (1, 3)}
    assert (pieces == {1: 1, 3: 3}) == strategy.takes_chunks(strategy.variant)


def test_more_parts_than_items_are_no_problem(strategy: Strategy) -> None:
    """With fewer items than parts the result is still right and complete."""
    for workload in accepted(strategy):
        if strategy.variant == "tutorial" and workload.name == "affine":
            continue  # statistics of nine numbers say nothing
        data = workload.make(3, 3)
        assert strategy.check(workload, strategy.run(workload, data, 7), data) == "", workload.name


def test_calls_do_not_leak_into_each_other(strategy: Strategy) -> None:
    """A call with other inputs gives other results, and the first inputs again the first results."""
    if strategy.variant == "tutorial":
        pytest.skip("the tutorial's numbers differ from call to call")
    for workload in accepted(strategy):
        one, two = workload.make(40, 1), workload.make(30, 2)
        first = strategy.run(workload, one, 2)
        other = strategy.run(workload, two, 2)
        again = strategy.run(workload, one, 2)
        assert workload.check(other, two) == "", workload.name
        assert np.array_equal(first, again), workload.name
        assert workload.check(first, one) == "", f"{workload.name}: a later call changed an earlier result"


def test_work_is_done_anew_in_every_call(strategy: Strategy) -> None:
    """Equal chunks and equal calls are all computed, never taken from a cache or merged into one."""
    if strategy.variant == "tutorial":
        pytest.skip("the tutorial's form is the workload's own")
    forms: dict[str, Any] = {"write_into": kernels.write_unique, "output": kernels.length}
    workload = kernels.listed(kernels.unique, **kernels.whole(kernels.unique), **forms)
    results = [int(item) for _ in range(3) for item in strategy.run(workload, [0, 0], 2)]
    assert len(results) >= 3
    assert len(set(results)) == len(results)


def test_no_port_is_open_beyond_loopback(strategy: Strategy) -> None:
    """Every listening socket of the strategy is on loopback, and none on the dashboard's well-known port."""
    assert strategy.name
    addresses = [address for of_one in listening().values() for address in of_one]
    assert all(address.ip == "127.0.0.1" and address.port != 8787 for address in addresses), addresses


def test_close_without_open_is_harmless(label: str) -> None:
    """A strategy that never got to open can be closed, as happens after a failed open."""
    create(label).close()


def test_what_cannot_run_is_refused_in_words(label: str) -> None:
    """A workload that has nothing but a kernel is either run or refused with a reason, never a crash."""
    workload = kernels.listed(kernels.doubles)
    strategy, variant = find(label)
    reason = strategy.unsupported_reason(workload, variant)
    needs_more = strategy.name in NEEDING_A_FORM or variant == "tutorial"
    assert bool(reason) == needs_more
    assert reason == "" or reason.startswith("it has no ")


@pytest.mark.parametrize("refused", [needing(each) for each in NEEDING_A_FORM])
def test_running_what_was_refused_is_a_clear_error(refused: str) -> None:
    """Running a refused workload anyway raises an error that names the missing form."""
    with opened_at(refused, 1) as strategy, pytest.raises(ParbenchError, match="give it one or leave this out"):
        strategy.run(kernels.listed(kernels.doubles), [1, 2], 1)


# -- traces ----------------------------------------------------------------------------------------------


@pytest.fixture
def crosses(strategy: Strategy, request: pytest.FixtureRequest) -> bool:
    """Whether chunks go to other processes; those of joblib on one core stay."""
    stay = strategy.variant == "threading" or request.node.callspec.params["strategy"] == ("joblib", 1)
    return strategy.boundary in ("process", "machine") and not stay


def test_traced_calls_give_right_results(strategy: Strategy, tmp_path: Path) -> None:
    """The result of a traced call is verified as any other result is, under every strategy in every variant."""
    for call, workload in enumerate(accepted(strategy, TRACED)):
        data = workload.make(workload.all_sizes.tiny, 3)
        every = 1 if workload.stages is not None else 1 + call % 2
        recorder = Recorder(workload, 2, str(tmp_path), call, every)
        with strategy.trace_call(recorder) as noting:
            result = strategy.run(noting, data, 3)
        end(recorder.call)
        assert strategy.check(workload, result, data) == "", (workload.name, every)


def test_every_kernel_call_is_there_once(strategy: Strategy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are as many tasks as chunks, in all steps, all that workers did lies within the call, and nothing stays."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = left()
    for workload in accepted(strategy, TRACED):
        data = workload.make(workload.all_sizes.tiny, 3)
        trace = traced(strategy, workload, data, 3)
        if plain(strategy, workload):
            assert trace.tasks == tasks_of(workload, data, len(workload.split(data, 3))), workload.name
            kernel = sum(end - begin for _, what, begin, end in trace.spans if what == KERNEL)
            assert kernel == pytest.approx(sum(trace.busy), abs=1e-5)
            assert trace.split_seconds > 0
        assert len(trace.busy) >= trace.cell.cores
        assert trace.busy == sorted(trace.busy, reverse=True)
        assert 0 < trace.busy[0] <= trace.seconds, workload.name
        assert all(0 <= begin <= end <= trace.seconds + 1e-6 for _, _, begin, end in trace.spans)
        assert trace.plain_seconds > 0
    assert left() <= before
    assert not list(tmp_path.glob("parbench-trace-*"))


def test_what_crosses_processes_is_seen_to_be_pickled(strategy: Strategy, crosses: bool) -> None:
    """Shipping takes time where chunks go to other processes, and none where workers share the caller's memory."""
    workload = WORKLOADS[0]
    if strategy.unsupported_reason(workload, strategy.variant) or not plain(strategy, workload):
        pytest.skip("this strategy has no tasks of ours")
    trace = traced(strategy, workload, workload.make(40, 3), 2)
    assert (trace.in_seconds > 0) == crosses
    assert (trace.out_seconds > 0) == (crosses and strategy.name != "shared-memory")
    assert trace.unseen == (COPYING if crosses else "")


def test_of_short_chunks_some_stand_for_all(strategy: Strategy, crosses: bool) -> None:
    """Every task's kernel is there, but only one chunk in eight is seen on its way, and counts for eight."""
    workload = WORKLOADS[0]
    if strategy.unsupported_reason(workload, strategy.variant) or not plain(strategy, workload):
        pytest.skip("this strategy has no tasks of ours")
    trace = traced(strategy, workload, workload.make(40, 3), 8, call_seconds=0.001)
    assert trace.tasks == len([span for span in trace.spans if span[1] == KERNEL]) == 8
    assert trace.unseen == (SAMPLED + COPYING if crosses else "")
    for what, seconds in ((SHIP_IN, trace.in_seconds), (SHIP_OUT, trace.out_seconds)):
        seen = sum(end - begin for _, kind, begin, end in trace.spans if kind == what)
        assert seen - 2e-6 <= seconds / 8, "processes that only hand on are in no lane, but count"
        assert (seconds > 0) == (crosses and (what == SHIP_IN or strategy.name != "shared-memory"))


def test_a_call_without_tracing_is_as_it_was(strategy: Strategy) -> None:
    """After a traced call nothing of it is left in the strategy, and the next call leaves no stamp."""
    workload = accepted(strategy)[0]
    data = workload.make(workload.all_sizes.tiny, 3)
    before = dict(vars(strategy))
    traced(strategy, workload, data, 2, spans=False)
    assert vars(strategy) == before
    assert strategy.check(workload, strategy.run(workload, data, 2), data) == ""


# -- failures: last, as what they leave of a strategy can be closed, but need not run anything more ------------------


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_exceptions_arrive(strategy: Strategy, request: pytest.FixtureRequest) -> None:
    """Exceptions of kernels, of later stages and unreadable ones too, end the call."""
    label, _ = request.node.callspec.params["strategy"]
    for failing in (bad(label, kernels.raises), kernels.late(kernels.raises_late)):
        if failing.stages is None or not strategy.unsupported_reason(failing, strategy.variant):
            error = outcome(strategy, failing)
            assert isinstance(error, ValueError)
            assert "the kernel says no" in str(error)
    if label in WATCHED:
        assert isinstance(outcome(strategy, bad(label, kernels.is_awkward)), Exception)
