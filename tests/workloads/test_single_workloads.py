"""Properties of single workloads of the catalogue: their data, their kernels, their forms."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.workloads.isolating import SEED, cut
from workloads import groupby, monte_carlo, skew, wordcount, worker_state


@pytest.mark.parametrize("size", [40, 1_000])
def test_one_task_is_a_third_of_all_work(size: int) -> None:
    """The straggler costs half as much as all others and is early; all other costs are the same at every size."""
    links = skew.make(size, SEED).links
    straggler = int(np.argmax(links))
    assert straggler < size // 8
    assert links[straggler] == (links.sum() - links[straggler]) // 2
    fewer = skew.make(20, SEED).links
    differ = np.flatnonzero(links[:20] != fewer)
    assert set(differ) <= {straggler, int(np.argmax(fewer))}


def test_chunks_of_as_many_tasks_cost_differently() -> None:
    """With one chunk per core one of them has much more work, with sixteen it can be shared out."""
    data = skew.make(4_000, SEED)
    whole = data.links.sum()
    halves, many = ([int(chunk.links.sum()) for chunk in skew.split(data, parts)] for parts in (2, 16))
    assert max(halves) > 0.6 * whole
    assert max(many) < 0.45 * whole
    assert sum(halves) == sum(many) == whole


def test_the_length_of_a_chain_does_not_overflow_the_closed_form() -> None:
    """Sums over more bytes than the square root of 2^63 are right: two chains are one after the other."""
    links, start = 1 << 20, 0x1234_5678
    once = skew.closed_form(skew.Tasks(np.array([links]), np.array([start], np.uint32)))
    twice = skew.closed_form(skew.Tasks(np.array([links]), once))
    both = skew.closed_form(skew.Tasks(np.array([2 * links]), np.array([start], np.uint32)))
    assert twice.tolist() == both.tolist()


def test_no_group_is_in_two_chunks() -> None:
    """A frame for the Python function is cut between keys only, and every row is in one chunk."""
    frame = groupby.make_sorted(1_000, SEED)
    for parts in (1, 2, 3, 7, 100):
        chunks = groupby.split_between_keys(frame, parts)
        assert pd.concat(chunks).equals(frame)
        keys = [key for chunk in chunks for key in chunk["key"].unique()]
        assert len(keys) == len(set(keys))


def test_the_function_of_a_group_is_called_as_often_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one call for each key."""
    calls: list[int] = []
    right = groupby.widest_gap

    def counted(values: Any) -> int:
        calls.append(1)
        return right(values)

    monkeypatch.setattr(groupby, "widest_gap", counted)
    frame = groupby.make_sorted(1_000, SEED)
    for parts in (1, 2, 7):
        calls.clear()
        cut(groupby.groupby_apply, frame, parts)
        assert len(calls) == frame["key"].nunique()


def test_without_data_frames_dask_calls_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Dask has no data frames, its form is made of delayed calls, and gives the same."""
    monkeypatch.setattr(groupby, "find_spec", lambda name: None)
    frame = groupby.make(100, SEED)
    collection = groupby.dask_form(frame, 3)
    assert type(collection).__module__.startswith("dask.delayed")
    assert groupby.workload.check(collection.compute(scheduler="sync"), frame) == ""


def test_a_dask_data_frame_is_used_where_there_can_be_one() -> None:
    """With the package that it needs, the Dask form is a collection of Dask's data frames."""
    pytest.importorskip("pyarrow", reason="dask.dataframe needs pyarrow")
    assert groupby.workload.dask is not None
    frame = groupby.make(100, SEED)
    collection = groupby.workload.dask(frame, 3)
    assert type(collection).__module__.startswith("dask.dataframe")
    assert groupby.workload.check(collection.compute(scheduler="sync"), frame) == ""


def test_points_are_those_of_spawned_streams() -> None:
    """A stream that a chunk makes by its index is the child that `spawn` gives there."""
    streams = monte_carlo.make(5, SEED)
    alone = [monte_carlo.hits(chunk) for chunk in monte_carlo.split(streams, 5)]
    assert len(set(alone)) == 5
    for index, child in enumerate(np.random.SeedSequence(SEED).spawn(5)):
        x, y = np.random.default_rng(child).random((2, monte_carlo.POINTS))
        assert alone[index] == int((x * x + y * y <= 1).sum())


def test_an_estimate_far_from_pi_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams whose numbers are not uniform fail the verification, even where both counts agree."""
    data = monte_carlo.make(4, SEED)

    class Halved(np.random.Generator):
        def random(self, size: Any = None, dtype: Any = float, out: Any = None) -> Any:
            numbers = super().random(size, dtype, out)
            numbers *= 0.9
            return numbers

    monkeypatch.setattr(np.random, "Generator", Halved)
    assert "too far from π" in monte_carlo.workload.check(monte_carlo.hits(data), data)


def test_a_worker_makes_its_table_once() -> None:
    """Threads that ask at the same time get one table, which later calls find again."""
    worker_state._made.cache_clear()
    data = worker_state.make(10, SEED)
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(worker_state.table, [data.coefficients] * 4))
    assert worker_state._made.cache_info().misses == 1
    cut(worker_state.workload, data, 3)
    assert all(each is tables[0] for each in (*tables, worker_state.table(data.coefficients)))
    assert worker_state._made.cache_info().misses == 1


@pytest.mark.parametrize("size", [1, worker_state.LENGTH, 3 * worker_state.LENGTH + 7])
def test_look_ups_are_right_over_many_rounds(size: int) -> None:
    """The sum is known for parts of a round, for a whole one and for more."""
    data = worker_state.make(size, SEED)
    assert worker_state.workload.check(cut(worker_state.workload, data, 3), data) == ""


def test_the_text_has_what_has_to_be_looked_past() -> None:
    """Lines begin with a capital, end with a full stop and have a comma; no word is in the list twice."""
    text = wordcount.make(1_000, SEED)
    assert len(set(wordcount.WORDS)) == len(wordcount.WORDS) == 1_000
    for line in text.lines:
        assert line[0].isupper()
        assert line.endswith(".")
        assert "," in line
    assert text.drawn.sum() == 1_000
    assert text.drawn[0] > 10 * max(1, text.drawn[500:].max())


def test_the_text_is_the_same_on_every_machine() -> None:
    """A run on another Python has the same text to count."""
    assert wordcount.make(30, 0).lines == [
        "Baka bo ba ba bose dula babi, bene ni fefu bube ba.",
        "Daro ba bene be dedo ne bu, fi ba ba banu bala.",
        "Bada du komu keke, baru bali.",
    ]
