"""Traced calls: that all is written down once, that results stay right, and that nothing is left behind."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest

from parbench import Workload
from parbench.errors import UsageError
from parbench.measurement.arms.protocol import MakeFirstCall, Open, TakeSample, TraceCalls
from parbench.runfile.reader import parse
from parbench.runfile.records import Trace, as_line
from parbench.strategies.base import MapStrategy
from parbench.strategies.registry import create
from parbench.strategies.trace_events import (
    KERNEL,
    SHIP_IN,
    SHIP_OUT,
    SPLIT,
    Parcel,
    TracedKernel,
    TracedSplit,
    begin,
    end,
    now,
    read_stamps,
    stamp,
)
from parbench.strategies.tracing import Recorder, merge_spans, trace_fields
from parbench.workload.cell import Cell
from tests.measurement.arms.test_process import PATIENCE, spec, started
from tests.strategies.contract import opened_at, traced
from tests.support import kernels

# Threads of one strategy may still be around when the next one forks.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


class Own(MapStrategy):
    """A strategy of somebody else, which has pieces of its own and takes no notice of how the workload cuts."""

    name: ClassVar[str] = "own"

    def open(self, cores: int) -> None:
        """Nothing to start."""

    def map(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Any]:
        return list(map(function, *columns))

    def run(self, workload: Workload, data: Any, parts: int) -> Any:
        pieces = [data[:3], data[3:]]
        return workload.combine(self.map(workload.kernel, pieces), data)


def test_strategies_of_others_are_traced_by_what_they_call() -> None:
    """A strategy that knows nothing of traces has them all the same, even one that cuts by itself."""
    with Own() as strategy:
        strategy.open(2)
        data = kernels.good.make(8, 1)
        trace = traced(strategy, kernels.good, data, 2)
        assert (trace.tasks, len(trace.busy), trace.split_seconds, trace.unseen) == (2, 2, 0.0, "")


def test_workers_that_cannot_write_are_a_clear_error(tmp_path: Path) -> None:
    """Where no stamp arrives from the workers, the call goes on, and the reason says who can be traced."""
    with opened_at("multiprocessing", 2) as strategy:
        recorder = Recorder(kernels.good, 2, str(tmp_path / "gone"), 1)
        recorder.run(strategy, list(range(8)), 2)
    with pytest.raises(UsageError, match="no trace events arrived"):
        trace_fields(recorder, recorder.stamps, spans=False)


def test_an_existing_scheduler_of_this_machine_is_traced(tmp_path: Path) -> None:
    """Workers that somebody else has started on this machine write down what they do as our own do."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"temporary-directory": str(tmp_path)}),
        LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", scheduler_kwargs={"dashboard_address": "127.0.0.1:0"}
        ) as cluster,
        create("dask-distributed", {"dask_scheduler": cluster.scheduler_address}) as strategy,
    ):
        strategy.open(1)
        trace = traced(strategy, kernels.good, list(range(8)), 3)
        assert trace.tasks == 3
        assert trace.in_seconds > 0


def test_an_arm_answers_with_the_fields_of_a_trace() -> None:
    """The answers of a real arm, at first and later, are lines of a run file that are read as they were written."""
    with started(spec("good", "threads", 2)) as arm:
        arm.ask(Open(), PATIENCE)
        arm.ask(MakeFirstCall(), PATIENCE)
        for spans in (True, False):
            answer = arm.ask(TraceCalls([], spans), PATIENCE).fields
            trace = Trace(Cell("good", 8, "threads", 2), 0, **answer)
            assert parse(json.dumps(as_line(trace))) == trace
            assert (trace.tasks, bool(trace.spans)) == (2, spans)
        assert arm.ask(TakeSample([], 1), PATIENCE).seconds > 0


# -- stamps and parcels ----------------------------------------------------------------------------------


def test_a_parcel_notes_how_long_its_content_takes(tmp_path: Path) -> None:
    """Pickling and unpickling are two spans, one after the other; a part that comes home is shipped out."""
    call, stamps = begin(str(tmp_path), 1)
    chunk = pickle.loads(pickle.dumps(Parcel(call, True, [1, 2])))
    assert (chunk.content, chunk.inward, chunk.call) == ([1, 2], True, call)
    pickle.loads(pickle.dumps(Parcel(call, content="part")))
    end(call)
    assert [what for what, *_ in stamps] == [SHIP_IN, SHIP_IN, SHIP_IN, SHIP_OUT]  # the third: to a worker again
    ends = [each for _, _, *both in stamps for each in both]
    assert ends == sorted(ends)
    pickle.loads(pickle.dumps(Parcel(call, content=1)))
    assert len(stamps) == 4, "a call that has ended takes no more"
    assert not list(tmp_path.iterdir()), "the caller writes to no file"


def test_one_chunk_in_so_many_is_a_parcel(tmp_path: Path) -> None:
    """A split of ten chunks has every fourth as a parcel, not the first, and says that each stands for five."""
    call, stamps = begin(str(tmp_path), 1)
    split = TracedSplit(lambda data, parts: [data] * parts, call, 4)
    chunks = split("x", 10)
    assert [index for index, chunk in enumerate(chunks) if isinstance(chunk, Parcel)] == [2, 6]
    assert split.scale == 5
    kernel = TracedKernel(str.upper, call)
    parts = [kernel(chunk) for chunk in chunks]
    assert [getattr(part, "content", part) for part in parts] == ["X"] * 10
    assert [isinstance(part, Parcel) for part in parts] == [isinstance(chunk, Parcel) for chunk in chunks]
    end(call)
    assert [what for what, *_ in stamps] == [SPLIT, *[KERNEL] * 10]
    few = [TracedSplit(lambda data, parts: [data] * parts, call, 4)("x", count) for count in range(4)]
    assert [[isinstance(chunk, Parcel) for chunk in chunks] for chunks in few] == [
        [],
        [True],
        [False, True],
        [False, False, True],
    ]


