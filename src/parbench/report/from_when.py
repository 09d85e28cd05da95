"""From when on a strategy pays: by size, by number of calls, and by the grain of its tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from parbench.analysis.breakeven import break_even
from parbench.analysis.grain import grains, metg
from parbench.analysis.repaid import break_even_calls
from parbench.analysis.stated import mapping
from parbench.records import OWN
from parbench.report import words
from parbench.report.from_when_figure import FEWEST, efficiencies, place, repaid, roughly, speedups
from parbench.report.html import anchor, part
from parbench.report.interactive import inlined
from parbench.report.marks import address
from parbench.report.sections import Section

NAME = "from-when"
#: The sentences of more workloads than this are shown when they are asked for.
FEW = 4
#: How to measure what the sizes at hand do not tell.
MORE = (
    "To have sizes placed around the place where it begins to pay, name benchmarks/test_break_even.py or "
    'benchmarks/test_grain.py, or give a test of yours bracket="break-even" or bracket="grain" in its mark.'
)
WORDS = (
    (
        "Break-even size",
        "The size from which on a strategy is faster than the baseline. It lies between the largest size that is "
        "slower for certain and the smallest from which on all that were measured are faster for certain; the number "
        "between them is read off a straight line, both axes logarithmic.",
    ),
    (
        "Repaid",
        "After how many calls starting the workers, the slow first call and stopping them have cost no more time than "
        "as many calls of the baseline.",
    ),
    (
        "Finest useful grain",
        "The grain is the time of one core for one task. The finest useful one is the smallest at which a strategy "
        "still uses half of what its cores give: METG(50 %), from Slaughter et al., “Task Bench”, SC 2020.",
    ),
)


def section(frame: pd.DataFrame, summary: pd.DataFrame) -> Section | None:
    """From when on each strategy pays; None where no strategy but baselines was measured."""
    sizes = break_even(frame, summary)
    if sizes.empty:
        return None
    calls, finest = break_even_calls(frame, summary), metg(frame, summary)
    units = {str(name): unit_of(frame, str(name)) for name in sizes["workload"].unique()}
    # the tutorial's own way may differ in what it computes, so it is in the tables only
    plain, fine = (usual(rows[~rows["strategy"].str.endswith("[tutorial]")]) for rows in (sizes, finest))
    paid = of_these(calls[calls["outcome"].isin(["repaid", "at once"])], usual(sizes))
    largest = at_largest(of_these(calls[calls["outcome"].isin(["repaid", "at once"])], plain))
    figures = {
        f"{NAME}-calls": repaid(largest, list(summary["strategy"])),
        f"{NAME}-speedup": speedups(summary, plain, units),
        f"{NAME}-grain": efficiencies(grains(frame, summary), fine, list(summary["strategy"])),
    }
    there = {name: figure for name, figure in figures.items() if figure is not None}
    body = part(
        "from_when.html",
        sentences=[
            each | {"id": anchor(NAME, summary, name)}
            for name in units
            for each in about(name, units[name], plain, calls, fine)
        ],
        few=FEW,
        missing=missing(plain),
        more=MORE,
        speedup=drawing(there, f"{NAME}-speedup", speedup_caption(plain, units)),
        grain=drawing(there, f"{NAME}-grain", grain_caption(fine)),
        sizes=[size_row(row) for row in in_order(usual(sizes))],
        repaid=drawing(there, f"{NAME}-calls", calls_caption(largest)),
        calls=[calls_row(row) for row in paid],
        grains=[grain_row(row) for row in in_order(usual(finest))],
    )
    tables = {"break-even": sizes, "break-even-calls": calls, "metg": finest}
    return Section(NAME, "From when on does it pay?", body, there, tables, WORDS, short="From when on?")


def unit_of(frame: pd.DataFrame, workload: str) -> str:
    """What the sizes of a workload count."""
    header = frame.attrs.get("header", {})
    return str(mapping(mapping(header, "workloads"), workload).get("unit", "")) or "elements"


def in_order(rows: pd.DataFrame) -> list[Any]:
    """The rows as records."""
    return list(rows.itertuples())


def usual(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a workload and strategy: that on the most cores, with the fewest chunks, its own last of all."""
    keyed = rows.assign(own=rows["chunks"] == OWN)
    keyed = keyed.sort_values(["cores", "own", "chunks"], ascending=[False, True, True], kind="stable")
    kept = keyed.drop_duplicates(["workload", "strategy"]).index
    return rows.loc[rows.index.isin(kept)]


def drawing(figures: Mapping[str, Any], name: str, caption: str) -> dict[str, Any] | None:
    """A figure for the template, if it is there."""
    return {"svg": inlined(figures[name], name), "caption": caption} if name in figures else None


# -- sentences ---------------------------------------------------------------------------------------------------


