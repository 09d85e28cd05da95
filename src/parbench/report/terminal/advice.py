"""Advice on a terminal: the recommendation, a table of all candidates, and notes."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table

from parbench.analysis.advice.advice import Advice
from parbench.report.sentences.advice import doubts, name, sources
from parbench.report.terminal import screen
from parbench.text import count, duration, plural, short_label
from parbench.workload.cell import BASELINES


def parts(advice: Advice) -> list[RenderableType]:
    """The sentence, each candidate with its time and its parts, their sources, doubts about them, and notes."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("strategy", no_wrap=True)
    for head in ("cores", plural(advice.calls, "call"), "from", "to", "start", "first", "later"):
        table.add_column(head, justify="right")
    for each in advice.candidates:
        cores = "" if each.strategy in BASELINES else count(each.cores)
        times = (each.seconds, each.low, each.high, each.start, each.first, each.steady)
        table.add_row(*map(screen.text, (short_label(each.strategy, each.chunks), cores, *map(duration, times))))
    excluded = [f"{name(each)}: no choice, {each.excluded}" for each in advice.excluded]
    return [advice.sentence, "", table, "", *sources(advice), *doubts(advice), *excluded, *advice.notes]
