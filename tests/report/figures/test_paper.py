"""Figures for a paper: the size that was asked for, text that can be read at it, the same bytes every time."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.text import Text

import parbench
from parbench.analysis.source import inches
from parbench.errors import ParbenchError, UsageError
from parbench.report.figures import public
from parbench.report.figures import speedup as curves_of_cores
from parbench.report.figures import style as our_style
from parbench.report.figures.layout import Layout
from tests.docs.documents import ROOT
from tests.support import made_up_run

SAMPLE = ROOT / "reports" / "sample"
WIDTHS = ["3.3in", "6.9in"]
#: Figures over all workloads draw several if none is named.
CASES = [*((name, "square") for name in public.FIGURES), *((name, None) for name in ("losses", "break-even", "cost"))]
DRAWN = [pytest.param(*case, id="-".join(filter(None, case))) for case in CASES]


@cache
def crowded() -> pd.DataFrame:
    """A made-up run with every strategy, enough sizes for break-evens, enough cores for laws, and traces."""
    strategies = [*made_up_run.STRATEGIES, "somebody-elses-strategy-with-a-long-name[and-variant]"]
    plan = made_up_run.Plan(
        workloads=("square", "affine"),
        strategies=strategies,
        cores=(1, 2, 4, 8),
        traced=True,
        fail=[("dask-processes", "timeout", "")],
    )
    return made_up_run.run(plan)[0]


@cache
def drawn(name: str, workload: str | None, width: str) -> Figure:
    """A figure of the crowded run, drawn once."""
    return public.FIGURES[name].draw(opened(), workload, width=width)


@cache
def opened() -> parbench.Run:
    """The crowded run, summarized once."""
    return parbench.Run(crowded())


def texts(figure: Figure) -> list[Text]:
    """Every text of a figure that is drawn."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title]
        found += [getattr(axes, f"_{side}_title") for side in ("left", "right")]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            found += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    return [each for each in found if each.get_text().strip() and each.get_visible()]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "workload"), DRAWN)
def test_no_text_is_cut_or_over_another(name: str, workload: str | None, width: str) -> None:
    """In a crowded figure of one or two columns, every text is within the figure, and none is over another."""
    figure = drawn(name, workload, width)
    figure.draw_without_rendering()
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(figure)]
    assert len(boxes) > 5
    for said, box in boxes:
        assert min(box.x0, box.y0) >= -1, said
        assert box.x1 <= figure.bbox.x1 + 1, said
        assert box.y1 <= figure.bbox.y1 + 1, said
    for (one, box), (two, other) in itertools.combinations(boxes, 2):
        assert not box.shrunk(0.98, 0.8).overlaps(other.shrunk(0.98, 0.8)), (one, two)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "workload"), DRAWN)
def test_text_has_the_size_of_print(name: str, workload: str | None, width: str) -> None:
    """A figure is exactly as wide as asked, and its text is of 7 to 8 points at that size."""
    figure = drawn(name, workload, width)
    assert figure.get_figwidth() == inches(width)
    assert {float(text.get_fontsize()) for text in texts(figure)} <= {7.0, 7.5, 8.0}


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_same_data_same_bytes(tmp_path: Path, kind: str) -> None:
    """Drawing twice gives the same file, which has no date in it."""
    first, second = (
        public.save(public.cost(opened(), "square", width=3.3), tmp_path / f"{turn}.{kind}", dpi=100) for turn in (1, 2)
    )
    assert first.read_bytes() == second.read_bytes()
    assert b"Date" not in first.read_bytes()


def test_pdf_has_its_fonts() -> None:
    """A PDF has TrueType fonts in it and none of Type 3, which journals refuse, and its text is no picture."""
    data = our_style.as_bytes(drawn("speedup", "square", "3.3in"), "pdf")
    assert b"FontFile2" in data
    assert b"/Type3" not in data
    assert b"/Subtype /Image" not in data


def test_svg_has_text() -> None:
    """An SVG has its text as text, and no date."""
    plain = our_style.as_bytes(drawn("speedup", "square", "3.3in"), "svg").decode()
    assert re.search(r"<text[^>]*>multiprocessing</text>", plain)
    assert "<dc:date>" not in plain


