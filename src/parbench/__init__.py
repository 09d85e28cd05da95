"""parbench compares parallel strategies in Python: how much faster, why not more, when it pays off, which one.

Importing this package is cheap: NumPy, pandas and matplotlib are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from parbench.errors import ParbenchError
from parbench.workload.expectation import Expect
from parbench.workload.sizes import Sizes, SizesByTime
from parbench.workload.stages import Stages
from parbench.workload.workload import Tutorial, Workload, bounds

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
    from parbench.report.figures import public as figures
    from parbench.report.run import Run
    from parbench.report.tables import export, table
    from parbench.strategies.base import MapStrategy, Strategy

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
    "memory_limits",
    "metg",
    "side_by_side",
    "summarize",
    "table",
]

_LATER = {
    "break_even": "parbench.analysis.break_even",
    "break_even_calls": "parbench.analysis.break_even_calls",
    "advise": "parbench.analysis.advice.adviser",
    "change_points": "parbench.analysis.history",
    "compare": "parbench.analysis.compare_stored",
    "costs": "parbench.analysis.cost",
    "expectations": "parbench.analysis.expectations",
    "fit_amdahl": "parbench.analysis.stats.scaling_laws",
    "fit_gustafson": "parbench.analysis.stats.scaling_laws",
    "fit_usl": "parbench.analysis.stats.usl",
    "history": "parbench.analysis.history",
    "memory_limits": "parbench.analysis.memory_limits",
    "karp_flatt": "parbench.analysis.stats.scaling_laws",
    "load": "parbench.analysis.frame",
    "losses": "parbench.analysis.losses",
    "metg": "parbench.analysis.metg",
    "summarize": "parbench.analysis.summary",
    "side_by_side": "parbench.analysis.side_by_side",
    "Run": "parbench.report.run",
    "export": "parbench.report.tables",
    "table": "parbench.report.tables",
    "Strategy": "parbench.strategies.base",
    "MapStrategy": "parbench.strategies.base",
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
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    if name == "figures":
        return import_module("parbench.report.figures.public")
    if name in _RENAMED:
        # not an AttributeError: `from parbench import` would replace its message
        raise ImportError(f"parbench.{name} is now named parbench.{_RENAMED[name]}.")
    raise AttributeError(f"module 'parbench' has no attribute {name!r}")
