"""The workloads that isolate one axis each: their results are known, and neither cut nor strategy changes them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench import ParbenchError, Timed, Workload
from parbench.harnesses import create
from workloads import all_to_all, groupby, monte_carlo, skew, stencil, tree_reduce, wordcount, worker_state

MODULES = ("skew", "tree_reduce", "stencil", "all_to_all", "groupby", "monte_carlo", "worker_state", "wordcount")
WORKLOADS: dict[str, Workload] = {
    **{name: import_module(f"workloads.{name}").workload for name in MODULES},
    "groupby_apply": groupby.groupby_apply,
}
every_workload = pytest.mark.parametrize("name", WORKLOADS)
SEED = 5


def cut(workload: Workload, data: Any, parts: int) -> Any:
    """The result of a plain loop over so many parts."""
    return create("serial").run(workload, data, parts)


def right_result(name: str, size: int = 40) -> tuple[Any, Any]:
    """What one part gives, and the data."""
    data = WORKLOADS[name].make(size, SEED)
    return cut(WORKLOADS[name], data, 1), data


def same(left: Any, right: Any) -> bool:
    """Whether two results are equal to the last bit and of one type."""
    if isinstance(left, pd.Series):
        return left.equals(right) and left.index.equals(right.index)
    return type(left) is type(right) and bool(np.all(left == right))


@every_workload
@pytest.mark.parametrize("size", [1, 2, 40, 150])
def test_the_cut_changes_nothing(name: str, size: int) -> None:
    """However many parts there are, the result is accepted and the same to the last bit."""
    workload = WORKLOADS[name]
    data = workload.make(size, SEED)
    results = [cut(workload, data, parts) for parts in (1, 2, 3, 7, 100)]
    assert [workload.check(result, data) for result in results] == [""] * 5
    assert all(same(result, results[0]) for result in results)


@every_workload
@pytest.mark.parametrize("label", ["threads", "dask-threads"])
def test_threads_give_the_same(name: str, label: str) -> None:
    """Workers that share memory, with barriers between steps or a graph of all of them, change no bit."""
    right, data = right_result(name)
    with create(label) as harness:
        harness.open(2)
        for parts in (1, 2, 3, 7):
            result = harness.run(WORKLOADS[name], data, parts)
            assert harness.check(WORKLOADS[name], result, data) == ""
            assert same(result, right)


@every_workload
def test_the_seed_decides(name: str) -> None:
    """The same seed gives the same result again, and what another one gives is refused."""
    workload = WORKLOADS[name]
    one, again, other = (workload.make(40, seed) for seed in (1, 1, 2))
    assert same(cut(workload, one, 1), cut(workload, again, 1))
    assert workload.check(cut(workload, one, 1), one) == ""
    assert workload.check(cut(workload, other, 1), one) != ""


def one_more(result: Any) -> Any:
    """An array or a series whose last number is one more than it should be."""
    wrong = result.copy()
    flat = wrong.reshape(-1) if isinstance(wrong, np.ndarray) else wrong.array
    flat[-1] += 1
    return wrong


def one_word_more(result: dict[str, int]) -> dict[str, int]:
    """Counts in which the last word is there once more."""
    last = list(result)[-1]
    return {**result, last: result[last] + 1}


ARRAYS: dict[str, Callable[[Any], Any]] = {
    "off by one": one_more,
    "short": lambda result: result[:-1],
    "reversed": lambda result: result[::-1],
    "floats": lambda result: result.astype("float32"),
    "a list": lambda result: result.tolist(),
}
NUMBERS: dict[str, Callable[[Any], Any]] = {
    "off by one": lambda result: result + 1,
    "zero": lambda result: 0,
    "a float": float,
    "NumPy's": np.int64,
}
COUNTS: dict[str, Callable[[Any], Any]] = {
    "off by one": one_word_more,
    "one word less": lambda result: dict(list(result.items())[1:]),
    "a strange word": lambda result: {**result, "strange": 1},
    "a list": list,
}
SPOILT = {
    **dict.fromkeys(("skew", "tree_reduce", "stencil", "all_to_all", "groupby", "groupby_apply"), ARRAYS),
    **dict.fromkeys(("monte_carlo", "worker_state"), NUMBERS),
    "wordcount": COUNTS,
}


@pytest.mark.parametrize(("name", "wrong"), [(name, wrong) for name in SPOILT for wrong in SPOILT[name]])
def test_wrong_results_are_refused(name: str, wrong: str) -> None:
    """A right result with anything wrong in value, order, length or type is refused with a reason."""
    result, data = right_result(name, 100)
    assert WORKLOADS[name].check(result, data) == ""
    assert WORKLOADS[name].check(SPOILT[name][wrong](result), data) != ""


def test_a_missing_transposition_is_refused() -> None:
    """An exchange in which every task keeps its own rows does not give the right array."""
    result, data = right_result("all_to_all")
    assert all_to_all.workload.check(np.ascontiguousarray(result.T), data) != ""


@pytest.mark.parametrize(
    "spoil",
    [
        lambda parts: parts[::-1],
        lambda parts: parts[:-1],
        lambda parts: [*parts, parts[0]],
        lambda parts: [parts[0]._replace(step=1), *parts[1:]],
        lambda parts: [parts[1], *parts[1:]],
    ],
    ids=["order", "one missing", "one too many", "of another step", "of another task"],
)
@pytest.mark.parametrize("name", ["stencil", "all_to_all"])
def test_wrong_tags_are_refused(name: str, spoil: Any) -> None:
    """A task that is given other parts than it needs, and a result made of such, are a clear error."""
    workload = WORKLOADS[name]
    assert workload.steps is not None
    data = workload.make(2, SEED)
    chunks = workload.split(data, 3)
    parts = [workload.kernel(chunk) for chunk in chunks]
    inputs = [parts[each] for each in workload.steps.needs(1, 1, 3)]
    assert workload.steps.kernel(1, 1, inputs).step == 1
    with pytest.raises(ParbenchError, match=r"step 1, task 1 was given .* the strategy mixes parts up"):
        workload.steps.kernel(1, 1, spoil(inputs))
    last = [part._replace(step=workload.steps.count(data, 3)) for part in parts]
    workload.combine(last, data)
    with pytest.raises(ParbenchError, match="the strategy mixes parts up"):
        workload.combine(spoil(last), data)


def test_the_edges_of_neighbours_matter() -> None:
    """The stencil over an arc uses the last cell to its left and the first to its right, and no other of theirs."""
    parts = [stencil.first(chunk) for chunk in stencil.split(stencil.make(1, SEED), 4)]
    inputs = parts[:3]
    right = stencil.advance(1, 1, inputs).cells

    def after_changing(which: int, cell: int) -> Any:
        cells = inputs[which].cells.copy()
        cells[cell] += 1
        changed = [part._replace(cells=cells) if at == which else part for at, part in enumerate(inputs)]
        return np.flatnonzero(stencil.advance(1, 1, changed).cells != right).tolist()

    assert after_changing(0, -1) == [0]
    assert after_changing(2, 0) == [len(right) - 1]
    assert after_changing(0, 0) == after_changing(2, -1) == []
    assert after_changing(1, 7) == [6, 7, 8]


@pytest.mark.parametrize("rounds", [1, 2, 31, 1_024, 5_000])
@pytest.mark.parametrize("cells", [1, 3, 100])
def test_the_work_multiplies_by_what_is_said(rounds: int, cells: int) -> None:
    """The closed form of the work is what it does, for more terms than a table or a block holds."""
    given = np.arange(stencil.PRIME - cells, stencil.PRIME)
    series = sum(pow(stencil.FACTOR, exponent, stencil.PRIME) for exponent in range(rounds))
    assert stencil.toil_factor(rounds) == series % stencil.PRIME
    assert stencil.toil(given, rounds).tolist() == [int(cell) * series % stencil.PRIME for cell in given]


@pytest.mark.parametrize("parts", [1, 2, 3, 5, 8, 64])
def test_a_tree_has_the_same_products_however_it_is_cut(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are 63 products, and steps get narrower until one task is left."""
    made: list[int] = []
    right = tree_reduce.times

    def counted(left: Any, other: Any) -> Any:
        made.append(1)
        return right(left, other)

    monkeypatch.setattr(tree_reduce, "times", counted)
    data = tree_reduce.make(4, SEED)
    assert tree_reduce.workload.check(cut(tree_reduce.workload, data, parts), data) == ""
    assert len(made) == tree_reduce.LEAVES - 1
    steps = tree_reduce.workload.steps
    assert steps is not None
    widths = [steps.width(step, parts) for step in range(steps.count(data, parts) + 1)]
    assert widths[0] == parts
    assert widths[-1] == 1
    assert all(after == -(-before // 2) for before, after in pairwise(widths))


def test_a_tree_refuses_parts_that_are_no_neighbours() -> None:
    """Products in the wrong order, and a result that lacks steps, are a clear error."""
    data = tree_reduce.make(4, SEED)
    one, two = (tree_reduce.product(chunk) for chunk in tree_reduce.split(data, 2))
    with pytest.raises(ParbenchError, match=r"step 1, task 0 was given matrices 32 to 64 and then 0 to 32"):
        tree_reduce.merge(1, 0, [two, one])
    with pytest.raises(ParbenchError, match="only matrices 0 to 32"):
        tree_reduce.combine([one], data)


def test_the_order_of_matrices_matters() -> None:
    """They do not commute, so a product in another order is refused."""
    data = tree_reduce.make(4, SEED)
    one, two = (tree_reduce.product(chunk).matrix for chunk in tree_reduce.split(data, 2))
    assert tree_reduce.workload.check(tree_reduce.times(one, two), data) == ""
    assert tree_reduce.workload.check(tree_reduce.times(two, one), data) == "the product is wrong"


def test_numbers_as_large_as_they_get_are_reduced_exactly() -> None:
    """Modulo the prime is right at both ends of the range that products and sums of them can have."""
    most = 4_096 * tree_reduce.PRIME**2
    for centre in (0, most, -3 * tree_reduce.PRIME**2):
        around = [centre + offset for offset in (-tree_reduce.PRIME, -1, 0, 1, tree_reduce.PRIME - 1)]
        assert tree_reduce.reduced(np.array(around, float)).tolist() == [each % tree_reduce.PRIME for each in around]


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
    """With one chunk a core one of them has much more work, with sixteen it can be shared out."""
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


def test_dask_keys_of_data_frames_are_never_used_twice() -> None:
    """Two graphs for the same frame share no key, so Dask cannot take one call's work for the other's."""
    frame = groupby.make(100, SEED)
    one, two = (set(dict(groupby.dask_form(frame, 2).__dask_graph__())) for _ in range(2))
    assert one
    assert not one & two


@every_workload
def test_each_says_what_it_isolates_and_what_theory_expects(name: str) -> None:
    """Every workload has a name for its axis, two to four expectations and sizes by time."""
    workload = WORKLOADS[name]
    assert workload.name == name
    assert workload.axis
    assert workload.about
    assert 2 <= len(workload.expects) <= 4
    assert all(expectation.why.endswith(".") for expectation in workload.expects)
    assert isinstance(workload.all_sizes, Timed)
    assert workload.all_sizes.tiny < workload.all_sizes.about[0]


def test_axes_differ() -> None:
    """No two workloads are there to tell the same thing apart."""
    assert len({workload.axis for workload in WORKLOADS.values()}) == len(WORKLOADS)


@every_workload
def test_memory_is_estimated_for_every_size(name: str) -> None:
    """The estimate never falls with the size and covers what goes in and out."""
    sizes = (WORKLOADS[name].all_sizes.tiny, *WORKLOADS[name].all_sizes.about)  # type: ignore[union-attr]  # held above
    estimates = [WORKLOADS[name].peak_bytes(size) for size in sizes]
    assert estimates == sorted(estimates)
    assert all(each >= WORKLOADS[name].traffic(size) for each, size in zip(estimates, sizes, strict=True))
