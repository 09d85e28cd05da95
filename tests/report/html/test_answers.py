"""The first screen of the report: five answers for each workload, in words, with numbers, linked to what is behind."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from parbench.analysis.verdict import OUTCOMES, Outcome
from parbench.report.html import answers
from parbench.report.html.sections import sections
from parbench.report.sentences import answers as sentences
from parbench.report.sentences.advice import strategy_on_cores
from parbench.report.sentences.answers import QUESTIONS, Answer
from tests.support import made_up_run


def told(plan: made_up_run.Plan, changes: pd.DataFrame | None = None) -> list[answers.Answers]:
    """The answers of a made-up run."""
    run = made_up_run.opened(plan)
    run.changes = changes
    return answers.answers(run, sections(run))


@pytest.fixture(scope="module")
def lines() -> dict[str, Answer]:
    """The answers of a run in which all are known, by question."""
    (mine,) = told(made_up_run.Plan(sizes=(1_000, 10_000, 100_000, 1_000_000), traced=True))
    return dict(zip(QUESTIONS, mine.lines, strict=True))


def test_how_much_faster_is_words_then_a_ratio_with_its_interval(lines: dict[str, Answer]) -> None:
    """Plain words lead, and behind them are speedup, interval, strategy, cores, size and what it is compared with."""
    line = lines["How much faster?"]
    assert line.lead == "Nearly twice as fast"
    assert re.fullmatch(
        r"1\.[89]\d× \[1\.\d\d, \d\.\d\d\] with threads on 2 cores at 1,000,000 elements, "
        r"against serial \(\d\d\.\d ms per call\)",
        line.rest,
    )


def test_why_not_more_names_the_largest_loss(lines: dict[str, Answer]) -> None:
    """The largest loss is in plain words, with its share and the used part."""
    line = lines["Why not more?"]
    assert line.lead in ("Workers slow each other down", "Little is lost")
    assert re.search(r"\d %", line.number)
    assert "traced call" in line.rest


def test_from_when_on_names_a_size_and_its_ends(lines: dict[str, Answer]) -> None:
    """The smallest size at which a strategy pays off has the two sizes that enclose it, and the calls."""
    line = lines["When does it pay off?"]
    assert re.fullmatch(r"From about [\d,]+ elements on", line.lead)
    assert re.fullmatch(r"between 1,000 and 10,000 with threads on 2 cores; at 1,000,000 its start is .*", line.rest)


def test_which_one_says_what_to_take_and_how_long_it_takes(lines: dict[str, Answer]) -> None:
    """The advice for many calls has their expected time with its interval."""
    line = lines["Which one?"]
    assert line.lead == "Use threads on 2 cores"
    assert re.match(r"1,000 calls take [\d.]+ s \[[\d.]+ s, [\d.]+ s\]", line.rest)


def test_what_was_not_compared_says_how_to(lines: dict[str, Answer]) -> None:
    """Without a base the last answer says that nothing was compared, and how to."""
    assert lines["Did it change?"] == Answer(
        "Not compared with anything", "", "add --parbench-against=main, or another revision or folder"
    )


def test_answers_lead_to_their_numbers() -> None:
    """Each answer has a link to a place on the page that is there, about this workload if there is one."""
    plan = made_up_run.Plan(workloads=("square", "affine"), strategies=("serial", "threads"), traced=True)
    text = made_up_run.page_of(made_up_run.opened(plan))
    for number, each in enumerate(told(plan)):
        assert [line.href for line in each.lines[:4]] == [
            f"#{place}-{number}" for place in ("w", "losses", "break-even", "advice")
        ]
        assert all(text.count(f'id="{line.href[1:]}"') == 1 for line in each.lines if line.href)


@pytest.mark.parametrize(
    ("plan", "question", "said"),
    [
        (made_up_run.Plan(), "Why not more?", r"Not known: .*measure longer \(--parbench-budget"),
        (
            made_up_run.Plan(header={"settings": {"against": "main"}}),
            "Why not more?",
            r"Not known: .*without --parbench-against",
        ),
        (
            made_up_run.Plan(sizes=(1_000,)),
            "How much faster?",
            r"Not faster in parallel: at best 0\.\d+× \[.*\] with .* at 1,000 elements, against serial",
        ),
        (made_up_run.Plan(sizes=(1_000,)), "When does it pay off?", "Not known: .*one size only: .*--parbench-sizes"),
        (
            made_up_run.Plan(sizes=(100, 1_000)),
            "When does it pay off?",
            "Not up to 1,000 elements: with any of [0-9] strategies",
        ),
        (
            made_up_run.Plan(blocks=1),
            "How much faster?",
            "Not known: at best .*one block, which gives no interval.*longer",
        ),
        (made_up_run.Plan(strategies=("serial",)), "How much faster?", "Nothing to compare: .*--parbench-strategies"),
        (
            made_up_run.Plan(strategies=("serial",)),
            "When does it pay off?",
            "Not known: no parallel strategy was measured",
        ),
        (
            made_up_run.Plan(fail=[("*", "error", "no")]),
            "How much faster?",
            "Not known: no serial .* could be measured: ",
        ),
        (made_up_run.Plan(fail=[("*", "error", "no")]), "Which one?", "Not known: nothing was measured"),
        (made_up_run.Plan(fail=[("*", "skipped", "no")]), "How much faster?", r"Not known: .*\(--parbench-budget\)"),
    ],
)
def test_what_is_not_known_says_so_and_how_to_measure_it(plan: made_up_run.Plan, question: str, said: str) -> None:
    """An answer that the run cannot give says so in words, and what to do to have it."""
    (mine,) = told(plan)
    line = mine.lines[QUESTIONS.index(question)]
    assert re.match(said, f"{line.lead}: {line.rest}")


def test_what_is_open_below_a_size_still_has_that_size() -> None:
    """Where it pays at the largest sizes for certain, and below is open, the answer begins with what is certain."""
    _, _, (*_, verdict) = made_up_run.run(made_up_run.Plan(strategies=("serial", "threads")))
    row: dict[str, Any] = {"workload": "square", "strategy": "threads", "cores": 2, "chunks": 1, "outcome": "undecided"}
    sizes = pd.DataFrame([row | {"size_high": 500.0, "reason": "it is faster from 500 on, and below that is open"}])
    line = sentences.break_even_answer(sizes, sizes.head(0), verdict, "words")
    assert line.lead == "From 500 words on, or sooner"
    assert line.rest == "threads on 2 cores: it is faster from 500 on, and below that is open"
    assert (
        sentences.break_even_answer(sizes.assign(size_high=math.nan), sizes.head(0), verdict, "words").lead
        == sentences.UNKNOWN
    )


def test_cores_that_wait_are_workers_and_one_core_is_told() -> None:
    """In the advice a serial strategy stands alone, another has its cores or workers, also if it is one."""
    assert strategy_on_cores("serial", 1) == "serial"
    assert strategy_on_cores("threads", 1) == "threads on 1 core"
    assert strategy_on_cores("asyncio", 64, each="worker") == "asyncio on 64 workers"


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_a_verdict_has_words(outcome: Outcome) -> None:
    """Whatever became of the best parallel strategy, there is a lead for it, and no number is a NaN."""
    _, _, (known,) = made_up_run.run(made_up_run.Plan(sizes=(10_000,)))
    verdict = replace(known, outcome=outcome, missing="failed", rival_low=math.nan, rival_high=math.nan)
    line = sentences.speed_answer(verdict, "", "")
    assert line.lead
    assert "nan" not in line.rest


@pytest.mark.parametrize(
    ("speedup", "said"),
    [
        (1.04, "Slightly faster"),
        (1.2, "A little faster"),
        (1.49, "About 1.5 times as fast"),
        (1.83, "Nearly twice as fast"),
        (1.96, "Twice as fast"),
        (2.4, "Over twice as fast"),
        (3.34, "About 3.3 times as fast"),
        (59.6, "About 60 times as fast"),
        (312.0, "About 312 times as fast"),
    ],
)
def test_a_speedup_in_plain_words(speedup: float, said: str) -> None:
    """The words never say more than the number."""
    assert sentences.speedup_phrase(speedup) == said


@pytest.mark.parametrize(
    ("verdicts", "lead", "rest"),
    [
        (["SAME", "SAME"], "No", "2 same"),
        (["SAME", "UNDECIDED"], "No change was found", "1 undecided and 1 same"),
        (
            ["SLOWER", "SAME", "FASTER"],
            "Yes: of 3 cells 1 slower and 1 faster",
            "at most 1.20× [1.10, 1.30] the time with threads at 10; 1 same",
        ),
        (["MISSING"], "Yes: of 1 cell 1 without a result", ""),
    ],
)
def test_what_changed_is_counted_and_the_most_is_told(verdicts: list[str], lead: str, rest: str) -> None:
    """Against a base the answer counts verdicts, and has the largest change with its interval."""
    ratios = {"SLOWER": (1.2, 1.1, 1.3), "FASTER": (0.9, 0.88, 0.92)}
    rows = [
        {"workload": "square", "strategy": "threads", "size": 10, "verdict": verdict}
        | dict(zip(("ratio", "ratio_low", "ratio_high"), ratios.get(verdict, (1.0, 0.99, 1.01)), strict=True))
        for verdict in verdicts
    ]
    line = sentences.change_answer(pd.DataFrame(rows), "square")
    assert (line.lead, line.rest) == (lead, rest)
    assert sentences.change_answer(pd.DataFrame(rows), "other").lead == "Not compared"


def test_several_workloads_have_a_sentence_for_all() -> None:
    """Above the answers of several workloads is their common result, with the open ones."""
    plan = made_up_run.Plan(workloads=("square", "affine"))
    _, _, verdicts = made_up_run.run(plan)
    assert re.fullmatch(
        r"Of 2 workloads, all ran faster in parallel at the largest size: [\d.]+× \(\w+\) to [\d.]+× \(\w+\) the speed "
        r"of the fastest serial way\.",
        answers.overall(verdicts),
    )
    assert answers.overall(verdicts[:1]) == ""
    _, _, undecided = made_up_run.run(made_up_run.Plan(workloads=("square", "affine"), blocks=1))
    assert answers.overall(undecided).endswith(
        "none ran faster in parallel at the largest size. Still open: square and affine."
    )


@pytest.mark.parametrize("count", [1, answers.FEW, answers.FEW + 1])
def test_many_workloads_are_rows_and_few_are_cards(count: int) -> None:
    """A few workloads have a card each; more are the rows of one table, and their parts below are folded."""
    names = [f"w{number}" for number in range(count)]
    plan = made_up_run.Plan(workloads=names, sizes=(10_000,), strategies=("serial", "threads"), cores=(1, 2))
    text = made_up_run.page_of(made_up_run.opened(plan))
    top = text[text.index('id="answers"') : text.index('id="curves"')]
    cards, rows = top.count("<article"), top.count('<th scope="row">')
    assert (cards, rows) == ((count, 0) if count <= answers.FEW else (0, count))
    assert text.count('<details class="workload">') == rows
    for question in QUESTIONS:
        assert question in top
