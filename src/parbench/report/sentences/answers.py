"""The answers to the five questions about a workload, each as one line of plain words with numbers and intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.break_even import of_curves
from parbench.analysis.choice import comparable
from parbench.analysis.estimates import CELL
from parbench.analysis.stats.decision import VERDICTS
from parbench.analysis.verdict import Verdict
from parbench.report.sentences import slow_calls
from parbench.report.sentences import verdicts as verdicts_in_words
from parbench.report.sentences.advice import strategy_on_cores
from parbench.report.sentences.break_even import rounded, row_label
from parbench.report.sentences.comparison import distance
from parbench.report.sentences.losses import LEADS, LossView, differs, largest_first, name_of, parts
from parbench.text import LONGER
from parbench.workload.cell import HEAD

QUESTIONS = ("How much faster?", "Why not more?", "When does it pay off?", "Which one?", "Did it change?")
UNKNOWN = "Not known"
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


# -- How much faster? ---------------------------------------------------------------------------------------------


def calls_phrase(verdict: Verdict, summary: pd.DataFrame) -> str:
    """The slow calls of the best parallel strategy, to be added; empty if there are none."""
    key = (verdict.workload, verdict.size, verdict.rival, verdict.rival_cores, verdict.rival_chunks, HEAD)
    rows = (row for row in slow_calls.differing(summary) if tuple(getattr(row, name) for name in CELL) == key)
    return next((f"; {slow_calls.phrase(row)}" for row in rows), "")


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


def loss_answer(view: LossView | None, verdict: Verdict, against: bool) -> Answer:
    """Largest loss of the cores' time, in the fastest parallel strategy that was traced."""
    if view is None:
        how = (
            "a comparison traces nothing: measure without --parbench-against"
            if against
            else f"no call was traced: {LONGER}"
        )
        return Answer(UNKNOWN, "", how)
    row, largest = view.best, largest_first(view.best)
    where = "" if view.size == verdict.size else f" at {view.at}"
    traced = f", which used {text.percent(row.traced_efficiency)}" if differs(row) else ""
    rest = f"{where} ({text.plural(row.blocks, 'traced call')}{traced})"
    efficiency = row.efficiency if text.is_known(row.efficiency) else row.traced_efficiency
    used = f"{name_of(row)} used {text.percent(efficiency)}"
    if not largest or efficiency >= FULL:
        lead = "Nothing is lost" if not largest or efficiency >= 1 else "Little is lost"
        return Answer(lead, f"{used} of what {view.on} could give", rest.strip())
    share = f"{text.percent(parts(row)[largest[0]])} of what {view.on} could give"
    return Answer(LEADS[largest[0]], share, f"{used}{rest}", joint="; ")


# -- When does it pay off? -----------------------------------------------------------------------------------------


def break_even_answer(sizes: pd.DataFrame, calls: pd.DataFrame, verdict: Verdict, unit: str) -> Answer:
    """Smallest size at which the best parallel strategy pays off, and number of calls that repay its start."""
    if sizes.empty:
        return Answer(UNKNOWN, "", "no parallel strategy was measured")
    mine = comparable(sizes[sizes["workload"] == verdict.workload])
    rows: list[Any] = list(mine.itertuples())
    row = next((each for each in rows if is_rival(each, verdict)), None)
    if row is None or row.outcome == "not measured":
        return Answer(UNKNOWN, "", "no parallel strategy has a result: the failures below say why")
    if row.outcome == "one size":
        return Answer(
            UNKNOWN, "", "it was measured at one size only: add larger and smaller ones with --parbench-sizes"
        )
    if row.outcome == "never":
        rest = mine["outcome"].isin(["never", "not measured", "one size"])
        tried = f"any of {mine['strategy'].nunique()} strategies" if rest.all() and len(mine) > 1 else row_label(row)
        return Answer(f"Not up to {text.count(row.largest)} {unit}".rstrip(), "", f"with {tried}")
    if verdict.outcome == "faster":
        return pays_off(row, repayment_clause(calls, row), unit)
    if verdict.outcome == "no difference":
        ratio = text.times(verdict.rival_speedup, verdict.rival_low, verdict.rival_high)
        return Answer("It makes no difference", "", f"{row_label(row)} reaches {ratio} at {text.count(verdict.size)}")
    return Answer(UNKNOWN, "", f"{row_label(row)}: {row.reason}")


