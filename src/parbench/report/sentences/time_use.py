"""What the time of a run was used for, as lines of a table."""

from __future__ import annotations

import pandas as pd

from parbench.analysis.frame import data_of, ours
from parbench.text import percent

#: The recorded use that contains the timed samples.
SAMPLES = "samples with their untimed calls"
NOT_RECORDED = "This run has no record of its time: it was cut short, or an older version measured it."


def lines(frame: pd.DataFrame) -> list[str]:
    """The uses of a run's time, the largest first, with the timed samples apart; one sentence if none was recorded."""
    data = data_of(frame)
    if not data.time_use or not data.seconds:
        return [NOT_RECORDED]
    steady = ours(frame)[ours(frame)["phase"] == "steady"]
    timed = float((steady["seconds"] * steady["loops"]).sum())
    uses = dict(data.time_use)
    uses["untimed calls before samples"] = max(0.0, uses.pop(SAMPLES, timed) - timed)
    uses["timed samples"] = timed
    uses["everything else"] = max(0.0, data.seconds - sum(uses.values()))
    ranked = sorted(uses.items(), key=lambda item: -item[1])
    return [
        f"The run took {data.seconds:.0f} s:",
        *(f"{seconds:7.1f} s  {percent(seconds / data.seconds):>5}  {use}" for use, seconds in ranked),
    ]
