"""The sentences about break-even, and the captions of its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.break_even import FEWEST_SIZES, of_curves


def in_order(rows: pd.DataFrame) -> list[Any]:
    """The rows as records."""
    return list(rows.itertuples())


def about(workload: str, unit: str, sizes: pd.DataFrame, calls: pd.DataFrame, finest: pd.DataFrame) -> dict[str, str]:
    """Break-even of one workload, in a few sentences; empty if every strategy has one size or none."""
    mine = sizes[(sizes["workload"] == workload) & ~sizes["outcome"].isin(["one size", "not measured"])]
    text = " ".join(filter(None, [from_size(mine, unit), from_calls(calls, mine, unit), from_grain(finest, mine)]))
    return {"workload": f"{workload}{common_place(mine) if len(mine) else ''}", "text": text} if text else {}


def from_size(rows: pd.DataFrame, unit: str) -> str:
    """Smallest sizes at which strategies are faster."""
    by = {str(outcome): list[Any](group.itertuples()) for outcome, group in rows.groupby("outcome", sort=False)}
    parts = []
    if found := sorted(by.get("found", []), key=lambda row: float(row.size)):
        first, *others = found
        ends_of = f"between {text.count(first.size_low)} and {text.count(first.size_high)}"
        parts.append(
            f"Faster than the baseline: {names([first], rows)} from about {rounded(first.size)} {unit} "
            f"({ends_of}; {text.rough_duration(first.baseline_seconds)} per call of the baseline)"
            + "".join(f", {names([row], rows)} from {rounded(row.size)}" for row in others)
        )
    if always := by.get("always"):
        least = text.count(min(row.smallest for row in always))
        parts.append(f"Faster at every size that was measured, from {least} {unit} on: {names(always, rows)}")
    if never := by.get("never"):
        most = text.count(max(row.largest for row in never))
        parts.append(f"Never faster, up to the largest size tried, {most} {unit}: {names(never, rows)}")
    if same := by.get("no difference"):
        parts.append(f"Neither faster nor slower at the largest sizes: {names(same, rows)}")
    if opened := by.get("undecided"):
        parts.append(f"Open: {names(opened, rows)}")
    return " ".join(f"{each}." for each in parts)


def from_calls(calls: pd.DataFrame, curves: pd.DataFrame, unit: str) -> str:
    """After how many calls a start is repaid, at the largest size at which it is."""
    rows = [row for row in of_curves(calls, curves) if row.outcome in ("repaid", "at once")]
    if not rows:
        return ""
    largest = max(row.size for row in rows)
    there = sorted((row for row in rows if row.size == largest), key=lambda row: float(row.calls))
    later = [f"{names([row], curves)} after {text.plural(row.calls, 'call')}" for row in there if row.calls > 1]
    at_once = [row for row in there if row.calls == 1]
    told = [f"{names(at_once, curves)} by the first call", *later] if at_once else later
    return f"At {text.count(largest)} {unit} the start is repaid: {', '.join(told)}."


def from_grain(finest: pd.DataFrame, curves: pd.DataFrame) -> str:
    """The finest useful grain, from the strategy that has the finest to the one that has the coarsest."""
    rows = [row for row in of_curves(finest, curves) if row.outcome == "found"]
    if not rows:
        return ""
    told = [
        f"{text.rough_duration(row.grain)} with {names([row], curves)}"
        for row in sorted(rows, key=lambda row: float(row.grain))
    ]
    return f"Half of the cores' capacity is used once a task takes {' to '.join(dict.fromkeys((told[0], told[-1])))}."


def missing(sizes: pd.DataFrame) -> str:
    """Missing measurements, in a sentence or two; empty if all exist."""
    several = set(sizes.loc[sizes["sizes"] > 1, "workload"])
    alone = [str(name) for name in sizes["workload"].unique() if name not in several]
    few = [str(name) for name in sizes["workload"].unique() if sizes.loc[sizes["workload"] == name, "sizes"].max() == 2]
    one_core = bool((sizes["cores"] == 1).all())
    told = ["Everything was measured on one core only: name more with --parbench-cores."] * one_core
    told += [f"{text.join(alone)} {was(alone)} measured at one size only, or none."] * bool(alone)
    told += [f"{text.join(few)} {was(few)} measured at two sizes only, which leaves a wide range."] * bool(few)
    return " ".join(told)


def was(names: list[str]) -> str:
    """The verb for one or several."""
    return "was" if len(names) == 1 else "were"


def common_place(curves: pd.DataFrame) -> str:
    """The cores and chunks of some curves; empty if they differ."""
    if len(curves[["cores", "chunks"]].drop_duplicates()) > 1:
        return ""
    first: Any = curves.iloc[0]
    return f", on {text.plural(first['cores'], 'core')}{text.with_chunks(first['chunks'])}"


def row_label(row: Any) -> str:
    """A strategy with its cores, and its chunks unless these are the usual."""
    return text.cell_label(row.strategy, row.cores, row.chunks)


def names(rows: list[Any], among: pd.DataFrame) -> str:
    """Some strategies, with their cores unless all `among` which they are have the same."""
    return text.join(row.strategy if common_place(among) else row_label(row) for row in rows)


@text.knowing
def rounded(value: float) -> str:
    """A size that was estimated, with two digits."""
    return text.count(float(f"{value:.2g}"))


# -- captions ----------------------------------------------------------------------------------------------------


def speedup_caption(rows: pd.DataFrame, units: Mapping[str, str]) -> str:
    """Content of the figure of speedups."""
    told = by_workload(rows, lambda row: rounded(row.size), units)
    where = f"The line of 1 is passed at about: {told}." if told else "No curve passes the line of 1 significantly."
    return f"Speedup against size, each strategy on the most cores, with bands of 95 % intervals. {where}"


def grain_caption(rows: pd.DataFrame) -> str:
    """Content of the figure of grains."""
    told = by_workload(rows, lambda row: text.rough_duration(row.grain), {})
    where = f"The line of 50 % is passed at about: {told}." if told else "No curve passes 50 % significantly."
    return f"Efficiency against the time of one core a task, with bands of 95 % intervals. {where}"


def calls_caption(rows: list[Any]) -> str:
    """Content of the figure of calls."""
    told = [
        f"{row.workload} at {text.count(row.size)} with {row_label(row)} after {text.plural(row.calls, 'call')} "
        f"({text.count(row.calls_low)} to {text.count(row.calls_high)})"
        for row in rows
    ]
    return (
        f"Calls after which a start is repaid, at the largest size at which each strategy is faster: {'; '.join(told)}."
    )


def by_workload(rows: pd.DataFrame, tell: Callable[[Any], str], units: Mapping[str, str]) -> str:
    """Where the curves of a figure pass its line: ``square (elements): threads 5,900, joblib 40,000; …``."""
    texts = []
    for workload, group in rows[(rows["sizes"] >= FEWEST_SIZES) & (rows["outcome"] == "found")].groupby(
        "workload", sort=False
    ):
        unit = f" ({units[str(workload)]})" if workload in units else ""
        texts.append(f"{workload}{unit}: {', '.join(f'{row.strategy} {tell(row)}' for row in in_order(group))}")
    return "; ".join(texts)
