"""Losses on the page: sentences, bars, timelines, and the text if something is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import parbench
from parbench.analysis.losses import by_cell, losses
from parbench.cli.main import main
from parbench.report.figures.losses import bars, merge_spans, timeline
from parbench.report.html.sections import losses as where
from parbench.report.sentences.losses import NAMES, NO_TRACES, LossView, loss_views, of_best, of_others, parts, tracing
from parbench.runfile.locate import FILE
from parbench.runfile.records import Outcome, Sample, Trace
from parbench.runfile.writer import Journal
from parbench.workload.facts import WorkloadFacts
from tests.analysis.test_losses import PLANTED, SERIAL, traced
from tests.report.html.test_page import Outline
from tests.support import fake_arms, made_up_run
from tests.support.made_up_traces import KERNEL, SHIP_IN, call
from tests.support.run_data import change, made_up
from tests.support.runs_for_expectations import TIMES, frame_of

EVIL = "<script>alert(1)</script>"
#: threads lose work, multiprocessing loses time to shipping out, and both have spans.
LOST = (
    SERIAL,
    call("threads", 10.0, [9.5, 9.0], spans=[[0, 0, 0.0, 0.2], [1, KERNEL, 0.2, 9.7], [2, KERNEL, 0.2, 9.2]]),
    call("multiprocessing", 40.0, [9.0, 9.0], out_seconds=20.0, spans=[[1, SHIP_IN, 0.0, 5.0], [1, KERNEL, 5.0, 14.0]]),
)


def shown_of(frame: pd.DataFrame) -> LossView:
    """View of the only workload of a run."""
    summary = parbench.summarize(frame)
    (shown,) = loss_views(losses(frame, summary), summary, made_up({"square": {"unit": "rows"}}).header)
    return shown


def body_of(frame: pd.DataFrame) -> str:
    """The section of a run as text, its drawings left out."""
    section = where.section(parbench.Run(frame))
    assert section is not None
    return re.sub(r"<svg.*?</svg>", "", str(section.body), flags=re.DOTALL)


def texts(figure: Figure) -> list[str]:
    """Every text of a figure, ticks and legend included."""
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in (*axes.texts, *axes.get_yticklabels(), axes.xaxis.label)]
        found.append(axes.get_title("left"))
    return found + [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_the_first_sentence_tells_the_fastest_and_its_losses() -> None:
    """Capacity of the cores, use by the fastest strategy, and the losses by size, in plain words."""
    assert of_best(shown_of(traced(*LOST))) == (
        "Of what 2 cores could give, traced calls of threads used 80 %; 12 % was lost because the same work took "
        "longer in several workers at once than alone, 5 % on handing out tasks and waiting for them and 2.5 % while "
        "some workers had nothing to do and others still worked."
    )


def test_the_second_sentence_tells_what_cost_the_others_most() -> None:
    """The others are named with their largest loss; without others, there is no such sentence."""
    told = of_others(shown_of(traced(*LOST)))
    assert told == "The largest losses of the others: multiprocessing (50 %) on sending results home."
    assert of_others(shown_of(traced(*LOST[:2]))) == ""


def test_a_gain_is_told_as_a_gain() -> None:
    """Faster kernels are reported as such, and never as a loss."""
    told = of_best(shown_of(traced(SERIAL, call("threads", 7.0, [7.0, 7.0]))))
    gain = "14 % was gained, as the same work took less time in several workers than alone."
    timed = "In the timed rounds its efficiency is 80 %."
    assert told == f"Of what 2 cores could give, traced calls of threads used 114 %. {gain} {timed}"


def test_what_the_baseline_spends_outside_of_its_kernel_is_no_gain_of_kernels() -> None:
    """If serial itself does more than run its kernel, that part is reported as common to both, not as faster work."""
    told = of_best(shown_of(traced(call("serial", 16.0, [15.0], 1), call("threads", 10.0, [7.5, 7.5]))))
    both = "5 % of these losses are no difference to the baseline, which spends as much outside of its kernel."
    assert told.endswith(f"; 25 % was lost on handing out tasks and waiting for them. {both}")


def test_small_losses_are_told_together() -> None:
    """Of many losses three are listed individually, and the others as one number."""
    many = call("threads", 10.0, [8.4, 8.0], split_seconds=0.3, in_seconds=0.4, out_seconds=0.5, combine_seconds=0.2)
    told = of_best(shown_of(traced(SERIAL, many)))
    assert told.endswith("and 8 % in smaller parts.")
    assert told.count("%") == 5


def test_one_kind_of_kernel_in_place_of_another_is_no_loss_and_gain_at_once() -> None:
    """A cost of chunking and a gain of inflation are shown as their difference alone."""
    times = TIMES | {("vectorized", 1): 0.8}
    traces = [call("vectorized", 1.0, [1.0], 1), call("serial", 101.0, [100.0], 1), call("threads", 1.0, [1.0, 0.5])]
    (row,) = shown_of(traced(*traces, times=times)).rows
    assert row.lost_chunking == pytest.approx(99 / 2)
    assert row.lost_inflation == pytest.approx((1.5 - 100) / 2)
    assert (parts(row)["lost_chunking"], parts(row)["lost_inflation"]) == pytest.approx((0.25, 0))
    assert sum(parts(row).values()) + row.traced_efficiency == pytest.approx(1)


def test_the_fastest_is_what_the_timed_calls_say() -> None:
    """The strategy of the verdict is described, even if another one's traced call happened to be faster."""
    frame = traced(SERIAL, call("threads", 10.0, [9.0, 9.0]), call("multiprocessing", 9.0, [8.5, 8.5]))
    shown = shown_of(frame)
    assert shown.best.strategy == "threads"
    assert [row.strategy for row in shown.rows] == ["multiprocessing", "threads"]