def pays_off(row: Any, repaid: str, unit: str) -> Answer:
    """Text for a curve that is faster at its largest size; `repaid` is a clause on its start."""
    name = f"with {row_label(row)}{repaid}"
    if row.outcome == "always":
        return Answer(f"At every size, from {text.count(row.smallest)} on", "", name)
    if row.outcome == "found":
        between = f"between {text.count(row.size_low)} and {text.count(row.size_high)}"
        return Answer(f"From about {rounded(row.size)} {unit}".rstrip() + " on", between, name)
    high = f"From {text.count(row.size_high)} {unit}".rstrip() + " on, or sooner"
    return Answer(high if text.is_known(row.size_high) else UNKNOWN, "", f"{row_label(row)}: {row.reason}")


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
    one, other = (strategy_on_cores(row.strategy, row.cores, row.chunks, noun) for row in (first, many))
    lead = f"Use {other}"
    if one != other:
        lead = f"Use {one} for {text.plural(first.calls, 'call')}, {other} for {text.count(many.calls)}"
    ends = f"[{text.duration(many.low)}, {text.duration(many.high)}]"
    number = f"{text.count(many.calls)} calls take {text.duration(many.seconds)} {ends}"
    best = verdicts_in_words.best(verdict)
    equal = verdict.best in (many.strategy, *many.equal.split(" ")) or many.strategy in verdict.equal
    if verdict.outcome == "faster" and not equal:
        return Answer(lead, number, f"{best} is faster per call, but takes longer to start and stop", joint="; ")
    if many.equal:
        return Answer(lead, number, f"equal, but less simple: {many.equal}", joint="; ")
    if verdict.outcome == "undecided":
        return Answer(lead, number, f"whether {verdicts_in_words.rival(verdict)} is faster is not known", joint="; ")
    rival = "" if many.apart else strategy_on_cores(many.rival_strategy, many.rival_cores, many.rival_chunks, noun)
    return Answer(lead, number, f"not distinguishable from {rival}" if rival else "", joint="; ")


# -- Did it change? -----------------------------------------------------------------------------------------------


def change_answer(changes: pd.DataFrame | None, workload: str) -> Answer:
    """Changes of the cells of a workload against the base."""
    if changes is None:
        return Answer("Not compared with anything", "", "add --parbench-against=main, or another revision or folder")
    mine = changes[changes["workload"] == workload]
    if mine.empty:
        return Answer("Not compared", "", "no cell of it was measured on both sides")
    counts = {each: int((mine["verdict"] == each).sum()) for each in VERDICTS}
    words = {"MISSING": "without a result", "SLOWER": "slower", "FASTER": "faster"}
    worst = [f"{counts[each]} {word}" for each, word in words.items() if counts[each]]
    rest = [f"{counts[each]} {each.lower()}" for each in ("NEW", "UNDECIDED", "SAME") if counts[each]]
    lead = f"Yes: of {text.plural(len(mine), 'cell')} {text.join(worst)}" if worst else "No change was found"
    if not worst and counts["SAME"] == len(mine):
        lead = "No"
    rated = [row for row in mine.itertuples() if row.verdict in ("SLOWER", "FASTER")]
    most: Any = max(rated, key=distance, default=None)
    number = "" if most is None else f"at most {text.times(most.ratio, most.ratio_low, most.ratio_high)} the time"
    where = "" if most is None else f"with {most.strategy} at {text.count(most.size)}; "
    return Answer(lead, number, f"{where}{text.join(rest)}" if rest else where.removesuffix("; "))
