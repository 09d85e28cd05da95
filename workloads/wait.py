"""Items that take 10 ms each of nothing but waiting: latency, which any number of workers can share.

Inputs start as a list of ints in the caller and are shipped to the workers; the result must be the list of their
answers in the caller, in order. In `workload` an item sleeps. In `request` it asks a server on loopback, which sleeps
as long before it answers; every chunk is one connection, on which it asks for one item after the other.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any, NamedTuple

import parbench

#: How long an item takes, seconds.
ITEM = 0.01
#: How long to wait for an answer that does not come, seconds.
PATIENCE = 30.0
SERVER = Path(__file__).with_name("wait_server.py")


class Chunk(NamedTuple):
    """What to ask for, and the port of who answers."""

    port: int
    numbers: list[int]


class Requests:
    """All that is to be asked for, with a server that lives as long as this does, and never longer than its process."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SERVER), str(ITEM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        weakref.finalize(self, stop, self.process, os.getpid())  # also at the end of the process
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline() or 0)
        if not self.port:
            raise RuntimeError("the server that answers requests did not start: see what it printed.")


def stop(server: subprocess.Popen[bytes], owner: int) -> None:
    """End the server, but not from a process forked off its owner's; it holds nothing that a sudden end would hurt."""
    if os.getpid() == owner:
        server.kill()
        server.communicate()


def make(size: int, seed: int) -> list[int]:
    """Different ints, from the seed on."""
    return list(range(seed, seed + size))


def answer(number: int) -> int:
    """What an item gives back, so that none can be left out; the server gives the same."""
    return 3 * number + 1


def wait(numbers: list[int]) -> list[int]:
    """One item after the other."""
    answers = []
    for number in numbers:
        time.sleep(ITEM)
        answers.append(answer(number))
    return answers


async def wait_async(numbers: list[int]) -> list[int]:
    """The same, leaving the thread to others while it waits."""
    answers = []
    for number in numbers:
        await asyncio.sleep(ITEM)
        answers.append(answer(number))
    return answers


def verify(result: Any, numbers: list[int]) -> None:
    """Every item has answered, in its place."""
    assert isinstance(result, list), f"the result is a {type(result).__name__}, not a list"
    assert len(result) == len(numbers), f"{len(result)} items have answered, not {len(numbers)}"
    first = numbers[0]
    wrong = next((i for i, item in enumerate(result) if item != 3 * (first + i) + 1), None)
    assert wrong is None, f"item {wrong} has answered {result[wrong or 0]}, not {3 * (first + (wrong or 0)) + 1}"


def make_requests(size: int, seed: int) -> Requests:
    """The same ints, and a server."""
    return Requests(make(size, seed))


def split_requests(requests: Requests, parts: int) -> list[Chunk]:
    """Cut into ranges; the port goes with each of them."""
    return [
        Chunk(requests.port, requests.numbers[start:stop])
        for start, stop in parbench.bounds(len(requests.numbers), parts)
    ]


def ask(chunk: Chunk) -> list[int]:
    """Ask for one item after the other, on one connection."""
    answers = []
    with (
        socket.create_connection(("127.0.0.1", chunk.port), PATIENCE) as connection,
        connection.makefile("rb") as lines,
    ):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in chunk.numbers:
            connection.sendall(b"%d\n" % number)
            answers.append(int(lines.readline()))
    return answers


async def ask_async(chunk: Chunk) -> list[int]:
    """The same, leaving the thread to others while it waits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", chunk.port)
    answers = []
    try:
        for number in chunk.numbers:
            writer.write(b"%d\n" % number)
            answers.append(int(await asyncio.wait_for(reader.readline(), PATIENCE)))
    finally:
        writer.close()
        await writer.wait_closed()
    return answers


def verify_requests(result: Any, requests: Requests) -> None:
    """Every item has answered, in its place."""
    verify(result, requests.numbers)


THREADS = "A thread that waits holds no GIL and no core, so that many of them wait at the same time."
ASYNCIO = "A coroutine that waits takes nothing but its place in a queue, so that many of them wait at the same time."


def expects(cores: int, times: float) -> tuple[parbench.Expect, ...]:
    """That `cores` workers wait for nearly as many items at the same time, on however few cores of the machine."""
    return tuple(
        parbench.Expect(strategy, "above", "cores", times=times, cores=cores, why=why)
        for strategy, why in (("threads", THREADS), ("asyncio", ASYNCIO))
    )


workload = parbench.Workload(
    name="wait",
    about="Items that sleep for 10 ms each, shipped in and answered one by one.",
    isolates="latency",
    make=make,
    kernel=wait,
    coroutine=wait_async,
    verify=verify,
    sizes=parbench.Sizes(tiny=1, quick=(128,)),
    bound="latency",
    unit="items",
    bytes_in=5,
    bytes_out=5,
    operations=0,
    expects=expects(64, 0.85),
)

request = parbench.Workload(
    name="request",
    about="Requests on loopback to a server that waits 10 ms before each answer, a connection a chunk.",
    isolates="latency, of a network",
    make=make_requests,
    split=split_requests,
    kernel=ask,
    coroutine=ask_async,
    verify=verify_requests,
    sizes=parbench.Sizes(tiny=1, quick=(128,)),
    bound="latency",
    unit="items",
    bytes_in=5,
    bytes_out=5,
    operations=0,
    expects=expects(16, 0.7),  # a request is work, for the server too: some 0.1 ms or more,
)
