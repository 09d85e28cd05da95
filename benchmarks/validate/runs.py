"""Stored runs as validations take them: as they are, packed by xz, or with other weights."""

from __future__ import annotations

import lzma
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

import parbench
from parbench.analysis.frame import data_of

#: Raw data that figures in docs/validation.md come from.
RECORDED = Path(__file__).parent / "recorded"


def load(place: str | Path) -> pd.DataFrame:
    """The frame of a run, from a file that may be packed."""
    if Path(place).suffix != ".xz":
        return parbench.load(place)
    with tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / "run.jsonl"
        unpacked.write_bytes(lzma.decompress(Path(place).read_bytes()))
        return parbench.load(unpacked)


def asked_for(arguments: Sequence[str], default: str | Path) -> list[pd.DataFrame]:
    """The runs among the arguments; workloads of the first weigh what any files given by ``--weights=FILE`` say."""
    files = [each.removeprefix("--weights=") for each in arguments if each.startswith("--weights=")]
    frames = [load(each) for each in arguments if not each.startswith("--weights=")] or [load(default)]
    if files:
        weights = tuple(weight for each in files for weight in data_of(load(each)).weights)
        frames[0].attrs["run"] = replace(data_of(frames[0]), weights=weights)
    return frames
