"""The strategies by name. To add one: a file beside this one and a line in `BUILT_IN`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module, util
from importlib.metadata import entry_points

from parbench.errors import MissingDependency, UsageError
from parbench.harnesses.base import Harness

BUILT_IN = {
    "serial": "parbench.harnesses.serial:Serial",
    "vectorized": "parbench.harnesses.vectorized:Vectorized",
    "threads": "parbench.harnesses.threads:Threads",
    "multiprocessing": "parbench.harnesses.pool:PoolOfProcesses",
    "shared-memory": "parbench.harnesses.shared_memory:SharedMemory",
    "dask-threads": "parbench.harnesses.dask_threads:DaskThreads",
    "dask-processes": "parbench.harnesses.dask_processes:DaskProcesses",
    "dask-distributed": "parbench.harnesses.dask_distributed:DaskDistributed",
}
#: The strategies that may be the baseline: the fastest of them is what a speedup is measured against.
BASELINES = ("serial", "vectorized")
#: What is measured where nobody chose: every strategy in its default form, and the tutorial's own forms.
DEFAULT = (*BUILT_IN, "multiprocessing[tutorial]", "dask-threads[tutorial]")

_LABEL = re.compile(r"([^\[\]]+)(?:\[([^\[\]]+)\])?")


def known() -> dict[str, str]:
    """Every strategy's name with the ``module:Class`` that implements it; others' entry points included."""
    others = {point.name: point.value for point in entry_points(group="parbench.harnesses")}
    return {**others, **BUILT_IN}


def find(label: str) -> tuple[type[Harness], str]:
    """The harness class and the variant that a label such as ``multiprocessing[spawn]`` names.

    Raises UsageError, with what there is to choose from, for a name or a variant that does not exist.
    """
    table = known()
    match = _LABEL.fullmatch(label.strip())
    name, variant = (match[1], match[2] or "") if match else (label, "")
    if name not in table:
        raise UsageError(f"there is no strategy {label!r}: choose from {', '.join(table)}.")
    module, _, attribute = table[name].partition(":")
    harness: type[Harness] = getattr(import_module(module), attribute)
    if variant and variant not in harness.variants:
        offered = ", ".join(f"{name}[{each}]" for each in harness.variants) or "none"
        raise UsageError(f"strategy {name!r} has no variant {variant!r}: it offers {offered}.")
    return harness, variant


def missing(requires: Mapping[str, str]) -> str:
    """Why a strategy cannot run here, with the pip command; the empty string where nothing is missing."""
    absent = [requirement for module, requirement in requires.items() if util.find_spec(module) is None]
    return f"not installed: run pip install {' '.join(absent)}" if absent else ""


def create(label: str, options: Mapping[str, str] | None = None) -> Harness:
    """A harness for `label`, not yet opened; raises MissingDependency where its packages are absent."""
    harness, variant = find(label)
    if reason := missing(harness.requires):
        raise MissingDependency(f"strategy {label!r} is {reason}.")
    return harness(variant, options)
