"""Sentences about slow calls, on the terminal and in the report."""

from __future__ import annotations

import io
import math
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from parbench.report.html.sections.slow_calls import MOST_ROWS, section
from parbench.report.run import Run
from parbench.report.sentences import slow_calls
from parbench.report.terminal import results
from parbench.report.terminal.screen import console
from tests.support import made_up_run

HALF = "about half of the calls take 1.8 times as long as the others"


def run_with_slow_calls(strategy: str = "threads", factor: float = 1.4) -> Run:
    """A made-up run in which half of the calls of a strategy on two cores are slow."""
    run = made_up_run.opened(made_up_run.Plan(traced=False))
    cells = (run.summary["strategy"] == strategy) & (run.summary["cores"] == 2)
    run.summary.loc[cells, "mean_seconds"] = factor * run.summary["seconds"]
    run.summary.loc[cells, ["slow_share", "slow_ratio"]] = 0.51, 1.8
    return run


@pytest.mark.parametrize(
    ("mean", "share", "ratio", "words"),
    [
        (1.04, 0.1, 1.4, ""),
        (1.4, 0.5, 1.8, HALF),
        (0.9, 0.75, 1.8, "about three quarters of the calls take 1.8 times as long as the others"),
        (2.0, 0.034, 31.2, "3.4 % of the calls take 31 times as long as the others"),
        (1.06, 0.0, math.nan, "the mean time of a call is 1.06 times the typical time"),
        (1.06, math.nan, math.nan, "the mean time of a call is 1.06 times the typical time"),
    ],
)
def test_a_difference_of_mean_and_typical_time_has_words(mean: float, share: float, ratio: float, words: str) -> None:
    """More than 5 % has the share of slow calls and their ratio, or the mean if these are unknown; less has nothing."""
    row = SimpleNamespace(seconds=0.5, mean_seconds=0.5 * mean, slow_share=share, slow_ratio=ratio)
    assert slow_calls.phrase(row) == words


def test_the_terminal_has_one_sentence() -> None:
    """The worst cell is named with its slow calls, and the others are counted; without any there is no sentence."""
    run = run_with_slow_calls()
    (said,) = (line for line in terminal(run.summary) if "calls take" in line)
    assert said.startswith("In square at 10,000 with threads on 2 cores, about half of the calls take 1.8 times")
    assert said.endswith("the mean differs by more than 5 % in 3 cells, which the report lists.")
    assert not any("calls take" in line for line in terminal(made_up_run.opened().summary))


def terminal(summary: pd.DataFrame) -> list[str]:
    """The lines at the end of a run, without a width."""
    nothing = pd.DataFrame()
    return results.render(summary, pd.DataFrame({"outcome": []}), nothing, console(io.StringIO()))


def test_the_report_lists_the_cells() -> None:
    """The section has a row per cell, and the answer about the best strategy ends with its slow calls."""
    page = made_up_run.page_of(run_with_slow_calls(best()))
    assert page.count(f'<td class="reason">{HALF}</td>') == 3
    assert f"; {HALF}" in page
    assert 'id="slow-calls"' not in made_up_run.page_of(made_up_run.opened())


def best() -> str:
    """The best parallel strategy of the made-up run at its largest size."""
    return str(made_up_run.opened().verdicts[-1].rival)


def test_a_long_list_is_cut() -> None:
    """Rows beyond the limit are counted, and the table of all cells is named."""
    run = made_up_run.opened()
    run.summary["mean_seconds"] = 2 * run.summary["seconds"]
    found: Any = section(run)
    assert str(found.body).count('<th scope="row">') == MOST_ROWS
    assert f"{len(run.summary) - MOST_ROWS} more" in str(found.body)
