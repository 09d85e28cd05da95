"""Many runs of the same cells over time: one row per run and cell, and the change points of a cell's level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from parbench.analysis.estimates import CELL
from parbench.analysis.frame import data_of, ours
from parbench.analysis.run_names import name_of
from parbench.analysis.stats.change_points import library, steps
from parbench.analysis.stats.decision import MARGIN
from parbench.analysis.summary import summarize

VALUES = ["seconds", "speedup", "speedup_low", "speedup_high", "baseline"]
COLUMNS = ["run", "created", "commit", "machine", *CELL, *VALUES, "gap"]
POINT_COLUMNS = [
    *CELL,
    "quantity",
    "machine",
    "created_before",
    "created",
    "commit_before",
    "commit",
    "before",
    "after",
    "ratio",
    "change",
    "note",
]
#: Quantities over time: the column of a history, by its name in a change point.
QUANTITIES = {"time": "seconds", "speedup": "speedup"}
#: Smallest plausible value, seconds or a speedup: less than the resolution of a clock is damage.
LEAST = 1e-15
#: Largest plausible value, seconds or a speedup.
MOST = 1e15


def history(runs: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One row for each run and cell, oldest run first; `runs` are as `parbench.load` gave them, and may be a generator.

    `run` is the label of the run, or without one its folder. `created` (UTC), `commit` and `machine` are the header's,
    `machine` empty if it has none. `seconds`, `speedup` with its interval and `baseline` are as in
    `parbench.summarize`. `gap` says why a row does not count: the cell failed, or the run was cut short; it is empty
    where it counts. Versions that a run was compared with are left out. ``attrs`` has ``machines``, a dict from
    `machine` to its processor, in the order in which they come. Raises RunFileError for a run without a date.
    """
    parts = []
    names: dict[str, str] = {}
    for frame in runs:
        machine = data_of(frame).header.machine
        table = rows(frame)
        if table.empty:
            continue
        parts.append(table)
        names.setdefault(machine.machine_id or "", machine.cpu_model or "")
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    whole = whole.sort_values(["created", "run"], kind="stable", ignore_index=True)
    whole.attrs = {"machines": {machine: names[machine] for machine in whole["machine"].drop_duplicates()}}
    return whole


def rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of one run for each cell, with `COLUMNS`."""
    data = data_of(frame)
    summary = summarize(ours(frame))
    table = summary[[*CELL, *VALUES]].assign(
        run=name_of(frame),
        created=pd.Timestamp(data.header.moment).as_unit("us"),
        commit=data.header.commit,
        machine=data.header.machine.machine_id or "",
        gap=[gap(row, data.complete) for row in summary.itertuples()],
    )
    return table[COLUMNS]


def gap(row: Any, complete: bool) -> str:
    """Reason why a row of a summary does not count; empty if it does."""
    if row.status != "ok":
        return f"{row.status}: {row.reason}" if row.reason else str(row.status)
    if not complete:
        return "the run was cut short"
    return "" if LEAST < row.seconds < MOST else "it was not measured"


def change_points(runs: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Where cells of a `history` changed, newest first: one row a change, `POINT_COLUMNS`.

    The search covers the time and the speedup of each cell, within the runs of one machine each; it leaves out runs
    without a machine, and the speedup if a cell was the baseline itself. `before` and `after` are the medians of the
    levels on both sides, in seconds or as speedups; `ratio` is `after` over `before`. `created` and `commit` are those
    of the first run of the new level, `created_before` and `commit_before` those of the run that counts before it.
    `change` is ``SLOWER`` or ``FASTER``, and `note` says where the baseline is another than before. Levels that differ
    by less than `margin` are one. Raises MissingDependency.
    """
    library()  # required even if there is nothing to find
    counted = runs[(runs["gap"] == "") & (runs["machine"] != "")]
    changes = [
        point
        for _, series in counted.groupby([*CELL, "machine"], sort=False)
        for quantity in QUANTITIES
        for point in points(series, quantity, margin)
    ]
    table = pd.DataFrame(changes, columns=POINT_COLUMNS)
    return table.sort_values("created", ascending=False, kind="stable", ignore_index=True)


def points(series: pd.DataFrame, quantity: str, margin: float) -> Iterator[dict[str, Any]]:
    """The change points of one cell on one machine."""
    series = countable(series, quantity)
    values = series[QUANTITIES[quantity]].astype(float).to_numpy()
    edges = [0, *steps(list(values), margin), len(values)]
    for start, place, end in zip(edges, edges[1:], edges[2:], strict=False):
        old, new = series.iloc[place - 1], series.iloc[place]
        before, after = (float(pd.Series(part).median()) for part in (values[start:place], values[place:end]))
        other_baseline = quantity == "speedup" and old["baseline"] != new["baseline"]
        yield {
            **{name: new[name] for name in (*CELL, "machine", "created", "commit")},
            "quantity": quantity,
            "created_before": old["created"],
            "commit_before": old["commit"],
            "before": before,
            "after": after,
            "ratio": after / before,
            "change": "SLOWER" if (after > before) is (quantity == "time") else "FASTER",
            "note": f"the baseline was {old['baseline']} and is {new['baseline']}" if other_baseline else "",
        }


def countable(series: pd.DataFrame, quantity: str) -> pd.DataFrame:
    """The rows whose value of `quantity` counts: a baseline has no speedup over itself."""
    value = series[QUANTITIES[quantity]].astype(float)
    chosen = (series["gap"] == "") & (value > LEAST) & (value < MOST)
    if quantity == "speedup":
        chosen &= series["baseline"] != series["strategy"]
    return series[chosen]
