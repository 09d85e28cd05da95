"""What a run came to, as a table a workload and sentences below it, laid out for a terminal or a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from parbench.analysis import expectations as stated
from parbench.analysis import noise
from parbench.analysis.verdict import verdicts
from parbench.report.terminal import shortlist
from parbench.report.terminal.layout import clipped, columns, padded, shortened
from parbench.report.terminal.screen import Screen
from parbench.text import USELESS, duration, figure, plural
from parbench.text import chunks as chunks_name

#: What a verdict looks like where there is no room for its word, and in which of the looks of a screen.
SIGNS = {"baseline": "●", "faster": "▲", "slower": "▼", "undecided": "≈"}
FAILED = "✕"
LOOKS = {"baseline": "bold", "faster": "green", "slower": "red"}
#: The name of a strategy has so many columns of the screen at least; other columns go before it has fewer.
LEAST_NAME = 14
#: What goes first where there is no room, by the head of its column.
SPARED = ("effic.", "95 % interval")
#: So many kinds of failures of a workload are told, the others plural; each in so many lines of a terminal.
FAILURES, FAILURE_LINES = 3, 2


@dataclass(frozen=True)
class Table:
    """Rows of texts as they are shown: the first column is the strategy, the last the verdict."""

    workload: str
    each: str  # what cores are called
    shown: shortlist.Shortlist
    rows: list[tuple[int, list[str]]]  # size and texts
    failures: list[str]
    sentences: list[str]


def heads(each: str) -> list[str]:
    """What stands above the columns behind the strategy."""
    return [each, "a call", "speedup", "95 % interval", "effic.", "verdict"]


#: Whether a column is aligned at its right end, and what stands before it.
RIGHT = (True, True, True, False, True, False)
BEFORE = ("  ", "  ", "  ", " ", "  ", "  ")


def tables(summary: pd.DataFrame, screen: Screen) -> list[str]:
    """A table for each workload with its verdicts below it, and a line that says how they are to be read."""
    made = _tables(summary, screen)
    if not made:
        return []
    kept, widths = _layout(made, screen)
    lines: list[str] = []
    for table in made:
        lines += [*_lines(table, kept, widths, screen), ""]
    if not any(table.rows for table in made):
        return lines
    return [*lines, *screen.lines(_legend(kept, widths[-1] > 1)), ""]


def lines(summary: pd.DataFrame, expected: pd.DataFrame, replicas: pd.DataFrame, screen: Screen) -> list[str]:
    """All that is said of a run: its tables and verdicts, how expectations came out, what is noise, what failed."""
    told = [*stated.lines(expected), *noise.lines(replicas)]
    failed = int((summary["verdict"] == "failed").sum())
    if failed:
        told.append(f"{failed} of {len(summary)} cells failed; the report says why.")
    return [*tables(summary, screen), *(line for text in told for line in screen.lines(text))]


def _tables(summary: pd.DataFrame, screen: Screen) -> list[Table]:
    said, found = verdicts(summary), []
    names = list(dict.fromkeys(summary["workload"]))
    facts = summary.attrs.get("header", {}).get("workloads", {})
    for name in names:
        cells = summary[summary["workload"] == name]
        mine = [verdict for verdict in said if verdict.workload == name]
        shown = shortlist.shortlist(cells, mine, shortlist.rows_for(len(names)))
        fact = facts.get(name)
        waits = isinstance(fact, dict) and fact.get("bound") == "latency"
        found.append(
            Table(
                workload=screen.text(str(name)),
                each="workers" if waits else "cores",
                shown=shown,
                rows=[(int(row.size), _texts(row, screen)) for row in list[Any](shown.rows.itertuples())],
                failures=[screen.text(text) for text in failures(cells)],
                sentences=[verdict.sentence for verdict in mine],
            )
        )
    return found


def _texts(row: Any, screen: Screen) -> list[str]:
    """One row as texts in signs that the screen has."""
    cut = "" if row.chunks == 1 else f"x{chunks_name(row.chunks)}"
    seconds, unit = duration(row.seconds).split()
    texts = [
        row.strategy,
        f"{row.cores}{cut}",
        f"{seconds} {unit:2}",
        f"{ratio(row.speedup)}×" if math.isfinite(row.speedup) else "",
        ends(row),
        efficiency(row.efficiency),
        row.verdict,
    ]
    return [screen.text(text) for text in texts]


def ends(row: Any) -> str:
    """The interval of a speedup; a baseline is measured against itself and has none."""
    if row.verdict == "baseline" or not math.isfinite(row.speedup):
        return ""
    if math.isnan(row.speedup_low):
        return "one block only"
    if row.speedup > USELESS * row.speedup_low:
        return "too wide"
    return f"[{ratio(row.speedup_low)}, {ratio(row.speedup_high)}]"


def ratio(value: float) -> str:
    """A speedup in three digits, a hopeless one in two."""
    return figure(value) if value >= 0.1 or value <= 0 else f"{value:.{1 - math.floor(math.log10(value))}f}"


def efficiency(part: float) -> str:
    """A speedup a core in percent: whole, or two digits below ten."""
    return f"{100 * part:.{0 if part >= 0.0995 else 1}f} %" if math.isfinite(part) else ""


def failures(cells: pd.DataFrame) -> list[str]:
    """What of a workload was not measured and why, failures first; the same reason of a strategy is one line."""
    lost = cells[cells["status"] != "ok"]
    lines = []
    skipped = lost[lost["status"] == "skipped"]
    groups: Any = lost[lost["status"] != "skipped"].groupby(["strategy", "status", "reason"], sort=False)
    for (strategy, status, reason), group in groups:
        lines.append(f"{FAILED} {strategy}, {plural(len(group), 'cell')}: {status}: {reason}")
    if len(lines) > FAILURES:
        lines[FAILURES:] = [f"{FAILED} {len(lines) - FAILURES} more kinds of failures: the report says why."]
    counts: Any = skipped.groupby("reason", sort=False).size()
    return [*lines, *(f"{plural(count, 'cell')} {reason}" for reason, count in counts.items())]


def _layout(made: Sequence[Table], screen: Screen) -> tuple[list[int], list[int]]:
    """Which of the columns behind the strategy there is room for, and all widths, that of the strategy first."""
    titles = heads("workers" if any(table.each == "workers" for table in made) else "cores")
    rows = [texts for table in made for _, texts in table.rows]
    widths = [max(map(columns, (title, *(texts[index + 1] for texts in rows)))) for index, title in enumerate(titles)]
    widths[-1] = max(widths[-1], columns("undecided"))
    kept = list(range(len(titles)))
    for spared in ("", "verdict", *SPARED):
        if spared == "verdict":
            widths[-1] = 1
        elif spared:
            kept.remove(titles.index(spared))
        room = screen.width - 2 - sum(len(BEFORE[index]) + widths[index] for index in kept)
        if room >= LEAST_NAME:
            break
    longest = max(columns(text) for table in made for text in (table.workload, *(row[0] for _, row in table.rows)))
    return kept, [max(1, min(longest, room)), *widths]


def _lines(table: Table, kept: list[int], widths: list[int], screen: Screen) -> list[str]:
    """One workload: the head, its rows under their sizes, what is left out, what failed, and its verdicts."""
    name_width = widths[0] + 2
    titles = heads(table.each)
    titles[-1] = titles[-1] if widths[-1] > 1 else ""
    head = "".join(f"{BEFORE[index]}{padded(titles[index], widths[index + 1], RIGHT[index])}" for index in kept)
    name = padded(shortened(table.workload, name_width, screen.dots), name_width)
    lines = [screen.paint(name, "bold") + head.rstrip()] if table.rows else []
    before = None
    for size, texts in table.rows:
        if size != before:
            lines.append(f"at {size:,}")
            before = size
        lines.append(_row(texts, kept, widths, screen))
    if left_out := _left_out(table.shown):
        lines += screen.lines(f"  {left_out}")
    lines += [part for text in table.failures for part in _failure(text, screen)]
    return [*lines, *(line for sentence in table.sentences for line in screen.lines(sentence))]


def _row(texts: list[str], kept: list[int], widths: list[int], screen: Screen) -> str:
    verdict = texts[-1]
    shown = [*texts[1:-1], verdict if widths[-1] > 1 else screen.text(SIGNS.get(verdict, verdict))]
    line = "  " + padded(shortened(texts[0], widths[0], screen.dots), widths[0])
    for index in kept[:-1]:
        line += f"{BEFORE[index]}{padded(shown[index], widths[index + 1], RIGHT[index])}"
    return f"{line}  {screen.paint(shown[-1], LOOKS.get(verdict, ''))}"


def _failure(text: str, screen: Screen) -> list[str]:
    """A failure, its end left out where it takes too many lines of a terminal: the report has all of it."""
    lines = screen.lines(f"  {text}")
    if len(lines) > FAILURE_LINES:
        rest = " ".join(line.strip() for line in lines[FAILURE_LINES - 1 :])
        lines[FAILURE_LINES - 1 :] = [clipped(f"    {rest}", screen.width, screen.dots)]
    sign = screen.text(FAILED)
    if text.startswith(sign):
        lines[0] = lines[0].replace(sign, screen.paint(sign, "red"), 1)
    return lines


def _left_out(shown: shortlist.Shortlist) -> str:
    parts = [
        f"{plural(shown.slower, 'slower row')}" if shown.slower else "",
        f"{plural(len(shown.sizes), 'more size')}" if shown.sizes else "",
    ]
    told = " and ".join(filter(None, parts))
    return f"not shown, but in the report: {told}" if told else ""


def _legend(kept: list[int], words: bool) -> str:
    """What the columns are, for who sees such a table for the first time; without `words`, what the signs are, too."""
    titles = [heads("cores")[index] for index in kept]
    parts = ["speedup: how many times as fast as the baseline, which is the fastest serial form"]
    if "95 % interval" in titles:
        parts[0] += ", with the interval that holds it in 95 of 100 cases"
    if "effic." in titles:
        parts.append("effic.: speedup a core")
    if not words:
        parts.append(", ".join(f"{sign} {verdict}" for verdict, sign in SIGNS.items()))
    return f"Each strategy is shown on the cores that suit it best; {'; '.join(parts)}."
