"""Several runs side by side: their names, what they differ by, and which strategy each says to take."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import load
from parbench.analysis.run_names import names
from parbench.analysis.side_by_side import COLUMNS, Agreement, RunAdvice, agreement_of, agreements, runs_of
from parbench.errors import UsageError
from parbench.report.sentences.side_by_side import doubts, gains, overall, sentence, take
from tests.support import fake_arms, runs_of_machines
from tests.support.run_data import change, change_header

OTHER = {"machine_id": "bbbb0002", "cpu_model": "AMD EPYC 7B13 64-Core Processor", "cores_usable": 4}
AT = ("doubles", 1000)


def named(label: str, folder: str = "one") -> pd.DataFrame:
    """The empty frame of a run."""
    frame = pd.DataFrame()
    change_header(frame, run="20260101-000000-quick", label=label)
    change(frame, folder=folder)
    return frame


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([named("before"), named("after the fix")], ["before", "after the fix"]),
        ([named("", "laptop"), named("after")], ["laptop", "after"]),
        ([named("", "")], ["20260101-000000-quick"]),
        ([pd.DataFrame()], ["run"]),
        ([named("a"), named("a"), named("a #2"), named("a")], ["a", "a #2", "a #2 #2", "a #3"]),
    ],
)
def test_a_run_is_named_by_its_label_or_its_folder(runs: list[pd.DataFrame], expected: list[str]) -> None:
    """The label of a run is its name, or else its folder; a name that is there already gets a number."""
    assert names(runs) == expected


def test_names_are_one_short_printable_line_each() -> None:
    """A text of a run file is in a name only as far as a terminal and a page can show it, and names remain distinct."""
    found = names([named("\x1b[31m" + "x" * 5000 + end) for end in "ab"])
    assert len(set(found)) == 2
    assert all(len(name) < 70 and name.isprintable() for name in found)


def test_an_older_run_file_has_no_label(tmp_path: Path) -> None:
    """A run file without the field is read, and its run is named by its folder."""
    place = runs_of_machines.run(tmp_path / "older")
    place.write_text(place.read_text().replace(', "label": ""', "", 1))
    assert "label" not in place.read_text().split("\n")[0]
    assert names([load(place)]) == ["older"]


def test_together_has_every_cell_of_every_run(tmp_path: Path) -> None:
    """One row per run and cell, with the values that each run has by itself, under the name of the run."""
    frames = [
        runs_of_machines.frame(tmp_path / "one"),
        runs_of_machines.frame(tmp_path / "two", seed=2, machine={"python": "3.13.0"}),
    ]
    found = parbench.side_by_side(frames)
    assert list(found.columns) == COLUMNS
    assert list(found["run"].unique()) == ["one", "two"]
    for name, frame in zip(found["run"].unique(), frames, strict=True):
        mine, alone = found[found["run"] == name].reset_index(drop=True), parbench.summarize(frame)
        pd.testing.assert_frame_equal(mine[alone.columns], alone, check_dtype=False)
    assert found.attrs["facts"]["interpreter"] == ["Python 3.11.7", "Python 3.13.0"]


def test_cells_are_held_against_those_of_the_first_run(tmp_path: Path) -> None:
    """Threads that scale less are SLOWER, by a ratio of speedups below 1; serial, as fast, is SAME by its time."""
    frames = [runs_of_machines.frame(tmp_path / "one", runs_of_machines.threads_gain_more)]
    frames += [runs_of_machines.frame(tmp_path / "two", seed=2)]
    found = parbench.side_by_side(frames)
    assert list(found["run"].unique()) == ["one", "two"]
    assert set(found.loc[found["run"] == "one", "change"]) == {""}
    cells = {(row["strategy"], row["cores"]): row for _, row in found[found["run"] == "two"].iterrows()}
    threads = cells["threads", 2]
    assert (threads["quantity"], threads["change"]) == ("scaling", "SLOWER")
    assert threads["times"] == pytest.approx(0.4, rel=0.1)
    assert threads["times_low"] < threads["times"] < threads["times_high"] < 1
    serial = cells["serial", 1]
    assert (serial["quantity"], serial["change"]) == ("time", "SAME")


def test_times_of_different_machines_are_not_compared(tmp_path: Path) -> None:
    """Serial times of two machines are never set against each other: only speedups have a ratio."""
    frames = [runs_of_machines.frame(tmp_path / "one"), runs_of_machines.frame(tmp_path / "two", machine=OTHER)]
    found = parbench.side_by_side(frames)
    second = found[found["run"] != found["run"].iloc[0]].set_index("strategy")
    assert math.isnan(second.loc["serial", "times"])
    assert "different machines" in second.loc["serial", "why"]
    assert second.loc["threads", "times"].notna().all()


def found(tmp_path: Path, *how: dict[str, Any]) -> Agreement:
    """Common result of generated runs for the one workload and size that they have."""
    frames = [
        runs_of_machines.frame(tmp_path / f"run{number}", seed=number, **each) for number, each in enumerate(how, 1)
    ]
    return agreements(runs_of(frames))[0]


def test_the_same_winner_is_said_to_be_the_same(tmp_path: Path) -> None:
    """Where every run advises a strategy, that is one short sentence, and whether it gains as much is another."""
    said = found(tmp_path, {"seconds": runs_of_machines.threads_gain_more}, {"machine": OTHER})
    assert (said.kind, sentence(said)) == ("same", "Use threads in every run.")
    assert [take(each) for each in said.advice] == ["threads on 2 cores"] * 2
    assert len(said.gains) == 1
    assert gains(said)[0].endswith("that in run1, significantly less.")


def test_the_same_baseline_is_said_to_be_the_same(tmp_path: Path) -> None:
    """Where nothing pays in any run, the sentence is to stay, and no gains are compared."""
    said = found(
        tmp_path, {"seconds": runs_of_machines.nobody_wins}, {"seconds": runs_of_machines.nobody_wins, "commit": "def"}
    )
    assert (said.kind, sentence(said), gains(said)) == ("same", "Stay with serial in every run.", [])


def test_winners_differ_for_certain_where_each_run_alone_is_sure(tmp_path: Path) -> None:
    """Threads beat processes in one run and lose in the other: the page reports it, and no run has a doubt."""
    said = found(tmp_path, {}, {"seconds": runs_of_machines.processes_win, "machine": OTHER})
    assert said.kind == "differ"
    assert sentence(said) == (
        "It depends on the run. run1: threads; run2: multiprocessing. The difference is significant."
    )
    assert [doubts(each) for each in said.advice] == [[], []]


def test_a_winner_and_a_baseline_differ_for_certain(tmp_path: Path) -> None:
    """Threads pay off on one machine and significantly do not on another: that is a difference, too."""
    said = found(tmp_path, {}, {"seconds": runs_of_machines.nobody_wins, "machine": OTHER})
    assert said.kind == "differ"
    assert "run1: threads; run2: serial." in sentence(said)


def test_winners_that_differ_by_chance_are_not_said_to_differ(tmp_path: Path) -> None:
    """Two strategies that are equally fast take turns in being ahead: the names differ, which is called chance."""
    kinds = set()
    for seed in range(8):
        frames = [
            runs_of_machines.frame(
                tmp_path / f"{seed}-{each}", fake_arms.ideal, seed=10 * seed + each, noise=0.2, commit=f"c{each}"
            )
            for each in (1, 2)
        ]
        runs = runs_of(frames)
        said = agreement_of(runs, AT, 1)
        kinds.add(said.kind)
        if said.kind == "unsure":
            assert "may be chance" in sentence(said)
            assert any("so either may be faster" in note for each in said.advice for note in doubts(each))
    assert "unsure" in kinds
    assert "differ" not in kinds


def test_what_another_run_advises_may_be_missing_here(tmp_path: Path) -> None:
    """A winner that a run did not measure is no certain difference, and the run says why."""
    said = found(tmp_path, {"strategies": ("threads",)}, {"strategies": ("multiprocessing",), "commit": "def"})
    assert said.kind == "unsure"
    assert doubts(said.advice[0]) == ["multiprocessing was not measured here."]


def test_of_three_runs_the_pairs_that_differ_are_named(tmp_path: Path) -> None:
    """With more than two runs it is said which differ for certain, where that are not all that name another one."""
    said = found(tmp_path / "all", {}, {"commit": "b"}, {"commit": "c", "seconds": runs_of_machines.processes_win})
    assert sentence(said) == (
        "It depends on the run. run1 and run2: threads; run3: multiprocessing. The difference is significant."
    )
    lacking = {"commit": "b", "strategies": ("threads",)}
    said = found(tmp_path / "some", {}, lacking, {"commit": "c", "seconds": runs_of_machines.processes_win})
    assert sentence(said).endswith(" The difference is significant between run1 and run3.")
    assert doubts(said.advice[1]) == ["multiprocessing was not measured here."]


def test_of_many_runs_the_pairs_that_differ_are_counted() -> None:
    """A sentence with dozens of pairs would be unreadable: it has their number."""
    pairs = [(f"run {number}", "another") for number in range(7)]
    advice = [RunAdvice(f"run {number}", None, "a" if number < 4 else "b", {}) for number in range(8)]
    assert sentence(Agreement("doubles", 1000, "differ", advice, pairs, [])).endswith(
        " The difference is significant for 7 of 16 pairs of runs; doubts are noted below."
    )


def test_a_run_that_is_undecided_cannot_tell(tmp_path: Path) -> None:
    """If one run is undecided the sentence reports that not every run can decide."""
    frames = [
        runs_of_machines.frame(tmp_path / "one"),
        runs_of_machines.frame(tmp_path / "two", commit="def", noise=1.0),
    ]
    runs = runs_of(frames)
    said = agreement_of(runs, AT, 1)
    assert said.kind == "open"
    assert sentence(said) == "Not every run can tell. one: threads; two: undecided."


def test_the_first_sentence_counts_the_kinds(tmp_path: Path) -> None:
    """One sentence has the numbers of agreements, differences and undecided cases."""
    same = found(tmp_path / "a", {}, {"commit": "b"})
    differ = found(tmp_path / "b", {}, {"commit": "b", "seconds": runs_of_machines.processes_win})
    assert overall([same, same, differ]) == (
        "Of the 3 workloads and sizes that the runs have in common, all runs give the same advice for 2; "
        "their advice differs significantly for 1."
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: [runs_of_machines.frame(folder / "one")], "give two or more"),
        (lambda folder: [runs_of_machines.frame(folder / "one")] * 2, "named twice"),
        (
            lambda folder: [
                runs_of_machines.frame(folder / "one"),
                runs_of_machines.frame(folder / "two", sizes=(7,), commit="d"),
            ],
            "the same --parbench-sizes",
        ),
    ],
)
def test_what_cannot_be_put_side_by_side_is_one_sentence(tmp_path: Path, make: Any, words: str) -> None:
    """One run alone, the same run twice, and runs with nothing in common are refused, with what to do."""
    with pytest.raises(UsageError, match=words):
        parbench.side_by_side(make(tmp_path))


def test_sizes_that_two_of_three_runs_have_are_in_common(tmp_path: Path) -> None:
    """A place needs two runs, not all of them, and the sentence is about those that have it."""
    frames = [
        runs_of_machines.frame(tmp_path / "one", sizes=(1000, 3000)),
        runs_of_machines.frame(tmp_path / "two", sizes=(3000,), commit="b"),
        runs_of_machines.frame(tmp_path / "three", sizes=(1000, 5000), commit="c"),
    ]
    runs = runs_of(frames)
    assert [(each.workload, each.size) for each in agreements(runs)] == [("doubles", 3000), ("doubles", 1000)]
    assert [each.run for each in agreement_of(runs, ("doubles", 3000), 1).advice] == ["one", "two"]
    assert len(parbench.side_by_side(frames)) == sum(len(parbench.summarize(frame)) for frame in frames)
