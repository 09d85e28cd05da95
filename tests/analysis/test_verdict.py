"""The verdict in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from parbench.analysis.choice import equals
from parbench.analysis.summary import COLUMNS
from parbench.analysis.verdict import OUTCOMES, Verdict, verdicts
from parbench.report.sentences.verdicts import sentence
from tests.support.run_data import made_up


def row(strategy: str, speedup: float, low: float, high: float, verdict: str, **more: Any) -> dict[str, Any]:
    """A row of a summary."""
    plain = {
        "workload": "square",
        "size": 1_000_000,
        "strategy": strategy,
        "cores": 2,
        "chunks": 1,
        "environment": "",
        "seconds": 0.05 / speedup,
        "speedup": speedup,
        "speedup_low": low,
        "speedup_high": high,
        "baseline": "serial",
        "verdict": verdict,
        "status": "ok",
        "reason": "",
    }
    return {**dict.fromkeys(COLUMNS, math.nan), **plain, **more}


BASE = row("serial", 1, 1, 1, "baseline", cores=1)
FASTER = row("threads", 1.8, 1.7, 1.9, "faster")
SLOWER = row("dask-threads", 0.5, 0.4, 0.6, "slower")
UNDECIDED = row("shared-memory", 1.1, 0.9, 1.3, "undecided")
TUTORIAL = row("dask-threads[tutorial]", 9.0, 8.0, 10.0, "faster")
FAILED = row("multiprocessing", math.nan, math.nan, math.nan, "failed", status="crash", reason="gone")


def verdict_of(*rows: dict[str, Any], bound: str = "compute") -> Verdict:
    """The only verdict of a summary of these rows, of a workload that is bound by something."""
    summary = pd.DataFrame(rows, columns=COLUMNS)
    summary.attrs["run"] = made_up({"square": {"bound": bound}})
    (found,) = verdicts(summary)
    return found


def test_workers_that_wait_are_not_called_cores() -> None:
    """Where work is bound by latency there may be more workers than cores, and nobody should look for these."""
    found = verdict_of(BASE, FASTER, bound="latency")
    assert found.each == "worker"
    assert "use threads on 2 workers, 1.80×" in sentence(found)
    assert verdict_of(BASE, FASTER).each == "core"


def test_the_fastest_is_advised() -> None:
    """Among several, the one with the largest speedup, with its cores, its interval and what it is compared with."""
    found = verdict_of(BASE, SLOWER, FASTER, UNDECIDED, FAILED)
    assert (found.best, found.cores, found.speedup, found.low, found.high) == ("threads", 2, 1.8, 1.7, 1.9)
    assert found.decided
    assert (found.baseline, found.baseline_seconds) == ("serial", 0.05)
    assert sentence(found) == (
        "square at 1,000,000: use threads on 2 cores, 1.80× [1.70, 1.90] the speed of serial (50.0 ms per call)."
    )


def test_what_is_faster_on_one_core_is_not_so_by_working_in_parallel() -> None:
    """A strategy of one core may be the advice, but nobody should think that cores helped."""
    found = verdict_of(BASE, row("threads", 1.2, 1.1, 1.3, "faster", cores=1), SLOWER)
    assert (found.best, found.cores) == ("threads", 1)
    assert sentence(found).endswith("the speed of serial (50.0 ms per call), though not by working in parallel.")


def test_slower_ones_are_no_advice() -> None:
    """If nothing parallel is faster, the baseline is best, and the sentence names the best of the others."""
    found = verdict_of(BASE, SLOWER, FAILED)
    assert (found.best, found.cores, found.speedup) == ("serial", 1, 1)
    assert "stay with serial" in sentence(found)
    assert "dask-threads on 2 cores, reaches 0.50× [0.40, 0.60]" in sentence(found)


def test_undecided_is_no_advice_either() -> None:
    """An interval that holds 1 is called undecided, with what to do about it."""
    found = verdict_of(BASE, SLOWER, UNDECIDED)
    assert (found.best, found.decided) == ("serial", False)
    assert sentence(found) == (
        "square at 1,000,000: undecided; shared-memory on 2 cores may be faster or slower, 1.10× [0.90, 1.30] the "
        "speed of serial (50.0 ms per call): measure longer (--parbench-budget, or --parbench-profile=standard)."
    )


def test_what_is_certain_goes_before_what_may_be_faster() -> None:
    """A wide interval around a higher value does not hide a strategy that is significantly faster."""
    wild = row("dask-distributed", 2.4, 0.7, 8.0, "undecided")
    found = verdict_of(BASE, wild, FASTER)
    assert (found.best, found.decided) == ("threads", True)


def test_what_makes_no_difference_is_decided() -> None:
    """An interval that holds 1 and lies within a tenth of it leaves it at the baseline."""
    found = verdict_of(BASE, row("threads", 1.02, 0.95, 1.09, "undecided"))
    assert (found.best, found.decided) == ("serial", True)
    assert "stay with serial" in sentence(found)
    assert "threads on 2 cores, makes no difference: 1.02× [0.95, 1.09]" in sentence(found)


def test_a_tutorial_form_is_never_the_advice() -> None:
    """However fast, it may compute something else."""
    assert verdict_of(BASE, TUTORIAL, FASTER).best == "threads"
    assert "dask" not in sentence(verdict_of(BASE, TUTORIAL))


def test_a_baseline_alone_is_said_to_be_alone() -> None:
    """With nothing to compare, the sentence gives the baseline's seconds."""
    assert sentence(verdict_of(BASE, FAILED)) == (
        "square at 1,000,000: stay with serial (50.0 ms per call); no parallel strategy was measured."
    )


