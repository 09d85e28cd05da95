"""Many repetitions in one process, taken for many measurements."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys

from examples.pitfalls.clock import SMALL, ms, once, show

PROCESSES, TIMES, LINES = (2, 3, 10) if SMALL else (12, 15, 1_000)
BANNED = {f"banned{number}" for number in range(200)}  # a set: in another order in each process


def job() -> int:
    """How many lines have one of the words in them; each line is left at the first that is found."""
    line = "this line of some length has banned7, banned70 to banned79 and nothing else that is looked for"
    return sum(any(word in line for word in BANNED) for _ in range(LINES))


def child(seed: int) -> list[float]:
    """The times of some calls in a process of its own, whose strings hash in their own way, as they always do."""
    command = [sys.executable, "-m", "examples.pitfalls.one_process", "child", *sys.argv[1:]]
    done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": str(seed)}, capture_output=True, check=True)
    times: list[float] = json.loads(done.stdout)
    return times


def main() -> None:
    """Time calls in one process, and the same calls in several."""
    if "child" in sys.argv[1:]:
        job()
        print(json.dumps([once(job) for _ in range(TIMES)]))
        return
    found = [child(seed) for seed in range(1, PROCESSES + 1)]
    medians = sorted(map(statistics.median, found))
    low, _, high = statistics.quantiles(found[0], n=4)
    show(
        f"{TIMES} calls in one process: half of them take {ms(low)} to {ms(high)}",
        f"the same in {PROCESSES} processes: their medians are {ms(medians[0])} to {ms(medians[-1])}",
        medians[-1] / medians[0],
    )


if __name__ == "__main__":
    main()
