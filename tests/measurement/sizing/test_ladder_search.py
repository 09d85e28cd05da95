"""The search for the sizes around the place where something begins."""

from __future__ import annotations

import pytest

from parbench.measurement.sizing.ladder_search import LadderSearch
from parbench.measurement.sizing.power_law import round_sizes_between

ALL = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]


@pytest.mark.parametrize("begin", range(len(ALL)))
@pytest.mark.parametrize("place", range(1, len(ALL)))
def test_the_search_ends_between_neighbours(begin: int, place: int) -> None:
    """From wherever it begins, it finds the first size that pays, and asks for few."""
    asked: list[int] = []
    search = LadderSearch(ALL, begin, lambda size: asked.append(size) or size >= ALL[place])  # type: ignore[func-returns-value]
    assert (search.lose, search.win) == (place - 1, place)
    assert len(asked) == len(set(asked)) <= 7


@pytest.mark.parametrize("begin", range(len(ALL)))
def test_the_search_finds_always_and_never(begin: int) -> None:
    """If all sizes pay off it ends at the smallest, and if none does at the largest."""
    always, never = LadderSearch(ALL, begin, lambda size: True), LadderSearch(ALL, begin, lambda size: False)
    assert (always.lose, always.win) == (None, 0)
    assert (never.lose, never.win) == (len(ALL) - 1, None)


@pytest.mark.parametrize("most", [0, 1, 5, 10, 200])
def test_sizes_that_are_too_large_are_gone_round(most: int) -> None:
    """Forbidden sizes bound the search from above, down to nothing at all."""
    search = LadderSearch(ALL, 4, lambda size: None if size > most else False)
    allowed = [place for place, size in enumerate(ALL) if size <= most]
    assert (search.lose, search.win) == (allowed[-1] if allowed else None, None)


def test_round_sizes_are_all_there() -> None:
    """1, 2 and 5 times powers of ten within the ends, and the least if there is none."""
    assert round_sizes_between(1, 1000) == ALL
    assert round_sizes_between(3, 60) == [5, 10, 20, 50]
    assert round_sizes_between(7, 9) == [7]
