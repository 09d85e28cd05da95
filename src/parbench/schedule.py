"""In which order, on which CPUs, how often and how many at a time: pure functions, no clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def orders(members: Sequence[T], rounds: int, rng: random.Random, kind: Callable[[T], int]) -> list[list[T]]:
    """A random order for every round, members of one kind next to each other, each followed by its reverse.

    So every member comes before every other one equally often, which random orders alone do not give.
    """
    kinds = sorted({kind(member) for member in members})
    found: list[list[T]] = []
    while len(found) < rounds:
        order: list[T] = []
        for which in rng.sample(kinds, len(kinds)):
            same = [member for member in members if kind(member) == which]
            order += rng.sample(same, len(same))
        found += [order, order[::-1]]
    return found[:rounds]


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
