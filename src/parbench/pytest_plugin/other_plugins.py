"""Other plugins of pytest while cells are measured: which of their options have no effect, and why."""

from __future__ import annotations

import faulthandler

import pytest


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