def test_bars_are_as_long_as_the_time_of_the_cores() -> None:
    """Each bar's parts reach from 0 to 100 % without a gap, the best on top, with its number next to it."""
    shown = shown_of(traced(*LOST))
    figure = bars(shown, "not shown: joblib (missing)")
    (axes,) = figure.axes
    for at in range(len(shown.rows)):
        bars_of: list[Any] = list(axes.patches)
        mine = [patch for patch in bars_of if abs(patch.get_y() + patch.get_height() / 2 - at) < 0.1]
        edges = sorted((patch.get_x(), patch.get_x() + patch.get_width()) for patch in mine)
        assert edges[0][0] == pytest.approx(0)
        assert edges[-1][1] == pytest.approx(1)
        assert [end for _, end in edges[:-1]] == pytest.approx([begin for begin, _ in edges[1:]])
    said = texts(figure)
    assert {"threads", "multiprocessing", "80 %", "20 %", "work inflation", "not shown: joblib (missing)"} <= set(said)
    assert said.index("threads") < said.index("multiprocessing")


def test_no_two_parts_look_alike_in_grey() -> None:
    """Parts differ in their hatch, or else clearly in lightness, so that none depends on colour alone."""
    from matplotlib.colors import to_rgb

    from parbench.report.figures.losses import LOOKS

    assert list(LOOKS) == list(NAMES)
    plain = [float(np.dot(to_rgb(colour), (0.3, 0.6, 0.1))) for colour, hatch in LOOKS.values() if not hatch]
    hatches = [hatch for _, hatch in LOOKS.values() if hatch]
    assert len(set(hatches)) == len(hatches)
    assert min(np.diff(sorted(plain))) > 0.15


def test_a_timeline_has_a_lane_for_the_caller_and_each_worker() -> None:
    """Lanes have their names, spans are at their times, in milliseconds, and kinds are explained."""
    frame = traced(*LOST)
    shown = shown_of(frame)
    cells = by_cell(frame)
    (trace,) = (trace for each in cells.values() for trace in each.values() if trace.cell.strategy == "threads")
    figure = timeline("square", [(shown.best, trace)])
    (axes,) = figure.axes
    assert {"caller", "worker 1", "worker 2", "split", "kernel", "s from the start of the call"} <= set(texts(figure))
    assert "combine" not in texts(figure)
    ends = [path.get_extents().intervalx.tolist() for drawn in axes.collections for path in drawn.get_paths()]
    assert ends == [pytest.approx(each) for each in ([0.0, 0.2], [0.2, 9.7], [0.2, 9.2])]


def test_many_spans_are_joined() -> None:
    """Of ten thousand tasks a picture has a few blocks; few tasks stay apart, and nothing is beyond the call."""
    many = [(number * 1e-4, number * 1e-4 + 9e-5) for number in range(10_000)]
    assert len(merge_spans(many, 1.0)) == 1
    assert len(merge_spans([*many[:100], *many[5000:5100]], 1.0)) == 2
    assert merge_spans(many[:3], 1.0) == many[:3]
    assert merge_spans([(0.5, 7.0), (2.0, 3.0), (0.1, 0.1)], 1.0) == [(0.5, 1.0)]


