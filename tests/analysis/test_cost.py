"""Costs of speedups: in numbers, in words, in the section of the report."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.analysis.cost import COLUMNS, Choice, choices, costs, ratio
from parbench.analysis.verdict import verdicts
from parbench.report.figures import cost as cost_figure
from parbench.report.html.sections import Section, cost
from parbench.report.sentences.cost import phrase, with_start
from tests.support import fake_arms, made_up_run
from tests.support.fake_arms import World

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"


def made(plan: made_up_run.Plan | None = None, **changes: dict[str, Any]) -> pd.DataFrame:
    """The costs of a made-up run, with columns of strategies changed: ``threads={"speedup": 1.5}``."""
    return costs(*changed(plan, **changes))


def chosen(**changes: dict[str, Any]) -> Choice:
    """The choice of a made-up run of one workload, with columns of strategies changed."""
    frame, summary = changed(None, **changes)
    (choice,) = choices(costs(frame, summary), verdicts(summary))
    return choice


def changed(plan: made_up_run.Plan | None = None, **changes: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame and the summary of a made-up run, with columns of strategies changed."""
    frame, summary, _ = made_up_run.run(plan)
    names = summary["strategy"].str.replace("[", "_").str.removesuffix("]").str.replace("-", "_")
    for strategy, values in changes.items():
        for column, value in values.items():
            summary.loc[names == strategy, column] = value
    return frame, summary


def shown(plan: made_up_run.Plan) -> Section:
    """The section of a made-up run."""
    run = made_up_run.opened(plan)
    found = cost.section(run)
    assert found is not None
    return found


def test_prices_are_over_the_baselines() -> None:
    """CPU time and memory are each divided by the baseline's of the same workload and size, which itself has 1."""
    found = made(serial={"cpu_seconds": 0.5, "peak_bytes": 3e7}, threads={"cpu_seconds": 1.0, "peak_bytes": 9e7})
    assert list(found.columns) == COLUMNS
    base = found[found["verdict"] == "baseline"]
    assert len(base) == 3
    assert set(base["cpu_times"]) == set(base["memory_times"]) == {1.0}
    threads = found[found["strategy"] == "threads"]
    assert set(threads["cpu_times"]) == {2.0}
    assert list(threads["memory_times"]) == pytest.approx([3.0] * len(threads))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((1.83, 2.1, 6.2), "1.83× the speed for 2.1× the CPU time and 6.2× the memory"),
        ((0.0123, 12.4, math.nan), "0.012× the speed for 12× the CPU time"),
        ((1.0, math.nan, 0.95), "1.00× the speed for 0.95× the memory"),
        ((2.0, math.nan, math.nan), "2.00× the speed"),
        ((math.nan, 1.0, 1.0), ""),
        ((math.inf, 1.0, 1.0), ""),
    ],
)
def test_costs_in_words(row: tuple[float, float, float], words: str) -> None:
    """An unknown cost is left out, and without a speed there is no text."""
    assert phrase(dict(zip(("speedup", "cpu_times", "memory_times"), row, strict=True))) == words


@pytest.mark.parametrize("value", [math.nan, 0.0, -1.0, math.inf])
def test_a_ratio_needs_two_positive_numbers(value: float) -> None:
    """A cell that was not measured, and one that no run of ours can contain, has no ratio."""
    assert math.isnan(ratio(value, 1.0))
    assert math.isnan(ratio(1.0, value))


def test_a_long_start_is_said() -> None:
    """A start-up as long as a call of the baseline is part of what a strategy costs, a shorter one is not named."""
    found = made(threads={"start_seconds": 100.0}, multiprocessing={"start_seconds": 1e-9})
    largest = found[(found["size"] == 1_000_000) & (found["cores"] == 2)].set_index("strategy")
    assert with_start(largest.loc["threads"]).endswith(", after 100 s to start")
    assert "start" not in with_start(largest.loc["multiprocessing"])


def test_failed_cells_and_those_without_a_baseline_have_no_prices() -> None:
    """A cell without a result has a row, and no phrase; without any baseline no cell has prices."""
    plan = made_up_run.Plan(fail=[("threads", "crash", "gone")])
    found = made(plan)
    assert phrase(found[found["strategy"] == "threads"].iloc[0]) == ""
    nobody = made(made_up_run.Plan(fail=[(name, "crash", "gone") for name in ("serial", "vectorized")]))
    assert nobody[["cpu_times", "memory_times"]].isna().all(axis=None)
    assert phrase(nobody.iloc[0]) == ""


def test_the_choice_is_the_fastest_for_certain_at_the_largest_size() -> None:
    """The best strategy is parallel, no baseline, not the tutorial's way, and significantly faster if one is."""
    choice = chosen(
        threads={"speedup": 3.0, "verdict": "faster"},
        shared_memory={"speedup": 4.0, "verdict": "undecided"},
        multiprocessing_tutorial={"speedup": 9.0, "verdict": "faster"},
    )
    assert (choice.best["strategy"], choice.best["size"], choice.best["cores"]) == ("threads", 1_000_000, 2)
    assert not set(choice.cells["strategy"]) & {"serial", "vectorized", "multiprocessing[tutorial]"}
    assert choice.cells["strategy"].is_unique


