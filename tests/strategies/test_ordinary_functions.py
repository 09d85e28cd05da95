"""Functions and data as users have them, under threads and processes, without a field of their own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench import Workload
from parbench.strategies.base import Strategy
from parbench.strategies.registry import create
from parbench.workload.workload import bounds

TABLE = pd.DataFrame({"key": np.arange(60) % 7, "value": np.arange(60.0)})
IMAGE = np.random.default_rng(1).random((24, 8))
NUMBERS = [5, 3, 8, 1, 9, 2]


class Model:
    """A method with state, which the call also changes."""

    def __init__(self) -> None:
        self.weight, self.calls = 3, 0

    def predict(self, value: float) -> float:
        self.calls += 1
        return self.weight * value


def mean_and_spread(group: pd.DataFrame) -> Any:
    """A row of two numbers from a group of rows."""
    return group["value"].agg(["mean", "std"])


def sum_by_key(rows: pd.DataFrame) -> Any:
    """A number per key."""
    return rows.groupby("key")["value"].sum()


def groups_of_keys(rows: pd.DataFrame, parts: int) -> list[pd.DataFrame]:
    """Chunks that have all rows of their keys."""
    return [group for _, group in rows.groupby(rows["key"] % parts)]


def joined_by_key(parts: list[Any]) -> Any:
    """The sums of all keys in order."""
    return pd.concat(parts).sort_index()


def blur(image: np.ndarray) -> Any:
    """The mean of each row and its neighbours."""
    rows = np.pad(image, ((1, 1), (0, 0)), mode="edge")
    return (rows[:-2] + rows[1:-1] + rows[2:]) / 3


def with_halo(image: np.ndarray, parts: int) -> list[tuple[np.ndarray, int, int]]:
    """Slices with a row more on each inner side, and the number of these rows."""
    edges = bounds(len(image), parts)
    return [(image[max(0, a - 1) : b + 1], int(a > 0), int(b < len(image))) for a, b in edges]


def blur_with_halo(chunk: tuple[np.ndarray, int, int]) -> Any:
    """The blurred rows without those of the halo."""
    image, above, below = chunk
    blurred = blur(image)
    return blurred[above : len(blurred) - below]


def power(base: int, exponent: int, times: int = 1) -> Any:
    """Several arguments."""
    return base**exponent * times


@lru_cache
def square(number: int) -> int:
    """A decorated function."""
    return number * number


def count_lines(path: Path) -> Counter[str]:
    """A file that a worker reads."""
    return Counter(path.read_text(encoding="utf-8").splitlines())


def count_all(paths: list[Path]) -> Counter[str]:
    """A Counter of a chunk of files."""
    return sum(map(count_lines, paths), Counter())


def histogram(numbers: list[int]) -> dict[int, int]:
    """A dict whose keys are in several parts."""
    return dict(Counter(number % 3 for number in numbers))


FILES = sorted(Path(__file__).parent.glob("*.py"))[:4]
ORDINARY: dict[str, Workload] = {
    "groups of a frame": Workload.each(mean_and_spread, [group for _, group in TABLE.groupby("key")]),
    "a frame by key": Workload(kernel=sum_by_key, data=TABLE, split=groups_of_keys, combine=joined_by_key),
    "an image with a halo": Workload(kernel=blur_with_halo, data=IMAGE, split=with_halo, verify=None),
    "a list of images": Workload.each(blur, [IMAGE[: 4 + rows] for rows in range(5)]),
    "sleeping": Workload.each(time.sleep, [0.001] * 4),
    "files": Workload.each(count_lines, FILES),
    "a Counter of files": Workload(kernel=count_all, data=FILES),
    "a dict": Workload(kernel=histogram, data=NUMBERS),
    "a method with state": Workload.each(Model().predict, np.arange(6.0)),
    "tuples of arguments": Workload.each(power, [(2, 3), (3, 2), (5, 1)], star=True),
    "keyword arguments": Workload.each(
        power, [{"base": 2, "exponent": 3}, {"base": 1, "exponent": 1, "times": 7}], star=True
    ),
    "a partial": Workload.each(partial(power, exponent=2), NUMBERS),
    "a cached function": Workload.each(square, NUMBERS),
    "a sum": Workload(kernel=sum, data=NUMBERS),
    "a maximum": Workload(kernel=max, data=NUMBERS, combine=max),
    "a set": Workload(kernel=set, data=[*NUMBERS, *NUMBERS]),
    "text": Workload(kernel=str.upper, data="some words"),
    "fewer items than cores": Workload.each(abs, [-1]),
    "an empty array": Workload(kernel=np.sqrt, make=lambda size: np.empty(0), sizes=[1]),
    "an empty list": Workload.each(abs, make=lambda size: list[int](), sizes=[1]),
}


@pytest.fixture(scope="module", params=["serial", "threads", "multiprocessing"])
def strategy(request: pytest.FixtureRequest) -> Iterator[Strategy]:
    """An opened strategy with two workers."""
    with create(request.param) as opened:
        opened.open(2)
        yield opened


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_function_has_a_right_result(name: str, strategy: Strategy) -> None:
    """At all its sizes, uncut and in several parts, compared with one call over the uncut data."""
    workload = ORDINARY[name]
    sizes: Any = workload.all_sizes
    for size in {sizes.tiny, *sizes.quick}:
        data = workload.make(size, 1)
        for parts in (1, 3):
            assert strategy.check(workload, strategy.run(workload, data, parts), data) == ""
