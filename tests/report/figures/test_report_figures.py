"""Content of the figures: the right lines, one look per strategy, readable labels, the same bytes twice."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from parbench.report.figures import axes, speedup, style
from parbench.report.figures.looks import BUILT_IN, SPARE, looks
from parbench.strategies.registry import BUILT_IN as STRATEGIES
from tests.support import made_up_run

CORES = {"two": (1, 2), "sixteen": (1, 2, 4, 8, 16), "sixty-four": (1, 2, 4, 8, 16, 32, 64), "odd": (1, 3, 6)}


def texts(figure: Figure) -> list[str]:
    """Every text in the panels of a figure."""
    return [text.get_text() for panel in figure.axes for text in panel.texts]


def test_every_builtin_strategy_has_its_own_colour_marker_and_dash() -> None:
    """No two built-in strategies share a colour or a marker, so that grey prints can be read, and each has its look."""
    assert BUILT_IN.keys() == STRATEGIES.keys()
    assert len({look.colour for look in BUILT_IN.values()}) == len(BUILT_IN)
    assert len({look.marker for look in (*BUILT_IN.values(), *SPARE)}) == len(BUILT_IN) + len(SPARE)


def test_builtin_looks_do_not_depend_on_the_company() -> None:
    """A built-in strategy and its known variants look the same whichever other strategies a run has."""
    alone = looks(["threads", "multiprocessing[tutorial]"])
    among = looks(["a", "threads", "threads[zz]", "multiprocessing[aa]", "multiprocessing[tutorial]", "zebra"])
    assert {name: among[name] for name in alone} == alone


def test_variants_share_the_colour_and_differ_otherwise() -> None:
    """A variant has its strategy's colour and marker, but another fill and dash."""
    table = looks(["multiprocessing", "multiprocessing[tutorial]", "multiprocessing[spawn]", "multiprocessing[x]"])
    assert len({look.colour for look in table.values()}) == 1
    assert len({look.fill for look in table.values()}) == 4
    assert len({look.dash for look in table.values()}) == 4


def test_unknown_strategies_get_looks_in_the_order_of_their_names() -> None:
    """Unknown names take the spare looks by sorted name, and more names than looks is not an error."""
    names = [f"other-{index:02}" for index in range(len(SPARE) + 2)]
    table = looks(reversed(names))
    assert [table[name] for name in names[: len(SPARE)]] == list(SPARE)
    assert len(table) == len(names)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([0.5], [0.5]),
        ([0.2, 0.8], [0.2, 0.8]),
        ([0.5, 0.5], [0.45, 0.55]),
        ([1.0, 1.0, 1.0], [0.8, 0.9, 1.0]),
        ([-3.0], [0.0]),
    ],
)
def test_labels_move_no_farther_than_they_must(wanted: list[float], expected: list[float]) -> None:
    """Labels stay where they want to be unless another one or the edge is in the way."""
    assert axes.spread_labels(wanted, gap=0.1, low=0.0, high=1.0) == pytest.approx(expected)


def test_spread_labels_never_touch_and_keep_their_order() -> None:
    """For any positions, labels end up at least the gap apart, in the order of what they label, inside the panel."""
    rng = np.random.default_rng(3)
    for count in (2, 7, 14):
        wanted = list(rng.beta(5, 2, count))
        placed = axes.spread_labels(wanted, gap=0.06, low=0.0, high=1.0)
        order = np.argsort(wanted)
        assert np.all(np.diff(np.array(placed)[order]) >= 0.06 - 1e-9)
        assert min(placed) >= 0
        assert max(placed) <= 1 + 1e-9


def test_too_many_labels_share_the_room() -> None:
    """Where the labels do not fit with their gap, they share the panel's height evenly."""
    assert axes.spread_labels([0.5] * 5, gap=0.5, low=0.0, high=1.0) == pytest.approx([0, 0.25, 0.5, 0.75, 1])


@pytest.mark.parametrize("cores", CORES.values(), ids=CORES)
def test_speedup_has_a_panel_a_size_and_a_tick_a_core_count(cores: tuple[int, ...]) -> None:
    """The speedup figure has one panel for each size, shares its y axis and marks each measured core count."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(cores=cores))
    figure = speedup.speedup(summary, "square", "elements")
    assert [panel.get_title("left") for panel in figure.axes] == [
        "10,000 elements",
        "100,000 elements",
        "1,000,000 elements",
    ]
    assert len({panel.get_ylim() for panel in figure.axes}) == 1
    for panel in figure.axes:
        assert list(panel.get_xticks()) == list(cores)
        assert panel.get_xscale() == ("log" if max(cores) > 8 else "linear")


@pytest.mark.parametrize("cores", CORES.values(), ids=CORES)
def test_no_label_is_written_over_another(cores: tuple[int, ...]) -> None:
    """With every strategy in one panel, no two labels at the line ends overlap, and none leaves the figure."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(cores=cores, strategies=[*made_up_run.STRATEGIES, "ray"]))
    frame_figures = [speedup.speedup(summary, "square"), speedup.time(summary, "square")]
    for figure in frame_figures:
        with style.our_settings():
            for panel in figure.axes:
                boxes = [text.get_window_extent() for text in panel.texts if text.get_position()[0] > 1]
                assert boxes
                for one, other in itertools.combinations(boxes, 2):
                    # Line boxes may touch; what is printed does not.
                    assert not one.shrunk(1, 0.85).overlaps(other.shrunk(1, 0.85))
                assert max(box.x1 for box in boxes) <= figure.bbox.x1