def test_png_has_the_resolution_that_was_asked_for(tmp_path: Path) -> None:
    """A PNG of 3.3 in at 200 dpi is 660 pixels wide."""
    path = public.save(drawn("speedup", "square", "3.3in"), tmp_path / "a.png", dpi=200)
    assert int.from_bytes(path.read_bytes()[16:20], "big") == 660


@pytest.mark.parametrize(
    ("length", "wanted"), [("3.3in", 3.3), (3.3, 3.3), ("84mm", 84 / 25.4), ("8.4 cm", 84 / 25.4), ("240pt", 240 / 72)]
)
def test_lengths_have_units(length: str | float, wanted: float) -> None:
    """A width may be inches, or a text with a unit."""
    assert inches(length) == pytest.approx(wanted)


def test_reference_lines_are_named() -> None:
    """The legend names the ideal and the measured ceiling, and every strategy that has a curve once."""
    legend = drawn("speedup", "square", "3.3in").legends[0]
    names = [text.get_text() for text in legend.get_texts()]
    assert {"ideal", "measured ceiling", "threads", "serial"} <= set(names)
    assert len(names) == len(set(names))


def test_intervals_stand_beside_each_other() -> None:
    """With two core counts, bars of intervals are moved apart, in points, and the data stay in place."""
    summary = made_up_run.run(made_up_run.Plan(sizes=(10_000,)))[1]
    panel = curves_of_cores.speedup(summary, "square", layout=Layout(paper=True)).axes[0]
    curves = [
        line
        for line in panel.lines
        if len(np.asarray(line.get_xdata())) == 2 and "None" not in (line.get_marker(), line.get_linestyle())
    ]
    at = [
        float(line.get_transform().transform((2, 1))[0])
        for line in curves
        if list(np.asarray(line.get_xdata())) == [1, 2]
    ]
    assert len(at) > 5
    assert len({round(each, 3) for each in at}) == len(at)


def test_only_what_was_asked_for_is_drawn() -> None:
    """One size is one panel, and chosen strategies stand next to the baseline only."""
    figure = public.speedup(opened(), "square", size=100_000, strategies=["threads"])
    assert [axes.get_title("left") for axes in figure.axes] == ["100,000 elements"]
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    baseline = opened().summary.query("workload == 'square' and size == 100_000 and verdict == 'baseline'")["strategy"]
    assert set(names) == {"threads", *baseline, "ideal", "measured ceiling"}


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("speedup", {"workload": "cube"}, r"there is no workload 'cube' in this run, which has square and affine\."),
        ("speedup", {}, r"there are several workloads, square and affine: name one\."),
        ("speedup", {"workload": "square", "size": 5}, "there is no size '5' in this run, which has 10000, 100000"),
        (
            "time",
            {"workload": "square", "strategies": ["ray"]},
            "there is no strategy 'ray' in this run, which has serial",
        ),
        ("speedup", {"workload": "square", "width": "3 feet"}, "a width is 1 to 40 inches, such as 3.3in"),
        ("speedup", {"workload": "square", "width": 1}, r"does not fit into 1 by \S+ in"),
    ],
)
def test_what_cannot_be_drawn_is_said(name: str, options: dict[str, Any], said: str, tmp_path: Path) -> None:
    """A name or size that cannot be used is an error that says what there is."""
    with pytest.raises(UsageError, match=said):
        public.save(public.FIGURES[name].draw(opened(), **options), tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("name", "plan", "said"),
    [
        ("losses", made_up_run.Plan(), "no traced calls"),
        ("timeline", made_up_run.Plan(), "no traced calls"),
        ("break-even", made_up_run.Plan(sizes=(100, 200)), "no curve has 3 sizes"),
        ("grain", made_up_run.Plan(sizes=(100, 200)), "no curve has a grain at 3 sizes"),
        ("laws", made_up_run.Plan(), "no law could be fitted to square: a USL has 3 parameters"),
        ("laws", made_up_run.Plan(cores=(1,)), "no law could be fitted to square"),
        ("repaid", made_up_run.Plan(sizes=(10,)), "no start is repaid here"),
        ("cost", made_up_run.Plan(strategies=("serial",)), "no parallel strategy was measured"),
    ],
)
def test_what_a_run_lacks_is_said(name: str, plan: made_up_run.Plan, said: str) -> None:
    """A run without what a figure shows gives an error that says what is missing."""
    with pytest.raises(UsageError, match=said):
        public.FIGURES[name].draw(made_up_run.run(plan)[0])


