"""The header of a run file: the typed facts of a run, its machine, its workloads and its settings."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from parbench.errors import RunFileError
from parbench.workload.cell import BASELINES
from parbench.workload.facts import WorkloadFacts

SCHEMA = 1
#: A date outside of these years is a mistake, or mischief.
YEARS = range(1990, 2200)
#: The end of the name of a cell at the chunks that its library chooses, as older versions wrote it.
_OWN_CHUNKS = re.compile(r"(?<=-)(\d+)xown$")


@dataclass(frozen=True)
class MachineFacts:
    """Facts of a machine and its interpreter, those of `parbench.machine.facts.describe`; None if one is unknown."""

    machine_id: str | None = None
    cpu_model: str | None = None
    architecture: str | None = None
    cores_host: int | None = None
    cores_affinity: int | None = None
    cores_quota: float | None = None
    cores_usable: int | None = None
    smt: bool | None = None
    memory_bytes: int | None = None
    memory_available_bytes: int | None = None
    cache_bytes: int | None = None
    os: str | None = None
    kernel: str | None = None
    hypervisor: bool | None = None
    governor: str | None = None
    turbo: bool | None = None
    load_average: float | None = None
    steal_percent: float | None = None
    python: str | None = None
    implementation: str | None = None
    gil_enabled: bool | None = None


@dataclass(frozen=True)
class StrategyTraits:
    """Strategies that are measured in one way only: on one core, or at one chunk per core."""

    one_core: frozenset[str]
    uncut: frozenset[str]

    def place(self, strategy: str, cores: int, chunks: int) -> tuple[str, int, int]:
        """A strategy with the cores and the chunks per core at which it is measured if others have these."""
        return strategy, 1 if strategy in self.one_core else cores, 1 if strategy in self.uncut else chunks


@dataclass(frozen=True)
class RunSettings:
    """Settings of a run: the numbers of its profile, the user's choices, and the sizes that were found."""

    name: str | None = None
    budget: float | None = None
    least_blocks: int | None = None
    most_blocks: int | None = None
    rounds: int | None = None
    arm_seconds: float | None = None
    precision: float | None = None
    deadline: float | None = None
    profile: str | None = None
    strategies: list[str] | None = None
    cores: list[int] | None = None
    sizes: list[int] | None = None
    chunks: list[str] | None = None
    keep_awake: bool | None = None
    one_core_strategies: list[str] = field(default_factory=list)
    uncut_strategies: list[str] = field(default_factory=list)
    margin: float | None = None
    margins: dict[str, float] = field(default_factory=dict)
    calibration: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    brackets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    weak: dict[str, list[list[int]]] = field(default_factory=dict)  # by workload: size on one core, cores, size on them
    against: str | None = None
    base_versions: dict[str, str] = field(default_factory=dict)
    imported_from: str | None = None
    imported_file: str | None = None

    @property
    def traits(self) -> StrategyTraits:
        """The strategies that are measured in one way only; baselines always are."""
        return StrategyTraits(
            frozenset([*BASELINES, *self.one_core_strategies]), frozenset([*BASELINES, *self.uncut_strategies])
        )


@dataclass(frozen=True)
class Header:
    """Facts of a run: the first line of its file, written before anything is measured."""

    kind: ClassVar[str] = "header"
    run: str
    created: str  # ISO 8601 with the zone
    profile: str
    seed: int
    command: list[str]  # the command that repeats the run
    machine: MachineFacts
    versions: dict[str, str]
    commit: str  # empty outside a git work tree; "+" behind it if the tree was changed
    workloads: dict[str, WorkloadFacts]
    settings: RunSettings
    schema: int = SCHEMA
    label: str = ""  # the name that its user gave it
    project: str = ""  # the name of the project that was measured

    def facts(self, workload: str) -> WorkloadFacts:
        """The facts of a workload; unknown ones if the header does not have the workload."""
        return self.workloads.get(workload, WorkloadFacts())

    @property
    def waiting(self) -> frozenset[str]:
        """The workloads whose workers mostly wait."""
        return frozenset(name for name, facts in self.workloads.items() if facts.waits)

    @property
    def moment(self) -> datetime:
        """The moment at which the run was created, in UTC; raises RunFileError if it is no possible one."""
        try:
            moment = datetime.fromisoformat(self.created)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is None or moment.year not in YEARS:
            raise RunFileError(f"header.created is {self.created!r:.60}, which is no date that a run can have.")
        return moment

    def check(self) -> None:
        """Raise RunFileError for facts of the right type that cannot be true."""
        _ = self.moment
        for workload, ladders in self.settings.weak.items():
            if any(len(ladder) != 3 for ladder in ladders):
                raise RunFileError(
                    f"header.settings.weak.{workload} is no list of a size, a number of cores and a size."
                )

    def as_line(self) -> dict[str, Any]:
        """The header as a JSON object; unknown and empty facts are left out of all but its own fields."""
        workloads = {name: recorded_facts(facts) for name, facts in self.workloads.items()}
        return asdict(self) | {
            "machine": recorded_facts(self.machine),
            "workloads": workloads,
            "settings": recorded_facts(self.settings),
        }


#: The header of a table that has lost the facts of its run.
UNKNOWN = Header("", "", "", 0, [], MachineFacts(), {}, "", {}, RunSettings())


def recorded_facts(record: MachineFacts | WorkloadFacts | RunSettings) -> dict[str, Any]:
    """The facts of a record that are neither unknown nor empty."""
    unknown = asdict(type(record)())
    return {name: value for name, value in asdict(record).items() if value != unknown[name]}


def with_today_words(value: Any, field: str = "") -> Any:
    """A value of a loaded header, with the word auto for chunks in place of own, which older versions wrote."""
    if isinstance(value, dict):
        return {_OWN_CHUNKS.sub(r"\1xauto", name): with_today_words(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [with_today_words(each, field) for each in value]
    return "auto" if field == "chunks" and value == "own" else value
