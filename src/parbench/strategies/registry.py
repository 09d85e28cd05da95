"""The strategies by name. To add one, add a file next to this one and a line in `BUILT_IN`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module, metadata, util
from typing import Any, ClassVar

from parbench.errors import MissingDependency, UsageError, pip_install
from parbench.strategies import configured
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
#: The strategies that need an extra of parbench.
EXTRAS = ("joblib", "numexpr", "numba")
GROUP = "parbench.strategies"
#: The group of development versions. A strategy in it is not used, and a sentence says why.
OLD_GROUP = "parbench.harnesses"

_LABEL = re.compile(r"([^\[\]]+)(?:\[([^\[\]]+)\])?")
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?(?:>=([\d.]+))?")


def default_labels() -> tuple[str, ...]:
    """The labels that are measured by default: every strategy in its default form, and the tutorial's forms.

    It leaves out strategies of an extra that is not installed; configured ones are included, to have their reasons.
    """
    names = [name for name in BUILT_IN if name not in EXTRAS or not _absent(find(name)[0].requires)]
    ours = [name for name in configured.definitions() if name not in BUILT_IN]
    return (*names, *ours, "multiprocessing[tutorial]", "dask-threads[tutorial]")


def names() -> list[str]:
    """The names of all strategies, also of unusable ones; it imports none of them."""
    return list(dict.fromkeys([*BUILT_IN, *configured.definitions(), *_offers_by_name()]))


def unusable_reasons() -> dict[str, str]:
    """Maps each strategy to the reason why it is unusable, or to an empty string."""
    others = {name: _fault(name, offered) for name, offered in _offers_by_name().items() if name not in BUILT_IN}
    ours = {name: _fault_of_definition(name) for name in configured.definitions() if name not in BUILT_IN}
    return dict.fromkeys(BUILT_IN, "") | others | ours


def name_clashes() -> dict[str, str]:
    """Maps the names of built-in strategies that are offered or configured, too, to a sentence that says so."""
    clashes = {name: _fault(name, offered) for name, offered in _offers_by_name().items() if name in BUILT_IN}
    return clashes | {name: _fault_of_definition(name) for name in configured.definitions() if name in BUILT_IN}


def find(label: str) -> tuple[type[Strategy], str]:
    """The strategy class and the variant of a label such as ``multiprocessing[spawn]``.

    Raises UsageError, with the choices, for an unknown name or variant. An unusable strategy of another package has a
    class, too, which raises the reason when it is created, so that only its cells fail.
    """
    match = _LABEL.fullmatch(label.strip())
    name, variant = (match[1], match[2] or "") if match else (label, "")
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        strategy: type[Strategy] = getattr(import_module(module), attribute)
    elif name in configured.definitions():
        if reason := _fault_of_definition(name):
            return _unusable(name, reason), variant
        strategy = configured.class_of(name)
    elif name in (others := _offers_by_name()):
        if reason := _fault(name, others[name]):
            return _unusable(name, reason), variant
        strategy = others[name][0].load(Strategy)
    else:
        raise UsageError(f"there is no strategy {label!r}: choose from {', '.join(names())}.")
    if variant and variant not in strategy.variants:
        choices = ", ".join(f"{name}[{each}]" for each in strategy.variants) or "none"
        raise UsageError(f"strategy {name!r} has no variant {variant!r}: it offers {choices}.")
    return strategy, variant


def create(label: str, options: Mapping[str, str] | None = None) -> Strategy:
    """A strategy for `label`, not yet opened; raises MissingDependency if its packages are absent or too old."""
    strategy, variant = find(label)
    if reason := missing(strategy.requires):
        raise MissingDependency(f"strategy {label!r} is {reason}.")
    return strategy(variant, options)


# -- strategies of other packages ------------------------------------------------------------------------


def _offers_by_name() -> dict[str, list[Offer]]:
    """The entry points of other packages, by name; those of `OLD_GROUP` only if `GROUP` lacks the name."""
    return _group(OLD_GROUP) | _group(GROUP)


def _group(group: str) -> dict[str, list[Offer]]:
    table: dict[str, list[Offer]] = {}
    for offer in offers(group):
        table.setdefault(offer.name, []).append(offer)
    return table


def _fault(name: str, offered: list[Offer]) -> str:
    """Why the strategy that other packages offer under a name is unusable, in one sentence; empty if it is usable."""
    packages = " and ".join(each.package for each in offered)
    if name in BUILT_IN:
        return f"strategy {name!r} of {packages} is not used, as parbench has a strategy of that name: rename it."
    if name not in _group(GROUP):
        return (
            f"strategy {name!r} of {packages} cannot be used, as its entry point is in the group {OLD_GROUP}, "
            f"which is now named {GROUP}: update {packages}."
        )
    if len(offered) > 1:
        return f"{packages} both offer a strategy {name!r}: remove one of them."
    try:
        offered[0].load(Strategy)
    except UsageError as error:
        return f"strategy {error}"
    return ""


def _fault_of_definition(name: str) -> str:
    """Why a configured strategy is unusable, in one sentence; empty if it is usable."""
    if name in BUILT_IN:
        return f"the configured strategy {name!r} is not used, as parbench has a strategy of that name: rename it."
    reason = configured.fault(name, configured.definitions()[name])
    return f"the configured strategy {name!r} cannot be used: {reason}." if reason else ""


def _unusable(label: str, reason: str) -> type[Strategy]:
    """A class in place of an unusable strategy: creating an instance raises `reason`."""

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


# -- requirements ----------------------------------------------------------------------------------------


def missing(requires: Mapping[str, str]) -> str:
    """Why a strategy cannot run here, with the pip command; empty if no package is missing or too old."""
    if absent := _absent(requires):
        return f"not installed: {pip_install(*absent)}"
    for requirement in requires.values():
        if old := _too_old(requirement):
            return f"not usable with {old}: {pip_install(requirement)}"
    return ""


def _absent(requires: Mapping[str, str]) -> list[str]:
    return [requirement for module, requirement in requires.items() if util.find_spec(module) is None]


def _too_old(requirement: str) -> str:
    """The distribution with its version, if it is older than the lower bound of `requirement`; else empty."""
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None or match[2] is None:
        return ""
    try:
        version = metadata.version(match[1])
    except metadata.PackageNotFoundError:  # it is importable, but has no known version
        return ""
    return f"{match[1]} {version}" if release(version) < release(match[2]) else ""


def release(version: str) -> tuple[int, ...]:
    """The numbers of the release in a version, without zeros at the end: ``(1, 10)`` for ``1.10.0rc1``."""
    match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    numbers = [int(part) for part in match[1].split(".")] if match else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