def test_nothing_measured_is_a_figure_that_says_so() -> None:
    """A workload whose every cell failed gives a figure with a sentence, in a paper, too."""
    frame = made_up_run.run(made_up_run.Plan(fail=[("*", "error", "no")]))[0]
    for draw in (public.speedup, public.time):
        assert "No cell of this workload was measured." in [text.get_text() for text in draw(frame, "square").texts]


def test_figures_without_a_baseline_say_so() -> None:
    """Where the serial strategies were taken out of a frame, the figure of speedups says that they are missing."""
    frame = made_up_run.run()[0]
    figure = public.speedup(frame[frame["strategy"] == "threads"], "square")
    assert "No serial strategy is here to compare what was measured with." in [text.get_text() for text in figure.texts]


def test_every_kind_of_run_will_do() -> None:
    """A path, a frame, a summary and an opened run give the same figure."""
    frame = parbench.load(SAMPLE)
    runs: list[Any] = [SAMPLE, str(SAMPLE), frame, parbench.summarize(frame), parbench.Run(SAMPLE)]
    assert len({our_style.as_bytes(public.cost(run, "affine"), "svg") for run in runs}) == 1
    with pytest.raises(UsageError, match="neither a frame"):
        public.speedup(pd.DataFrame({"a": [1]}))


def test_titles_are_for_captions() -> None:
    """A figure in a paper has no title unless asked for, and its label has it, with the notes."""
    figure = drawn("speedup", "square", "3.3in")
    title, note = str(figure.get_label()).splitlines()[:2]
    assert title == "square: speedup over the fastest serial strategy"
    assert note.startswith("not shown: dask-processes (timeout)")
    assert title not in [text.get_text() for text in figure.texts]
    titled = public.speedup(opened(), "square", title=True)
    assert title in [text.get_text().replace("\n", " ") for text in titled.texts]


def test_style_can_be_used_by_others() -> None:
    """The style of a paper is a style of matplotlib's, by its name, and the context of ours has the same settings."""
    settings: Any = mpl.rcParams
    with style.context("parbench.paper"):
        named = {name: settings[name] for name in our_style.read_style("paper.mplstyle")}
    with public.style():
        ours = {name: settings[name] for name in named if name != "axes.prop_cycle"}
    assert ours == {name: named[name] for name in ours}
    assert named["font.size"] == 7.5
    assert named["pdf.fonttype"] == 42


def test_page_and_paper_have_one_source() -> None:
    """A setting that a page does not have is that of a paper's style."""
    page, paper = our_style.read_style("report/figures/page.mplstyle"), our_style.read_style("paper.mplstyle")
    assert set(page) < set(paper)
    assert {name: our_style.SETTINGS[name] for name in set(paper) - set(page) - set(our_style.FIXED)} == {
        name: paper[name] for name in set(paper) - set(page) - set(our_style.FIXED)
    }


def test_user_settings_do_not_matter_and_stay() -> None:
    """A user's settings change no figure for a paper and are the same after it; pyplot knows nothing of it."""
    plain = our_style.as_bytes(public.cost(opened(), "square"), "svg")
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path"}):
        assert our_style.as_bytes(public.cost(opened(), "square"), "svg") == plain
        assert mpl.rcParams["font.size"] == 30


def test_errors_are_ours() -> None:
    """Every refusal of a figure is a ParbenchError, so that a script can distinguish it from a bug."""
    with pytest.raises(ParbenchError):
        public.speedup(ROOT / "docs", "square")
