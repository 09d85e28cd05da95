"""Verdicts as sentences."""

from __future__ import annotations

from parbench.analysis.verdict import Missing, Verdict
from parbench.text import LONGER, cell_label, duration, is_known, join, times
from parbench.workload.cell import BASELINES

#: Why there is no verdict.
REASONS: dict[Missing, str] = {
    "failed": "no serial strategy could be measured",
    "not reached": "it was not measured before the run ended",
    "no serial": "there is no serial strategy to compare with",
    "implausible": "the fastest strategy is faster than its cores can be with the CPU time that it takes: the baseline "
    "was disturbed, so measure again on a quiet machine",
    "filtered": "the baseline is not among these rows",
}


def sentence(verdict: Verdict) -> str:
    """The verdict with its workload and size."""
    return f"{verdict.workload} at {verdict.size:,}: {advice(verdict)}"


def advice(verdict: Verdict) -> str:
    """Recommendation, and its speed."""
    if verdict.outcome == "nothing":
        return f"no verdict, because {REASONS[verdict.missing]}."
    stay = f"stay with {serial(verdict)}"
    if verdict.outcome == "alone":
        return f"{stay}; no parallel strategy was measured."
    name, ratio = rival(verdict), times(verdict.rival_speedup, verdict.rival_low, verdict.rival_high)
    if not is_known(verdict.rival_low):
        ratio = f"{ratio} (one block only, no interval)"
    if verdict.outcome == "faster":
        alone = ", though not by working in parallel" if verdict.cores == 1 else ""
        same = f"; {equals(verdict)}" if verdict.equal else ""
        return f"use {name}, {ratio} the speed of {base(verdict)}{alone}{same}."
    if verdict.outcome == "slower":
        return f"{stay}; the best parallel strategy, {name}, reaches {ratio} of its speed."
    if verdict.outcome == "no difference":
        return f"{stay}; the best parallel strategy, {name}, makes no difference: {ratio} of its speed."
    return f"undecided; {name} may be faster or slower, {ratio} the speed of {base(verdict)}: {LONGER}."


def short(verdict: Verdict, with_speedup: bool = False) -> str:
    """Recommendation in a few words."""
    if verdict.outcome in ("nothing", "undecided"):
        return "no verdict" if verdict.outcome == "nothing" else "undecided"
    if verdict.best in BASELINES:
        return f"stay with {verdict.best}"
    ratio = f": {times(verdict.speedup, verdict.low, verdict.high)}" if with_speedup else ""
    return f"{best(verdict)}{ratio}"


def base(verdict: Verdict) -> str:
    """The baseline with the time of a call."""
    return f"{verdict.baseline} ({duration(verdict.baseline_seconds)} per call)"


def serial(verdict: Verdict) -> str:
    """The advised serial strategy with the time of a call, and the one that is equal."""
    same = f"; {equals(verdict)}" if verdict.equal else ""
    return f"{verdict.best} ({duration(verdict.baseline_seconds / verdict.speedup)} per call{same})"


def equals(verdict: Verdict) -> str:
    """The strategies that are equal to the advised one, as a clause; the table has their cells."""
    return f"{join(verdict.equal, 3)} {'is' if len(verdict.equal) == 1 else 'are'} equal"


def best(verdict: Verdict) -> str:
    """The label of the cell that is advised."""
    return cell_label(verdict.best, verdict.cores, verdict.chunks, verdict.each)


def rival(verdict: Verdict) -> str:
    """The label of the best parallel cell."""
    return cell_label(verdict.rival, verdict.rival_cores, verdict.rival_chunks, verdict.each)