def test_without_a_baseline_there_is_no_verdict() -> None:
    """Nothing is advised, and the sentence says why."""
    found = verdict_of(FAILED)
    assert (found.best, found.baseline) == ("", "")
    assert math.isnan(found.speedup)
    assert "no serial strategy" in sentence(found)


def test_what_the_run_did_not_reach_is_not_called_a_failure() -> None:
    """Where nothing failed and nothing was measured, the sentence says that the run ended."""
    found = verdict_of({**FAILED, "status": "skipped", "verdict": "undecided"})
    assert "before the run ended" in sentence(found)


@pytest.mark.parametrize(
    ("rows", "outcome", "rival"),
    [
        ([row("threads", 1.8, 1.7, 1.9, "faster")], "faster", "threads"),
        ([row("threads", 0.8, 0.7, 0.9, "slower")], "slower", "threads"),
        ([row("threads", 1.02, 0.95, 1.09, "undecided")], "no difference", "threads"),
        ([UNDECIDED], "undecided", "shared-memory"),
        ([], "alone", ""),
    ],
)
def test_what_became_of_the_best_parallel_strategy(rows: list[dict[str, Any]], outcome: str, rival: str) -> None:
    """The verdict has the best parallel strategy with its speedup, and what became of it, as one of the outcomes."""
    found = verdict_of(BASE, *rows)
    assert (found.outcome, found.rival) == (outcome, rival)
    assert found.outcome in OUTCOMES
    assert math.isnan(found.rival_speedup) if not rows else found.rival_speedup == rows[0]["speedup"]
    assert verdict_of(FAILED).outcome == "nothing"


def test_one_block_has_no_interval() -> None:
    """Without ends the sentence does not pretend to have them."""
    found = verdict_of(BASE, row("threads", 1.8, math.nan, math.nan, "undecided"))
    assert "1.80× (one block only, no interval)" in sentence(found)
    assert "nan" not in sentence(found)


def test_an_interval_without_use_is_told_in_words() -> None:
    """Ends that are millions apart, as two blocks that differ have them, are not printed."""
    found = verdict_of(BASE, row("threads", 2.37, 0.00000664, 847529.0, "undecided"))
    assert "2.37× (too wide)" in sentence(found)
    assert "847529" not in sentence(found)


def test_groups_keep_their_order() -> None:
    """One verdict a workload and size, in the order of the summary; none for an empty one."""
    rows = [{**BASE, "workload": name, "size": size} for name in ("z", "a") for size in (20, 10)]
    found = verdicts(pd.DataFrame(rows, columns=COLUMNS))
    assert [(each.workload, each.size) for each in found] == [("z", 20), ("z", 10), ("a", 20), ("a", 10)]
    assert verdicts(pd.DataFrame(columns=COLUMNS)) == []


def test_a_serial_cell_that_is_certainly_slower_is_not_equal() -> None:
    """A verdict is not reversed: within 5 % of the baseline a simpler form is equal, unless it is called slower."""
    base = {"strategy": "vectorized", "cores": 1, "chunks": 1, "speedup": 1.0, "speedup_low": 1.0, "speedup_high": 1.0}
    near = base | {"strategy": "serial", "speedup": 0.97, "speedup_low": 0.95, "speedup_high": 0.99}
    for verdict, first in (("slower", "vectorized"), ("equal", "serial")):
        cells = pd.DataFrame([base | {"verdict": "baseline"}, near | {"verdict": verdict}])
        assert equals(cells)[0]["strategy"] == first