def test_cheaper_and_nearly_as_fast_is_worth_a_word() -> None:
    """A strategy with nine tenths of the speed for two thirds of one price, and no more of the other, is named."""
    others = [name for name in made_up_run.COSTS if name not in ("threads", "multiprocessing")]
    slow: dict[str, Any] = {name.replace("-", "_"): {"speedup": 0.1} for name in others}
    best = {"speedup": 1.8, "verdict": "faster", "cpu_seconds": 1.0, "peak_bytes": 9e8}

    def cheaper(**threads: float) -> Any:
        near = {"speedup": 1.7, "cpu_seconds": 1.0, "of_fastest_low": 0.93, "of_fastest_high": 0.96}
        spawn = {"speedup": 0.1, "verdict": "slower"}
        rest = slow | {"multiprocessing_spawn": spawn}
        choice = chosen(multiprocessing=best, threads=near | threads, **rest)
        return None if choice.cheaper is None else choice.cheaper["strategy"]

    assert cheaper(peak_bytes=5e8) == "threads"
    assert cheaper(peak_bytes=8e8) is None
    assert cheaper(peak_bytes=5e8, speedup=1.5) is None
    assert cheaper(peak_bytes=5e8, cpu_seconds=1.5) is None
    assert cheaper(peak_bytes=math.nan, cpu_seconds=0.5) == "threads"


def test_costs_of_a_run(tmp_path: Path) -> None:
    """From a run file: computed from the frame alone, with ours and no cells of a base."""
    World().run(tmp_path, fake_arms.groups(strategies=("serial", "threads"), cores=(2,)))
    found = parbench.costs(parbench.load(tmp_path))
    threads = found[found["strategy"] == "threads"].iloc[0]
    assert threads["speedup"] == pytest.approx(2 / 1.1)
    assert threads["cpu_times"] == pytest.approx(1.1)  # the fake arm keeps both CPUs busy for as long as a call takes
    assert set(found["environment"]) == {""}


def test_the_section_needs_a_parallel_cell() -> None:
    """A run on one core, and one in which everything failed, have no section."""
    for plan in (made_up_run.Plan(cores=(1,)), made_up_run.Plan(fail=[("*", "crash", "gone")])):
        run = made_up_run.opened(plan)
        assert cost.section(run) is None


@pytest.mark.parametrize("count", [3, 24])
def test_the_section_is_compact(count: int) -> None:
    """Three workloads or two dozen: the figure has a row of each, and no more rows than its most."""
    plan = made_up_run.Plan(workloads=[f"job_{number}" for number in range(count)], sizes=(100_000,))
    section = shown(plan)
    rows = cost_figure.figure_rows(choices(costs(*made_up_run.run(plan)[:2]), made_up_run.run(plan)[2]))
    assert {cell["workload"] for _, _, cell in rows} == set(plan.workloads)
    assert len(rows) <= cost_figure.MOST_ROWS
    assert len([first for first, _, _ in rows if first]) == count
    assert section.figures["costs"].get_size_inches()[1] < 12


def test_the_page_has_the_sections() -> None:
    """Costs and limits are on the page, with links to their tables."""
    run = made_up_run.opened(made_up_run.Plan(sizes=(100_000,)))
    text = made_up_run.page_of(run)
    for name, table in (("cost", "costs.csv"), ("limits", "limits.csv")):
        assert f'<section id="{name}"' in text
        assert f'href="{table}"' in text


def test_the_section_says_it_in_words() -> None:
    """Each workload has a sentence with its best strategy, and how many are faster stands before them."""
    body = shown(made_up_run.Plan(workloads=("square", "affine"))).body
    assert "Of 2 workloads, " in body
    assert body.count("× the memory") >= 2
    assert "<script" not in shown(made_up_run.Plan(workloads=("square",), strategies=("serial", "<script>"))).body


def test_extreme_prices_stay_on_the_scale() -> None:
    """Nothing is drawn beyond the axis, whatever the number, or if it is missing."""
    cell = {"workload": "a", "size": 1, "strategy": "threads", "cores": 2, "chunks": 1}
    cells = [
        cell | {"speedup": 1e-9, "cpu_times": 1e12, "memory_times": math.nan},
        cell | {"speedup": math.nan, "cpu_times": math.inf, "memory_times": 0.0},
    ]
    figure = cost_figure.draw([("a", "threads on 2", cells[0]), ("", "$x_2$ <b>", cells[1])])
    axes = figure.axes[0]
    low, high = axes.get_xlim()
    assert (low, high) == (2.0**cost_figure.LEAST, 2.0**cost_figure.MOST)
    drawn = np.concatenate([np.asarray(each.get_xdata()) for each in axes.lines if each.get_marker() in set("osD<>")])
    assert len(drawn) == 2 + len(cost_figure.MARKS)
    assert all(low <= x <= high for x in drawn[:2])


def test_the_sample_has_costs() -> None:
    """All of its cells that were measured have them."""
    found = parbench.costs(parbench.load(SAMPLE))
    assert found.loc[found["status"] == "ok", "cpu_times"].notna().all()
