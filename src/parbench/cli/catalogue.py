"""What there is to choose from: the strategies, and the workloads that can be found from here."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from parbench.errors import UsageError, WorkloadError
from parbench.strategies import registry
from parbench.workload.entry_points import offers
from parbench.workload.workload import Workload


def strategies() -> list[tuple[str, str]]:
    """Every strategy and what it is in words, with its variants, and why it cannot be used where that is so."""
    rows = []
    for name, fault in registry.known().items():
        strategy, _ = registry.find(name)
        variants = ", ".join(f"{name}[{each}]" for each in strategy.variants)
        absent = registry.missing(strategy.requires)
        parts = (strategy.about, f"Variants: {variants}." if variants else "", f"({absent})" if absent else "")
        rows.append((name, f"({fault})" if fault else " ".join(filter(None, parts))))
    return rows + [(name, f"({sentence})") for name, sentence in registry.shadowed().items()]


def workloads(folder: Path) -> list[tuple[str, str]]:
    """The workloads of the package ``workloads`` in `folder` and those that installed packages offer.

    One that is offered in vain has a sentence that says so, and so has a name that is there twice.
    """
    rows = [(each.name, _words(each)) for each in _in_folder(folder)]
    for offer in offers("parbench.workloads"):
        try:
            workload: Workload = offer.load(Workload)
        except UsageError as error:
            rows.append((offer.name, f"(workload {error})"))
            continue
        twice = workload.name in [name for name, _ in rows]
        words = f"({offer.package} offers another one of this name: do not measure both in one run.)"
        rows.append((workload.name, words if twice else _words(workload)))
    return rows


def _words(workload: Workload) -> str:
    """What a workload does, and what it is there to tell apart."""
    return " ".join(filter(None, (workload.about, f"Tells apart: {workload.isolates}." if workload.isolates else "")))


def _in_folder(folder: Path) -> list[Workload]:
    files = sorted((folder / "workloads").glob("[!_]*.py"))
    if not files:
        return []
    sys.path.insert(0, str(folder))
    try:
        modules = [import_module(f"workloads.{file.stem}") for file in files]
    except ImportError as error:
        raise WorkloadError(f"the workloads in {folder} cannot be imported: {error}.") from error
    finally:
        sys.path.remove(str(folder))
    return [value for module in modules for value in vars(module).values() if isinstance(value, Workload)]
