"""parbench compares parallel strategies in Python: how much faster, why not more, when it pays off, which one.

Importing this package is cheap: each public name is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parbench.analysis.advice.adviser import advise
    from parbench.analysis.break_even import break_even
    from parbench.analysis.break_even_calls import break_even_calls
    from parbench.analysis.compare_stored import compare
    from parbench.analysis.cost import costs
    from parbench.analysis.expectations import expectations
    from parbench.analysis.frame import load
    from parbench.analysis.history import change_points, history
    from parbench.analysis.losses import losses
    from parbench.analysis.memory_limits import memory_limits
    from parbench.analysis.metg import metg
    from parbench.analysis.side_by_side import side_by_side
    from parbench.analysis.stats.scaling_laws import fit_amdahl, fit_gustafson, karp_flatt
    from parbench.analysis.stats.usl import fit_usl
    from parbench.analysis.summary import summarize
    from parbench.errors import ParbenchError
    from parbench.interactive.measure import measure
    from parbench.report.figures import public as figures
    from parbench.report.run import Run
    from parbench.report.tables import export, table
    from parbench.strategies.base import MapStrategy, Strategy
    from parbench.strategies.configured import strategy
    from parbench.workload.expectation import Expect
    from parbench.workload.sizes import Sizes, SizesByTime
    from parbench.workload.stages import Stages
    from parbench.workload.workload import Tutorial, Workload, bounds

__version__ = "0.1.0"
__all__ = [
    "Expect",
    "MapStrategy",
    "ParbenchError",
    "Run",
    "Sizes",
    "SizesByTime",
    "Stages",
    "Strategy",
    "Tutorial",
    "Workload",
    "advise",
    "bounds",
    "break_even",
    "break_even_calls",
    "change_points",
    "compare",
    "costs",
    "expectations",
    "export",
    "figures",
    "fit_amdahl",
    "fit_gustafson",
    "fit_usl",
    "history",
    "karp_flatt",
    "load",
    "losses",
    "measure",
    "memory_limits",
    "metg",
    "side_by_side",
    "strategy",
    "summarize",
    "table",
]

#: The module of each public name.
_MODULES = {
    "Expect": "parbench.workload.expectation",
    "MapStrategy": "parbench.strategies.base",
    "ParbenchError": "parbench.errors",
    "Run": "parbench.report.run",
    "Sizes": "parbench.workload.sizes",
    "SizesByTime": "parbench.workload.sizes",
    "Stages": "parbench.workload.stages",
    "Strategy": "parbench.strategies.base",
    "Tutorial": "parbench.workload.workload",
    "Workload": "parbench.workload.workload",
    "advise": "parbench.analysis.advice.adviser",
    "bounds": "parbench.workload.workload",
    "break_even": "parbench.analysis.break_even",
    "break_even_calls": "parbench.analysis.break_even_calls",
    "change_points": "parbench.analysis.history",
    "compare": "parbench.analysis.compare_stored",
    "costs": "parbench.analysis.cost",
    "expectations": "parbench.analysis.expectations",
    "export": "parbench.report.tables",
    "fit_amdahl": "parbench.analysis.stats.scaling_laws",
    "fit_gustafson": "parbench.analysis.stats.scaling_laws",
    "fit_usl": "parbench.analysis.stats.usl",
    "history": "parbench.analysis.history",
    "karp_flatt": "parbench.analysis.stats.scaling_laws",
    "load": "parbench.analysis.frame",
    "losses": "parbench.analysis.losses",
    "measure": "parbench.interactive.measure",
    "memory_limits": "parbench.analysis.memory_limits",
    "metg": "parbench.analysis.metg",
    "side_by_side": "parbench.analysis.side_by_side",
    "strategy": "parbench.strategies.configured",
    "summarize": "parbench.analysis.summary",
    "table": "parbench.report.tables",
}

#: Public names of development versions, each with the name that replaced it.
_RENAMED = {
    "Harness": "Strategy",
    "MapHarness": "MapStrategy",
    "Steps": "Stages",
    "Timed": "SizesByTime",
    "limits": "memory_limits",
    "together": "side_by_side",
}


def __getattr__(name: str) -> Any:
    if name == "figures":
        return import_module("parbench.report.figures.public")
    if name in _RENAMED:
        # not an AttributeError: `from parbench import` would replace its message
        raise ImportError(f"parbench.{name} is now named parbench.{_RENAMED[name]}.")
    if name not in _MODULES:
        raise AttributeError(f"module 'parbench' has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
