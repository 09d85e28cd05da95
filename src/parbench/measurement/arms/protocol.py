"""The messages between a campaign and an arm, as JSON objects, one per line. Standard library only.

The first line is the specification of the arm. Then each request is answered, by the answer of its class or by a
`Failure`. A request is a method of the sampler in the arm: `name` is the name of the method, and the fields of the
request are its arguments.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from parbench.workload.cell import Cell
from parbench.workload.reference import Reference

#: Bytes of the longest message between a campaign and a template.
LONGEST_MESSAGE = 1 << 20


@dataclass(frozen=True)
class ArmSpec:
    """The arm of a cell; `cpus` is empty if processes cannot be pinned."""

    cell: Cell
    reference: Reference
    seed: int
    cpus: list[int]
    path: list[str]  # the import path of the caller
    options: dict[str, str] = field(default_factory=dict)
    python: str = ""  # the interpreter, if it is not the caller's
    engine: str = ""  # the folder in which that interpreter finds parbench
    variables: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateSpec:
    """The process that forks the arms of a block: its imports, and the import path of the caller."""

    reference: Reference
    path: list[str]
    strategies: list[str]
    modules: list[str]


@dataclass(frozen=True)
class ControlSpec:
    """The control arm: the CPUs to wake and to load, and whether they are kept from idling between samples."""

    python: ClassVar[str] = ""
    engine: ClassVar[str] = ""
    variables: ClassVar[dict[str, str]] = {}
    cpus: list[int]
    pinned: bool = True
    keep_awake: bool = False


@dataclass(frozen=True)
class Duration:
    """Seconds of opening, of closing, or of a call at another size."""

    seconds: float


@dataclass(frozen=True)
class FirstTimes:
    """Seconds of the first call and of a later one, the calls that a sample has, and active tracers.

    `cpu_share` is the CPU time of later calls as a part of their time without that in which they were ready and had no
    CPU; None if the system counts none.
    """

    seconds: float
    call_seconds: float
    loops: int
    tracers: list[str] = field(default_factory=list)
    cpu_share: float | None = None


@dataclass(frozen=True)
class SampleTime:
    """Seconds of one call of a sample, typical and mean, and CPU seconds, which are None if the system counts none.

    `calls` has the seconds of one call in each batch of calls.
    """

    seconds: float
    cpu_seconds: float | None
    mean_seconds: float | None = None
    calls: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class RecordFields:
    """The fields of a record of the run file, without its cell and block."""

    fields: dict[str, Any]


@dataclass(frozen=True)
class Rate:
    """The loop turns or bytes that some CPUs handle per second."""

    rate: float


@dataclass(frozen=True)
class Done:
    """The answer to a request for an action without a result."""


@dataclass(frozen=True)
class Failure:
    """The answer if a request failed; `status` is one of `records.STATUSES`."""

    status: str
    reason: str


Answer = TypeVar("Answer")
_REQUESTS: dict[str, type[Request[Any]]] = {}


class Request(Generic[Answer]):
    """The base of all requests; its parameter is the class of the answer."""

    name: ClassVar[str]
    answer: ClassVar[type[Any]]

    def __init_subclass__(cls, name: str, answer: type[Any]) -> None:
        cls.name, cls.answer = name, answer
        _REQUESTS[name] = cls


@dataclass(frozen=True)
class Open(Request[Duration], name="open", answer=Duration):
    """Import, make the data, start the workers."""


@dataclass(frozen=True)
class Close(Request[Duration], name="close", answer=Duration):
    """Stop the workers; the last request."""


@dataclass(frozen=True)
class MakeFirstCall(Request[FirstTimes], name="first", answer=FirstTimes):
    """Make and verify the first call; `known` is the seconds of a call in earlier blocks."""

    known: float | None = None


@dataclass(frozen=True)
class Resize(Request[Duration], name="resize", answer=Duration):
    """Go on with data of another size."""

    size: int


@dataclass(frozen=True)
class MakeCalls(Request[Done], name="probe", answer=Done):
    """Make untimed calls for about this time."""

    seconds: float


@dataclass(frozen=True)
class TakeSample(Request[SampleTime], name="sample", answer=SampleTime):
    """Time `loops` calls on these CPUs."""

    cpus_now: list[int]
    loops: int


@dataclass(frozen=True)
class TraceCalls(Request[RecordFields], name="trace", answer=RecordFields):
    """Make traced calls on these CPUs; the answer is a `records.Trace`, with spans if wanted."""

    cpus_now: list[int]
    spans: bool


@dataclass(frozen=True)
class MeasureCost(Request[RecordFields], name="weigh", answer=RecordFields):
    """Measure the cost of the work, cut for `cores`; the answer is a `records.WorkloadCost`."""

    cores: int
    cpus_now: list[int]


@dataclass(frozen=True)
class Wake(Request[Done], name="wake", answer=Done):
    """Keep these CPUs busy until they are fully awake."""

    cpus: list[int]


@dataclass(frozen=True)
class KeepAwake(Request[Done], name="keep_awake", answer=Done):
    """Let no CPU idle from now on."""


@dataclass(frozen=True)
class Rest(Request[Done], name="rest", answer=Done):
    """Use no CPU from now on."""


@dataclass(frozen=True)
class ReadRate(Request[Rate], name="rate", answer=Rate):
    """Measure the rate of these CPUs together at a kind of work, over `size` bytes."""

    bound: str
    cpus: list[int]
    size: int


def encode(message: ArmSpec | ControlSpec | Request[Any] | Any) -> str:
    """One line with a specification, a request or an answer."""
    if isinstance(message, (ArmSpec, ControlSpec)):
        return json.dumps({"spec": type(message).__name__, **asdict(message)})
    return json.dumps({"ask": message.name, **vars(message)} if isinstance(message, Request) else vars(message))


def decode_template(message: bytes) -> TemplateSpec:
    """The specification of a template, as JSON."""
    fields = json.loads(message)
    return TemplateSpec(**{**fields, "reference": Reference(**fields["reference"])})


def decode_spec(line: str) -> ArmSpec | ControlSpec:
    """The specification on the first line."""
    fields = json.loads(line)
    if fields.pop("spec") == ControlSpec.__name__:
        return ControlSpec(**fields)
    return ArmSpec(**{**fields, "cell": Cell(**fields["cell"]), "reference": Reference(**fields["reference"])})


def decode_request(line: str) -> Request[Any]:
    """The request on a line."""
    fields = json.loads(line)
    return _REQUESTS[fields.pop("ask")](**fields)


def decode_answer(request: Request[Answer], line: bytes) -> Answer | Failure:
    """The answer on a line, of the class that belongs to the request."""
    fields = json.loads(line)
    answer: Answer | Failure = (Failure if "status" in fields else request.answer)(**fields)
    return answer
