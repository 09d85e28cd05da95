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
    from parbench.analysis.advice import advise
    from parbench.analysis.compare import compare
    from parbench.analysis.expected import expectations
    from parbench.analysis.history import change_points, history
    from parbench.analysis.summary import summarize
    from parbench.frame import load
    from parbench.harnesses.base import Harness, MapHarness

__version__ = "0.1.0"
__all__ = [
    "Expect",
    "Harness",
    "MapHarness",
    "ParbenchError",
    "Sizes",
    "Steps",
    "Timed",
    "Tutorial",
    "Workload",
    "advise",
    "bounds",
    "change_points",
    "compare",
    "expectations",
    "history",
    "load",
    "summarize",
]

_LATER = {
    "advise": "parbench.analysis.advice",
    "change_points": "parbench.analysis.history",
    "compare": "parbench.analysis.compare",
    "expectations": "parbench.analysis.expected",
    "history": "parbench.analysis.history",
    "load": "parbench.frame",
    "summarize": "parbench.analysis.summary",
    "Harness": "parbench.harnesses.base",
    "MapHarness": "parbench.harnesses.base",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'parbench' has no attribute {name!r}")
