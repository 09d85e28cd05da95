"""``python -m benchmarks.validate NAME [ARGUMENTS]``: print one figure, with what it was made from."""

from __future__ import annotations

import sys
from importlib import import_module

from parbench.errors import ParbenchError

NAMES = {
    "tax": "parbench's time of a cell ÷ a hand-written loop around the same call",
    "spread": "run-to-run spread of a speedup: parbench's quick profile against pytest-benchmark alone",
    "default_runs": "README's first line ten times: answers per run, and how far the runs agree",
    "solo_truth": "reported times and speedups ÷ those of the same calls in processes that run alone",
    "planted": "whether a loss that was put into a call is found, and under its own name",
    "tracing": "traced calls ÷ plain calls, for chunks of 1, 10 and 100 ms under each kind of strategy",
    "help": "how long parbench --help takes, against a Python that does nothing",
    "start": "how soon a serial arm is ready, and what parbench costs at each start of pytest",
    "awake": "what waking CPUs does to the calls on all cores that follow",
    "record": "blocks of identical and of slower code, for `draw`",
    "draw": "how often comparisons drawn from recorded blocks call something changed, beside other rules",
    "coverage": "how often an interval of 95 % holds the truth, in simulation",
    "campaigns": "what whole campaigns against made-up machines decide, and how often their intervals hold the truth",
    "other_runs": "how often an interval of a few recorded blocks holds the mean of the other blocks",
    "rules": "false alarms and power of comparisons, and what leaving out blocks does, in simulation",
    "claims": "what others have published, measured again as ratios",
    "laws": "scaling laws fitted to published data and to planted serial fractions",
    "tables": "the tables of docs/strategies.md and docs/workloads.md",
    "tutorial": "the fastest strategy against the tutorial's own way, for a stored run",
    "bandwidth": "the control arm's bandwidths ÷ those of other programs on the same CPUs, taken in turns",
    "advice": "how good advice is for workloads that were only weighed, for a stored run",
    "break_even": "predicted ÷ measured break-even sizes, for a run of benchmarks/test_break_even_catalogue.py",
    "weights": "what the workloads of a stored run weigh here, as a run file for `advice`",
    "first_curve": "how long the tutorial takes, line by line: from pip install to the first own curve",
    "report_time": "how long the report of a stored run takes to make, and on what",
    "contradictions": "how often two answers of one run contradict each other, for the recorded runs",
    "prose": "patterns of docs/style.md in documents, docstrings, comments and messages, and how many there were",
    "structure": "entries, rooms, levels and arrows of the source, and lines of code",
    "limit": "the best strategy ÷ the ceiling, for a stored run",
}


def main(arguments: list[str]) -> int:
    """Run the named validation; without a known name, say which there are."""
    if not arguments or arguments[0] not in NAMES:
        print("Give one of these names:", file=sys.stderr)
        for name, words in NAMES.items():
            print(f"  {name:12} {words}", file=sys.stderr)
        return 2
    try:
        import_module(f"benchmarks.validate.{arguments[0]}").main(arguments[1:])
    except ParbenchError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


raise SystemExit(main(sys.argv[1:]))
