"""Plays recorded blocks back to a campaign: arms answer with measured times, and the clock is what they took."""

from __future__ import annotations

import json
import lzma
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd

import parbench
from benchmarks.validate.record import PLANTED, ROUNDS
from parbench.analysis.stats.decision import Margins
from parbench.measurement.arms.process import Arm, ArmFailed
from parbench.measurement.arms.protocol import (
    Answer,
    ArmSpec,
    ControlSpec,
    Done,
    Duration,
    FirstTimes,
    MeasureCost,
    Rate,
    ReadRate,
    Request,
    SampleTime,
    TakeSample,
    TraceCalls,
)
from parbench.measurement.campaign import Campaign
from parbench.measurement.context import RunContext
from parbench.measurement.plan import Group, LocatedWorkload, group_cells
from parbench.measurement.profiles import PROFILES, Profile
from parbench.runfile.header import UNKNOWN, MachineFacts, RunSettings
from parbench.runfile.locate import FILE
from parbench.runfile.writer import Journal
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, Cell
from parbench.workload.reference import Reference

Line = dict[str, Any]
#: By workload, in the order in which they were measured.
Blocks = dict[str, list[Line]]


class Over(Exception):
    """The recording has no more blocks."""


def recorded(file: Path) -> Blocks:
    """The blocks that a file holds, also a compressed one."""
    found: Blocks = defaultdict(list)
    text = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
    for line in text.splitlines():
        block = json.loads(line)
        found[block["group"]].append(block)
    return dict(found)


@dataclass
class Tape:
    """Recorded blocks by workload, from `at` on.

    `planted` is the cell that runs slower code, if any does; `version` is the recorded version that ours is played by.
    """

    blocks: Blocks
    at: dict[str, int]
    planted: Cell | None = None
    version: str = HEAD
    now: float = 0.0
    block: dict[str, Line] = field(default_factory=dict)
    seen: dict[str, set[Cell]] = field(default_factory=dict)

    def launch(self, spec: ArmSpec | ControlSpec) -> Arm:
        """An arm that plays back; one that was seen in this block begins the next."""
        if isinstance(spec, ControlSpec):
            return Quiet()
        cell, name = spec.cell, spec.cell.workload
        if name not in self.block or cell in self.seen[name]:
            if self.at[name] >= len(self.blocks[name]):
                raise Over
            self.block[name], self.seen[name] = self.blocks[name][self.at[name]], set()
            self.at[name] += 1
        self.seen[name].add(cell)
        version = PLANTED if cell == self.planted else cell.environment or self.version
        return Player(self, self.block[name]["arms"][f"{cell.strategy}/{version}"])


class Quiet:
    """A control arm of which nothing is wanted."""

    pid = os.getpid()

    def ask(self, request: Request[Answer], timeout: float) -> Answer:
        """All CPUs give the same."""
        del timeout
        answer: Answer = self.answer(request)
        return answer

    def answer(self, request: Request[Any]) -> Any:
        """The answer to a request."""
        return Rate(1.0) if isinstance(request, ReadRate) else Done()

    def end(self, timeout: float) -> Duration | None:
        """There is nothing to end."""
        del timeout
        return None


class Player(Quiet):
    """An arm that answers with what one was recorded to have taken."""

    def __init__(self, tape: Tape, arm: Line) -> None:
        self.tape = tape
        self.times = [seconds for seconds in arm["times"] if seconds is not None]
        self.cost = arm["cost"] / max(1, len(self.times))
        # what makes a campaign give it the rounds that it had; see `schedule.share`
        self.call_seconds = 0.5 / (len(self.times) + 0.5)
        self.answers = cycle(self.times)  # older blocks have arms of two rounds, fewer than an arm has today

    def answer(self, request: Request[Any]) -> Any:
        """The next of its times, and nothing of its own for the rest."""
        if isinstance(request, TakeSample):
            self.tape.now += self.cost
            return SampleTime(next(self.answers), None)
        if isinstance(request, TraceCalls | MeasureCost):
            raise ArmFailed("error", "there is no recording of it.")
        return FirstTimes(0.0, self.call_seconds, 1)


def groups_of(tape: Tape, versions: list[str]) -> list[Group]:
    """The recorded cells, in these versions beside ours."""
    found = []
    for name, lines in tape.blocks.items():
        strategies = list(dict.fromkeys(arm.split("/")[0] for arm in lines[0]["arms"]))
        cells = [Cell(name, lines[0]["size"], each, 1 if each == "serial" else 2) for each in strategies]
        workload = parbench.Workload(name, len, make=lambda size, seed: range(size), sizes=(lines[0]["size"],))
        found += group_cells(cells, {name: LocatedWorkload(workload, Reference("", "", name))}, versions)
    return found


def play(
    tape: Tape,
    profile: Profile,
    folder: Path,
    margin: float = 0.05,
    twins: bool = True,
    budget: float | None = None,
) -> pd.DataFrame:
    """One run of a campaign over the tape, as `parbench.load` gives it; raises Over where the tape ends first."""
    versions = [BASE, BASE_REPEAT] if twins else []
    context = RunContext(
        profile=replace(profile, rounds=ROUNDS, arm_seconds=0.5),
        budget=budget or profile.budget,
        seed=1,
        cpus=[0, 1],
        margins=Margins(margin),
        transforms=dict.fromkeys(versions, lambda spec: spec),
        replica_part=0.0,  # there is no recording of it
        launch=tape.launch,
        clock=lambda: tape.now,
        available=lambda: 10**12,
        cpu_seconds=lambda cpus: None,
    )
    header = replace(
        UNKNOWN,
        created="2026-01-01T00:00:00+00:00",
        machine=MachineFacts("recorded"),
        settings=RunSettings(margin=margin),
    )
    with Journal(folder / FILE, header) as journal:
        Campaign(groups_of(tape, versions), context, journal, lambda *_: None).run()
    return parbench.load(folder)


def runs(
    blocks: Blocks, profile: str = "quick", budget: float | None = None, twins: bool = True, version: str = HEAD
) -> Iterator[tuple[Tape, pd.DataFrame]]:
    """One run after the other from blocks that no other one has, until there are no more."""
    at = dict.fromkeys(blocks, 0)
    while True:
        tape = Tape(blocks, dict(at), version=version)
        with tempfile.TemporaryDirectory() as folder:
            try:
                frame = play(tape, PROFILES[profile], Path(folder), budget=budget, twins=twins)
            except Over:
                return
        yield tape, frame
        at = tape.at
