"""What to do about failures and warnings, a sentence for each kind."""

from __future__ import annotations

#: For each status of a cell that has no result.
FAILURES = {
    "wrong": "A wrong result has no time worth knowing. Compare it with the serial one at a small size; usual causes "
    "are data that workers change while others read them, and an order of results that is taken for granted.",
    "error": "Run the same test without --benchmark: it runs every cell once at its smallest size, where a mistake is "
    "found soonest.",
    "crash": "A process ended before its result, most often killed for want of memory or by a fault in compiled code. "
    "Take a smaller size or fewer cores, and see what the log of the system says of it.",
    "timeout": "Take a smaller size (--parbench-sizes). If that hangs as well, look for a lock that is never released, "
    "or for a pool of workers within a worker.",
    "memory": "Take a smaller size (--parbench-sizes) or fewer cores (--parbench-cores), or close what else holds "
    "memory on this machine.",
    "missing": "Install what the reason names, or choose strategies that need no more than you have "
    "(--parbench-strategies).",
    "skipped": "It says nothing against the strategy. Give the run more time (--parbench-budget), or ask for less "
    "(--parbench-workloads, --parbench-strategies).",
}
#: For a status that is not known here.
ANY = "Run the same test without --benchmark, and see what it says."
#: For warnings, by words that they have in them.
WARNINGS = {
    "cannot be pinned": "Compare speedups and not times; on Linux processes can be pinned.",
    "could not be measured against itself": "The numbers stand; what is noise is known from fewer cells.",
    "control arm was lost": "The numbers stand; measure again for narrower intervals.",
    "could not be traced": "The times stand. To see where they go, measure again, at a smaller size or for longer "
    "(--parbench-budget).",
    "are those for an ordinary machine": "The numbers stand, at sizes that may be too small or too large to tell "
    "much: name your own with --parbench-sizes.",
    "are those of the profile": "The numbers stand, at sizes that may lie far from where it begins to pay: name your "
    "own with --parbench-sizes.",
    "expects something of": "Everything else stands. Install what offers the strategy, or take the expectation away.",
}
#: For a warning that is not known here.
STANDS = "The numbers stand with this in mind; measure again once it is mended."


def of_failure(status: str) -> str:
    """What to do about a cell that has no result."""
    return FAILURES.get(status, ANY)


def of_warning(text: str) -> str:
    """What to do about a warning."""
    return next((remedy for words, remedy in WARNINGS.items() if words in text), STANDS)
