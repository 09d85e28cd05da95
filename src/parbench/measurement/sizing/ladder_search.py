"""A search among round sizes for the smallest that pays off, and the sizes to measure then: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

#: Outcome of a search: the place was found, or the strategy pays at none or at each of the sizes that were tried.
SearchOutcome = Literal["found", "never", "always"]

#: Round sizes per step until both sides are known: 3 of them are a power of ten.
STRIDE = 3
#: Round sizes that are measured on either side of the place, if it was found.
AROUND = 2
#: Sizes that are measured if there is no such place.
SHOWN = 3
#: Round sizes from one of those to the next.
APART = 2


class LadderSearch:
    """The search on a ladder of round sizes, by what `pays` says of one: None if it was not to be tried.

    Afterwards `lose` and `win` are the places of the largest size that did not pay and the smallest that did, if any.
    """

    def __init__(self, ladder: Sequence[int], begin: int, pays: Callable[[int], bool | None]) -> None:
        self.lose: int | None = None
        self.win: int | None = None
        self.top = len(ladder) - 1
        place: int | None = begin
        while place is not None:
            answer = pays(ladder[place])
            if answer is None:
                if self.win is not None:
                    return
                self.top = place - 1
            elif answer:
                self.win = place
            else:
                self.lose = place
            place = self._next()

    def _next(self) -> int | None:
        """The place to try next: `STRIDE` away until both sides are known, then in the middle."""
        if self.win is None:
            if self.lose is None:  # all sizes so far were too large to try
                return max(0, self.top - STRIDE) if self.top >= 0 else None
            place = min(self.lose + STRIDE, self.top)
            return place if place > self.lose else None
        if self.lose is None:
            return max(self.win - STRIDE, 0) if self.win > 0 else None
        return (self.lose + self.win) // 2 if self.win - self.lose > 1 else None


def places_to_measure(search: LadderSearch) -> tuple[SearchOutcome, list[int]]:
    """The outcome of a search, and the places of its ladder to measure, in growing order."""
    if search.win is None:
        top = search.lose or 0
        return "never", sorted({max(0, top - APART * step) for step in range(SHOWN)})
    if search.lose is None:
        return "always", [search.win + APART * step for step in range(SHOWN)]
    if (wide := search.win - search.lose) > 1:  # the search ran out of time
        return "found", sorted(
            {search.lose - 1, *(search.lose + wide * step // 3 for step in range(4)), search.win + 1}
        )
    return "found", list(range(search.win - AROUND, search.win + AROUND + 1))
