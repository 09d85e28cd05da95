"""Expectations of theory from untrusted headers, shown at the end of a run and in the report."""

from __future__ import annotations

import io
import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench import Expect
from parbench.analysis.expectations import COLUMNS, OUTCOMES, expectations
from parbench.cli.main import main
from parbench.errors import RunFileError, WorkloadError
from parbench.pytest_plugin.outcome import RunOutcome
from parbench.report.html.sections.expectations import lists, sentence
from parbench.report.sentences.expectations import lines
from parbench.report.terminal.screen import console
from parbench.runfile.locate import FILE
from parbench.runfile.reader import header_of
from parbench.runfile.records import Ceiling, Sample, as_line
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from parbench.workload.facts import WorkloadFacts
from tests.support import fake_arms, made_up_run
from tests.support.runs_for_expectations import TIMES, WHY, frame_of, held, mixed, one

GOOD = Expect("threads", "above", 1, WHY)
PLAIN = asdict(GOOD)
HOSTILE: list[Any] = [
    None,
    7,
    "threads",
    [],
    {},
    {"strategy": "threads"},
    PLAIN | {"more": 1},
    PLAIN | {"strategy": ["threads"]},
    PLAIN | {"strategy": ""},
    PLAIN | {"relation": "beyond"},
    PLAIN | {"relation": []},
    PLAIN | {"than": None},
    PLAIN | {"than": True},
    PLAIN | {"than": ""},
    PLAIN | {"than": 0},
    PLAIN | {"than": -1},
    PLAIN | {"than": 1e300},
    PLAIN | {"than": {"a": 1}},
    PLAIN | {"why": ""},
    PLAIN | {"why": 3},
    PLAIN | {"times": "2"},
    PLAIN | {"times": 0},
    PLAIN | {"times": math.nan},
    PLAIN | {"cores": 1.5},
    PLAIN | {"cores": True},
    PLAIN | {"cores": -2},
    PLAIN | {"chunks": 0},
    PLAIN | {"chunks": True},
    PLAIN | {"chunks": 1.5},
    PLAIN | {"chunks": "all"},
    PLAIN | {"chunks": [4]},
    PLAIN | {"chunks": 10**9},
    PLAIN | {"from_seconds": None},
    PLAIN | {"from_seconds": -1},
    PLAIN | {"from_seconds": 2, "to_seconds": 1},
    PLAIN | {"to_seconds": math.inf},
]


@pytest.mark.parametrize("wrong", HOSTILE, ids=lambda each: repr(each)[:60])
def test_a_run_file_with_an_impossible_expectation_is_refused(tmp_path: Path, wrong: Any) -> None:
    """The error names the line and the expectation, in one short sentence."""
    line = as_line(fake_arms.header())
    line["workloads"] = {"square": {"expects": [asdict(GOOD), wrong]}}
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    with pytest.raises(RunFileError, match=r"line 1: .*\.$") as caught:
        parbench.load(tmp_path)
    assert len(str(caught.value)) < len(str(tmp_path)) + 250


def test_a_run_without_expectations_has_no_rows() -> None:
    """A workload without expectations has neither rows nor lines."""
    found = expectations(parbench.summarize(frame_of(TIMES)), frame_of(TIMES))
    assert (list(found.columns), len(found), lines(found)) == (COLUMNS, 0, [])


def test_what_a_terminal_would_obey_is_not_passed_on() -> None:
    """Control characters in labels and reasons are taken out, and long texts are cut."""
    evil = "\x1b[2J\n" + "x" * 10_000
    row = one(frame_of(TIMES), "threads", "below", evil, why=evil)
    for text in (row.statement, row.reason, row.why):
        assert text.isprintable()
        assert len(text) <= 500
    text = "\n".join(lines(mixed(evil)))
    assert "\x1b" not in text
    assert text.count("\n") == 1


def test_the_end_of_a_run_counts_outcomes_and_tells_deviations() -> None:
    """One line counts, and one a deviation has the statement, the figures and the reason of theory."""
    count, deviation = lines(mixed("The GIL."))
    assert count == "expectations: 1 as expected, 1 deviation, 1 open, 1 not measured"
    assert deviation == (
        "deviation: square at 1,000: threads on 2 cores below 1.1 × the baseline is false: "
        "1.60× is 1.45× [1.38, 1.53] the limit of 1.10×. In theory: The GIL."
    )


def test_the_strangest_run_file_is_held_against_theory(tmp_path: Path) -> None:
    """Times at the ends of what a run file may hold give rows of every kind of limit, and no error."""
    expects = [Expect("threads", "above", than, WHY, times=0.5) for than in ("ceiling", "cores", "serial", 1.5)]
    ends = [0.0, 5e-324, 1e-300, 1.0, 9e17]
    with Journal(tmp_path / FILE, fake_arms.header(workloads={"doubles": WorkloadFacts(expects=expects)})) as journal:
        for block, base in enumerate(ends):
            for turn, seconds in enumerate(ends):
                journal.add(Ceiling(block, turn, "compute", 2, 5e-324))
                journal.add(Sample(Cell("doubles", 10, "serial", 1), block, turn, "steady", base))
                journal.add(Sample(Cell("doubles", 10, "threads", 2), block, turn, "steady", seconds))
    frame = parbench.load(tmp_path)
    found = expectations(parbench.summarize(frame), frame)
    assert len(found) == len(expectations(parbench.summarize(frame))) == 4
    assert set(found["outcome"]) <= set(OUTCOMES)
    lines(found)
    lists(found)


