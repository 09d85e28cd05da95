"""A pandas groupby, with a built-in aggregation and, as `groupby_apply`, with a Python function a group.

Inputs start as one frame of two int64 columns in the caller and are shipped, 16 bytes a row; the result must be one
int64 series in the caller, a number for each key. The built-in sum runs in pandas' compiled loops, mostly without the
GIL; the function is Python and holds it. Sums are of integers, so partial sums add up exactly however rows are cut.

`groupby` has 64 keys in random order: every chunk gives a partial sum for each, and these are grouped once more.
`groupby_apply` has rows sorted by key, some 50 a key, and is cut between keys only, so that each group is whole in
one chunk and the function is called as often however it is cut. What does depend on the cut is what one groupby costs
however few rows it has, some 0.2 ms a chunk.

The Dask form of `groupby` is a Dask DataFrame, where the package that it needs is there; else, as for
`groupby_apply`, Dask computes one delayed call a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

import parbench

KEYS = 64
ROWS_A_KEY = 50  # of groupby_apply
LARGEST = 1_000_000


def frame_of(keys: Any, rng: np.random.Generator) -> pd.DataFrame:
    """A frame of `keys` with a random value for each."""
    return pd.DataFrame({"key": keys, "value": rng.integers(LARGEST, size=len(keys))})


def make(size: int, seed: int) -> pd.DataFrame:
    """`size` rows with one of 64 keys each, in random order."""
    rng = np.random.default_rng(seed)
    return frame_of(rng.integers(KEYS, size=size), rng)


def make_sorted(size: int, seed: int) -> pd.DataFrame:
    """`size` rows with one of a fiftieth as many keys each, sorted by key."""
    rng = np.random.default_rng(seed)
    return frame_of(np.sort(rng.integers(-(-size // ROWS_A_KEY), size=size)), rng)


def split(frame: pd.DataFrame, parts: int) -> list[pd.DataFrame]:
    """Ranges of rows."""
    return [frame.iloc[start:stop] for start, stop in parbench.bounds(len(frame), parts)]


def split_between_keys(frame: pd.DataFrame, parts: int) -> list[pd.DataFrame]:
    """Ranges of rows that begin with the first row of a key, so that there may be fewer than `parts`."""
    keys = frame["key"].to_numpy()
    starts = {int(np.searchsorted(keys, keys[start])) for start, _ in parbench.bounds(len(frame), parts)}
    return [frame.iloc[start:stop] for start, stop in pairwise([*sorted(starts), len(frame)])]


def sums(frame: pd.DataFrame) -> Any:
    """The sum of each key's values in one chunk."""
    return frame.groupby("key")["value"].sum()


def widest_gap(values: Any) -> int:
    """The largest difference between a group's neighbours in order, as one writes it in Python."""
    return max((later - earlier for earlier, later in pairwise(sorted(values))), default=0)


def gaps(frame: pd.DataFrame) -> Any:
    """The widest gap in each key's values in one chunk, which has all of them."""
    return frame.groupby("key")["value"].apply(widest_gap)


def add_up(parts: Sequence[Any], frame: pd.DataFrame | None) -> Any:
    """The sums of partial sums."""
    del frame
    return parts[0] if len(parts) == 1 else pd.concat(parts).groupby(level=0).sum()


def join(parts: Sequence[Any], frame: pd.DataFrame) -> Any:
    """The chunks' series in order: no key is in two of them."""
    del frame
    return pd.concat(parts)


def check(result: Any, keys: Any, right: Any) -> None:
    """Raise AssertionError where `result` is not the series that has `right` at `keys`."""
    assert isinstance(result, pd.Series), f"the result is a {type(result).__name__}, not a series"
    assert result.dtype == np.int64, f"the result is of {result.dtype}, not of int64"
    assert np.array_equal(result.index, keys), "the result does not have each key once, in order"
    same = result.to_numpy() == right
    assert same.all(), f"the number of key {keys[int(np.argmin(same))]} is wrong"


