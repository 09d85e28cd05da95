"""The workloads of dependent tasks: tags, neighbours, transpositions, and products in their order."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from parbench import ParbenchError
from tests.workloads.isolating import SEED, WORKLOADS, cut, right_result
from workloads import all_to_all, stencil, tree_reduce


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
    assert workload.stages is not None
    data = workload.make(2, SEED)
    chunks = workload.split(data, 3)
    parts = [workload.kernel(chunk) for chunk in chunks]
    inputs = [parts[each] for each in workload.stages.needs(1, 1, 3)]
    assert workload.stages.kernel(1, 1, inputs).step == 1
    with pytest.raises(ParbenchError, match=r"step 1, task 1 was given .* the strategy mixes parts up"):
        workload.stages.kernel(1, 1, spoil(inputs))
    last = [part._replace(step=workload.stages.count(data, 3)) for part in parts]
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
    steps = tree_reduce.workload.stages
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