def test_a_report_is_made_from_the_run_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench report` reads the expectations from the header: table, section and lines are there again."""
    facts = replace(fake_arms.workload.facts(), expects=[GOOD, replace(GOOD, relation="below")])
    head = fake_arms.header(workloads={"doubles": facts})
    fake_arms.World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]), head)
    assert main(["report", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "expectations: 1 as expected, 1 deviation\ndeviation: doubles at 1,000: threads on 2 cores below" in said
    table = pd.read_csv(tmp_path / "expectations.csv")
    assert (list(table.columns), list(table["outcome"])) == (COLUMNS, ["as expected", "deviation"])
    assert '<a href="expectations.csv">' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_run_without_expectations_shows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """If no workload has expectations there is no line, no section and no table."""
    fake_arms.World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]))
    assert main(["report", str(tmp_path)]) == 0
    assert "expectations:" not in capsys.readouterr().out
    assert not (tmp_path / "expectations.csv").exists()
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "theory" not in text
    assert "xpectation" not in text


def test_expectations_come_back_from_the_run_file(tmp_path: Path) -> None:
    """The expectations that a header was written with are those that are read."""
    expect = Expect("threads", "above", "ceiling", WHY, times=0.5, cores=2, from_seconds=0.001, to_seconds=1.0)
    expects = [expect, replace(expect, chunks=16), replace(expect, chunks="auto")]
    with Journal(tmp_path / FILE, fake_arms.header(workloads={"doubles": WorkloadFacts(expects=expects)})):
        pass
    assert header_of(tmp_path).facts("doubles").expects == expects


@pytest.mark.parametrize("wrong", HOSTILE[7:], ids=lambda each: repr(each)[:60])
def test_an_author_is_told_what_cannot_be_meant(wrong: dict[str, Any]) -> None:
    """An author cannot write a value that a header may not have either: the error is ours, in one sentence."""
    with pytest.raises(WorkloadError, match=r"\.$"):
        Expect(**wrong)


def test_the_plan_of_a_made_up_run_has_all_outcomes() -> None:
    """The made-up run that the report is tested with gives each outcome, so that each is seen there."""
    frame, summary, _ = made_up_run.run(made_up_run.expecting())
    assert set(expectations(summary, frame)["outcome"]) == set(OUTCOMES)


def test_the_findings_of_a_run_tell_its_deviations(tmp_path: Path) -> None:
    """The end of pytest has the count and the deviations next to each other, after the verdicts."""
    facts = replace(fake_arms.workload.facts(), expects=[replace(GOOD, relation="below")])
    head = fake_arms.header(workloads={"doubles": facts})
    fake_arms.World(noise=0.01).run(tmp_path / "run", fake_arms.groups(["threads"]), head)
    lines = RunOutcome(tmp_path / "run", None, ()).lines(console(io.StringIO()))
    count = lines.index("expectations: 1 deviation")
    assert any(line.startswith("doubles at 1,000: use threads") for line in lines[:count])
    expected = "deviation: doubles at 1,000: threads on 2 cores below the baseline is false: "
    assert lines[count + 1].startswith(expected)
    assert lines[-1].startswith("report: ")


def test_the_section_has_deviations_first_and_every_text() -> None:
    """The lists come by outcome, each entry with its statement, figures or reason, and why; sizes are put together."""
    frame, summary, _ = made_up_run.run(made_up_run.expecting())
    found = expectations(summary, frame)
    assert [each["outcome"] for each in lists(found)] == list(OUTCOMES)
    wrong, _, opened, missing = lists(found)
    entry = wrong["entries"][0]
    assert entry["statement"] == "threads on 2 cores below 1.1 × the baseline"
    assert [text.split(":")[0] for text in entry["found"]] == ["at 10,000", "at 100,000", "at 1,000,000"]
    assert "the limit of 1.10×" in entry["found"][0]
    assert "measure longer" in opened["entries"][0]["found"][0]
    assert missing["entries"][0]["found"][0].startswith("at 10,000, 100,000 and 1,000,000: somebody-elses-strategy")
    assert missing["entries"][1]["found"] == ["there is no size at which a call of the baseline takes 100 s or longer"]
    assert sentence(found).endswith(" not measured.")


def test_a_section_without_deviations_says_so() -> None:
    """If all is as expected the section reports no deviation."""
    frame = frame_of(TIMES)
    held(frame, GOOD)
    assert sentence(expectations(parbench.summarize(frame), frame)).endswith("1 as expected. There is no deviation.")


def test_a_long_list_is_folded_unless_it_is_of_deviations() -> None:
    """Of many statements only the deviations are unfolded at once."""
    frame = frame_of(TIMES)
    reasons = [replace(GOOD, why=f"{WHY} {number}") for number in range(9)]
    held(frame, *reasons, *(replace(each, relation="below") for each in reasons))
    found = expectations(parbench.summarize(frame), frame)
    assert [(each["outcome"], each["open"]) for each in lists(found)] == [
        ("deviation", True),
        ("as expected", False),
    ]