def verify(result: Any, frame: pd.DataFrame) -> None:
    """Against ``numpy.bincount``, whose sums in doubles are exact below 2^53."""
    keys = frame["key"].to_numpy()
    present = np.flatnonzero(np.bincount(keys))
    check(result, present, np.bincount(keys, weights=frame["value"].to_numpy())[present].astype(np.int64))


def verify_gaps(result: Any, frame: pd.DataFrame) -> None:
    """Against differences of all rows at once, sorted by key and value."""
    keys = frame["key"].to_numpy()
    values = frame["value"].to_numpy()[np.lexsort((frame["value"].to_numpy(), keys))]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    differences = np.diff(values, prepend=0)
    differences[starts] = 0  # each group's first has no neighbour before it
    check(result, keys[starts], np.maximum.reduceat(differences, starts))


def dask_form(frame: pd.DataFrame, parts: int) -> Any:
    """A Dask DataFrame in `parts` partitions, under names that were never used before, grouped by Dask.

    Without pyarrow, which Dask's data frames need, each partition is a delayed call of pandas instead.
    """
    import dask

    pieces = [dask.delayed(chunk, pure=False) for chunk in split(frame, parts)]
    if find_spec("pyarrow") is None:
        return dask.delayed(add_up, pure=False)([dask.delayed(sums, pure=False)(piece) for piece in pieces], None)
    from dask.dataframe import from_delayed

    return from_delayed(pieces, meta=frame.iloc[:0], verify_meta=False).groupby("key", sort=True)["value"].sum()


def memory(size: int) -> int:
    """The frame, pickled, sent, received and unpickled, and the codes of its keys."""
    return 16 * size * 13  # measured: 2 copies in serial, 5 with multiprocessing, 13 with dask-processes


workload = parbench.Workload(
    name="groupby",
    about="The sum for each of 64 keys by a pandas groupby over a frame that is shipped.",
    isolates="data frames, compiled",
    make=make,
    split=split,
    kernel=sums,
    combine=add_up,
    verify=verify,
    # at 1 s a call the frame alone would take more than 1 GB
    sizes=parbench.SizesByTime(
        tiny=500,
        about=(60_000, 1_000_000, 10_000_000, 100_000_000),
        standard=(0.001, 0.01, 0.1),
        thorough=(0.001, 0.01, 0.1),
    ),
    outputs="reduced",
    bound="memory",
    unit="rows",
    bytes_in=16,
    bytes_out=0,
    memory=memory,
    dask=dask_form,
    expects=(
        parbench.Expect(
            "threads",
            "above",
            "multiprocessing",
            "a row is grouped in about the time that its 16 bytes take to a process, and threads share the frame.",
            from_seconds=0.005,
        ),
        parbench.Expect(
            "multiprocessing",
            "below",
            1.2,
            "the caller pickles and sends each row, which takes it about as long as to group it.",
            from_seconds=0.005,
        ),
    ),
)

groupby_apply = parbench.Workload(
    name="groupby_apply",
    about="A Python function of each group of about 50 rows by a pandas groupby over a frame that is shipped.",
    isolates="data frames, a Python function",
    make=make_sorted,
    split=split_between_keys,
    kernel=gaps,
    combine=join,
    verify=verify_gaps,
    sizes=parbench.SizesByTime(tiny=500, about=(1_200, 28_000, 320_000, 3_200_000)),
    bound="compute",
    unit="rows",
    bytes_in=16,
    bytes_out=16 / ROWS_A_KEY,
    memory=memory,
    expects=(
        parbench.Expect("threads", "below", 1.15, "the function of a group holds the GIL.", from_seconds=0.005),
        parbench.Expect(
            "multiprocessing",
            "above",
            "threads",
            "processes have a GIL each, and 16 bytes a row travel much faster than Python sorts them.",
            times=1.2,
            from_seconds=0.05,
        ),
    ),
)
