"""parbench compares parallel strategies in Python: how much faster, why not more, from when on, which one.

Importing this package is cheap: what needs NumPy, pandas or matplotlib is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from parbench.errors import ParbenchError
from parbench.expect import Expect
from parbench.sizes import Sizes, Timed
from parbench.steps import Steps
from parbench.workload import Tutorial, Workload, bounds

if TYPE_CHECKING:
    from parbench import figures
    from parbench.analysis.advice import advise
    from parbench.analysis.breakeven import break_even
    from parbench.analysis.compare import compare
    from parbench.analysis.cost import costs
    from parbench.analysis.expected import expectations
    from parbench.analysis.grain import metg
    from parbench.analysis.history import change_points, history
    from parbench.analysis.laws import fit_amdahl, fit_gustafson, karp_flatt
    from parbench.analysis.limits import limits
    from parbench.analysis.repaid import break_even_calls
    from parbench.analysis.several import together
    from parbench.analysis.summary import summarize
    from parbench.analysis.usl import fit_usl
    from parbench.analysis.where import losses
    from parbench.frame import load
    from parbench.harnesses.base import Harness, MapHarness
    from parbench.run import Run
    from parbench.tables import export, table

__version__ = "0.1.0"
__all__ = [
    "Expect",
    "Harness",
    "MapHarness",
    "ParbenchError",
    "Run",
    "Sizes",
    "Steps",
    "Timed",
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
    "limits",
    "load",
    "losses",
    "metg",
    "summarize",
    "table",
    "together",
]

_LATER = {
    "break_even": "parbench.analysis.breakeven",
    "break_even_calls": "parbench.analysis.repaid",
    "advise": "parbench.analysis.advice",
    "change_points": "parbench.analysis.history",
    "compare": "parbench.analysis.compare",
    "costs": "parbench.analysis.cost",
    "expectations": "parbench.analysis.expected",
    "fit_amdahl": "parbench.analysis.laws",
    "fit_gustafson": "parbench.analysis.laws",
    "fit_usl": "parbench.analysis.usl",
    "history": "parbench.analysis.history",
    "limits": "parbench.analysis.limits",
    "karp_flatt": "parbench.analysis.laws",
    "load": "parbench.frame",
    "losses": "parbench.analysis.where",
    "metg": "parbench.analysis.grain",
    "summarize": "parbench.analysis.summary",
    "together": "parbench.analysis.several",
    "Run": "parbench.run",
    "export": "parbench.tables",
    "table": "parbench.tables",
    "Harness": "parbench.harnesses.base",
    "MapHarness": "parbench.harnesses.base",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    if name == "figures":
        return import_module("parbench.figures")
    raise AttributeError(f"module 'parbench' has no attribute {name!r}")
