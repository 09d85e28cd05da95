"""How often two answers of one run contradict each other: verdicts, advice, break-even, losses, costs and tables.

Arguments: runs (default: all recorded runs and the sample report). For each kind of contradiction the number of cases
in each run is printed, with ``--list`` every case.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.validate.runs import RECORDED, load
from parbench import text
from parbench.analysis.advice.advice import Advice
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.cost import choices, costs
from parbench.analysis.verdict import Verdict, headlines
from parbench.report.html.answers import answers
from parbench.report.run import Run
from parbench.report.sentences.answers import QUESTIONS
from parbench.report.terminal.shortlist import rows_for, shortlist
from parbench.workload.cell import BASELINES

SAMPLE = Path(__file__).parents[2] / "reports" / "sample"
CALLS = (1, 10, 1000)
#: Ratio of two times from which a table shows the longer one as slower.
SLOWER = 1.05
#: A ratio with its interval, as reports show it.
SHOWN = re.compile(r"(?P<value>[\d.,]+)× \[(?P<low>[\d.,]+), (?P<high>[\d.,]+)\]")
Place = tuple[str, int]
Cell = tuple[str, int, int]


class Contradiction(NamedTuple):
    """One case: its kind, and what the two answers are."""

    kind: str
    case: str


class Report:
    """The answers of one run, by workload and size."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.verdicts: dict[Place, Verdict] = {(each.workload, each.size): each for each in run.verdicts}
        self.adviser = Adviser(run.frame, run.summary)
        self.cells = {
            (row.workload, row.size, row.strategy, row.cores, row.chunks): row
            for row in list[Any](run.summary.itertuples())
            if row.status == "ok" and row.seconds > 0
        }

    @cached_property
    def repaid(self) -> dict[Any, Any]:
        """The rows of calls that repay a start, by cell."""
        rows: list[Any] = list(self.run.break_even_calls.itertuples())
        return {(row.workload, row.size, row.strategy, row.cores, row.chunks): row for row in rows}

    def advice(self, place: Place) -> dict[int, Advice]:
        """Advice for one workload and size by number of calls; empty if nothing was measured there."""
        if place[1] not in self.adviser.sizes(place[0]):
            return {}
        return {calls: self.adviser.advise(*place, calls) for calls in CALLS}


def cell_of(candidate: Any) -> Cell:
    """The strategy, cores and chunks of a candidate."""
    return candidate.strategy, candidate.cores, candidate.chunks


def equals_of(advice: Advice) -> list[Cell]:
    """The cells that an advice calls equal to its choice."""
    return [cell_of(each) for each in advice.equal]


def label(cell: Cell) -> str:
    """A cell in words."""
    return text.cell_label(*cell)


def of_verdicts(report: Report) -> Iterator[Contradiction]:
    """Advice against verdicts, break-even calls, and the table of the advice itself."""
    for place, verdict in report.verdicts.items():
        at, best = f"{place[0]} at {place[1]:,}", (verdict.best, verdict.cores, verdict.chunks)
        for calls, advice in report.advice(place).items():
            chosen, said = cell_of(advice.choice), f"{at}, {text.plural(calls, 'call')}: {advice.sentence}"
            parallel = chosen[0] not in BASELINES
            if parallel and verdict.baseline and verdict.outcome != "faster":
                yield Contradiction("advised, but not known to be faster", said)
            totals = [each.seconds for each in advice.candidates if cell_of(each) == best]
            both_faster = parallel and verdict.outcome == "faster" and calls == CALLS[-1]
            longer = bool(totals) and totals[0] > advice.choice.seconds  # these calls do not repay its start
            if both_faster and chosen != best and not longer and best not in equals_of(advice):
                yield Contradiction("advice and verdict name two cells", f"{said} The verdict: {label(best)}")
            faster = [
                each
                for each in advice.candidates
                if each.seconds * SLOWER < advice.choice.seconds
                and not (each.strategy in advice.sentence or each.doubt)
            ]
            if faster:
                yield Contradiction("advised, but slower in its own table", f"{said} {faster[0].strategy}")
            row = report.repaid.get((*place, *chosen))
            if row is not None and row.outcome in ("repaid", "at once") and calls < row.calls:
                yield Contradiction("advised before its start is repaid", f"{said} Repaid after {row.calls:.0f}")
            row = report.repaid.get((*place, *best))
            if (
                calls == CALLS[-1]
                and not parallel
                and verdict.outcome == "faster"
                and row is not None
                and row.calls_high <= calls
                and best not in equals_of(advice)
            ):
                yield Contradiction("a certain verdict is reversed", f"{said} The verdict: {label(best)}")


