"""Work that waits, in words."""

from __future__ import annotations

import pandas as pd

from parbench.analysis.frame import data_of
from parbench.text import one_line, percent


def sentence(summary: pd.DataFrame, workload: str) -> str:
    """How much of its time a workload waits, in its serial calls at the largest size; empty if it does not wait."""
    data = data_of(summary)
    bases = summary[(summary["workload"] == workload) & (summary["verdict"] == "baseline")]
    shares = (1 - bases["cpu_seconds"] / bases["seconds"])[bases["size"] == bases["size"].max()].dropna()
    if not data.header.facts(workload).waits or shares.empty:
        return ""
    waits = f"{one_line(workload)} waits {percent(max(0.0, shares.iloc[0]))} of its time"
    found = any(each.workload == workload for each in data.waiting)
    return f"{waits}, so it was measured with more workers than cores." if found else f"{waits}."


def lines(summary: pd.DataFrame) -> list[str]:
    """The sentence of each workload that waits."""
    every = [sentence(summary, str(name)) for name in summary["workload"].drop_duplicates()]
    return [each for each in every if each]