def test_another_process_writes_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events outside the caller's process are written to a file at once, and to another one if that is full."""
    monkeypatch.setattr("parbench.strategies.trace_events._LINES", 2)
    call = (str(tmp_path), 7, 1)
    for began in (10, 30, 50):
        stamp(call, KERNEL, began, began + 10, who=5)
    with (tmp_path / f"{os.getpid()}.1").open("ab") as file:
        file.write(b"half")
    expected = [(7, (KERNEL, (os.getpid(), 5), began, began + 10)) for began in (10, 30, 50)]
    assert list(read_stamps(str(tmp_path))) == expected
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_no_error_of_the_worker(tmp_path: Path) -> None:
    """A worker on another machine goes on; it is the caller that misses its stamps."""
    stamp((str(tmp_path / "not there"), 1, 1), KERNEL, 1, 2)
    stamp(call := (str(tmp_path), 1, 1), KERNEL, 3, 4, who=5)
    assert list(read_stamps(call[0])) == [(1, (KERNEL, (os.getpid(), 5), 3, 4))]


def test_what_dask_workers_take_the_schedulers_clock_for_is_taken_out_again(tmp_path: Path) -> None:
    """A worker that thinks the scheduler a minute ahead puts its times forward; its tasks still lie within the call."""

    def think(ahead: float, dask_worker: Any) -> None:
        dask_worker.scheduler_delay = ahead

    workload = import_module("workloads.affine").workload
    data = workload.make(workload.all_sizes.tiny, 3)
    recorders = [Recorder(workload, 1, str(tmp_path), number) for number in range(2)]
    with opened_at("dask-distributed", 1) as strategy:
        client = strategy.where["scheduler"]  # type: ignore[attr-defined] # as all that use Dask have it
        client.run(think, 60.0)
        recorders[0].run(strategy, data, 2)
        with strategy.trace_call(recorders[1]) as noting:
            recorders[1].began = now()
            strategy.run(noting, data, 2)
            recorders[1].ended = now()
            client.run(think, 30.0)  # again, after the tasks and before it is read
        end(recorders[1].call)
    for recorder in recorders:
        assert [what for what, *_ in recorder.stamps].count(KERNEL) >= 2


# -- times from events ---------------------------------------------------------------------------------


def call_of(tmp_path: Path, cores: int = 2) -> Recorder:
    """A call from 1 to 2 s by a made-up clock."""
    recorder = Recorder(kernels.good, cores, str(tmp_path), 1)
    end(recorder.call)
    recorder.began, recorder.ended = 10**9, 2 * 10**9
    return recorder


def test_workers_without_a_word_are_a_clear_error(tmp_path: Path) -> None:
    """Where no stamp came, or one by another machine's clock, the reason says so."""
    with pytest.raises(UsageError, match="no trace events arrived"):
        trace_fields(call_of(tmp_path), [(SHIP_IN, (1, 1), 10**9, 10**9 + 1)], spans=False)
    with pytest.raises(UsageError, match="another clock"):
        trace_fields(call_of(tmp_path), [(KERNEL, (1, 1), 5, 6)], spans=False)


def test_busy_has_an_entry_a_core_longest_first(tmp_path: Path) -> None:
    """Workers that had nothing to do are there with 0, and more workers than cores are all kept."""
    second = 10**9
    stamps = [(KERNEL, (1, who), second, second + who * 10**8) for who in (1, 3)]
    stamps += [(KERNEL, (1, 1), second + 5 * 10**8, second + 6 * 10**8), (SHIP_IN, (1, 9), second, second + 10)]
    fields = trace_fields(call_of(tmp_path, cores=3), stamps, spans=True)
    assert fields["busy"] == pytest.approx([0.3, 0.2, 0.0])
    assert (fields["tasks"], fields["seconds"]) == (3, 1.0)
    assert fields["in_seconds"] == pytest.approx(1e-8)
    assert [span[:2] for span in fields["spans"]] == [[1, KERNEL], [1, SHIP_IN], [2, KERNEL], [2, KERNEL]]
    assert trace_fields(call_of(tmp_path, cores=1), stamps, spans=False)["busy"] == pytest.approx([0.3, 0.2])


def test_too_many_spans_become_fewer() -> None:
    """The closest neighbours of a lane and kind are joined, and what is far apart stays apart."""
    spans = [[lane, KERNEL, at + 0.0, at + 0.9] for lane in (1, 2) for at in range(500)]
    spans += [[1, KERNEL, 1000.0, 1001.0], [1, SHIP_IN, 0.0, 0.1]]
    joined = merge_spans(sorted(spans), 100)
    assert len(joined) <= 100
    assert [1, KERNEL, 1000.0, 1001.0] in joined
    assert [1, SHIP_IN, 0.0, 0.1] in joined
    assert merge_spans(spans, 2000) == spans
