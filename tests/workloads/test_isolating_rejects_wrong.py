"""The workloads that isolate one effect each: wrong results are refused, and each has the property of its effect."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from parbench import Workload
from tests.strategies.contract import listening
from workloads import (
    affine,
    affine_sum,
    broadcast,
    matmul,
    ship_in,
    ship_out,
    sort,
    spin,
    square,
    square_array,
    triad,
    wait,
)

PATIENCE = 60  # seconds after which something counts as not happening
Spoil = Callable[[Any], Any]
NUMBER: list[Spoil] = [lambda r: r + 1, lambda r: r - 1, lambda r: [r], lambda r: str(r)]
FLOAT: list[Spoil] = [*NUMBER, lambda r: float("nan"), lambda r: np.array([r])]
ANSWERS: list[Spoil] = [
    lambda r: r[:-1],
    lambda r: r[::-1],
    lambda r: [*r[:-1], r[-1] + 3],
    lambda r: tuple(r),
    lambda r: [*r, r[-1]],
]


def with_item(place: Any, change: Callable[[Any], Any], result: Any) -> Any:
    """A copy of a list or an array in which one item is another."""
    copy = result.copy()
    copy[place] = change(copy[place])
    return copy


def swapped(result: Any) -> Any:
    """A copy of an array in which two rows have changed places."""
    copy = result.copy()
    copy[[3, 5]] = copy[[5, 3]]
    return copy


ARRAY: list[Spoil] = [
    lambda r: r[:-1],
    lambda r: r.tolist(),
    lambda r: r.astype(np.float32),
    lambda r: np.roll(r, 1, axis=0),
    lambda r: np.zeros_like(r),
    swapped,
    partial(with_item, 7, lambda item: item + 1),
    partial(with_item, -1, lambda item: item + 1),
]
#: Of numbers between 1 and 3.
CLOSE: list[Spoil] = [*ARRAY, partial(with_item, 17, lambda item: item + 1e-6), lambda r: np.full_like(r, np.nan)]
CASES: list[tuple[Workload, int, list[Spoil]]] = [
    (
        square.workload,
        40,
        [*ANSWERS, lambda r: [r[1], r[0], *r[2:]], lambda r: [float(x) for x in r]],
    ),
    (square_array.workload, 40, CLOSE),
    (affine.workload, 40, CLOSE),
    (affine_sum.workload, 40, [*NUMBER[:3], lambda r: float("nan"), lambda r: r * (1 + 1e-8)]),
    (spin.workload, 50, [*NUMBER, float]),
    (spin.spin_grain, 50, [*NUMBER, float]),
    (triad.workload, 9_000, FLOAT),
    (
        sort.workload,
        3,
        [
            *(partial(with_item, place, lambda item: item + 1) for place in (0, 1)),
            *(partial(with_item, place, lambda item: item * (1 + 1e-9)) for place in (2, 3, 4)),
            partial(with_item, 3, lambda item: math.nan),
            lambda r: r[:-1],
            tuple,
        ],
    ),
    (matmul.workload, 70, FLOAT),
    (matmul.matmul_large, 20, ARRAY),
    (ship_in.workload, 5_120, FLOAT),
    (
        ship_out.workload,
        800_000,
        [
            *ARRAY,
            lambda r: r + 1,
            partial(with_item, ship_out.BAND, lambda item: item - 1),
            partial(with_item, slice(ship_out.BAND, None), lambda items: items + 1),
        ],
    ),
    (broadcast.workload, 5_120, FLOAT),
    (wait.workload, 3, ANSWERS),
    (wait.request, 3, ANSWERS),
]
by_case = pytest.mark.parametrize(("workload", "size", "spoils"), CASES, ids=[case[0].name for case in CASES])


@by_case
def test_a_wrong_result_is_refused(workload: Workload, size: int, spoils: list[Spoil]) -> None:
    """A right result passes; with any one thing wrong in value, order, length or type it is refused with a reason."""
    data = workload.make(size, 7)
    result = workload.whole(data)
    assert workload.check(result, data) == ""
    for number, spoil in enumerate(spoils):
        assert workload.check(spoil(result), data) != "", f"wrong in way {number}, and not noticed"


@by_case
def test_a_part_that_is_lost_or_done_twice_is_noticed(workload: Workload, size: int, spoils: list[Spoil]) -> None:
    """Results without one of the parts, or with one in the place of another, are refused."""
    del spoils
    data = workload.make(size, 7)
    parts = [workload.kernel(chunk) for chunk in workload.split(data, 3)]
    assert workload.check(workload.combine(parts, data), data) == ""
    for wrong in (parts[1:], parts[:-1], [parts[0], parts[0], parts[2]], [*parts, parts[1]]):
        assert workload.check(workload.combine(wrong, data), data) != ""


@by_case
def test_the_cut_changes_nothing(workload: Workload, size: int, spoils: list[Spoil]) -> None:
    """However the work is cut, the result is the same to the last bit, but for the rounding of sums."""
    del spoils
    data = workload.make(size, 7)
    whole = workload.whole(data)
    for parts in (2, 3):
        cut = workload.combine([workload.kernel(chunk) for chunk in workload.split(data, parts)], data)
        assert np.allclose(cut, whole, rtol=1e-13 if workload in (sort.workload, affine_sum.workload) else 0, atol=0)


@pytest.mark.parametrize("steps", [1, 2, 3, 64, 1_000])
@pytest.mark.parametrize("x", [0, 1, 99, spin.M - 1])
def test_jumping_ahead_comes_where_stepping_comes(x: int, steps: int) -> None:
    """The closed form gives the number and the sum that single steps give."""
    at, total = x, 0
    for _ in range(steps):
        at = (spin.A * at + spin.C) % spin.M
        total += at
    assert spin.after(spin.Turns(x, steps)) == (at, total % spin.M)


@pytest.mark.parametrize("parts", [1, 3, 7])
@pytest.mark.parametrize("size", [1_024, 1_025, 5_000])
def test_the_triad_goes_through_its_arrays_again(monkeypatch: pytest.MonkeyPatch, size: int, parts: int) -> None:
    """Where the job is longer than the arrays, every element is still worked on once, and the sum is right."""
    monkeypatch.setattr(triad, "LONGEST", 1_024)
    data = triad.make(size, 1)
    chunks = triad.split(data, parts)
    places = [place for chunk in chunks for place in triad.pieces(chunk, 1_024)]
    assert sum(place.stop - place.start for place in places) == size
    assert triad.workload.check(triad.combine([triad.triad(chunk) for chunk in chunks], data), data) == ""


def test_the_triads_arrays_belong_to_one_worker_and_stay() -> None:
    """A worker has the same arrays in every call, and another thread has others."""
    mine = triad.own.of(100)
    theirs: list[Any] = []
    other = threading.Thread(target=lambda: theirs.extend(triad.own.of(100)))
    other.start()
    other.join()
    assert all(again is array for again, array in zip(triad.own.of(100), mine, strict=True))
    assert not any(np.shares_memory(left, right) for left, right in zip(mine, theirs, strict=True))


def test_what_another_call_left_is_no_triad(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the arithmetic, the numbers of a call with another seed are refused."""
    data = triad.make(3_000, 1)
    triad.triad(data)
    monkeypatch.setattr(np, "add", lambda *given, **named: None)
    monkeypatch.setattr(np, "multiply", lambda *given, **named: None)
    assert triad.workload.check(triad.triad(data), data) == ""
    other = triad.make(3_000, 2)
    assert triad.workload.check(triad.triad(other), other) != ""


