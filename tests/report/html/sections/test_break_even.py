"""The section on break-even: its sentences, figures and tables, and its text if little is known."""

from __future__ import annotations

import html
import re
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.report.html.sections import Section
from parbench.report.html.sections.break_even import section
from parbench.text import rough_duration
from tests.support import made_up_run
from tests.support.runs_over_sizes import costs, failed, frame_of, work

#: A strategy that pays off above 7000 elements, one that never does, one without a difference, and one that always
#: does.
RULES = {"threads": costs(0.0035), "multiprocessing": costs(1.0), "joblib": work, "numba": costs(1e-6)}


def made(frame: pd.DataFrame) -> Section:
    """The section of a made-up run."""
    found = section(parbench.Run(frame))
    assert found is not None
    return found


def text(frame: pd.DataFrame) -> str:
    """Text of the section, without its figures, marks and line ends."""
    body = re.sub(r"<svg.*?</svg>", "", str(made(frame).body), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", body)).split())


def test_a_sentence_says_from_which_size_on() -> None:
    """Each answer has its words, with sizes, interval and how long a call takes there."""
    told = text(frame_of(RULES))
    assert "square, on 2 cores: Faster than the baseline: threads from about 7,200 elements (" in told
    assert "(between 5,000 and 10,000; 7.2 ms per call of the baseline)." in told
    assert "Faster at every size that was measured, from 1,000 elements on: numba." in told
    assert "Never faster, up to the largest size tried, 50,000 elements: multiprocessing." in told
    assert "Neither faster nor slower at the largest sizes: joblib." in told


def test_sentences_say_after_how_many_calls_and_from_which_grain_on() -> None:
    """At the largest size, the first ones first; grains from the finest to the coarsest."""
    once: Any = {"threads": (0.2, 0.1, 0.05), "numba": (0.0, 0.02, 0.0), "serial": (0.0, 0.05, 0.0)}
    told = text(frame_of(RULES, sizes=(1000, 10_000, 50_000), once=once))
    assert "At 50,000 elements the start is repaid: numba by the first call, threads after 15 calls." in told
    assert re.search(r"Half of the cores' capacity is used once a task takes \d\.?\d* ms with threads\.", told)


def test_calls_are_drawn_a_row_a_cell() -> None:
    """Each strategy that is faster has a row at its largest size, with the number and its ends next to it."""
    once: Any = {"threads": (0.2, 0.1, 0.05), "numba": (0.0, 0.02, 0.0), "serial": (0.0, 0.05, 0.0)}
    frame = frame_of(RULES, sizes=(1000, 10_000, 50_000), once=once)
    (axes,) = made(frame).figures["break-even-calls"].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "square 50k, numba on 2",
        "square 50k, threads on 2",
    ]
    assert [label.get_text() for label in axes.texts] == ["1 [1, 1]", "15 [15, 16]"]
    assert "square at 50,000 with threads on 2 cores after 15 calls (15 to 16)" in text(frame)


def test_little_that_is_known_is_said_in_one_sentence() -> None:
    """One size is too few for any strategy: which workload that is and how to have more, once, and no figure."""
    frame = frame_of(RULES, sizes=(1000,))
    told = text(frame)
    assert "square was measured at one size only, or none. To place sizes around the break-even size, give" in told
    assert 'bracket="break-even"' in told
    assert "Faster than" not in told
    assert made(frame).figures == {}
    assert "square was measured at two sizes only, which leaves a wide range." in text(
        frame_of(RULES, sizes=(1000, 50_000))
    )


def test_one_core_is_too_few() -> None:
    """If nothing was measured on more than one core, the section reports it and names the option."""
    told = text(frame_of(RULES, cores=1))
    assert "Everything was measured on one core only: name more with --parbench-cores." in told
    assert "on one core only" not in text(frame_of(RULES))


def test_a_size_of_nothing_stops_no_figure() -> None:
    """An impossible value from a run file has no place on a logarithmic axis."""
    frame = frame_of(RULES)
    frame.loc[frame["size"] == 1000, "size"] = 0
    assert "break-even-speedup" in made(frame).figures


