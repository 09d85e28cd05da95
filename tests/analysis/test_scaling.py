"""The laws fitted to the curves of runs, with intervals from blocks, and the section that shows them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.analysis.scaling import (
    BY_CORES,
    COLUMNS,
    NEVER,
    NO_ONE,
    ONLY_ONE,
    by_cores,
    curves,
    fit_laws,
    serial_fraction,
)
from parbench.analysis.weak_scaling import COLUMNS as WEAK
from parbench.analysis.weak_scaling import weak
from parbench.report.html import page
from parbench.report.html.sections.scaling_laws import section
from parbench.runfile.locate import FILE
from parbench.runfile.records import Sample
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from tests.support import fake_arms, made_up_run
from tests.support.run_data import change_header, change_workload, made_up
from tests.support.runs_for_expectations import frame_of

#: A block slows everything by this, so that nothing but ratios within it can be right.
SLOW = (1.0, 1.5, 0.7, 1.2, 0.9, 1.1)


def run_of(seconds: Mapping[tuple[str, int], float], spread: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """The frame of a run of six blocks of three rounds, with cells that differ by block by `spread`, a logarithm."""
    rng = np.random.default_rng(seed)
    frame = frame_of(dict(seconds), blocks=4)
    first = frame[frame["block"] == 0].drop_duplicates(["strategy", "cores", "block"])
    rows = [
        row | {"block": block, "round": turn, "seconds": row["seconds"] * slow * factor}
        for block, slow in enumerate(SLOW)
        for row, factor in zip(first.to_dict("records"), rng.lognormal(0, spread, len(first)), strict=True)
        for turn in range(3)
    ]
    made = pd.DataFrame(rows)
    made.attrs = frame.attrs
    return made


def amdahl(fraction: float, counts: tuple[int, ...], strategy: str = "threads", alone: float = 2.0) -> dict[Any, float]:
    """Seconds by Amdahl's law of a strategy that takes `alone` on one core, along with a serial one that takes 1."""
    return {("serial", 1): 1.0} | {(strategy, c): alone * (fraction + (1 - fraction) / c) for c in counts}


def only(frame: pd.DataFrame) -> Any:
    """The only curve of a run."""
    (row,) = fit_laws(frame, parbench.summarize(frame)).itertuples()
    return row


@pytest.mark.parametrize("counts", [(1, 2), (1, 2, 4, 8)])
def test_a_planted_fraction_is_found_whatever_blocks_do(counts: tuple[int, ...]) -> None:
    """Blocks that slow everything alike, and a strategy slower than serial, leave the fraction as it is."""
    row = only(run_of(amdahl(0.2, counts)))
    assert (row.fraction, row.fraction_low, row.fraction_high) == pytest.approx((0.2, 0.2, 0.2), abs=1e-6)
    assert (row.limit, row.limit_low, row.limit_high) == pytest.approx((5, 5, 5), rel=1e-5)
    assert (row.cores, row.counts, row.blocks, row.reason) == (counts[-1], len(counts), 6, "")
    assert row.karp_flatt == pytest.approx(0.2)


def test_the_interval_is_students_over_blocks() -> None:
    """Two counts: each block has a fraction of its own, and the interval is the textbook's for the mean of these."""
    logs = np.log([1.55, 1.6, 1.62, 1.7, 1.65, 1.58])
    found, used = serial_fraction([{2: each} for each in logs])
    fractions = 2 / np.exp(logs) - 1
    half = 2.7565 * fractions.std(ddof=1) / math.sqrt(6)  # Student's t at 98 %, five degrees of freedom
    assert used == 6
    assert found == pytest.approx((fractions.mean(), fractions.mean() - half, fractions.mean() + half), rel=1e-4)


def test_intervals_hold_the_planted_fraction_as_often_as_they_say() -> None:
    """Of 300 runs with noise about 96 % hold the truth."""
    rng = np.random.default_rng(3)
    truth, held = {2: math.log(1 / 0.6), 4: math.log(1 / 0.4)}, 0
    for _ in range(300):
        found, _ = serial_fraction([{c: log + rng.normal(0, 0.03) for c, log in truth.items()} for _ in range(6)])
        held += found.low <= 0.2 <= found.high
    assert 0.92 <= held / 300 <= 0.99


def test_blocks_that_lack_a_count_are_left_out() -> None:
    """A count that needed fewer blocks does not bend the fraction of those that have all, unless there is but one."""
    full, short = {2: math.log(1.6), 4: math.log(3.9)}, {2: math.log(1.1)}
    assert serial_fraction([full, full, short])[1] == 2
    assert serial_fraction([full, short])[1] == 2


def test_one_block_has_a_fraction_without_an_interval() -> None:
    """From one block there is a value and no ends."""
    frame = run_of(amdahl(0.2, (1, 2)))
    one = frame[frame["block"] == 0]
    one.attrs = frame.attrs
    row = only(one)
    assert (row.fraction, row.limit) == (pytest.approx(0.2), pytest.approx(5))
    assert [math.isnan(each) for each in (row.fraction_low, row.fraction_high, row.limit_low)] == [True] * 3


