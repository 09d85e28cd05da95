"""The noise of a run as a sentence."""

from __future__ import annotations

import pandas as pd

from parbench.analysis.noise import RunNoise
from parbench.text import percent


def sentence(noise: RunNoise) -> str:
    """Which differences of the run mean something."""
    usual = f"The same program against itself differed by {percent(noise.usual)} in"
    if noise.blocks == 1:
        return f"{usual} one block."
    return (
        f"{usual} a block (the median of {noise.blocks}), by {percent(noise.largest)} at most: a smaller difference in "
        "a single block is noise."
    )


def lines(found: pd.DataFrame) -> list[str]:
    """The sentence, if the run had replicas; `found` is what `analysis.noise.replicas` returned."""
    noise = found.attrs.get("noise")
    return [sentence(noise)] if noise is not None else []
