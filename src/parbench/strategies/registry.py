"""The strategies by name. To add one, write a file next to this one and a line in `BUILT_IN`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from importlib import import_module, metadata, util
from typing import Any, ClassVar

from parbench.errors import MissingDependency, UsageError
from parbench.strategies.base import Strategy
from parbench.workload.entry_points import Offer, offers
from parbench.workload.workload import Workload

BUILT_IN = {
    "serial": "parbench.strategies.serial:Serial",
    "vectorized": "parbench.strategies.vectorized:Vectorized",
    "library-threads": "parbench.strategies.library_threads:LibraryThreads",
    "threads": "parbench.strategies.threads:Threads",
    "asyncio": "parbench.strategies.asyncio_tasks:EventLoop",
    "multiprocessing": "parbench.strategies.multiprocessing_pool:PoolOfProcesses",
    "futures-processes": "parbench.strategies.futures_processes:FuturesProcesses",
    "shared-memory": "parbench.strategies.shared_memory:SharedMemory",
    "joblib": "parbench.strategies.joblib_parallel:Joblib",
    "numexpr": "parbench.strategies.numexpr_threads:NumExpr",
    "numba": "parbench.strategies.numba_threads:Numba",
    "dask-threads": "parbench.strategies.dask_threads:DaskThreads",
    "dask-processes": "parbench.strategies.dask_processes:DaskProcesses",
    "dask-distributed": "parbench.strategies.dask_distributed:DaskDistributed",
}
#: The strategies that may be the baseline: the fastest of them is what a speedup is measured against.
BASELINES = ("serial", "vectorized")
#: Those that need an extra of ours.
EXTRAS = ("joblib", "numexpr", "numba")
GROUP = "parbench.strategies"
#: The group of development versions. A strategy in it is not used, and a sentence says why.
OLD_GROUP = "parbench.harnesses"

_LABEL = re.compile(r"([^\[\]]+)(?:\[([^\[\]]+)\])?")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?(?:>=([\d.]+))?")


def default() -> tuple[str, ...]:
    """Strategies that are measured by default: each strategy in its default form, and the tutorial's own forms.

    Strategies of an extra that is not installed are not among them.
    """
    names = [name for name in BUILT_IN if name not in EXTRAS or not _absent(find(name)[0].requires)]
    return (*names, "multiprocessing[tutorial]", "dask-threads[tutorial]")


def names() -> list[str]:
    """Names of all strategies, including unusable ones; this imports none of them."""
    return list(dict.fromkeys([*BUILT_IN, *_offered()]))


def known() -> dict[str, str]:
    """Maps each strategy to the reason why it is unusable, or to an empty string."""
    return dict.fromkeys(BUILT_IN, "") | {
        name: reason for name, found in _offered().items() for reason in [_fault(name, found)] if name not in BUILT_IN
    }


def shadowed() -> dict[str, str]:
    """The names of built-in strategies that another package offers too, with a sentence that says which is used."""
    return {name: _fault(name, found) for name, found in _offered().items() if name in BUILT_IN}


def find(label: str) -> tuple[type[Strategy], str]:
    """The strategy class and the variant that a label such as ``multiprocessing[spawn]`` names.

    Raises UsageError, with what there is to choose from, for a name or a variant that does not exist. An unusable
    strategy of another package raises its reason when it is created, so that it is one failed cell among others.
    """
    match = _LABEL.fullmatch(label.strip())
    name, variant = (match[1], match[2] or "") if match else (label, "")
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        strategy: type[Strategy] = getattr(import_module(module), attribute)
    elif name in (offered := _offered()):
        if reason := _fault(name, offered[name]):
            return _unusable(name, reason), variant
        strategy = offered[name][0].load(Strategy)
    else:
        raise UsageError(f"there is no strategy {label!r}: choose from {', '.join(names())}.")
    if variant and variant not in strategy.variants:
        there = ", ".join(f"{name}[{each}]" for each in strategy.variants) or "none"
        raise UsageError(f"strategy {name!r} has no variant {variant!r}: it offers {there}.")
    return strategy, variant


def create(label: str, options: Mapping[str, str] | None = None) -> Strategy:
    """A strategy for `label`, not yet opened; raises MissingDependency where its packages are absent or too old."""
    strategy, variant = find(label)
    if reason := missing(strategy.requires):
        raise MissingDependency(f"strategy {label!r} is {reason}.")
    return strategy(variant, options)


# -- what others offer -----------------------------------------------------------------------------------


def _offered() -> dict[str, list[Offer]]:
    """The entry points of other packages, by name; those of `OLD_GROUP` only if `GROUP` lacks the name."""
    return _by_name(OLD_GROUP) | _by_name(GROUP)


def _by_name(group: str) -> dict[str, list[Offer]]:
    table: dict[str, list[Offer]] = {}
    for offer in offers(group):
        table.setdefault(offer.name, []).append(offer)
    return table


def _fault(name: str, found: list[Offer]) -> str:
    """Reason why the entry point of a name is unusable, in one sentence; empty if it is usable."""
    packages = " and ".join(each.package for each in found)
    if name in BUILT_IN:
        return f"strategy {name!r} of {packages} is not used, as parbench has one of that name: it has to be renamed."
    if name not in _by_name(GROUP):
        return (
            f"strategy {name!r} of {packages} cannot be used, as its entry point is in the group {OLD_GROUP}, "
            f"which is now named {GROUP}: update {packages}."
        )
    if len(found) > 1:
        return f"{packages} both offer a strategy {name!r}: remove one of them."
    try:
        found[0].load(Strategy)
    except UsageError as error:
        return f"strategy {error}"
    return ""


def _unusable(label: str, reason: str) -> type[Strategy]:
    """Substitute for an unusable strategy: creating one raises `reason`."""

    class Unusable(Strategy):
        name: ClassVar[str] = label
        about: ClassVar[str] = reason
        scales: ClassVar[bool] = False

        def __init__(self, variant: str = "", options: Mapping[str, str] | None = None) -> None:
            raise UsageError(reason)

        def open(self, cores: int) -> None:
            """Never called."""

        def run(self, workload: Workload, data: Any, parts: int) -> Any:
            """Never called."""

    return Unusable


# -- what strategies require -----------------------------------------------------------------------------


def missing(requires: Mapping[str, str]) -> str:
    """Reason why a strategy cannot run here, with the pip command; empty if no package is missing or too old."""
    if absent := _absent(requires):
        return f"not installed: run pip install {shlex.join(absent)}"
    for requirement in requires.values():
        if there := _too_old(requirement):
            return f"not usable with {there}: run pip install {shlex.quote(requirement)}"
    return ""


def _absent(requires: Mapping[str, str]) -> list[str]:
    return [requirement for module, requirement in requires.items() if util.find_spec(module) is None]


def _too_old(requirement: str) -> str:
    """The distribution with its version, if it is older than the lower bound of `requirement`."""
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None or match[2] is None:
        return ""
    try:
        version = metadata.version(match[1])
    except metadata.PackageNotFoundError:  # importable all the same, and nobody knows how old
        return ""
    return f"{match[1]} {version}" if release(version) < release(match[2]) else ""


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version's release without zeros at its end, to compare: ``1.10.0rc1`` gives ``(1, 10)``.

    An early or a local version counts as the release that it belongs to.
    """
    match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    numbers = [int(part) for part in match[1].split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