@pytest.mark.parametrize(("count", "n", "factor"), [(1, 16, 7), (40, 640, broadcast.LEAP), (100, 17, 3), (8, 128, 128)])
def test_the_sum_of_floors_is_that(count: int, n: int, factor: int) -> None:
    """The closed form of the lookups' places gives what adding up gives."""
    assert broadcast.floor_sum(count, n, factor) == sum(factor * i // n for i in range(count))


def test_dask_is_given_the_table_once() -> None:
    """However many tasks there are, the graph holds one table, which they all need."""
    part = broadcast.make(51_200, 3)
    graph = broadcast.dask_form(part, 5).__dask_graph__().to_dict()
    assert sum(str(key).startswith("table-") for key in graph) == 1
    assert sum(str(key).startswith("looked_up") for key in graph) == 5


def test_a_small_array_stays_an_array() -> None:
    """Sizes of a few bytes are made up to the least there can be, and still give right results."""
    for module in (ship_in, ship_out, broadcast):
        data = module.make(3, 5)
        assert module.workload.check(module.workload.whole(data), data) == ""


@contextmanager
def owner_of_a_server(code: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has made requests and then runs `code`, which says the number of its server, and that number."""
    script = f"import os, signal, sys; from workloads import wait; data = wait.make_requests(3, 0)\n{code}\n"
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as owner:
        try:
            assert owner.stdout is not None
            yield owner, int(owner.stdout.readline())
        finally:
            owner.kill()


def is_there(process: int) -> bool:
    """Whether a process of that number runs."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def ended(process: int) -> bool:
    """Whether the process is gone, or will be within our patience."""
    until = time.monotonic() + PATIENCE
    while is_there(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_there(process)


def test_the_server_listens_on_loopback_only() -> None:
    """The server has one listening socket, on loopback, at a port that the system chose."""
    data = wait.make_requests(1, 0)
    assert [tuple(each) for each in listening()[data.process.pid]] == [("127.0.0.1", data.port)]


def test_the_server_goes_with_its_data() -> None:
    """As soon as nothing refers to the requests any more, their server has ended and is no zombie either."""
    data = wait.make_requests(1, 0)
    server = psutil.Process(data.process.pid)
    assert server.is_running()
    del data
    assert not server.is_running()


SAY = "print(data.process.pid, flush=True)"
FORK = "os.fork() or (sys.stdin.read(), os._exit(0))"  # holds a copy of the pipe to the server until we let it go


@pytest.mark.parametrize(
    "code",
    [
        SAY,
        f"{SAY}; sys.exit(3)",
        f"{SAY}; os._exit(0)",
        f"{SAY}; os.kill(os.getpid(), {int(signal.SIGKILL)})",
        f"{SAY}; {FORK}; os.kill(os.getpid(), {int(signal.SIGKILL)})",
    ],
    ids=["ends", "exits", "exits at once", "is killed", "is killed and leaves a fork"],
)
def test_the_server_ends_with_its_owner(code: str) -> None:
    """However the process that started the server ends, and whatever it leaves behind, the server ends as well."""
    with owner_of_a_server(code) as (owner, server):
        owner.wait(PATIENCE)
        assert ended(server)


def test_a_fork_does_not_end_the_server() -> None:
    """A forked process that lets go of the requests leaves the server to its owner."""
    lets_go = f"if not (child := os.fork()):\n    signal.alarm({PATIENCE}); del data; os._exit(0)"
    code = f"{lets_go}\nassert os.waitpid(child, 0)[1] == 0; {SAY}; sys.stdin.read()"
    with owner_of_a_server(code) as (owner, server):
        assert is_there(server)
        owner.communicate(timeout=PATIENCE)
        assert ended(server)


def test_a_server_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the server ends before it has a port, making the requests fails with a sentence."""
    monkeypatch.setattr(wait, "SERVER", tmp_path / "absent.py")
    with pytest.raises(RuntimeError, match="did not start"):
        wait.make_requests(1, 0)
