"""In which order, on which CPUs, how often and how many at a time: pure functions, no clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

T = TypeVar("T")


def orders(members: Sequence[T], rounds: int, rng: random.Random, *kinds: Callable[[T], Hashable]) -> list[list[T]]:
    """A random order for every round, each followed by its reverse.

    Members of one kind stand next to each other, within them those of one second kind, and so on. So every member
    comes before every other one equally often, which random orders alone do not give.
    """
    found: list[list[T]] = []
    while len(found) < rounds:
        order = shuffled(members, rng, kinds)
        found += [order, order[::-1]]
    return found[:rounds]


def shuffled(members: Sequence[T], rng: random.Random, kinds: Sequence[Callable[[T], Hashable]]) -> list[T]:
    """One random order, with members of one kind together."""
    if not kinds:
        return rng.sample(list(members), len(members))
    stretches: dict[Hashable, list[T]] = {}
    for member in members:
        stretches.setdefault(kinds[0](member), []).append(member)
    mixed = rng.sample(list(stretches.values()), len(stretches))
    return [member for stretch in mixed for member in shuffled(stretch, rng, kinds[1:])]


def share(sample_seconds: float, allowed: float, rounds: int) -> int:
    """How many of `rounds` an arm takes part in: an even number that fits `allowed` seconds, at least 2."""
    fitting = int(allowed / max(sample_seconds, 1e-9))
    return max(2, min(rounds, fitting - fitting % 2))


def turns(count: int, rounds: int) -> set[int]:
    """Which rounds: `count` of them in pairs (an order and its reverse), spread over the block."""
    pairs, wanted = rounds // 2, count // 2
    chosen = {index * pairs // wanted for index in range(wanted)}
    return {turn for pair in chosen for turn in (2 * pair, 2 * pair + 1)}


def window(cpus: Sequence[int], cores: int, turn: int) -> list[int]:
    """The `cores` CPUs of the set whose turn it is: arms smaller than the set visit all of it."""
    first = turn * cores % len(cpus) if cpus else 0
    return sorted(cpus[(first + index) % len(cpus)] for index in range(min(cores, len(cpus))))


def batches(members: Sequence[T], always: Sequence[T], need: Callable[[T], int], room: int) -> list[list[T]]:
    """Cut `members` into lists that fit into `room` bytes together, each with all of `always` in it.

    A member too large for any company still gets a batch; whether it fits at all is decided elsewhere.
    """
    fixed = sum(need(member) for member in always)
    found: list[list[T]] = []
    left = -1
    for member in members:
        if member in always:
            continue
        if need(member) > left:
            found.append(list(always))
            left = room - fixed
        found[-1].append(member)
        left -= need(member)
    return found or [list(always)]
