"""Other plugins of pytest while cells are measured: which of their options have no effect, and why."""

from __future__ import annotations

import faulthandler
from typing import Any

import pytest

from parbench.pytest_plugin.replay import NAME

#: Options of pytest-benchmark that ask for its tables: the profile of calls, older results and a histogram are in them.
TABLE_OPTIONS = ("benchmark_verbose", "benchmark_cprofile", "benchmark_compare", "benchmark_histogram")


def measure_in_one_process(config: pytest.Config) -> str:
    """Switch pytest-xdist and pytest-forked off; a sentence on the options that have no effect, if there are any.

    Tests that run at the same time would disturb each other, and a process for each test would measure all cells anew.
    """
    option, without_effect = config.option, []
    if getattr(option, "numprocesses", None) or getattr(option, "dist", "no") != "no":
        option.numprocesses, option.dist, option.tx = None, "no", []
        without_effect += ["-n", "--dist"]
    if getattr(option, "forked", False):
        option.forked = False
        without_effect += ["--forked"]
    # not a warning: if warnings are errors, pytest would end here
    names = " and ".join(without_effect)
    return names and f"parbench measures in one process: {names} have no effect with --benchmark."


def stop_timers(item: pytest.Item) -> None:
    """Stop the timers of pytest-timeout and faulthandler for `item`, as a campaign is more than one test."""
    faulthandler.cancel_dump_traceback_later()
    if hasattr(item.config.hook, "pytest_timeout_cancel_timer"):
        item.config.hook.pytest_timeout_cancel_timer(item=item)


def takes_results(config: pytest.Config) -> bool:
    """Whether pytest-benchmark is active; ``--benchmark-skip`` skips its own tests, and cells are no such tests."""
    return hasattr(config, "_benchmarksession") and not config._benchmarksession.skip


def hide_cells_from_tables(config: pytest.Config) -> None:
    """Leave cells out of the tables of pytest-benchmark, unless ``-v`` or one of its options asks for them.

    They stay in its files.
    """
    benchmarks: Any = getattr(config, "_benchmarksession", None)
    asked = config.get_verbosity() > 0 or any(getattr(config.option, name, None) for name in TABLE_OPTIONS)
    if benchmarks is not None and benchmarks.groups and not asked:
        groups = [(name, [each for each in rows if not _is_cell(each)]) for name, rows in benchmarks.groups]
        benchmarks.groups = [(name, rows) for name, rows in groups if rows]


def _is_cell(row: dict[str, Any]) -> bool:
    """Whether a row of a table comes from `replay`."""
    return bool(row["options"].get("timer") == NAME)
