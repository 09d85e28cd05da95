"""Changes to the data of a run that a made-up table of samples carries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from parbench.analysis.frame import RunData, data_of
from parbench.runfile.header import UNKNOWN, MachineFacts, RunSettings
from parbench.workload.facts import WorkloadFacts


def change(frame: pd.DataFrame, **records: Any) -> None:
    """Replace records of the run."""
    frame.attrs["run"] = replace(data_of(frame), **records)


def change_header(frame: pd.DataFrame, **fields: Any) -> None:
    """Replace fields of the header; a machine and settings are given by their facts."""
    kinds = {"machine": MachineFacts, "settings": RunSettings}
    typed = {name: kinds[name](**value) if name in kinds else value for name, value in fields.items()}
    change(frame, header=replace(data_of(frame).header, **typed))


def change_workload(frame: pd.DataFrame, name: str, **facts: Any) -> None:
    """Replace facts of a workload."""
    header = data_of(frame).header
    change(frame, header=replace(header, workloads=header.workloads | {name: replace(header.facts(name), **facts)}))


def made_up(workloads: dict[str, dict[str, Any]], settings: dict[str, Any] | None = None, **records: Any) -> RunData:
    """The data of a run with these facts of workloads and these settings."""
    facts = {name: WorkloadFacts(**each) for name, each in workloads.items()}
    return RunData(replace(UNKNOWN, workloads=facts, settings=RunSettings(**settings or {})), **records)
