"""The first screen: the five questions, answered for each workload in plain words, with numbers and their intervals.

Nothing is computed here. This module selects results of the analyses, puts them into words, and links them to their
place on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.break_even import of_curves, one_per_strategy
from parbench.analysis.estimates import CELL
from parbench.analysis.stats.decision import VERDICTS
from parbench.analysis.summary import comparable
from parbench.analysis.verdict import Verdict, headlines
from parbench.report.html.sections import Section
from parbench.report.html.template import anchor
from parbench.report.run import Run
from parbench.report.sentences import slow_calls
from parbench.report.sentences import verdicts as verdicts_in_words
from parbench.report.sentences.advice import strategy_on_cores
from parbench.report.sentences.break_even import rounded, row_label
from parbench.report.sentences.comparison import distance
from parbench.report.sentences.losses import LEADS, differs, few, largest_first, name_of, parts
from parbench.text import LONGER
from parbench.workload.cell import HEAD

QUESTIONS = ("How much faster?", "Why not more?", "When does it pay off?", "Which one?", "Did it change?")
UNKNOWN = "Not known"
#: With more workloads than this, they are rows of a table instead of cards.
FEW = 4
#: Efficiency above which the losses are of no interest.
FULL = 0.95


@dataclass(frozen=True)
class Answer:
    """One line: `lead` in plain words, `number` with its uncertainty, and `more` after it; `href` leads on.

    `joint` stands between the number and what is after it.
    """

    lead: str
    number: str = ""
    more: str = ""
    href: str = ""
    joint: str = " "

    @property
    def rest(self) -> str:
        """The text after the lead, number first."""
        return self.joint.join(filter(None, (self.number, self.more)))


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
    views, shown = {each.workload: each for each in run.loss_views}, headlines(run.verdicts)
    found = []
    for name in run.workloads:
        verdict, facts = shown[name], run.header.facts(name)
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
        found.append(Answers(name, f"#{anchor('w', run.summary, name)}", facts.about, at, tuple(linked)))
    return found


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
    ends = [f"{text.times(each.speedup)} ({each.workload})" for each in (*won[:1], *won[1:][-1:])]
    spread = f": {' to '.join(ends)} the speed of the fastest serial way" if won else ""
    open_ = [each.workload for each in mine if each.outcome in ("undecided", "nothing")]
    rest = f" Still open: {few(open_)}." if open_ else ""
    return f"{lead}{spread}.{rest}"


# -- How much faster? ---------------------------------------------------------------------------------------------


def calls_phrase(verdict: Verdict, summary: pd.DataFrame) -> str:
    """The slow calls of the best parallel strategy, to be added; empty if there are none."""
    key = (verdict.workload, verdict.size, verdict.rival, verdict.rival_cores, verdict.rival_chunks, HEAD)
    found = (row for row in slow_calls.differing(summary) if tuple(getattr(row, name) for name in CELL) == key)
    return next((f"; {slow_calls.phrase(row)}" for row in found), "")


def speed_answer(verdict: Verdict, unit: str, calls: str) -> Answer:
    """How much faster the best parallel strategy is than the best serial one; `calls` is a clause on its slow calls."""
    if verdict.outcome == "nothing":
        ended = verdict.missing == "not reached"
        how = "give it more time (--parbench-budget)" if ended else "the failures below say why"
        return Answer(UNKNOWN, "", f"{verdicts_in_words.REASONS[verdict.missing]}: {how}")
    base = verdicts_in_words.base(verdict)
    if verdict.outcome == "alone":
        how = "name some with --parbench-strategies"
        return Answer("Nothing to compare", "", f"{base} was measured, and no parallel strategy: {how}")
    at = f"{text.count(verdict.size)} {unit}".rstrip()
    number = text.times(verdict.rival_speedup, verdict.rival_low, verdict.rival_high)
    one = "" if text.is_known(verdict.rival_low) else " from one block, which gives no interval,"
    more = f"with {verdicts_in_words.rival(verdict)} at {at}, against {base}"
    if verdict.outcome == "faster":
        alone = ", but not by working in parallel" if verdict.cores == 1 else ""
        return Answer(f"{speedup_phrase(verdict.speedup)}{alone}", f"{number}{one}", f"{more}{calls}")
    leads = {"slower": "Not faster in parallel", "no difference": "It makes no difference", "undecided": UNKNOWN}
    open_ = f": {LONGER}" if verdict.outcome == "undecided" else ""
    return Answer(leads[verdict.outcome], f"at best {number}{one}", f"{more}{open_}{calls}")


def speedup_phrase(speedup: float) -> str:
    """A speedup of more than 1 in plain words; the number is next to it."""
    if speedup < 1.1:
        return "Slightly faster"
    if speedup < 1.25:
        return "A little faster"
    if speedup < 1.75:
        return f"About {text.number(speedup, 2)} times as fast"
    if speedup < 2.8:
        return "Nearly twice as fast" if speedup < 1.93 else "Twice as fast" if speedup < 2.15 else "Over twice as fast"
    return f"About {text.number(speedup, 2)} times as fast"


# -- Why not more? ------------------------------------------------------------------------------------------------


def loss_answer(shown: Any, verdict: Verdict, against: bool) -> Answer:
    """Largest loss of the cores' time, in the fastest parallel strategy that was traced."""
    if shown is None:
        how = (
            "a comparison traces nothing: measure without --parbench-against"
            if against
            else f"no call was traced: {LONGER}"
        )
        return Answer(UNKNOWN, "", how)
    row, largest = shown.best, largest_first(shown.best)
    where = "" if shown.size == verdict.size else f" at {shown.at}"
    traced = f", which used {text.percent(row.traced_efficiency)}" if differs(row) else ""
    rest = f"{where} ({text.plural(row.blocks, 'traced call')}{traced})"
    efficiency = row.efficiency if text.is_known(row.efficiency) else row.traced_efficiency
    used = f"{name_of(row)} used {text.percent(efficiency)}"
    if not largest or efficiency >= FULL:
        lead = "Nothing is lost" if not largest or efficiency >= 1 else "Little is lost"
        return Answer(lead, f"{used} of what {shown.on} could give", rest.strip())
    share = f"{text.percent(parts(row)[largest[0]])} of what {shown.on} could give"
    return Answer(LEADS[largest[0]], share, f"{used}{rest}", joint="; ")


