"""The bandwidths that the control arm reads ÷ those of other programs: NumPy's copy timed plainly, and STREAM in C."""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from parbench.machine import cpus
from parbench.measurement.arms.control_arm import READING_SECONDS, ControlSampler
from parbench.measurement.arms.protocol import ControlSpec

#: Bytes of all arrays of a core together: far more than caches hold, a few times as much, and what they do hold.
SIZES = (256_000_000, 64_000_000, 4_000_000)
#: The copy and triad of McCalpin's STREAM, with its way of counting bytes; run again with the bytes of all arrays.
STREAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
/* pages of 2 MB, as NumPy asks for; arrays that began at the same place of theirs would push each other from caches */
static double *array(long n) {
    static int count = 0;
    double *found = aligned_alloc(1 << 21, ((8 * n >> 21) + 2) << 21);
    if (!found) exit(1);
    madvise(found, 8 * n, MADV_HUGEPAGE);
    return found + 1040 * count++;
}
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + 1e-9 * t.tv_nsec; }
int main(int count, char **words) {
    if (count != 5) return 1;
    int triad = words[1][0] == 't';
    long n = atol(words[2]) / (triad ? 24 : 16), turns = 0;
    double *a = array(n), *b = array(n), *c = array(n), began = 0, took;
    for (long i = 0; i < n; i++) { a[i] = 1; b[i] = 2; c[i] = 3; }
    while (now() < atof(words[4])) continue;
    do {
        if (triad) for (long i = 0; i < n; i++) a[i] = b[i] + 3.0 * c[i];
        else for (long i = 0; i < n; i++) a[i] = b[i];
        __asm__ volatile("" : : "r"(a) : "memory");
        if (turns++ == 0) began = now(); /* the first one is to warm up */
        took = now() - began;
    } while (took < atof(words[3]));
    printf("%g\n", (turns - 1) * n * (triad ? 24.0 : 16.0) / took);
    return 0;
}
"""
#: Readings of one way: a function of the CPUs and the bytes of all arrays that gives bytes a second.
Way = Callable[[list[int], int], float]


def copying(pipe: Connection, cpu: int) -> None:
    """A process on one CPU: bytes in, bytes a second out, by `numpy.copyto` with nothing else around it."""
    cpus.pin_self([cpu])
    while True:
        size, start = pipe.recv()
        out, left = np.ones(size // 16), np.ones(size // 16)
        while time.monotonic() < start:
            continue
        np.copyto(out, left)
        turns, took, began = 0, 0.0, time.perf_counter()
        while took < READING_SECONDS:
            np.copyto(out, left)
            turns, took = turns + 1, time.perf_counter() - began
        pipe.send(turns * size / took)


@contextmanager
def plain_copies(places: list[int]) -> Iterator[Way]:
    """A process for each CPU that copies by NumPy."""
    pipes: dict[int, Connection] = {}
    processes = []
    for cpu in places:
        pipes[cpu], theirs = Pipe()
        process: Any = get_context("fork").Process(target=copying, args=(theirs, cpu), daemon=True)
        process.start()
        processes.append(process)

    def way(where: list[int], size: int) -> float:
        start = soon(size)
        for cpu in where:
            pipes[cpu].send((size // len(where), start))
        return sum(float(pipes[cpu].recv()) for cpu in where)

    try:
        yield way
    finally:
        for process in processes:
            process.terminate()
            process.join()


def soon(size: int) -> float:
    """When all processes have their arrays, so that they can work at the same time."""
    return time.monotonic() + 0.05 + 1.5e-9 * size


def compiled(kind: str, program: Path) -> Way:
    """The same by a program in C, one process a CPU."""

    def way(where: list[int], size: int) -> float:
        command = [str(program), kind, str(size // len(where)), str(READING_SECONDS), str(soon(size))]
        running = [
            subprocess.Popen(["taskset", "-c", str(cpu), *command], stdout=subprocess.PIPE, text=True) for cpu in where
        ]
        return sum(float(each.communicate()[0]) for each in running)

    return way


def compiler() -> str:
    """Why there is no STREAM in C; empty where there can be."""
    missing = [name for name in ("cc", "taskset") if shutil.which(name) is None]
    return f"there is no {' and no '.join(missing)} here" if missing else ""


def main(arguments: list[str]) -> None:
    """Print the medians of rounds (default: 15) in which all ways took their turn, and the ratios of rounds."""
    rounds = int(arguments[0]) if arguments else 15
    places = cpus.usable()[: cpus.count()]
    with tempfile.TemporaryDirectory() as folder, plain_copies(places) as by_numpy:
        # after the fork: the sampler's own processes are its business
        sampler = ControlSampler(ControlSpec(places))
        sampler.open()
        ways: dict[str, Way] = {
            "copy": lambda where, size: sampler.rate("copy", where, size).rate,
            "triad": lambda where, size: sampler.rate("memory", where, size).rate,
            "numpy.copyto, timed plainly": by_numpy,
        }
        if reason := compiler():
            print(f"STREAM in C is left out: {reason}")
        else:
            source, program = Path(folder) / "stream.c", Path(folder) / "stream"
            source.write_text(STREAM)
            subprocess.run(["cc", "-O3", "-o", str(program), str(source)], check=True)
            ways |= {"copy in C": compiled("copy", program), "triad in C": compiled("triad", program)}
        print(f"{rounds} rounds, GB/s, medians; ratios are of the same round, with their quartiles\n")
        for size in SIZES:
            for where in dict.fromkeys((tuple(places[:1]), tuple(places))):
                tell(ways, list(where), size, rounds)
        sampler.close()


def tell(ways: dict[str, Way], where: list[int], size: int, rounds: int) -> None:
    """Print a table for one size on some CPUs: the control arm's two in the columns, all others in the rows."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for name in list(ways)[:: 1 if turn % 2 else -1]:
            found[name].append(ways[name](where, size))
    ours = ("copy", "triad")
    print(f"| {size / 1e6:.0f} MB on {len(where)} | GB/s | control arm's copy ÷ it | control arm's triad ÷ it |")
    print("|---|---|---|---|")
    for name, rates in found.items():
        ratios = [ratio(found[mine], rates) if mine != name else "" for mine in ours]
        label = f"control arm's {name}" if name in ours else name
        print(f"| {label} | {statistics.median(rates) / 1e9:.1f} | {' | '.join(ratios)} |")
    print()


def ratio(ours: list[float], theirs: list[float]) -> str:
    """The median of the ratios of rounds, with their quartiles."""
    each = [math.log(one / other) for one, other in zip(ours, theirs, strict=True)]
    low, middle, high = statistics.quantiles(each, n=4)
    return f"{math.exp(middle):.2f} [{math.exp(low):.2f}, {math.exp(high):.2f}]"