def about(
    workload: str, unit: str, sizes: pd.DataFrame, calls: pd.DataFrame, finest: pd.DataFrame
) -> list[dict[str, str]]:
    """What is known of one workload, in a few sentences; nothing where every strategy has one size or none."""
    mine = sizes[(sizes["workload"] == workload) & ~sizes["outcome"].isin(["one size", "not measured"])]
    text = " ".join(filter(None, [from_size(mine, unit), from_calls(calls, mine, unit), from_grain(finest, mine)]))
    return [{"workload": f"{workload}{place(mine) if len(mine) else ''}", "text": text}] if text else []


def from_size(rows: pd.DataFrame, unit: str) -> str:
    """From which size on which strategies are faster."""
    by = {str(outcome): list[Any](group.itertuples()) for outcome, group in rows.groupby("outcome", sort=False)}
    parts = []
    if found := sorted(by.get("found", []), key=lambda row: float(row.size)):
        first, *others = found
        ends_of = f"between {words.count(first.size_low)} and {words.count(first.size_high)}"
        parts.append(
            f"Faster than the baseline is {names([first], rows)} from about {rounded(first.size)} {unit} on "
            f"({ends_of}; {roughly(first.baseline_seconds)} a call of the baseline)"
            + "".join(f", {names([row], rows)} from {rounded(row.size)}" for row in others)
        )
    if always := by.get("always"):
        least = words.count(min(row.smallest for row in always))
        parts.append(f"Faster at every size that was measured, from {least} {unit} on: {names(always, rows)}")
    if never := by.get("never"):
        most = words.count(max(row.largest for row in never))
        parts.append(f"Never faster, up to the largest size tried, {most} {unit}: {names(never, rows)}")
    if same := by.get("no difference"):
        parts.append(f"Neither faster nor slower at the largest sizes: {names(same, rows)}")
    if opened := by.get("undecided"):
        parts.append(f"Open: {names(opened, rows)}")
    return " ".join(f"{each}." for each in parts)


def from_calls(calls: pd.DataFrame, curves: pd.DataFrame, unit: str) -> str:
    """After how many calls a start is repaid, at the largest size at which it is."""
    rows = [row for row in of_these(calls, curves) if row.outcome in ("repaid", "at once")]
    if not rows:
        return ""
    largest = max(row.size for row in rows)
    there = sorted((row for row in rows if row.size == largest), key=lambda row: float(row.calls))
    later = [f"{names([row], curves)} after {words.plural(row.calls, 'call')}" for row in there if row.calls > 1]
    at_once = [row for row in there if row.calls == 1]
    told = [f"{names(at_once, curves)} by the first call", *later] if at_once else later
    return f"At {words.count(largest)} {unit} the start is repaid: {', '.join(told)}."


def from_grain(finest: pd.DataFrame, curves: pd.DataFrame) -> str:
    """The finest useful grain, from the strategy that has the finest to the one that has the coarsest."""
    rows = [row for row in of_these(finest, curves) if row.outcome == "found"]
    if not rows:
        return ""
    told = [
        f"{roughly(row.grain)} with {names([row], curves)}" for row in sorted(rows, key=lambda row: float(row.grain))
    ]
    return f"Half of what the cores give is used once a task takes {' to '.join(dict.fromkeys((told[0], told[-1])))}."


def of_these(rows: pd.DataFrame, curves: pd.DataFrame) -> list[Any]:
    """The rows that are about some curves."""
    keys = {(row.workload, row.strategy, row.cores, row.chunks) for row in in_order(curves)}
    return [row for row in in_order(rows) if (row.workload, row.strategy, row.cores, row.chunks) in keys]


def at_largest(rows: list[Any]) -> list[Any]:
    """Of each curve the cell of the largest size, by workload, the fewest calls first."""
    largest = {
        (row.workload, row.strategy, row.cores, row.chunks): row for row in sorted(rows, key=lambda row: row.size)
    }
    workloads = list(dict.fromkeys(row.workload for row in rows))
    return sorted(largest.values(), key=lambda row: (workloads.index(row.workload), row.calls))


def missing(sizes: pd.DataFrame) -> str:
    """What was measured too little of to tell, in a sentence or two; empty where all is there."""
    several = set(sizes.loc[sizes["sizes"] > 1, "workload"])
    alone = [str(name) for name in sizes["workload"].unique() if name not in several]
    few = [str(name) for name in sizes["workload"].unique() if sizes.loc[sizes["workload"] == name, "sizes"].max() == 2]
    one_core = bool((sizes["cores"] == 1).all())
    told = ["Everything was measured on one core only: name more with --parbench-cores."] * one_core
    told += [f"{words.listed(alone)} {was(alone)} measured at one size only, or none."] * bool(alone)
    told += [f"{words.listed(few)} {was(few)} measured at two sizes only, which leaves a wide range."] * bool(few)
    return " ".join(told)


