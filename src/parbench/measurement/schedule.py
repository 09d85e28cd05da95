"""Orders of arms, rounds per arm, CPU windows and batches: pure functions, no clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")
#: Fewest rounds of an arm in a block: the pseudo-median of two is their mean, which one disturbed sample moves.
LEAST_ROUNDS = 4


def orders(members: Sequence[T], rounds: int, rng: random.Random, *kinds: Callable[[T], Hashable]) -> list[list[T]]:
    """One random order per round, each followed by its reverse.

    Members of one kind are next to each other, within them members of one second kind, and so on. So every member
    precedes every other member equally often, which random orders alone do not ensure.
    """
    result: list[list[T]] = []
    while len(result) < rounds:
        order = shuffle(members, rng, kinds)
        result += [order, order[::-1]]
    return result[:rounds]


def shuffle(members: Sequence[T], rng: random.Random, kinds: Sequence[Callable[[T], Hashable]]) -> list[T]:
    """Put members in a random order, with members of one kind together."""
    if not kinds:
        return rng.sample(list(members), len(members))
    stretches: dict[Hashable, list[T]] = {}
    for member in members:
        stretches.setdefault(kinds[0](member), []).append(member)
    mixed = rng.sample(list(stretches.values()), len(stretches))
    return [member for stretch in mixed for member in shuffle(stretch, rng, kinds[1:])]


def share(sample_seconds: float, allowed: float, rounds: int) -> int:
    """The rounds of an arm, of `rounds` in all: an even number that fits `allowed` seconds, at least `LEAST_ROUNDS`."""
    fitting = int(allowed / max(sample_seconds, 1e-9))
    return max(LEAST_ROUNDS, min(rounds, fitting - fitting % 2))


def spread_rounds(count: int, rounds: int) -> set[int]:
    """The numbers of `count` rounds, in pairs (an order and its reverse), spread over the block; 1 is one round.

    The first pair is not among them unless all are: arms that have waited while others started are slower.
    """
    pairs, wanted = rounds // 2, max(1, count // 2)
    chosen = {pairs - 1 - index * pairs // wanted for index in range(wanted)}
    return {turn for pair in chosen for turn in (2 * pair, 2 * pair + 1)[:count]}


def window(cpus: Sequence[int], cores: int, turn: int) -> list[int]:
    """The `cores` CPUs of the set in a round: arms smaller than the set visit all of it in turn."""
    first = turn * cores % len(cpus) if cpus else 0
    return sorted(cpus[(first + index) % len(cpus)] for index in range(min(cores, len(cpus))))


def batches(members: Sequence[T], always: Sequence[T], need: Callable[[T], int], room: int) -> list[list[T]]:
    """Cut `members` into lists that fit into `room` bytes, each with all of `always`.

    A member that does not fit along with `always` still gets a batch; the campaign excludes what does not fit at all.
    """
    fixed = sum(need(member) for member in always)
    result: list[list[T]] = []
    left = -1
    for member in members:
        if member in always:
            continue
        if need(member) > left:
            result.append(list(always))
            left = room - fixed
        result[-1].append(member)
        left -= need(member)
    return result or [list(always)]
