"""Remedies for failures and warnings, one sentence for each kind."""

from __future__ import annotations

#: For each status of a cell that has no result.
FAILURES = {
    "wrong": "A wrong result has no time worth knowing. Look at what cuts the work and joins the results, and for data "
    "that workers change while others read them; pytest -k with the name of the cell checks it alone.",
    "error": "The reason has what was raised. The same test without --benchmark runs every cell once at its smallest "
    "size, where a mistake is found soonest.",
    "crash": "A process ended before its result, most often killed for want of memory or by a fault in compiled code. "
    "Take a smaller size or fewer cores, and see what the log of the system says of it.",
    "timeout": "Look for a lock that is never released, or a pool of workers within a worker. If a call really takes "
    "so long, take a smaller size (--parbench-sizes) or a profile with a longer deadline.",
    "memory": "Take a smaller size (--parbench-sizes) or fewer cores (--parbench-cores), or free memory on this "
    "machine. If the estimate is too high, give the workload its memory.",
    "missing": "Install what the reason names, or choose strategies that need no more than you have "
    "(--parbench-strategies).",
    "skipped": "It says nothing against the strategy. Give the run more time (--parbench-budget) or ask for less "
    "(--parbench-workloads, --parbench-strategies); fix failures first, if they ended it.",
}
#: For a status that is not known here.
ANY = "Run the same test without --benchmark, and see what it says."
#: For warnings, by their subject.
WARNINGS = {
    "pinning": "Compare speedups and not times; on Linux processes can be pinned.",
    "noise": "The numbers stand; what is noise is known from fewer cells.",
    "control arm": "The numbers stand; measure again for narrower intervals.",
    "tracing": "The times stand. To see where they go, measure again, at a smaller size or for longer "
    "(--parbench-budget).",
    "forking": "The numbers stand; fewer blocks fit into the time. Move what the reason names into a function.",
    "sizes by time": "The numbers stand, at sizes that may be too small or too large to tell "
    "much: name your own with --parbench-sizes.",
    "sizes around break-even": "The numbers stand, at sizes that may lie far from where it begins to pay: name your "
    "own with --parbench-sizes.",
    "tracer": "Do not use these numbers: a tracer slows down some strategies more than others. Look for it in "
    "sitecustomize, .pth files, variables of the environment, and the modules that the workload imports.",
    "busy machine": "Stop the other programs, or measure on another machine, and measure again; more time "
    "(--parbench-budget) makes intervals narrower, but does not remove what other programs change.",
    "alone": "Taking turns with other strategies, or pinning, may have changed this answer: measure it again, with "
    "these strategies only (--parbench-strategies).",
    "cached function": "Do not use these numbers: they are those of looking up a result. Measure the function without "
    "its cache, or clear the cache in the function.",
    "unknown strategy": "Everything else stands. Install what offers the strategy, or take the expectation away.",
}
#: Subjects of warnings that concern every number of a run, so that they come first.
FIRST = ("tracer", "cached function", "busy machine")
#: For a warning whose subject is not known here, or that was written before warnings had one.
STANDS = "The numbers stand with this in mind; measure again once the cause is fixed."


def of_failure(status: str) -> str:
    """Remedy for a cell that has no result."""
    return FAILURES.get(status, ANY)


def of_warning(about: str) -> str:
    """Remedy for a warning about a subject."""
    return WARNINGS.get(about, STANDS)
