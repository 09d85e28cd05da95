"""``parbench list``: list strategies and workloads."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from parbench.cli.commands import print_parts
from parbench.errors import UsageError, WorkloadError

if TYPE_CHECKING:
    from parbench.workload.workload import Workload

NONE = "  none here: run this in a folder with a `workloads` package, or install one"


@click.command(help="List the strategies, and the workloads of this folder.", epilog="Example: parbench list")
def command() -> None:
    """Print the strategies and workloads that can be used from here."""
    from rich.padding import Padding

    from parbench.report.terminal.screen import definitions

    for title, rows in (("Strategies", list_strategies()), ("Workloads", list_workloads(Path.cwd()))):
        print_parts([title, Padding(definitions(rows), (0, 0, 0, 2)) if rows else NONE])


def list_strategies() -> list[tuple[str, str]]:
    """Each strategy with its description and variants, and the reason if it cannot be used."""
    from parbench.strategies import configured, registry

    configured.read_project(Path.cwd())
    rows = []
    for name, fault in registry.unusable_reasons().items():
        strategy, _ = registry.find(name)
        variants = ", ".join(f"{name}[{each}]" for each in strategy.variants)
        absent = registry.missing(strategy.requires)
        parts = (strategy.about, f"Variants: {variants}." if variants else "", f"({absent})" if absent else "")
        rows.append((name, f"({fault})" if fault else " ".join(filter(None, parts))))
    return rows + [(name, f"({sentence})") for name, sentence in registry.name_clashes().items()]


def list_workloads(folder: Path) -> list[tuple[str, str]]:
    """The workloads of the package ``workloads`` in `folder` and those of installed packages, with their descriptions.

    An unusable workload and a second one of the same name have a sentence on that instead.
    """
    from parbench.workload.entry_points import offers
    from parbench.workload.workload import Workload

    rows = [(each.name, _description(each)) for each in _workloads_in(folder)]
    for offer in offers("parbench.workloads"):
        try:
            workload: Workload = offer.load(Workload)
        except UsageError as error:
            rows.append((offer.name, f"(workload {error})"))
            continue
        twice = workload.name in [name for name, _ in rows]
        warning = f"({offer.package} has another workload of this name: do not measure both in one run.)"
        rows.append((workload.name, warning if twice else _description(workload)))
    return rows


def _description(workload: Workload) -> str:
    """The purpose of a workload, and the effect that it isolates."""
    return " ".join(filter(None, (workload.about, f"Isolates: {workload.isolates}." if workload.isolates else "")))


def _workloads_in(folder: Path) -> list[Workload]:
    from parbench.workload.workload import Workload

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