def test_the_section_has_everything() -> None:
    """The page has the question, both figures with captions of numbers, the table, its file, the words and the cost."""
    run = made_up_run.opened(made_up_run.Plan(sizes=(10_000, 1_000_000), traced=True))
    text = made_up_run.page_of(run)
    part = re.sub(r"<svg.*?</svg>", "", text[text.index('id="losses"') : text.index('id="run"')], flags=re.DOTALL)
    assert "Why not more?</h2>" in part
    assert re.search(r"<p>Of what 2 cores could give, traced calls of threads used \d\d %;", part)
    assert re.search(r"best on top: threads used \d\d % \(work inflation [\d.]+ %", part)
    assert re.search(r"A call of threads took [\d.]+ ms for 2 tasks: its workers ran kernels for [\d.]+ ms and ", part)
    assert re.search(r"a traced call took 1\.0\d× the time of one without it in the median cell", part)
    assert "dask-distributed and dask-threads[tutorial]: What Dask does between tasks" in part
    for word in ("Work inflation", "Load balance", "Dispatch-and-transfer", "Chunking cost"):
        assert f"<dt>{word}</dt>" in text
    for name in ("losses.csv", "figures/square-bars.svg", "figures/square-timeline.svg"):
        assert f'<a href="{name}">' in text
    section = where.section(run)
    assert section is not None
    assert len(section.tables["losses"]) == len(run.summary)
    Outline(text)


def test_many_workloads_have_one_bar_each_on_the_page() -> None:
    """With more workloads than a page can take, one figure has the fastest of each, and their own lie next to it."""
    names = tuple(f"w{number}" for number in range(where.FEW + 1))
    plan = made_up_run.Plan(workloads=names, sizes=(1_000_000,), strategies=("serial", "threads"), traced=True)
    run = made_up_run.opened(plan)
    section = where.section(run)
    assert section is not None
    assert str(section.body).count("<figure>") == 2
    kinds = {name.rpartition("-")[2] for name in section.figures}
    assert kinds == {"all", "bars", "timeline"}
    assert len(section.figures) == len(names) + 2
    assert 'href="figures/w4-bars.svg"' in section.body
    (axes,) = section.figures[where.OVERVIEW].axes
    assert {label.get_text() for label in axes.get_yticklabels()} == {f"{name}, threads" for name in names}


def test_a_run_without_traces_says_how_to_get_them() -> None:
    """Without a traced call there is one sentence that says what is missing and what to do, and no file."""
    frame = frame_of(TIMES)
    section = where.section(parbench.Run(frame))
    assert section is not None
    assert (section.figures, section.tables) == ({}, {})
    assert body_of(frame).strip() == f"<p>{NO_TRACES}</p>"
    assert "measure again with pytest --benchmark" in NO_TRACES


def test_a_comparison_or_a_run_of_nothing_has_no_section() -> None:
    """Where nobody asked where the efficiency went, or nothing was measured, there is no section."""
    frame = frame_of(TIMES, against="main")
    assert where.section(parbench.Run(frame)) is None
    nothing, *_ = made_up_run.run(made_up_run.Plan(workloads=()))
    assert where.section(parbench.Run(nothing)) is None


def test_fewer_tasks_than_workers_are_told() -> None:
    """If some workers had no task, the section reports it with a remedy, unless they were busy anyway."""
    idle = call("threads", 16.0, [16.0, 0.0], tasks=1)
    told = "threads (1) had fewer tasks than there are cores, so some had nothing to do: cut finer (--parbench-chunks)"
    assert told in body_of(traced(SERIAL, idle))
    hidden = call("threads", 10.0, [8.0, 8.0], tasks=1, unseen="Its own threads cannot be seen.")
    body = body_of(traced(SERIAL, hidden))
    assert "fewer tasks" not in body
    assert "threads: Its own threads cannot be seen." in body


def test_what_could_not_be_taken_apart_is_told_with_what_to_do() -> None:
    """Strategies that were not traced, whose kernels were not seen or that failed are named, each with the reason."""
    times = TIMES | {("joblib", 2): 0.7, ("numexpr", 2): 0.7, ("numba", 2): 0.5}
    frame = traced(SERIAL, PLANTED["lost_split"], call("numexpr", 10.0, [0.0]), call("numba", 9.0, [8.0]), times=times)
    frame.loc[frame["strategy"] == "numba", ["status", "reason"]] = ["crash", "A worker died."]
    body = body_of(frame)
    assert "multiprocessing and joblib have no traced call here: measure longer (--parbench-budget)" in body
    assert "numexpr could not be taken apart: the work of its workers cannot be seen." in body
    assert "numba could not be taken apart: it has no result: A worker died." in body
    assert "numba used" not in body
    section = where.section(parbench.Run(frame))
    assert section is not None
    assert "not shown: numba (crash); not taken apart: numexpr" in texts(section.figures["square-bars"])


def test_traced_calls_unlike_timed_ones_are_told() -> None:
    """If the traced efficiency is far from the timed one, both are named, and otherwise neither."""
    told = "traced calls were not like timed ones in threads (53 %, timed 80 %)"
    assert told in body_of(traced(SERIAL, call("threads", 15.0, [8.0, 8.0])))
    assert "not like timed ones" not in body_of(traced(*LOST[:2]))


