"""Features of the time of a call: parts of a workload's weight, by the resources that workers of a strategy share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from statistics import median

from parbench.analysis.choice import is_tutorial
from parbench.runfile.records import WorkloadCost

#: A way of running work: the resources that its workers share determine its costs.
FORMS = {
    "serial": "whole",
    "vectorized": "array",
    "library-threads": "library",
    "threads": "threads",
    "asyncio": "threads",
    "dask-threads": "threads",
    "multiprocessing": "processes",
    "futures-processes": "processes",
    "joblib": "processes",
    "dask-processes": "processes",
    "dask-distributed": "processes",
    "shared-memory": "shared",
}
#: Shortest wait, in seconds, after which a thread has to be woken: its CPU was given away or is idle.
A_WAIT = 0.0005


@dataclass(frozen=True)
class Feature:
    """A feature of a strategy's time, and the expected seconds per unit; 0 for any."""

    name: str
    of: Callable[[WorkloadCost], float]
    expected: float = 0.0


def _joined(weight: WorkloadCost) -> float:
    return weight.split_seconds + (0.0 if weight.in_place else weight.combine_seconds)


CALL = Feature("a call", lambda weight: 1.0)
TASK = Feature("a task", lambda weight: float(weight.tasks))
STAGE = Feature("a stage", lambda weight: float(weight.stages))
WAKING = Feature("a wait", lambda weight: weight.stages * min(1.0, weight.longest_seconds / weight.stages / A_WAIT))
IN = Feature("a byte in", lambda weight: float(weight.in_bytes or 0))
OUT = Feature("a byte out", lambda weight: float(weight.out_bytes or 0))
#: joblib looks for results every 10 ms (`time.sleep(0.01)` in its ``parallel.py``), and has no workers if one is
#: sufficient.
POLLING = Feature("a call with workers", lambda weight: 1.0 if weight.parts > 1 else 0.0)
#: Features of dispatch, in which strategies of a form differ.
HANDING = frozenset({TASK.name, STAGE.name, WAKING.name})
FEATURES: dict[str, tuple[Feature, ...]] = {
    "whole": (),
    "array": (),
    "library": (CALL, Feature("array", lambda weight: (weight.vectorized_seconds or 0.0) / weight.parts, 1.0)),
    "threads": (
        CALL,
        TASK,
        STAGE,
        WAKING,
        Feature("cut and join", _joined, 1.0),
        Feature("work together", lambda weight: weight.together_seconds, 1.0),
    ),
    "processes": (
        CALL,
        TASK,
        STAGE,
        WAKING,
        IN,
        OUT,
        Feature("cut and join", lambda weight: weight.split_seconds + weight.combine_seconds, 1.0),
        Feature("pickle", lambda weight: (weight.in_seconds or 0.0) + (weight.out_seconds or 0.0), 1.0),
        Feature("work", lambda weight: weight.longest_seconds, 1.0),
    ),
    "shared": (
        CALL,
        TASK,
        WAKING,
        IN,
        OUT,
        Feature("pickle", lambda weight: weight.in_seconds or 0.0, 1.0),
        Feature("work", lambda weight: weight.longest_seconds, 1.0),
    ),
}


def base_of(strategy: str) -> str:
    """The name of a strategy without its variant."""
    return strategy.partition("[")[0]


def features(strategy: str) -> tuple[Feature, ...]:
    """Features of the time of a strategy; raises KeyError if `predictable` is false."""
    usual = FEATURES[FORMS[base_of(strategy)]]
    return tuple(POLLING if each is CALL else each for each in usual) if base_of(strategy) == "joblib" else usual


def predictable(strategy: str) -> bool:
    """Whether there is a law for such a strategy: the tutorial's own forms and other forms of a kernel have none."""
    return base_of(strategy) in FORMS and not is_tutorial(strategy)


def typical(weights: Sequence[WorkloadCost]) -> WorkloadCost:
    """Combination of several weighings: the median of each time, because any of them may have been disturbed."""
    times = [each.name for each in fields(WorkloadCost) if each.name.endswith("_seconds")]
    values = {name: [getattr(each, name) for each in weights] for name in times}
    return replace(weights[-1], **{name: median(each) for name, each in values.items() if None not in each})