def test_the_universal_law_is_fitted_from_four_counts_on() -> None:
    """A curve with a cost for each pair of cores has its parameters back, and its peak; three counts are refused."""
    counts = (1, 2, 4, 8, 16)
    seconds = {("serial", 1): 1.0} | {("threads", c): (1 + 0.05 * (c - 1) + 0.01 * c * (c - 1)) / c for c in counts}
    row = only(run_of(seconds))
    assert (row.sigma, row.kappa, row.gamma) == pytest.approx((0.05, 0.01, 1.0), rel=1e-5)
    assert row.peak_cores == pytest.approx(math.sqrt(0.95 / 0.01), rel=1e-5)
    row = only(run_of({key: each for key, each in seconds.items() if key[1] <= 4}))
    assert math.isnan(row.sigma)
    assert row.usl_reason.startswith(
        "a USL has 3 parameters and needs at least 4 core counts, and there are 3: measure"
    )


def test_karp_and_flatt_by_cores_rise_where_a_cost_does() -> None:
    """Of a fixed serial part each count gives the same; where each core costs more, more cores give a larger one."""
    frame = run_of(amdahl(0.2, (1, 2, 4, 8)))
    assert list(by_cores(frame, parbench.summarize(frame))["karp_flatt"]) == pytest.approx([0.2] * 3)
    seconds = {("serial", 1): 1.0} | {("threads", c): 1 / c + 0.01 * (c - 1) for c in (1, 2, 4, 8)}
    frame = run_of(seconds, spread=0.001)
    points = by_cores(frame, parbench.summarize(frame))
    assert points["karp_flatt"].is_monotonic_increasing
    assert (points["karp_low"] < points["karp_flatt"]).all()
    assert (points["karp_flatt"] < points["karp_high"]).all()


def test_what_cannot_be_fitted_has_a_reason() -> None:
    """A curve without one core, with one core only, or without rounds in common, says so instead of numbers."""
    row = only(run_of({("serial", 1): 1.0, ("threads", 2): 0.6, ("threads", 4): 0.4}))
    assert (row.reason, row.usl_reason, math.isnan(row.fraction)) == (NO_ONE, NO_ONE, True)
    assert only(run_of({("serial", 1): 1.0, ("threads", 1): 1.1})).reason == ONLY_ONE
    frame = run_of(amdahl(0.2, (1, 2)))
    apart = frame[(frame["block"] < 3) == (frame["cores"] == 1)]
    apart.attrs = frame.attrs
    assert only(apart).reason == NEVER
    for reason in (NO_ONE, ONLY_ONE, NEVER):
        assert reason.endswith(".")
        assert "measure" in reason


def test_what_has_no_curve_has_no_row() -> None:
    """Strategies of one core, failed cells, and those of a base are none of our curves."""
    frame = run_of(amdahl(0.2, (1, 2)) | {("asyncio", 1): 1.0, ("joblib", 1): 1.0, ("joblib", 2): 1.0})
    change_header(frame, settings={"one_core_strategies": ["asyncio"]})
    frame.loc[frame["strategy"] == "joblib", ["status", "reason"]] = "crash", "it crashed."
    both = pd.concat([frame, frame.assign(environment="base", seconds=7.0)])
    both.attrs = frame.attrs
    assert [curve.strategy for curve in curves(both, parbench.summarize(both))] == ["threads"]
    assert only(both).fraction == pytest.approx(0.2)


def test_a_ladder_of_sizes_gives_gustafsons_fraction() -> None:
    """Sizes that grow with the cores have their fraction and interval, others are no ladder."""
    summary = parbench.summarize(ladder(0.1, spread=0.02))
    rows: list[Any] = list(weak(summary).itertuples())
    (row,) = rows
    assert (row.size, row.cores, row.counts) == (1000, 4, 3)
    assert row.speedup == pytest.approx(4 - 0.1 * 3, rel=0.05)
    assert row.fraction_low < 0.1 < row.fraction_high
    assert 0.001 < row.fraction_high - row.fraction_low < 0.1
    assert weak(summary[summary["size"] != 2000]).iloc[0]["counts"] == 2
    assert weak(summary[summary["cores"] == 1]).empty


def test_sizes_that_the_run_notes_are_a_ladder() -> None:
    """Where twice the work is another size than twice the size, the header says which."""
    summary = parbench.summarize(ladder(0.1, spread=0.02))
    odd = summary.assign(size=summary["size"].replace({2000: 1414}))
    for listed, counts in (([], 2), ([[1000, 2, 1414]], 3)):
        odd.attrs["run"] = made_up({}, {"weak": {str(odd["workload"].iloc[0]): listed}})
        (row,) = weak(odd).itertuples()
        assert (row.size, row.counts) == (1000, counts)


def ladder(fraction: float, spread: float) -> pd.DataFrame:
    """A run with threads on c cores at c times 1000, whose scaled speedup is by Gustafson's law."""
    parts = []
    for count in (1, 2, 4):
        work = float(count)
        seconds = {("serial", 1): work, ("threads", count): work / (count - fraction * (count - 1))}
        parts.append(run_of(seconds, spread, seed=count).assign(size=1000 * count))
    frame = pd.concat(parts)
    frame.attrs = parts[0].attrs
    return frame