@pytest.mark.parametrize(
    ("traces", "said"),
    [
        ([call("threads", 10.0, [8.0, 8.0])], "square: the baseline was not traced in the same blocks"),
        ([SERIAL], "square: no parallel strategy was traced: measure longer (--parbench-budget)"),
    ],
)
def test_a_workload_without_anything_to_show_is_told(traces: list[Trace], said: str) -> None:
    """Where nothing of a workload can be taken apart, the section says why, and draws nothing."""
    body = body_of(traced(*traces))
    assert said in body
    assert "No traced call of this run could be taken apart." in body
    assert "<figure" not in body


def test_a_filtered_frame_is_shown() -> None:
    """The section of a part of a run is of that part alone."""
    frame = traced(*LOST)
    assert "multiprocessing" not in body_of(frame[frame["strategy"] != "multiprocessing"])
    assert "no serial strategy was measured with it: measure serial as well" in body_of(
        frame[frame["strategy"] == "threads"]
    )


def test_what_a_trace_says_is_text() -> None:
    """Names and sentences of a run file are shown, never obeyed, and cut if they are endless."""
    frame = traced(SERIAL, call("threads", 10.0, [8.0, 8.0], unseen=EVIL + "x" * 10_000), call(EVIL, 20.0, [8.0, 8.0]))
    frame.loc[frame["strategy"] == "multiprocessing", "strategy"] = EVIL
    section = where.section(parbench.Run(frame))
    assert section is not None
    assert "<script" not in section.body
    assert "&lt;script&gt;" in section.body
    assert "x" * 400 not in section.body


@pytest.mark.parametrize("seed", range(6))
def test_no_number_that_is_none_is_shown(seed: int) -> None:
    """Whatever a run file holds, there is a section, and no text of it is NaN or infinite."""
    rng = np.random.default_rng(seed)

    def some(count: int) -> list[float]:
        return [float(each) for each in rng.choice([0.0, 5e-324, 1e-9, 1e-3, 1.0, 2.0, 9e17], count)]

    traces = []
    for strategy, cores in (("serial", 1), ("threads", 2), ("multiprocessing", 2)):
        seconds, plain, split, combine, into, out = some(6)
        busy = [*some(int(rng.integers(1, 12))), 1.0] if seed else [1.0]
        spans = [[float(rng.integers(0, len(busy))), float(rng.integers(0, 5)), *sorted(some(2))] for _ in range(20)]
        own: dict[str, Any] = {"split_seconds": split, "combine_seconds": combine, "spans": spans}
        shipped: dict[str, Any] = {"in_seconds": into, "out_seconds": out, "plain_seconds": plain}
        traces.append(call(strategy, seconds or 1.0, busy, cores, tasks=0, **own, **shipped))
    frame = traced(*traces)
    body = body_of(frame)
    assert not re.search(r"\b(nan|inf|NaN)\b", re.sub(r"<[^>]*>", " ", body))
    section = where.section(parbench.Run(frame))
    assert section is not None
    assert not [
        text for figure in section.figures.values() for text in texts(figure) if re.search(r"\b(nan|inf)\b", text)
    ]


def test_the_cost_of_tracing_is_left_out_where_nobody_knows_it() -> None:
    """Without a call that was not traced there is no sentence on what tracing costs."""
    frame = traced(SERIAL, call("threads", 10.0, [8.0, 8.0], plain_seconds=5.0))
    assert "and 2.00× at most (threads in square at 1,000)" in tracing(losses(frame))
    change(frame, traces=(call("threads", 10.0, [8.0, 8.0], plain_seconds=0.0),))
    assert tracing(losses(frame)) == ""


def test_a_report_is_made_from_the_run_file_alone(tmp_path: Path) -> None:
    """`parbench report` finds the traces in the run file, also those of a cell that failed later."""
    with Journal(tmp_path / FILE, fake_arms.header(workloads={"square": WorkloadFacts(unit="rows")})) as journal:
        for trace in LOST:
            seconds = trace.seconds
            for block in range(2):
                journal.add(Sample(trace.cell, block, 0, "steady", seconds))
            journal.add(trace)
        journal.add(Outcome(LOST[2].cell, "crash", "A worker died."))
    assert main(["report", str(tmp_path)]) == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Of what 2 cores could give, traced calls of threads used 80 %" in text
    table = pd.read_csv(tmp_path / "losses.csv").set_index("strategy")
    assert table.loc["threads", "work_inflation"] == pytest.approx(16 / 18.5)
    assert list(table.loc["multiprocessing", ["missing", "reason"]]) == ["no result", "A worker died."]