def was(names: list[str]) -> str:
    """The verb for one or several."""
    return "was" if len(names) == 1 else "were"


def who(row: Any) -> str:
    """A strategy with its cores, and its chunks where these are not the usual."""
    cut = "" if row.chunks == 1 else f" ({words.chunks(row.chunks)} chunks a core)"
    return f"{row.strategy} on {words.cores(row.cores)}{cut}"


def names(rows: list[Any], among: pd.DataFrame) -> str:
    """Some strategies, with their cores unless all `among` which they are have the same."""
    return words.listed(row.strategy if place(among) else who(row) for row in rows)


@words.knowing
def rounded(value: float) -> str:
    """A size that was estimated, with two digits."""
    return words.count(float(f"{value:.2g}"))


# -- captions ----------------------------------------------------------------------------------------------------


def speedup_caption(rows: pd.DataFrame, units: Mapping[str, str]) -> str:
    """What the figure of speedups shows."""
    told = by_workload(rows, lambda row: rounded(row.size), units)
    where = f"The line of 1 is passed at about: {told}." if told else "No curve passes the line of 1 for certain."
    return f"Speedup against size, each strategy on the most cores, with bands of 95 % intervals. {where}"


def grain_caption(rows: pd.DataFrame) -> str:
    """What the figure of grains shows."""
    told = by_workload(rows, lambda row: roughly(row.grain), {})
    where = f"The line of 50 % is passed at about: {told}." if told else "No curve passes 50 % for certain."
    return f"Efficiency against the time of one core a task, with bands of 95 % intervals. {where}"


def calls_caption(rows: list[Any]) -> str:
    """What the figure of calls shows."""
    told = [
        f"{row.workload} at {words.count(row.size)} with {who(row)} after {words.plural(row.calls, 'call')} "
        f"({words.count(row.calls_low)} to {words.count(row.calls_high)})"
        for row in rows
    ]
    return (
        f"Calls after which a start is repaid, at the largest size at which each strategy is faster: {'; '.join(told)}."
    )


def by_workload(rows: pd.DataFrame, tell: Callable[[Any], str], units: Mapping[str, str]) -> str:
    """Where the curves of a figure pass its line: ``square (elements): threads 5,900, joblib 40,000; …``."""
    texts = []
    for workload, group in rows[(rows["sizes"] >= FEWEST) & (rows["outcome"] == "found")].groupby(
        "workload", sort=False
    ):
        unit = f" ({units[str(workload)]})" if workload in units else ""
        texts.append(f"{workload}{unit}: {', '.join(f'{row.strategy} {tell(row)}' for row in in_order(group))}")
    return "; ".join(texts)


# -- tables ------------------------------------------------------------------------------------------------------


def name(row: Any) -> str:
    """The curve of a row of any of the tables."""
    return f"{row.workload}: {who(row)}"


def row_about(row: Any, kind: str, size: object = "") -> dict[str, Any]:
    """Which curve a row is about, as a text and as an id."""
    chunks = "" if row.chunks == 1 else f"x{words.chunks(row.chunks)}"
    place = address(kind, row.workload, size, row.strategy, row.cores, chunks)
    return {"name": name(row), "of": row.strategy, "id": place}


@words.knowing
def ends(low: float, high: float, tell: Any) -> str:
    """Two ends, of which one may not be known."""
    if not (words.known(low) or words.known(high)):
        return words.NOTHING
    return f"{tell(low) if words.known(low) else '…'} to {tell(high) if words.known(high) else '…'}"


def size_row(row: Any) -> dict[str, Any]:
    """One answer about sizes, as texts."""
    about = rounded(row.size) if row.outcome == "found" else words.NOTHING
    between, seconds = ends(row.size_low, row.size_high, words.count), words.duration(row.baseline_seconds)
    return row_about(row, "break-even") | {"cells": [about, between, seconds, row.outcome], "reason": row.reason}


def calls_row(row: Any) -> dict[str, Any]:
    """One answer about calls, as texts."""
    between = ends(row.calls_low, row.calls_high, words.count)
    cells = [words.count(row.size), words.count(row.calls), between]
    once = words.duration(max(0.0, row.once_seconds))
    cells += [once, words.duration(row.gain_seconds), words.count(row.starts)]
    return row_about(row, "repaid", row.size) | {"cells": cells}


def grain_row(row: Any) -> dict[str, Any]:
    """One answer about grains, as texts."""
    about = roughly(row.grain) if row.outcome == "found" else words.NOTHING
    between = ends(row.grain_low, row.grain_high, words.duration)
    cells = [about, between, row.of or words.NOTHING, row.outcome]
    return row_about(row, "grain") | {"cells": cells, "reason": row.reason}
