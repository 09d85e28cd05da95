"""What there is to choose from: the strategies, and the workloads that can be found from here."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from parbench import harnesses
from parbench.errors import WorkloadError
from parbench.workload import Workload


def strategies() -> list[tuple[str, str]]:
    """Every strategy and what it is in words, with its variants, and the pip command where it needs one."""
    rows = []
    for name in harnesses.known():
        harness, _ = harnesses.find(name)
        variants = ", ".join(f"{name}[{each}]" for each in harness.variants)
        absent = harnesses.missing(harness.requires)
        parts = (harness.about, f"Variants: {variants}." if variants else "", f"({absent})" if absent else "")
        rows.append((name, " ".join(filter(None, parts))))
    return rows


def workloads(folder: Path) -> list[tuple[str, str]]:
    """The workloads of the package ``workloads`` in `folder` and those that installed packages offer."""
    return [(each.name, each.about) for each in [*_in_folder(folder), *_installed()]]


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


def _installed() -> list[Workload]:
    return [point.load() for point in entry_points(group="parbench.workloads")]
