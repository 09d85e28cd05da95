"""The first screen: the five questions, answered for each workload in plain words, with numbers and their intervals.

Nothing is computed here. This module selects results of the analyses and links their answers to places on the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from parbench import text
from parbench.analysis.verdict import Verdict, headlines
from parbench.report.html.sections import Section
from parbench.report.html.template import anchor
from parbench.report.run import Run
from parbench.report.sentences import waiting
from parbench.report.sentences.answers import (
    Answer,
    break_even_answer,
    calls_phrase,
    change_answer,
    loss_answer,
    speed_answer,
    strategy_answer,
)
from parbench.report.sentences.losses import few

#: With more workloads than this, they are rows of a table instead of cards.
FEW = 4


@dataclass(frozen=True)
class Answers:
    """The five answers of one workload, in the order of `QUESTIONS`; `at` is the size that they are about."""

    workload: str
    href: str
    about: str
    at: str
    lines: tuple[Answer, ...]


def answers(run: Run, sections: Sequence[Section]) -> list[Answers]:
    """The answers of every workload of a run, each with a link into one of the sections."""
    views, chosen = {each.workload: each for each in run.loss_views}, headlines(run.verdicts)
    rows = []
    for name in run.workloads:
        verdict, facts = chosen[name], run.header.facts(name)
        lines = (
            speed_answer(verdict, facts.unit, calls_phrase(verdict, run.summary)),
            loss_answer(views.get(name), verdict, run.compared),
            break_even_answer(run.break_even, run.break_even_calls, verdict, facts.unit),
            strategy_answer(run.advice, verdict, facts.waits),
            change_answer(run.changes, name),
        )
        places = ("w", "losses", "break-even", "advice", "changes")
        linked = [
            replace(line, href=href(place, run, name, sections)) for line, place in zip(lines, places, strict=True)
        ]
        at = f"{text.count(verdict.size)} {facts.unit}".rstrip()
        about = " ".join(filter(None, [facts.about, waiting.sentence(run.summary, name)]))
        rows.append(Answers(name, f"#{anchor('w', run.summary, name)}", about, at, tuple(linked)))
    return rows


def href(place: str, run: Run, workload: str, sections: Sequence[Section]) -> str:
    """The link to the numbers of an answer: the part of a section about this workload, or the whole section."""
    anchors = {section.name: section.anchors for section in sections} | {"w": {workload}}
    if workload in anchors.get(place, ()):
        return f"#{anchor(place, run.summary, workload)}"
    return f"#{place}" if place in anchors else ""


def overall(verdicts: Sequence[Verdict]) -> str:
    """Results of a run over several workloads, in a sentence or two; empty for one."""
    mine = list(headlines(verdicts).values())
    if len(mine) < 2:
        return ""
    won = sorted((each for each in mine if each.outcome == "faster" and each.cores > 1), key=lambda each: each.speedup)
    many = "all" if len(won) == len(mine) else text.count(len(won)) if won else "none"
    lead = f"Of {text.plural(len(mine), 'workload')}, {many} ran faster in parallel at the largest size"
    ends = [
        f"{text.ratio(each.speedup, each.low, each.high)[0]}× ({each.workload})" for each in (*won[:1], *won[1:][-1:])
    ]
    spread = f": {' to '.join(ends)} the speed of the fastest serial way" if won else ""
    open_ = [each.workload for each in mine if each.outcome in ("undecided", "nothing")]
    rest = f" Still open: {few(open_)}." if open_ else ""
    return f"{lead}{spread}.{rest}"