# -- When does it pay off? -----------------------------------------------------------------------------------------


def break_even_answer(sizes: pd.DataFrame, calls: pd.DataFrame, verdict: Verdict, unit: str) -> Answer:
    """Smallest size at which the first strategy pays off, and number of calls that repay the start of the best one."""
    if sizes.empty:
        return Answer(UNKNOWN, "", "no parallel strategy was measured")
    mine = comparable(sizes[sizes["workload"] == verdict.workload])
    best = (mine["strategy"] == verdict.best) & (mine["cores"] == verdict.cores) & (mine["chunks"] == verdict.chunks)
    rows: list[Any] = list(mine[best | mine.index.isin(one_per_strategy(mine).index)].itertuples())
    by = {outcome: [row for row in rows if row.outcome == outcome] for outcome in {row.outcome for row in rows}}
    if always := by.get("always"):
        row = next((each for each in always if is_rival(each, verdict)), always[0])
        return Answer(
            f"At every size, from {text.count(row.smallest)} on",
            "",
            f"with {row_label(row)}{repayment_clause(calls, row)}",
        )
    if found := sorted(by.get("found", []), key=lambda each: float(each.size)):
        row = found[0]
        lead = f"From about {rounded(row.size)} {unit}".rstrip() + " on"
        between = f"between {text.count(row.size_low)} and {text.count(row.size_high)}"
        return Answer(lead, between, f"with {row_label(row)}{repayment_clause(calls, row)}")
    return no_break_even_answer(by, verdict, unit)


def no_break_even_answer(by: Mapping[str, list[Any]], verdict: Verdict, unit: str) -> Answer:
    """Text if no strategy is known to pay off at any size."""
    for outcome, lead in (("undecided", UNKNOWN), ("no difference", "It makes no difference")):
        if rows := by.get(outcome):
            row = next((each for each in rows if is_rival(each, verdict)), rows[0])
            if outcome == "undecided" and text.is_known(row.size_high):
                lead = f"From {text.count(row.size_high)} {unit}".rstrip() + " on, or sooner"
            return Answer(lead, "", f"{row_label(row)}: {row.reason}")
    if rows := by.get("never"):
        most = f"{text.count(max(row.largest for row in rows))} {unit}".rstrip()
        names = {row.strategy for row in rows}
        tried = f"any of {len(names)} strategies" if len(names) > 1 else row_label(rows[0])
        return Answer(f"Not up to {most}", "", f"with {tried}")
    if by.get("one size"):
        how = "add larger and smaller ones with --parbench-sizes, or run benchmarks/test_break_even.py"
        return Answer(UNKNOWN, "", f"it was measured at one size only: {how}")
    return Answer(UNKNOWN, "", "no parallel strategy has a result: the failures below say why")


