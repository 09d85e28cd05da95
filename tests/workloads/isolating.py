"""The workloads that isolate one axis each, by name, and what a plain loop gives for them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parbench import Workload
from parbench.strategies.registry import create
from workloads import groupby

MODULES = ("skew", "tree_reduce", "stencil", "all_to_all", "groupby", "monte_carlo", "worker_state", "wordcount")
WORKLOADS: dict[str, Workload] = {
    **{name: import_module(f"workloads.{name}").workload for name in MODULES},
    "groupby_apply": groupby.groupby_apply,
}
every_workload = pytest.mark.parametrize("name", WORKLOADS)
SEED = 5


def cut(workload: Workload, data: Any, parts: int) -> Any:
    """The result of a plain loop over the given parts."""
    return create("serial").run(workload, data, parts)


def right_result(name: str, size: int = 40) -> tuple[Any, Any]:
    """Result of one part, and the data."""
    data = WORKLOADS[name].make(size, SEED)
    return cut(WORKLOADS[name], data, 1), data


def same(left: Any, right: Any) -> bool:
    """Whether two results are equal to the last bit and of one type."""
    if isinstance(left, pd.Series):
        return left.equals(right) and left.index.equals(right.index)
    return type(left) is type(right) and bool(np.all(left == right))