def test_what_is_open_or_failed_is_in_the_table() -> None:
    """The sentence names what is open; the table says why, and what is lost."""
    frame = failed(frame_of({"threads": costs(0.025)}, spread=8), "threads", [1000])
    told = text(frame)
    assert "Open: threads." in told
    assert "measure larger sizes, or measure longer" in told
    assert "no result at 1,000 (no answer within 20 s: it hangs)" in told


def test_a_run_of_baselines_has_no_section() -> None:
    """There is nothing to pay."""
    frame = frame_of({})
    assert section(parbench.Run(frame)) is None


def test_different_cores_are_named_with_each_strategy() -> None:
    """Where strategies have no number of cores in common, each has its own."""
    frames = [frame_of({"threads": costs(0.0035)}), frame_of({"joblib": costs(0.0035)}, cores=4)]
    both = pd.concat([frames[0], frames[1][frames[1]["strategy"] == "joblib"]])
    both.attrs = frames[0].attrs
    told = text(both)
    assert "square: Faster than the baseline: joblib on 4 cores from about" in told
    assert ", threads on 2 cores from 7,200." in told


def test_the_page_has_the_most_cores_and_the_file_all() -> None:
    """A strategy has one row in the tables of the page, on its most cores with the fewest chunks."""
    frames = [frame_of({"threads": costs(0.0035)}, cores=cores, chunks=cut) for cores, cut in ((1, 1), (2, 0), (2, 4))]
    both = pd.concat([frames[0], *(each[each["strategy"] == "threads"] for each in frames[1:])])
    both.attrs = frames[0].attrs
    assert len(made(both).tables["break-even"]) == 3
    told = text(both)
    assert told.count("square: threads on 2 cores with 4 chunks per core") == 2  # sizes and grains, none is repaid
    assert "square: threads on 1 core" not in told
    assert "square: threads on 2 cores with auto chunks" not in told


def test_the_figures_have_a_curve_a_strategy_and_the_place_marked() -> None:
    """A diamond for what was found, a label for every answer, and the numbers in the captions."""
    found = made(frame_of(RULES))
    assert set(found.figures) == {"break-even-speedup", "break-even-grain"}
    (axes,) = found.figures["break-even-speedup"].axes
    assert [text.get_text() for text in axes.texts] == [
        "threads  from 7.2k",
        "multiprocessing  never",
        "joblib  no difference",
        "numba  always",
    ]
    diamonds: list[Any] = [line for line in axes.lines if line.get_marker() == "D"]
    at_one = [list(line.get_xdata()) for line in diamonds if list(line.get_ydata()) == [1.0]]
    assert at_one == [[pytest.approx(7200, rel=0.02)]]
    assert "The line of 1 is passed at about: square (elements): threads 7,200." in text(frame_of(RULES))


@pytest.mark.parametrize(
    "rules", [{"threads": costs(1.0)}, {"threads": costs(1e-6)}, RULES], ids=["never", "always", "all"]
)
def test_its_tables_are_those_of_the_functions(rules: Any) -> None:
    """The section has the three tables, whatever the answers are."""
    frame = frame_of(rules)
    tables = made(frame).tables
    for name, function in {"break-even": "break_even", "break-even-calls": "break_even_calls", "metg": "metg"}.items():
        expected = getattr(parbench, function)(frame)
        assert (list(tables[name].columns), len(tables[name])) == (list(expected.columns), len(expected))


def test_a_hostile_name_is_shown_as_text() -> None:
    """Nothing of a run file becomes a part of the page."""
    frame = frame_of({"threads": costs(0.0035)}).assign(workload="<script>alert(1)</script>")
    frame.attrs = {}
    assert made_up_run.page_of(parbench.Run(frame)).count("<script") == 1  # ours


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.00181, "1.8 ms"), (0.0132, "13 ms"), (2.8e-4, "280 µs"), (2.0, "2 s"), (0.99999, "1 s")]
)
def test_estimated_times_have_two_digits(seconds: float, told: str) -> None:
    """No zero that nobody measured stands behind them."""
    assert rough_duration(seconds) == told