def is_rival(row: Any, verdict: Verdict) -> bool:
    """Whether a curve is that of the best parallel strategy."""
    return (row.strategy, row.cores, row.chunks) == (verdict.rival, verdict.rival_cores, verdict.rival_chunks)


def repayment_clause(calls: pd.DataFrame, row: Any) -> str:
    """After how many calls the start of a curve is repaid at its largest size, to be added; empty if not known."""
    mine = of_curves(calls, pd.DataFrame([row]))
    known = [each for each in mine if each.outcome in ("repaid", "at once")]
    if not known:
        return ""
    last = max(known, key=lambda each: int(each.size))
    at = f"at {text.count(last.size)} its start is repaid"
    if last.calls == 1:
        return f"; {at} by the first call"
    ends = f" [{text.count(last.calls_low)}, {text.count(last.calls_high)}]" * (last.calls_low < last.calls_high)
    return f"; {at} after {text.count(last.calls)} calls{ends}"


# -- Which one? ---------------------------------------------------------------------------------------------------


def strategy_answer(advice: pd.DataFrame, verdict: Verdict, waiting: bool) -> Answer:
    """Recommendation for one call and for many; cores are called workers if they mostly wait."""
    mine = advice
    if not advice.empty:
        mine = advice[(advice["workload"] == verdict.workload) & (advice["size"] == verdict.size)]
    if mine.empty:
        return Answer(UNKNOWN, "", "nothing was measured that could be advised: the failures below say why")
    rows: list[Any] = list(mine.sort_values("calls").itertuples())
    first, many = rows[0], rows[-1]
    noun = "worker" if waiting else "core"
    one, other = (strategy_on_cores(row.strategy, row.cores, noun) for row in (first, many))
    lead = f"Use {other}"
    if one != other:
        lead = f"Use {one} for {text.plural(first.calls, 'call')}, {other} for {text.count(many.calls)}"
    ends = f"[{text.duration(many.low)}, {text.duration(many.high)}]"
    number = f"{text.count(many.calls)} calls take {text.duration(many.seconds)} {ends}"
    rival = strategy_on_cores(many.rival_strategy, many.rival_cores, noun)
    like = "" if many.apart else f"not distinguishable from {rival}"
    return Answer(lead, number, like, joint="; ")


# -- Did it change? -----------------------------------------------------------------------------------------------


def change_answer(changes: pd.DataFrame | None, workload: str) -> Answer:
    """Changes of the cells of a workload against the base."""
    if changes is None:
        return Answer("Not compared with anything", "", "add --parbench-against=main, or another revision or folder")
    mine = changes[changes["workload"] == workload]
    if mine.empty:
        return Answer("Not compared", "", "no cell of it was measured on both sides")
    counts = {each: int((mine["verdict"] == each).sum()) for each in VERDICTS}
    said = {"MISSING": "without a result", "SLOWER": "slower", "FASTER": "faster"}
    worst = [f"{counts[each]} {what}" for each, what in said.items() if counts[each]]
    rest = [f"{counts[each]} {each.lower()}" for each in ("NEW", "UNDECIDED", "SAME") if counts[each]]
    lead = f"Yes: of {text.plural(len(mine), 'cell')} {text.join(worst)}" if worst else "No change was found"
    if not worst and counts["SAME"] == len(mine):
        lead = "No"
    rated = [row for row in mine.itertuples() if row.verdict in ("SLOWER", "FASTER")]
    most: Any = max(rated, key=distance, default=None)
    number = "" if most is None else f"at most {text.times(most.ratio, most.ratio_low, most.ratio_high)} the time"
    where = "" if most is None else f"with {most.strategy} at {text.count(most.size)}; "
    return Answer(lead, number, f"{where}{text.join(rest)}" if rest else where.removesuffix("; "))
