"""What the time of a run was used for, as lines of a table."""

from __future__ import annotations

import pandas as pd

from parbench.analysis.frame import data_of, ours
from parbench.text import percent

#: The recorded use that contains the timed samples.
SAMPLES = "samples with their untimed calls"
TIMED = "timed samples"
NOT_RECORDED = "This run has no record of its time: it measured nothing, was cut short, or is of an older version."


def uses(frame: pd.DataFrame) -> dict[str, float]:
    """Seconds of a run by what they were used for, with the timed samples apart; empty if none were recorded."""
    data = data_of(frame)
    if not data.time_use or not data.seconds:
        return {}
    steady = ours(frame)[ours(frame)["phase"] == "steady"]
    timed = float((steady["mean_seconds"].fillna(steady["seconds"]) * steady["loops"]).sum())
    found = dict(data.time_use)
    found["untimed calls before samples"] = max(0.0, found.pop(SAMPLES, timed) - timed)
    found[TIMED] = timed
    found["everything else"] = max(0.0, data.seconds - sum(found.values()))
    return found


def lines(frame: pd.DataFrame) -> list[str]:
    """The uses of a run's time, the largest first; one sentence if none was recorded."""
    whole, found = data_of(frame).seconds, uses(frame)
    if not whole or not found:
        return [NOT_RECORDED]
    ranked = sorted(found.items(), key=lambda item: -item[1])
    return [
        f"The run took {whole:.0f} s:",
        *(f"{seconds:7.1f} s  {percent(seconds / whole):>5}  {use}" for use, seconds in ranked),
    ]
