"""The section about costs: speed against CPU time and memory, for the best strategy of each workload and all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.cost import Choice, choices, costs
from parbench.report.figures import cost
from parbench.report.figures.annotations import cell_address
from parbench.report.figures.cost import figure_rows, short_name
from parbench.report.html.cells import SIGNS
from parbench.report.html.sections import Section
from parbench.report.html.svg import interactive
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.cost import phrase, with_start
from parbench.runfile.header import Header

PAID = {"cpu_times": "CPU time", "memory_times": "memory"}


def section(run: Run) -> Section | None:
    """Costs of the speed of parallel strategies; None if none was measured along with a baseline."""
    found = costs(run.frame, run.summary)
    chosen = choices(found, run.verdicts)
    if not chosen:
        return None
    rows = figure_rows(chosen)
    figure = cost.draw(rows)
    body = render_part(
        "cost.html",
        sentence=sentence(chosen),
        choices=[choice_row(choice, run.header) for choice in chosen],
        svg=interactive(figure, "costs"),
        caption=caption(chosen, rows),
        tables=tables(found),
    )
    return Section("cost", "What did it cost?", body, {"costs": figure}, {"costs": found}, short="Cost")


def sentence(chosen: Sequence[Choice]) -> str:
    """The speedups and their costs over all workloads, in a sentence."""
    faster = [choice.best for choice in chosen if choice.best["verdict"] == "faster"]
    many = text.count(len(faster)) if faster else "none"
    lead = f"Of {text.plural(len(chosen), 'workload')}, {many} ran significantly faster in parallel"
    if not faster:
        return f"{lead} at the largest size."
    spans = {column: span([float(best[column]) for best in faster]) for column in ("speedup", *PAID)}
    paid = text.join(f"{spans[column]} the {what}" for column, what in PAID.items() if spans[column])
    price = f", for {paid} of the fastest serial way" if paid else ""
    return f"{lead} at the largest size: {spans['speedup']} the speed{price}."


def span(values: Sequence[float]) -> str:
    """``1.2× to 1.9×``; one of them if both are equal, and nothing if none is known."""
    known = sorted(value for value in values if text.is_known(value))
    ends = list(dict.fromkeys(f"{text.number(value, 2)}×" for value in known[:1] + known[-1:]))
    return " to ".join(ends)


def choice_row(choice: Choice, header: Header) -> dict[str, str]:
    """One workload in words: its best strategy, and one that is nearly as fast for less."""
    best, cheaper, _ = choice
    lead = {"faster": "", "slower": "nothing gained: ", "equal": "nothing gained: "}.get(
        str(best["verdict"]), "undecided: "
    )
    less = f" Nearly as fast for less: {place(cheaper, header)}, {with_start(cheaper)}." if cheaper is not None else ""
    return {
        "workload": str(best["workload"]),
        "size": text.count(best["size"]),
        "said": f"{lead}{place(best, header)}, {with_start(best)}.{less}",
    }


def place(cell: Any, header: Header) -> str:
    """A strategy with its cores in words, which are workers where these mostly wait."""
    noun = header.facts(str(cell["workload"])).worker_word
    return text.cell_label(cell["strategy"], cell["cores"], cell["chunks"], noun)


def caption(chosen: Sequence[Choice], rows: Sequence[tuple[str, str, Any]]) -> str:
    """Content of the figure, for readers who cannot see it: its most expensive row with its numbers."""
    each = "the fastest strategy" if len(rows) == len(chosen) else "the fastest strategies"
    known = [cell for _, _, cell in rows if text.is_known(cell["memory_times"])]
    dear = max(known, key=lambda cell: cell["memory_times"], default=None)
    most = "" if dear is None else f" {dear['workload']} needs most memory, by {short_name(dear)}: {phrase(dear)}."
    return (
        f"Speed, CPU time and peak memory of {each} of every workload in parallel, at its largest size, each as times "
        "the baseline's: a row whose speed lies right of both prices gets more than it pays."
        f"{most}"
    )


def tables(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Of each workload, every strategy by its fastest cell at the largest size, fastest first."""
    good = found[(found["status"] == "ok") & (found["speedup"] > 0)]
    made = []
    for workload, cells in good.groupby("workload", sort=False):
        largest = cells[cells["size"] == cells["size"].max()].sort_values("speedup", ascending=False)
        rows = [row_texts(cell) for _, cell in largest.drop_duplicates("strategy").iterrows()]
        made.append({"workload": workload, "size": text.count(largest["size"].iloc[0]), "rows": rows})
    return made


def row_texts(cell: pd.Series[Any]) -> dict[str, Any]:
    """One cell as texts, in the order of the table's head."""
    held = [ratio(cell[each]) for each in ("cpu_times", "memory_times")]
    seconds = [text.duration(cell[f"{each}_seconds"]) for each in ("start", "first", "stop")]
    return {
        "id": cell_address(cell, "cost"),
        "of": cell["strategy"],
        "name": short_name(cell),
        "kind": str(cell["verdict"]),
        "verdict": f"{SIGNS.get(str(cell['verdict']), '')} {cell['verdict']}",
        "numbers": [
            text.times(cell["speedup"]),
            *held,
            text.duration(cell["cpu_seconds"]),
            text.memory(cell["peak_bytes"]),
            *seconds,
        ],
    }


@text.knowing
def ratio(times: float) -> str:
    """A multiple of the baseline's value."""
    return f"{text.number(times, 2)}×" if text.is_known(times) else text.NOTHING