def text_of(frame: pd.DataFrame) -> str:
    """The section of a run as plain text."""
    made = section(parbench.Run(frame))
    assert made is not None
    return re.sub(r"\s+", " ", unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", str(made.body), flags=re.DOTALL)))


def test_the_section_says_what_more_cores_would_give() -> None:
    """The best strategy of a size is shown with its serial part and limit, and the note on two counts once."""
    text = text_of(run_of(amdahl(0.2, (1, 2)), spread=0.01))
    assert "threads scales best, to 1.6" in text
    assert "no number of cores gives more than" in text
    assert text.count("A USL has 3 parameters and needs at least 4 core counts, and there are 2: measure with") == 1
    assert "Two core counts fit Amdahl's law exactly" in text
    assert "weak scaling" in text


def test_the_section_tells_no_gain_as_none() -> None:
    """Where more cores are slower no strategy is held up, and its serial part is all."""
    text = text_of(run_of({("serial", 1): 1.0, ("threads", 1): 1.0, ("threads", 2): 1.3}, spread=0.01))
    assert "no strategy is certain to be faster on more cores than on one" in text
    assert "100 % [100 %, 100 %]" in text


def test_the_section_says_what_is_missing_where_nothing_can_be_fitted() -> None:
    """With one core count the section has what to measure and no table; without parallel strategies it is not there."""
    text = text_of(run_of({("serial", 1): 1.0, ("threads", 1): 1.1}))
    assert "It was measured on one core only: measure with --parbench-cores=1,2" in text
    assert "square: all strategies" not in text
    frame = run_of({("serial", 1): 1.0})
    assert section(parbench.Run(frame)) is None


def test_more_counts_bring_the_universal_law_and_a_figure() -> None:
    """From four counts on there are the peak, a figure with its extrapolation named, and no refusal of the law."""
    run = made_up_run.opened(made_up_run.Plan(cores=(1, 2, 4, 8), blocks=4))
    made = section(run)
    assert made is not None
    assert list(made.figures) == ["laws-square"]
    assert list(made.tables) == ["laws", "laws-by-cores", "laws-weak"] or "laws-by-cores" in made.tables
    terms = "<dt>USL peak</dt>"
    assert terms in page.render(run, {}, [made])
    assert terms not in page.render(run, {}, [replace(made, figures={})])
    body = str(made.body)
    assert "the dashed lines beyond are extrapolation" in body
    assert "A USL has" not in body
    texts = [text.get_text() for panel in made.figures["laws-square"].axes for text in panel.texts]
    assert {"extrapolation", "ideal"} <= set(texts)


def test_waiting_workers_are_called_so() -> None:
    """Where work is bound by latency, the section speaks of workers, also on the axis of the figure."""
    frame = run_of(amdahl(0.01, (1, 2, 4, 8, 16)), spread=0.01)
    change_workload(frame, "square", bound="latency")
    text = text_of(frame)
    assert "with 16 workers" in text
    assert "no number of workers gives more than" in text
    assert " cores" not in text.split("Open questions of this run")[0]


def test_every_column_is_documented() -> None:
    """The page on laws names each column of all three tables."""
    page = (Path(__file__).parents[2] / "docs" / "laws.md").read_text(encoding="utf-8")
    assert {name for name in {*COLUMNS, *BY_CORES, *WEAK} if f"`{name}`" not in page} == set()


def test_a_ladder_is_shown_in_a_table_of_its_own() -> None:
    """Weak scaling has its table, and is not among the unknown values of the run."""
    text = text_of(ladder(0.1, spread=0.02))
    assert "With a problem that grows with the cores" in text
    assert "○ weak scaling" not in text


def test_hostile_names_are_escaped() -> None:
    """Names of a run file that nobody vouches for are text in the page, not markup, and safe as files."""
    evil = "<script>alert(1)</script>"
    frame = run_of(amdahl(0.1, (1, 2, 4, 8), strategy=evil), spread=0.01)
    frame["workload"] = "../<b>"
    made = section(parbench.Run(frame))
    assert made is not None
    assert "<script>" not in made.body
    assert "<b>" not in made.body
    assert all(re.fullmatch(r"[\w-]+", name) for name in made.figures)


def test_the_strangest_run_file_has_a_section(tmp_path: Path) -> None:
    """Times at the ends of what a run file may hold give a report with tables, and no error."""
    ends = [0.0, 5e-324, 1e-300, 1.0, 9e17]
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        for block, base in enumerate(ends):
            for turn, seconds in enumerate(ends):
                journal.add(Sample(Cell("doubles", 10, "serial", 1), block, turn, "steady", base))
                for count in (1, 2, 4, 8, 1024):
                    journal.add(Sample(Cell("doubles", 10, "threads", count), block, turn, "steady", seconds / count))
    made = section(parbench.Run(tmp_path))
    assert made is not None
    assert len(made.tables["laws"]) == 1
