"""Orders, turns, windows and batches: pure functions."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, permutations

import pytest

from parbench.measurement import schedule


@pytest.mark.parametrize("members", [1, 2, 5, 40])
@pytest.mark.parametrize("rounds", [2, 8, 16])
def test_orders_are_balanced_in_every_pair_of_rounds(members: int, rounds: int) -> None:
    """Every round holds every member once, and each comes before each other one in exactly half of the rounds."""
    found = schedule.orders(range(members), rounds, random.Random(3), lambda member: member % 3)
    assert len(found) == rounds
    assert all(sorted(order) == list(range(members)) for order in found)
    for one, other in combinations(range(members), 2):
        assert sum(order.index(one) < order.index(other) for order in found) == rounds // 2


def test_orders_are_random() -> None:
    """Over many blocks all orders of three come up, about equally often."""
    rng = random.Random(5)
    seen = Counter(tuple(order) for _ in range(300) for order in schedule.orders("abc", 2, rng, lambda _: 1))
    assert set(seen) == set(permutations("abc"))
    assert min(seen.values()) > 60


def test_members_of_a_kind_stand_together() -> None:
    """Each kind is one stretch of every order; which comes first, and the order within, is random."""
    rng = random.Random(7)
    found = [order for _ in range(99) for order in schedule.orders("aAbBcC", 2, rng, lambda member: member < "a")]
    stretches = Counter("".join("1" if member < "a" else "0" for member in order) for order in found)
    assert set(stretches) == {"000111", "111000"}
    assert min(stretches.values()) == 99
    assert len({tuple(order) for order in found}) > 30


def test_nobody_has_no_orders_to_stand_in() -> None:
    """Where every arm failed to start, the rounds are empty."""
    assert schedule.orders([], 4, random.Random(1), len) == [[], [], [], []]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.0, 8), (0.001, 8), (0.05, 8), (0.1, 4), (0.12, 4), (0.2, 4), (100.0, 4)]
)
def test_an_arm_takes_part_as_often_as_it_has_time(seconds: float, expected: int) -> None:
    """An even number of rounds that fits the allowed 0.5 s, never more than there are and never less than four."""
    assert schedule.share(seconds, 0.5, 8) == expected


@pytest.mark.parametrize("rounds", [2, 4, 8, 12, 16])
def test_turns_come_in_pairs_and_all_arms_meet(rounds: int) -> None:
    """Turns are in pairs of an order and its reverse, not the first pair unless all, and any two arms share one."""
    for count in range(2, rounds + 1, 2):
        chosen = schedule.spread_rounds(count, rounds)
        assert len(chosen) == count
        assert chosen <= set(range(rounds))
        assert all(turn ^ 1 in chosen for turn in chosen)
        assert {rounds - 2, rounds - 1} <= chosen
        assert count == rounds or not {0, 1} & chosen
        assert schedule.spread_rounds(1, rounds) <= chosen


def test_turns_are_spread_over_the_block() -> None:
    """A slow arm is sampled early and late, not only at the start."""
    assert schedule.spread_rounds(4, 16) == {6, 7, 14, 15}


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_windows_visit_every_cpu_equally(cores: int) -> None:
    """Over four rounds, arms of any size have been on each of four CPUs equally often, on `cores` of them at a time."""
    windows = [schedule.window([3, 5, 7, 9], cores, turn) for turn in range(4)]
    assert all(len(set(window)) == cores and window == sorted(window) for window in windows)
    assert set(Counter(cpu for window in windows for cpu in window).values()) == {cores}


def test_a_window_is_never_more_than_there_is() -> None:
    """More cores than CPUs get them all; no CPUs, which means no pinning, give none."""
    assert schedule.window([1, 2], 8, 5) == [1, 2]
    assert schedule.window([], 4, 3) == []


def need(member: str) -> int:
    """Bytes of a member: its number of letters."""
    return len(member)


def test_batches_fit_and_each_holds_the_baseline() -> None:
    """Everybody is in one batch, the baseline in all, and no batch of several is over the room."""
    members = ["b", "xxx", "yyy", "zz", "vvvvvvvv"]
    found = schedule.batches(members, ["b"], need, 7)
    assert found == [["b", "xxx", "yyy"], ["b", "zz"], ["b", "vvvvvvvv"]]


def test_one_batch_where_all_fits_or_nothing_is_left() -> None:
    """Much room makes one batch; baselines alone make one too, even without room."""
    assert schedule.batches(["b", "x", "y"], ["b"], need, 100) == [["b", "x", "y"]]
    assert schedule.batches(["b"], ["b"], need, 0) == [["b"]]