def test_speedup_draws_the_summary() -> None:
    """Each strategy's line goes through its speedups in the summary, in its colour."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(sizes=(1_000_000,), cores=(1, 2, 4)))
    panel = speedup.speedup(summary, "square").axes[0]
    cells = summary[summary["strategy"] == "threads"].sort_values("cores")
    drawn = [line for line in panel.lines if to_hex(line.get_color()).upper() == BUILT_IN["threads"].colour]
    assert any(
        np.asarray(line.get_xdata()).tolist() == [1, 2, 4]
        and np.allclose(np.asarray(line.get_ydata()), cells["speedup"])
        for line in drawn
    )


def test_speedup_names_baseline_ideal_and_ceiling() -> None:
    """Each panel says what the ideal and the ceiling are, unless it has one core only, and what the baseline is."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(sizes=(1_000_000,)))
    shown = texts(speedup.speedup(summary, "square"))
    assert {"ideal 2×", "ceiling 1.93×", "serial  1× (baseline)"} <= set(shown)
    assert any(re.fullmatch(r"1× is serial: [\d.]+ ms per call", text) for text in shown)
    _, summary, _ = made_up_run.run(made_up_run.Plan(cores=(1,)))
    shown = texts(speedup.speedup(summary, "square"))
    assert not [text for text in shown if "ideal" in text or "ceiling" in text]
    assert [text for text in shown if text.startswith("threads")]


def test_very_slow_strategies_stay_on_the_page() -> None:
    """A strategy far below the axis is an arrow at its edge, and its label has its true speedup."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(sizes=(100,)))
    figure = speedup.speedup(summary, "square")
    assert figure.axes[0].get_ylim()[0] >= speedup.FLOOR / 2
    assert any(re.fullmatch(r"multiprocessing\[tutorial\]  0\.0000\d+×", text) for text in texts(figure))


def test_axis_tells_high_speedups_apart_and_keeps_low_ones() -> None:
    """The speedup axis is reversible, growing, and gives an octave above 1/2 three times the room of one below."""
    values = np.array([0.001, 0.01, 0.25, 0.5, 1, 1.9, 64])
    places = axes.speedup_place(values)
    assert np.all(np.diff(places) > 0)
    assert axes.speedup_at(places) == pytest.approx(values)
    assert places[4] - places[3] == pytest.approx(3 * (places[3] - places[2]))


def test_missing_intervals_are_not_drawn() -> None:
    """With one block there is no interval, and no band or bar pretends that there is."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(blocks=1, cores=(1, 2, 4, 8)))
    panel = speedup.speedup(summary, "square").axes[0]
    _, several, _ = made_up_run.run(made_up_run.Plan(blocks=3, cores=(1, 2, 4, 8)))
    with_bands = speedup.speedup(several, "square").axes[0]
    assert len(with_bands.collections) > len(panel.collections)


def test_time_shows_the_fastest_core_count_and_the_spread() -> None:
    """The time figure takes each strategy's fastest core count and, given the samples, spans their middle 90 %."""
    frame, summary, _ = made_up_run.run()
    panel = speedup.time(summary, "square", "elements", frame).axes[0]
    assert panel.get_xscale() == panel.get_yscale() == "log"
    assert any(text.get_text().startswith("threads, 2 cores  ") for text in panel.texts)
    bars = [path.vertices for bar in panel.collections for path in bar.get_paths()]
    assert any(np.asarray(ends)[1, 1] > np.asarray(ends)[0, 1] for ends in bars)


@pytest.mark.parametrize("kind", ["speedup", "time"])
def test_nothing_measured_is_said_in_the_figure(kind: str) -> None:
    """A workload whose every cell failed gives a figure that says so."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(fail=[("*", "error", "no")]))
    figure = getattr(speedup, kind)(summary, "square")
    assert "No cell of this workload was measured." in [text.get_text() for text in figure.texts]


def test_left_out_strategies_are_named() -> None:
    """A figure names the strategies that it cannot show, with what became of them."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(fail=[("dask-distributed", "timeout", "too long")]))
    figure = speedup.speedup(summary, "square")
    assert "not shown: dask-distributed (timeout)" in [text.get_text() for text in figure.texts]


def test_same_data_same_bytes(tmp_path: Path) -> None:
    """Drawing the same summary twice gives the same SVG and PNG, without a date or a tool's name in them."""
    frame, summary, _ = made_up_run.run()
    first, second = (speedup.time(summary, "square", "elements", frame) for _ in range(2))
    assert style.svg(first) == style.svg(second)
    assert "<dc:date>" not in style.svg(first)
    style.save_png(first, tmp_path / "a.png")
    style.save_png(second, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_the_users_settings_do_not_matter_and_stay() -> None:
    """A user's matplotlib settings change no figure of ours and are the same after it."""
    _, summary, _ = made_up_run.run()
    plain = style.svg(speedup.speedup(summary, "square"))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        assert style.svg(speedup.speedup(summary, "square")) == plain
        assert mpl.rcParams["font.size"] == 30


def test_names_with_signs_of_formulas_are_drawn_as_they_are() -> None:
    """A third party's strategy name with dollar signs is text, not mathematics, in the figure."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(strategies=["serial", "a$x_1$b<&>"]))
    assert "a$x_1$b&lt;&amp;&gt;" in style.svg(speedup.speedup(summary, "square"))


def test_an_interval_without_end_does_not_press_the_curves_together() -> None:
    """The axis holds every point, and no more than twice the highest, however far an interval reaches."""
    cells = pd.DataFrame(
        {"speedup": [1.0, 1.8, 0.1], "speedup_low": [1.0, 1.7, 1e-4], "speedup_high": [1.0, 1.9, 1000.0],
         "ceiling": [1.0, 1.9, 1.9], "cores": [1, 2, 2]}
    )  # fmt: skip
    low, high = speedup.limits(cells)
    assert 0.01 < low < 0.1
    assert 1.9 < high < 5
