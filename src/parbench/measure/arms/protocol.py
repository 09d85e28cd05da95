"""What a campaign and an arm say to each other: JSON objects, one a line. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from parbench.workload.cell import Cell
from parbench.workload.reference import Reference


@dataclass(frozen=True)
class ArmSpec:
    """All that an arm is told before it starts; `cpus` is empty where nothing is to be pinned."""

    cell: Cell
    reference: Reference
    seed: int
    cpus: list[int]
    path: list[str]  # the import path of the caller
    options: dict[str, str] = field(default_factory=dict)
    python: str = ""  # the interpreter, where it is not the caller's
    engine: str = ""  # the folder where that one finds parbench
    variables: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        return json.dumps({"role": "cell", **asdict(self)})

    @classmethod
    def read(cls, fields: dict[str, Any]) -> ArmSpec:
        known = {name: value for name, value in fields.items() if name != "role"}
        return cls(**{**known, "cell": Cell(**known["cell"]), "reference": Reference(**known["reference"])})


@dataclass(frozen=True)
class ControlSpec:
    """The control arm: which CPUs to wake and to load, and whether to keep them from idling between samples."""

    python: ClassVar[str] = ""
    engine: ClassVar[str] = ""
    variables: ClassVar[dict[str, str]] = {}
    cpus: list[int]
    pinned: bool = True
    keep_awake: bool = False

    def line(self) -> str:
        return json.dumps({"role": "ceiling", **asdict(self)})

    @classmethod
    def read(cls, fields: dict[str, Any]) -> ControlSpec:
        return cls(**{name: value for name, value in fields.items() if name != "role"})
