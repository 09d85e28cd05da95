"""The noise of a run as a sentence."""

from __future__ import annotations

import pandas as pd

from parbench.analysis.noise import RunNoise
from parbench.text import percent

#: The programs that were measured twice, by the attributes of `analysis.noise.replicas`.
PROGRAMS = {"noise": "The same program", "parallel_noise": "The fastest parallel program"}


def sentence(noise: RunNoise, program: str = PROGRAMS["noise"]) -> str:
    """Which differences of the run mean something."""
    usual = f"{program} against itself differed by {percent(noise.usual)} in"
    if noise.blocks == 1:
        return f"{usual} one block."
    return (
        f"{usual} a block (the median of {noise.blocks}), by {percent(noise.largest)} at most: a smaller difference in "
        "a single block is noise."
    )


def lines(found: pd.DataFrame) -> list[str]:
    """The sentences on the replicas of the run; `found` is what `analysis.noise.replicas` returned."""
    noises = {program: found.attrs.get(name) for name, program in PROGRAMS.items()}
    return [sentence(noise, program) for program, noise in noises.items() if noise is not None]
