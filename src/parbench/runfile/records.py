"""The lines of a run file, one small record each. Plain values only; seconds and bytes throughout."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from parbench.runfile.header import Header
from parbench.workload.cell import Cell

Phase = Literal["start", "first", "steady", "stop"]
Bound = Literal["compute", "memory", "copy"]
#: Possible statuses of a cell. Everything but "ok" and "skipped" is a failure.
STATUSES = ("ok", "wrong", "error", "crash", "timeout", "memory", "missing", "skipped")
#: Possible activities in a span of a trace.
SPANS = ("split", "kernel", "ship in", "ship out", "combine")


@dataclass(frozen=True)
class Sample:
    """One timing of one cell: `seconds` of one call, from `loops` calls made back to back."""

    kind: ClassVar[str] = "sample"
    cell: Cell
    block: int
    round: int
    phase: Phase
    seconds: float
    loops: int = 1
    cpu_seconds: float | None = None  # of the whole process tree, per call
    cpus: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Again:
    """One timing of the baseline by its replica, a second arm of it: the difference between the two is noise."""

    kind: ClassVar[str] = "again"
    cell: Cell  # the baseline itself
    block: int
    round: int
    seconds: float


@dataclass(frozen=True)
class Ceiling:
    """Work of `cores` cores together in this round, over that of one alone.

    `rate` is what that was a second: bytes in `memory` and `copy`, turns of the loop in `compute`; None in runs that
    did not keep it. A reading once per block, after its rounds, has the number of rounds as its `round`.
    """

    kind: ClassVar[str] = "ceiling"
    block: int
    round: int
    bound: Bound
    cores: int
    value: float
    rate: float | None = None


@dataclass(frozen=True)
class Memory:
    """The peak memory of an arm's process tree during untimed calls, shared pages counted once."""

    kind: ClassVar[str] = "memory"
    cell: Cell
    block: int
    peak_bytes: int


@dataclass(frozen=True)
class Trace:
    """One call of a cell in which workers wrote down what they did when; apart from the rounds that are timed.

    Fields, in seconds:
        seconds: the traced call from its begin to its end.
        plain_seconds: the same call without tracing, the median of some made in between.
        tasks: how many kernel calls there were.
        busy: how long each worker ran kernels, longest first; one entry a worker, 0 for one that had none.
        split_seconds, combine_seconds: how long the caller took to cut the work and to join the parts.
        in_seconds, out_seconds: how long inputs and results took to be pickled and unpickled, over all tasks together.
        unseen: the part of the call that cannot be traced with this strategy, as a sentence; empty if all is traced.
        spans: activities of one typical call per cell: ``[lane, what, begin, end]``, seconds from the begin of the
            call. Lane 0 is the caller, workers are 1 and up; what is a place in `SPANS`.
    """

    kind: ClassVar[str] = "trace"
    cell: Cell
    block: int
    seconds: float
    plain_seconds: float
    tasks: int
    busy: list[float]
    split_seconds: float = 0.0
    combine_seconds: float = 0.0
    in_seconds: float = 0.0
    out_seconds: float = 0.0
    unseen: str = ""
    spans: list[list[float]] = field(default_factory=list)


#: A workload is weighed so often, in processes of their own; the medians count.
WEIGHINGS = 3


@dataclass(frozen=True)
class Weight:
    """Costs of a workload at one size: its kernel, alone and side by side, and its data; separate from timed rounds.

    From this, strategies are predicted that were not measured. `cell` is that of the plain serial strategy.

    Fields:
        parts: into how many the work was cut; all below is of a call cut so, unless it says otherwise.
        tasks: how many kernel calls there were, in all stages.
        stages: how many maps over tasks there were, each after the one before; 1 where no task needs another.
        first_seconds, whole_seconds: the first call of the plain serial strategy, uncut, and a later one.
        vectorized_seconds: a call of the whole-array form; None if it has none. split_seconds, combine_seconds: time in
        which the caller cut the work and joined the parts.
        busy_seconds: all tasks, one after the other.
        longest_seconds: the longest task of each stage, summed up.
        together_seconds: all stages with each task in a thread of its own, as many at once as there are parts.
        together_first_seconds: the same for the first time, when workers may create reusable objects. in_bytes,
        out_bytes: inputs and results of the tasks, pickled; None where it cannot be pickled. in_seconds, out_seconds:
        how long pickling and unpickling that takes.
        in_place: whether strategies that share memory write parts where they belong, and join none.
    """

    kind: ClassVar[str] = "weight"
    cell: Cell
    block: int
    parts: int
    tasks: int
    stages: int
    first_seconds: float
    whole_seconds: float
    vectorized_seconds: float | None
    split_seconds: float
    combine_seconds: float
    busy_seconds: float
    longest_seconds: float
    together_seconds: float
    together_first_seconds: float
    in_bytes: int | None
    out_bytes: int | None
    in_seconds: float | None
    out_seconds: float | None
    in_place: bool


@dataclass(frozen=True)
class Outcome:
    """Status of a cell; its last outcome counts."""

    kind: ClassVar[str] = "outcome"
    cell: Cell
    status: str
    reason: str = ""


@dataclass(frozen=True)
class RunWarning:
    """A sentence for the reader of the results, and the code of its subject, by which the report finds a remedy.

    Run files from before the code have none, and get the general remedy.
    """

    kind: ClassVar[str] = "warning"
    text: str
    about: str = ""  # a key of `remedies.WARNINGS`


@dataclass(frozen=True)
class Confirming:
    """The following blocks measure only suspected cells: they confirm a change, or do not."""

    kind: ClassVar[str] = "confirming"
    block: int


@dataclass(frozen=True)
class Footer:
    """Written last; a run file without one was cut short."""

    kind: ClassVar[str] = "footer"
    seconds: float
    blocks: int


Record = Header | Sample | Again | Ceiling | Memory | Trace | Weight | Outcome | RunWarning | Confirming | Footer
KINDS: dict[str, type[Any]] = {
    record.kind: record
    for record in (Header, Sample, Again, Ceiling, Memory, Trace, Weight, Outcome, RunWarning, Confirming, Footer)
}


def as_line(record: Record) -> dict[str, Any]:
    """The record as a JSON object, its kind first."""
    return {"kind": record.kind, **(record.as_line() if isinstance(record, Header) else asdict(record))}
