"""How busy the machine was while a run measured, from what the run recorded."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from parbench.analysis.frame import data_of, ours
from parbench.workload.cell import BASELINES

#: Part of the ceilings, by block, that is left out at either end.
TAIL = 0.1


class Disturbance(NamedTuple):
    """How busy a machine was; None if it is not known.

    Fields:
        others, stolen: the shares of the CPUs' time that other programs and other guests of the host took.
        waiting: the time of serial calls over their CPU time, the median over the workloads that do not wait.
        cores, lowest, highest: a number of cores, and the ends of their work together over that of one, without the
            tenth of the blocks with the least and the tenth with the most.
    """

    others: float | None = None
    stolen: float | None = None
    waiting: float | None = None
    cores: int = 1
    lowest: float | None = None
    highest: float | None = None


def disturbance(frame: pd.DataFrame) -> Disturbance:
    """How busy the machine was during the run of a frame from `parbench.load`."""
    data = data_of(frame)
    steady = ours(frame[frame["phase"] == "steady"])
    computing = steady[~steady["workload"].isin(data.header.waiting)]
    serial = computing[computing["strategy"].isin(BASELINES) & (computing["cpu_seconds"] > 0)]
    stretched: Any = (serial["seconds"] / serial["cpu_seconds"]).groupby(serial["workload"]).median()
    cores = int(computing.loc[computing["ceiling"].notna(), "cores"].max() or 1) if len(computing) else 1
    together = computing[(computing["cores"] == cores) & (cores > 1)]
    by_block: Any = together.groupby("block")["ceiling"].median().dropna()
    return Disturbance(
        data.others_share,
        data.stolen_share,
        float(stretched.median()) if len(stretched) else None,
        cores,
        float(by_block.quantile(TAIL)) if len(by_block) else None,
        float(by_block.quantile(1 - TAIL)) if len(by_block) else None,
    )
