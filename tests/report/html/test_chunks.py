"""Chunks a core in the report: two sorts of curves, a column, words; and nothing of it if there is one a core."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from parbench.report.figures import speedup, style
from parbench.report.figures.captions import describe
from parbench.report.figures.looks import BUILT_IN
from parbench.report.html import cells
from parbench.workload.cell import AUTO
from tests.support import made_up_run

FEW = ("serial", "vectorized", "threads", "multiprocessing")
CUT = made_up_run.Plan(sizes=(1_000_000,), strategies=FEW, chunks=(1, 4, 16, AUTO), cores=(1, 2, 4))
UNCUT = made_up_run.Plan(sizes=(1_000_000,), strategies=FEW, cores=(1, 2, 4))
FOUR = made_up_run.Plan(sizes=(1_000_000,), strategies=FEW, chunks=(1, 4), cores=(1, 2, 4))


def summary_of(plan: made_up_run.Plan) -> pd.DataFrame:
    """The summary of a made-up run."""
    return made_up_run.run(plan)[1]


def lines_of(panel: Axes, strategy: str) -> list[tuple[float, list[float]]]:
    """The curves of a strategy: line width, and speedups over three core counts."""
    colour = BUILT_IN[strategy].colour
    drawn = [line for line in panel.lines if to_hex(line.get_color()).upper() == colour]
    curves = [(line.get_linewidth(), np.asarray(line.get_ydata(), dtype=float).tolist()) for line in drawn]
    return [(width, speedups) for width, speedups in curves if len(speedups) == 3 and width > 0.7]


def texts(figure: Figure) -> list[str]:
    """Every text of a figure and its panels."""
    return [text.get_text() for text in (*figure.texts, *(text for panel in figure.axes for text in panel.texts))]


def test_equal_chunks_are_one_curve_and_the_best_another() -> None:
    """The thick curve is at one chunk per core throughout, the thin one at the fastest of each core count."""
    summary = summary_of(CUT)
    threads = summary[summary["strategy"] == "threads"]
    one = threads[threads["chunks"] == 1].sort_values("cores")["speedup"]
    most = threads.groupby("cores")["speedup"].max()
    (thick, thin) = lines_of(speedup.speedup(summary, "square").axes[0], "threads")
    assert thick[0] > thin[0]
    assert thick[1] == pytest.approx(list(one))
    assert thin[1] == pytest.approx(list(most))
    assert thick[1] != pytest.approx(thin[1])


def test_both_curves_are_told_apart_in_words() -> None:
    """The label of the thin one names the chunks that were best at the most cores, and a note says which is which."""
    summary = summary_of(CUT)
    best = summary[(summary["strategy"] == "threads") & (summary["cores"] == 4)].nlargest(1, "speedup").iloc[0]
    shown = texts(speedup.speedup(summary, "square"))
    assert best["chunks"] > 1
    assert any(text.startswith(f"threads x{best['chunks']}  ") for text in shown)
    assert any(text.startswith("threads  ") for text in shown)
    assert "thick: 1 chunk per core; thin: as many as were fastest at each core count, x4 for 4 per core" in shown


def test_with_one_chunk_a_core_nothing_is_said() -> None:
    """A run that was cut in the usual way alone has one curve a strategy and no word about it, anywhere."""
    summary = summary_of(UNCUT)
    figure = speedup.speedup(summary, "square")
    assert len(lines_of(figure.axes[0], "threads")) == 1
    assert not [text for text in texts(figure) if "chunk" in text or " x" in text]
    assert "chunk" not in "".join(describe(summary, "square").values())
    assert "core count" in speedup.time(summary, "square").texts[0].get_text()
    assert " on 1 core, " in describe(summary[summary["cores"] == 1], "square")["speedup"]


def test_one_other_number_of_chunks_is_named() -> None:
    """Where each strategy was cut in one way, and not the usual, there is no thin curve, and the note says how many."""
    summary = summary_of(FOUR)
    summary = summary[(summary["chunks"] == 4) | summary["strategy"].isin(["serial", "vectorized"])]
    figure = speedup.speedup(summary, "square")
    assert len(lines_of(figure.axes[0], "threads")) == 1
    assert "with 4 chunks per core" in texts(figure)
    assert "4 chunks per core" in describe(summary, "square")["speedup"]


def test_own_chunks_count_as_the_most() -> None:
    """The curve that every strategy has is at the smallest number measured, and at its own only if there is none."""
    summary = summary_of(CUT)
    assert set(speedup.fewest_chunks(summary[summary["chunks"] != 1])["chunks"]) == {4}
    assert set(speedup.fewest_chunks(summary[summary["chunks"] == AUTO])["chunks"]) == {AUTO}


@pytest.mark.parametrize("cores", [(1, 2), (1, 2, 4, 8, 16)], ids=["two", "sixteen"])
def test_no_label_is_written_over_another(cores: tuple[int, ...]) -> None:
    """With every strategy cut in four ways, no two labels overlap, and none leaves the figure."""
    strategies = [*made_up_run.STRATEGIES, "multiprocessing[forkserver]"]
    fail = [("dask-distributed", "timeout", "too long")]
    summary = summary_of(
        made_up_run.Plan(sizes=(10**6,), cores=cores, strategies=strategies, chunks=CUT.chunks, fail=fail)
    )
    for figure in (speedup.speedup(summary, "square"), speedup.time(summary, "square")):
        with style.our_settings():
            boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_position()[0] > 1]
            notes = [text.get_window_extent() for text in figure.texts]
        for one, other in [*itertools.combinations(boxes, 2), *itertools.combinations(notes, 2)]:
            assert not one.shrunk(1, 0.85).overlaps(other.shrunk(1, 0.85))
        assert max(box.x1 for box in [*boxes, *notes]) <= figure.bbox.x1


def test_time_is_that_of_the_best_chunks() -> None:
    """The time figure takes the fastest of all cores and chunks, and its label has both as in the cell's name."""
    summary = summary_of(CUT)
    best = summary[summary["strategy"] == "threads"].nsmallest(1, "seconds").iloc[0]
    shown = texts(speedup.time(summary, "square"))
    assert any(text.startswith(f"threads, {best['cores']}x{best['chunks']}  ") for text in shown)
    assert "square: time of one call, each strategy at its fastest cores x chunks per core" in shown