def of_first_calls(report: Report) -> Iterator[Contradiction]:
    """First calls that are predicted to be faster than later ones, though no measured cell of the strategy is so."""
    for workload in report.adviser.workloads():
        sizes = report.adviser.sizes(workload)
        if not sizes:
            continue
        asked = {*sizes, max(1, sizes[0] // 3), 3 * sizes[-1], *(round(math.sqrt(a * b)) for a, b in pairwise(sizes))}
        for size in sorted(asked):
            for each in report.adviser.advise(workload, size, 1).candidates:
                cells = [row for key, row in report.cells.items() if (key[0], *key[2:]) == (workload, *cell_of(each))]
                measured = any(row.first_seconds < row.seconds for row in cells)
                if each.first < each.steady * (1 - 1e-9) and not measured:
                    times = f"{text.duration(each.first)}, later ones {text.duration(each.steady)}"
                    yield Contradiction(
                        "a first call is predicted faster", f"{workload} at {size:,}: {each.strategy} {times}"
                    )


def of_break_even(report: Report) -> Iterator[Contradiction]:
    """Sizes from which a curve is faster against the verdict of its largest size, and the answer on the page."""
    rows: list[Any] = list(report.run.break_even.itertuples())
    for row in rows:
        if row.outcome not in ("found", "always", "never") or "[tutorial]" in row.strategy or row.cores == 1:
            continue
        verdict = report.verdicts[row.workload, int(row.largest)]
        mine = (verdict.best, verdict.cores, verdict.chunks) == (row.strategy, row.cores, row.chunks)
        if (
            (row.outcome == "never")
            if mine
            else (row.outcome != "never" and verdict.outcome in ("slower", "undecided"))
        ):
            yield Contradiction("break-even and verdict", f"{row.workload}, {row.strategy}: {row.outcome}, {verdict}")
    for each in answers(report.run, []):
        lines = dict(zip(QUESTIONS, each.lines, strict=True))
        verdict = headlines(report.run.verdicts)[each.workload]
        rival = (verdict.rival, verdict.rival_cores, verdict.rival_chunks)
        if not verdict.rival:
            continue
        curve = [row for row in rows if (row.workload, row.strategy, row.cores, row.chunks) == (each.workload, *rival)]
        line = lines["When does it pay off?"]
        said = f"{each.workload}: {line.lead}: {line.rest}"
        if curve and curve[0].outcome in ("found", "always") and label(rival) not in said:
            yield Contradiction("break-even of another cell", f"{said}; the verdict: {label(rival)}")
        if verdict.outcome != "faster" and line.lead.startswith(("At every", "From")):
            yield Contradiction("pays off, but not known to be faster", said)
        which = lines["Which one?"]
        if verdict.outcome == "undecided" and verdict.rival in which.lead:
            yield Contradiction("used, but not known to be faster", f"{each.workload}: {which.lead}")


def of_views(report: Report) -> Iterator[Contradiction]:
    """Losses, costs and the terminal's table about another cell than the verdict."""
    for view in report.run.loss_views:
        verdict = report.verdicts.get((view.workload, view.size))
        if verdict is None or not verdict.rival:
            continue
        rival = (verdict.rival, verdict.rival_cores, verdict.rival_chunks)
        traced = rival in {(row.strategy, row.cores, row.chunks) for row in view.rows}
        if traced and (view.best.strategy, view.best.cores, view.best.chunks) != rival:
            yield Contradiction("losses of another cell", f"{view.workload}: {view.best.strategy}, not {label(rival)}")
    for choice in choices(costs(report.run.frame, report.run.summary), report.run.verdicts):
        best = choice.best
        verdict = report.verdicts[best["workload"], best["size"]]
        if verdict.rival and (best["strategy"], best["cores"], best["chunks"]) != (
            verdict.rival,
            verdict.rival_cores,
            verdict.rival_chunks,
        ):
            yield Contradiction("costs of another cell", f"{best['workload']}: {best['strategy']}, not {verdict.rival}")
    for workload in report.run.workloads:
        verdicts = [each for each in report.run.verdicts if each.workload == workload]
        cells = report.run.summary[report.run.summary["workload"] == workload]
        rows = shortlist(cells, verdicts, rows_for(len(report.run.workloads))).rows
        shown = {(row.size, row.strategy, row.cores, row.chunks) for row in list[Any](rows.itertuples())}
        for each in verdicts:
            wanted = (each.size, each.rival, each.rival_cores, each.rival_chunks)
            if each.rival and each.size in {one[0] for one in shown} and wanted not in shown:
                yield Contradiction("the table lacks the verdict's cell", f"{workload} at {each.size:,}: {wanted}")


def of_numbers(report: Report) -> Iterator[Contradiction]:
    """Numbers, as they are shown, that contradict the word next to them."""
    for (workload, size, *cell), row in report.cells.items():
        if not row.speedup > 0:
            continue
        shown = text.times(row.speedup, row.speedup_low, row.speedup_high)
        match, at = SHOWN.fullmatch(shown), f"{workload} at {size:,}, {label((cell[0], cell[1], cell[2]))}: {shown}"
        value, low, high = (float(part.replace(",", "")) for part in match.groups()) if match else (1.0,) * 3
        if match and ((row.verdict == "faster" and low <= 1) or (row.verdict == "slower" and high >= 1)):
            yield Contradiction("an interval against its verdict", f"{at} {row.verdict}")
        if shown.startswith(("0.0×", "0.00×", "0×")) or not (value and low and high):
            yield Contradiction("a ratio of zero", at)


def contradictions(run: Run) -> list[Contradiction]:
    """All contradictions of one run."""
    report = Report(run)
    parts = (of_verdicts, of_first_calls, of_break_even, of_views, of_numbers)
    return [each for part in parts for each in part(report)]


def recorded() -> list[Path]:
    """The runs that are part of the source."""
    return [RECORDED / "catalogue.jsonl", RECORDED / "break-even-catalogue.jsonl.xz", SAMPLE / "run.jsonl"]


def main(arguments: list[str]) -> None:
    """Print the table of all runs."""
    listed = "--list" in arguments
    total: Counter[str] = Counter()
    for place in [each for each in arguments if each != "--list"] or recorded():
        found = contradictions(Run(load(place)))
        total.update(each.kind for each in found)
        kinds = Counter(each.kind for each in found)
        print(
            f"{Path(place).name}: {len(found)}: {', '.join(f'{kind} {n}' for kind, n in kinds.most_common()) or 'none'}"
        )
        if listed:
            print(*(f"  {each.kind}: {each.case}" for each in found), sep="\n")
    print(f"\n| kind | cases |\n|---|---|\n{''.join(f'| {kind} | {n} |{chr(10)}' for kind, n in total.most_common())}")
    print(f"contradictions in all: {total.total()}")
