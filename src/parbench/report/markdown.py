"""A table of a run for a comment on GitHub: numbers with units and intervals, and no more columns than one reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from parbench import text as words
from parbench.report.sentences.comparison import MARKDOWN_BYTES, escaped, fitting

#: The columns of each table that are shown, in order; all of them are in the other formats.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "summary": ("speedup", "seconds", "efficiency", "of_ceiling", "verdict", "reason"),
    "losses": (
        "efficiency", "traced_efficiency", "lost_chunking", "lost_inflation", "lost_imbalance", "lost_split",
        "lost_ship_in", "lost_ship_out", "lost_combine", "lost_dispatch", "missing",
    ),
    "costs": ("speedup", "cpu_times", "memory_times", "cpu_seconds", "peak_bytes", "start_seconds", "verdict"),
    "limits": ("seconds", "bytes_per_second", "memory_limit", "of_memory", "outcome"),
    "break-even": ("outcome", "size", "size_low", "size_high", "reason"),
    "break-even-calls": ("outcome", "calls", "once_seconds", "gain_seconds", "reason"),
    "metg": ("outcome", "grain", "of", "reason"),
    "laws": ("speedup", "fraction", "limit", "karp_flatt", "peak", "peak_cores", "reason", "usl_reason"),
    "expectations": ("outcome", "statement", "found", "reason"),
    "noise": ("ratio", "blocks", "rounds"),
    "samples": (
        "block", "round", "phase", "seconds", "mean_seconds", "loops", "cpu_seconds", "peak_bytes", "ceiling",
        "status", "reason",
    ),
}  # fmt: skip
#: Columns that identify rows; one that is the same in all rows, or empty, is left out, but for the workload.
KEYS = ("workload", "size", "strategy", "cores", "chunks", "environment")
TIMES = {"speedup", "relative", "ratio", "limit", "peak", "cpu_times", "memory_times", "found", "tracing_cost"}
SHARES = {"efficiency", "traced_efficiency", "of_ceiling", "of_memory", "fraction", "karp_flatt"}
SECONDS = {"seconds", "grain"}
RATES = {"bytes_per_second", "triad_rate", "copy_rate", "memory_limit"}
#: Columns that are called otherwise than by their name without its unit.
HEADS = {
    "seconds": "time per call",
    "cpu_times": "× CPU time",
    "memory_times": "× memory",
    "of_ceiling": "of the ceiling",
    "of_memory": "of the limit",
    "peak_bytes": "peak memory",
    "once_seconds": "lost once",
    "gain_seconds": "gained per call",
    "bytes_per_second": "moves",
}


def markdown(rows: pd.DataFrame, what: str = "summary", limit: int = MARKDOWN_BYTES) -> str:
    """A table of `tables.TABLES` as one of GitHub's, of at most `limit` bytes; rows that do not fit are counted.

    Names and reasons are escaped, as a run file is anybody's. A number with an interval has it in brackets.
    """
    columns = columns_of(rows, what)
    head = [escaped(heading(name, rows)) for name in columns]
    aligned = ["---" if is_text(name, rows) else "---:" for name in columns]
    lines = (f"| {' | '.join(escaped(cell(name, row)) for name in columns)} |\n" for row in rows.to_dict("records"))
    text = f"| {' | '.join(head)} |\n| {' | '.join(aligned)} |\n"
    return fitting(text, lines, limit, "\n{} more rows are in the table as CSV.\n")


def columns_of(rows: pd.DataFrame, what: str = "summary") -> list[str]:
    """The columns that are shown of a table: no text that is empty in every row, no key that is the same in all."""
    keys = [name for name in KEYS if name in rows.columns and (name == "workload" or rows[name].nunique() > 1)]
    rest = SHOWN.get(what, tuple(name for name in rows.columns if name not in KEYS))
    return [
        *keys,
        *(name for name in rest if name in rows.columns and not (is_text(name, rows) and (rows[name] == "").all())),
    ]


def is_text(name: str, rows: pd.DataFrame) -> bool:
    """Whether a column holds texts."""
    return bool(pd.api.types.is_string_dtype(rows[name]))


def heading(name: str, rows: pd.DataFrame) -> str:
    """Name of a column, with ``[95 %]`` if it has intervals."""
    told = HEADS.get(name, name.removeprefix("lost_").removesuffix("_seconds").replace("_", " "))
    lost = "lost: " if name.startswith("lost_") else ""
    return f"{lost}{told}{' [95 %]' if has_interval(name, rows.columns) else ''}"


def has_interval(name: str, there: Any) -> bool:
    """Whether other columns have the ends of a column's interval; those of a break-even size are shown."""
    return name != "size" and f"{name}_low" in there and f"{name}_high" in there


def cell(name: str, row: Mapping[Any, Any]) -> str:
    """One value as a text."""
    value = row[name]
    if name == "chunks":
        return words.chunks(value) if not pd.isna(value) else words.NOTHING
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return words.NOTHING
    if value == float("inf"):
        return "none" if name in ("limit", "peak", "peak_cores") else "∞"
    if not has_interval(name, row):
        return teller(name)(value)
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    if name in TIMES:
        # a baseline is measured against itself
        return words.times(value) if row.get("verdict") == "baseline" else words.times(value, low, high)
    tell = teller(name)
    return tell(value) if pd.isna(low) or pd.isna(high) else f"{tell(value)} [{tell(low)}, {tell(high)}]"


def teller(name: str) -> Callable[[Any], str]:
    """Format of the numbers of a column."""
    if name in TIMES:
        return words.times
    if name in SHARES or name.startswith("lost_"):
        return words.percent
    if name in SECONDS or name.endswith("_seconds"):
        return words.duration
    if name.endswith("_bytes"):
        return words.memory
    if name in RATES:
        return lambda value: f"{words.memory(value)}/s"
    return lambda value: words.count(value) if float(value).is_integer() else words.number(value)