def test_captions_say_how_work_was_cut() -> None:
    """They name the chunks that were measured, what the curves are, and the chunks of the best cell."""
    captions = describe(summary_of(CUT), "square", "rows")
    assert "Work was cut into 1, 4, 16 and auto chunks per core: thick curves are at the fewest" in captions["speedup"]
    assert "highest point is threads on 4 cores with 16 chunks per core with " in captions["speedup"]
    assert captions["time"].endswith("with threads on 4 cores with 16 chunks per core.")


def test_the_table_has_a_column_where_there_are_several() -> None:
    """Own chunks are in words; with one number of chunks only, there is no column, and a note if it is not one."""
    (table,) = cells.tables(summary_of(CUT), "square")
    assert table["chunks"]
    assert {row["chunks"] for row in table["rows"]} == {"1", "4", "16", "auto"}
    assert {row["note"] for row in table["rows"]} == {""}
    (table,) = cells.tables(summary_of(UNCUT), "square")
    assert not table["chunks"]
    (table,) = cells.tables(summary_of(UNCUT).assign(chunks=AUTO), "square")
    assert {row["note"] for row in table["rows"]} == {"auto chunks"}


def test_the_page_has_it() -> None:
    """Column, headline and sentence name the chunks; without several, the page has no such column."""
    text, plain = (made_up_run.page_of(made_up_run.opened(plan)) for plan in (CUT, UNCUT))
    assert '<th scope="col">chunks per core</th>' in text
    assert "with threads on 4 cores with 16 chunks per core at " in text
    assert "Use threads on 4 cores with 16 chunks per core, " in text
    assert '<th scope="col">chunks per core</th>' not in plain


def test_failures_say_with_how_many_chunks() -> None:
    """The place of a failure has its chunks if these are not one a core."""
    failed = pd.DataFrame({"chunks": [AUTO, 4]}).assign(
        workload="w", size=10, strategy="threads", cores=2, status="timeout", reason=""
    )
    assert cells.problems(failed)[0]["where"] == "w at 10 on 2 cores with 4 and auto chunks per core"
    assert cells.problems(failed.assign(chunks=1))[0]["where"] == "w at 10 on 2 cores"
