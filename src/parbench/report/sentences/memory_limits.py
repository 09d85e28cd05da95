"""Traffic of a cell compared with the limit of memory, as a phrase."""

from __future__ import annotations

from typing import Any

from parbench.analysis.memory_limits import Outcome
from parbench.text import number, percent

#: Why a share of the limit is not known.
UNKNOWN: dict[Outcome, str] = {
    "amount unknown": "the run does not say how much data this is",
    "limit unknown": "the limit of memory was not measured",
    "no time": "the cell has no time",
}


def phrase(cell: Any) -> str:
    """The outcome of a row of `parbench.memory_limits`."""
    outcome: Outcome = cell["outcome"]
    if outcome in UNKNOWN:
        return f"not known: {UNKNOWN[outcome]}"
    caches = cell["limit_of"] == "caches"
    limit, kind, share = "the limit of the caches" if caches else "the limit", "cache" if caches else "memory", ""
    share = percent(cell["of_memory"])
    match outcome:
        case "waiting":
            return "its workers wait, but not for memory"
        case "no data":
            return "moves no data"
        case "beyond":
            return f"beyond {limit} ({share}): it moves less data than is assumed, or data that are nearer"
        case "bound":
            return f"{kind}-bound, at {share} of {limit}"
        case "between":
            return f"at {share} of {limit}: {kind}-bound only if its data pass {number(1 / cell['of_memory'], 2)} times"
    far = f"far from {limit} ({share})"
    return f"{far}, not counting copies on the way to workers" if cell["shipped"] else f"{far}: not {kind}-bound"
