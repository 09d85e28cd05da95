"""The lines of a run file, one small record each. Plain values only; seconds and bytes throughout."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal, get_args

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
    """One timing of one cell: `seconds` of a typical call, from about `loops` calls back to back, and their mean.

    `calls` has the time of each batch of calls in thousandths of `seconds`, see `runfile.calls`.
    """

    kind: ClassVar[str] = "sample"
    cell: Cell
    block: int
    round: int
    phase: Phase
    seconds: float
    loops: int = 1
    cpu_seconds: float | None = None  # of the whole process tree, per call
    cpus: list[int] = field(default_factory=list)
    mean_seconds: float | None = None
    calls: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ReplicaSample:
    """One timing of the baseline by its replica, a second arm of the baseline: the difference is noise."""

    kind: ClassVar[str] = "again"
    cell: Cell  # the baseline itself
    block: int
    round: int
    seconds: float


@dataclass(frozen=True)
class AloneSample:
    """One timing of a cell with no other arm alive, on the CPUs of the run or on any; it counts for no speedup."""

    kind: ClassVar[str] = "alone"
    cell: Cell
    pinned: bool
    round: int
    seconds: float
    mean_seconds: float | None = None


@dataclass(frozen=True)
class Ceiling:
    """Work of `cores` cores together in this round, over that of one alone.

    `rate` is the work per second: bytes in `memory` and `copy`, turns of the loop in `compute`; None in runs without
    rates. A reading that is taken once per block, after its rounds, has the number of rounds as its `round`.
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
    """One call of a cell in which workers record their activities; it is separate from the timed rounds.

    Fields, in seconds:
        seconds: the duration of the traced call.
        plain_seconds: the median of calls without tracing that were made in between.
        tasks: the number of kernel calls.
        busy: the time that each worker spent in kernels, longest first; 0 for a worker without a task.
        split_seconds, combine_seconds: the time in which the caller cut the work and joined the parts.
        in_seconds, out_seconds: the time for pickling and unpickling inputs and results, of all tasks together.
        unseen: the part of the call that cannot be traced with this strategy, as a sentence; empty if all is traced.
        spans: activities of one typical call per cell: ``[lane, activity, begin, end]``, seconds from the begin of the
            call. Lane 0 is the caller, workers are 1 and up; an activity is an index of `SPANS`.
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


#: Number of measurements of the cost of a workload, each in another process; the medians count.
WEIGHINGS = 3


@dataclass(frozen=True)
class WorkloadCost:
    """Costs of a workload at one size: its kernel, alone and side by side, and its data; separate from timed rounds.

    The adviser predicts strategies that were not measured from these costs. `cell` is that of the strategy ``serial``.

    Fields:
        parts: the number of parts into which the work was cut. All other fields are of a call cut into these parts,
            unless they say otherwise.
        tasks: the number of kernel calls in all stages.
        stages: the number of maps over tasks, each after the previous map; 1 if no task needs another.
        first_seconds, whole_seconds: the first call of the strategy ``serial``, uncut, and a later call.
        vectorized_seconds: a call of the whole-array form; None if the workload has none.
        split_seconds, combine_seconds: the time in which the caller cut the work and joined the parts.
        busy_seconds: all tasks, one after the other.
        longest_seconds: the sum of the longest task of each stage.
        together_seconds: all stages with each task in a separate thread, as many at once as there are parts.
        together_first_seconds: the same for the first time, when workers may create reusable objects.
        in_bytes, out_bytes: the pickled inputs and results of the tasks; None if they cannot be pickled.
        in_seconds, out_seconds: the time for pickling and unpickling them.
        in_place: whether strategies that share memory write parts into the result, and so join no parts.
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
class Waiting:
    """A workload was found to wait at this size, which it does not declare, so cells with more workers were added.

    `share` is the part of the time of its serial calls that is no CPU time.
    """

    kind: ClassVar[str] = "waiting"
    workload: str
    size: int
    share: float


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
    """Written last; a run file without one was cut short.

    `others_share` and `stolen_share` are the shares of the CPUs' time that other programs and other guests of the host
    took while the run measured; None if they are unknown.
    """

    kind: ClassVar[str] = "footer"
    seconds: float
    blocks: int
    time_use: dict[str, float] = field(default_factory=dict)
    others_share: float | None = None
    stolen_share: float | None = None


Record = (
    Header
    | Sample
    | ReplicaSample
    | AloneSample
    | Ceiling
    | Memory
    | Trace
    | WorkloadCost
    | Outcome
    | Waiting
    | RunWarning
    | Confirming
    | Footer
)
KINDS: dict[str, type[Any]] = {record.kind: record for record in get_args(Record)}


def as_line(record: Record) -> dict[str, Any]:
    """The record as a JSON object, its kind first."""
    return {"kind": record.kind, **(record.as_line() if isinstance(record, Header) else asdict(record))}
