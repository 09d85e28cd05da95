"""The page about many runs: where cells changed, each cell over time, and the table of it as a file."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.estimates import CELL
from parbench.analysis.stats.change_points import FEWEST
from parbench.report.figures import history
from parbench.report.html.sections.comparison import SIGNS
from parbench.report.html.svg import interactive
from parbench.report.html.template import render_page
from parbench.report.sentences.history import commit, commits, levels, name
from parbench.report.write import write_page
from parbench.text import one_line

#: Bytes of figures and tables; cells for which there is no room are in the index and in history.csv.
ROOM = 1_150_000
#: Approximate bytes of a table row; largest numbers of runs of a cell and of entries of other lists.
ROW, MOST_RUNS, MOST_ROWS = 280, 100, 250


def write(runs: pd.DataFrame, points: pd.DataFrame, passed_over: Sequence[str], folder: Path) -> Path:
    """Write ``history.html`` and ``history.csv`` into `folder`, and return the path of the page.

    `runs` and `points` are what `parbench.history` and `parbench.change_points` give, `passed_over` sentences about
    runs that are not among them. Raises UsageError if the folder cannot be written.
    """
    page = folder / "history.html"
    return write_page(page, render(runs, points, passed_over), {"history.csv": runs})


def render(runs: pd.DataFrame, points: pd.DataFrame, passed_over: Sequence[str]) -> str:
    """The page as text."""
    numbers = machine_numbers(runs)
    cells = sorted_cells(runs, points)
    return render_page(
        "history.html",
        title="parbench history",
        facts=facts(runs, len(cells), len([number for number in numbers.values() if number])),
        fewest=FEWEST,
        enough=enough(runs),
        points=[change(row, numbers) for row in points.head(MOST_ROWS).itertuples()],
        point_count=len(points),
        machines=machines(runs, numbers),
        moves=moves(runs, numbers),
        passed_over=list(passed_over[:MOST_ROWS]),
        passed_over_count=len(passed_over),
        index=[index_row(number, cell, mine) for number, (cell, mine) in enumerate(cells[:MOST_ROWS])],
        cell_count=len(cells),
        cells=cell_sections(cells, numbers),
    )


def machine_numbers(runs: pd.DataFrame) -> dict[str, int]:
    """A number for each machine, from 1 in the order in which they come; 0 for runs that do not say theirs."""
    known = [machine for machine in runs["machine"].drop_duplicates() if machine]
    return {"": 0} | {str(machine): number for number, machine in enumerate(known, start=1)}


def machine_name(number: int) -> str:
    """A machine in words."""
    return f"machine {number}" if number else "unknown machine"


def sorted_cells(runs: pd.DataFrame, points: pd.DataFrame) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """The rows and the change points of each cell: first those with change points, the newest first."""
    mine: dict[Any, pd.DataFrame] = dict(list(points.groupby(CELL, sort=False)))
    newest = {key: rank for rank, key in enumerate(mine)}
    cells: list[tuple[Any, pd.DataFrame]] = list(runs.groupby(CELL))
    cells.sort(key=lambda cell: newest.get(cell[0], len(newest)))
    return [(group, mine.get(key, points.head(0))) for key, group in cells]


def facts(runs: pd.DataFrame, cells: int, machines: int) -> list[str]:
    """The line under the title: how many runs, cells and machines, from when to when."""
    count = len(runs[["run", "created", "machine"]].drop_duplicates())
    said = [text.plural(count, "run"), text.plural(cells, "cell"), text.plural(machines, "machine")]
    first, last = runs["created"].min(), runs["created"].max()
    return said if runs.empty else [*said, f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"]


def enough(runs: pd.DataFrame) -> bool:
    """Whether any cell has as many runs on one machine as a change point needs."""
    counted = runs[(runs["gap"] == "") & (runs["machine"] != "")]
    return bool((counted.groupby([*CELL, "machine"]).size() >= FEWEST).any())


def change(row: Any, numbers: dict[str, int]) -> dict[str, str]:
    """A change point as texts."""
    return {
        "cell": name(row),
        "quantity": "time of a call" if row.quantity == "time" else "speedup",
        "machine": machine_name(numbers[row.machine]),
        "when": when(row.created),
        "commits": commits(row),
        "levels": levels(row),
        "ratio": text.times(row.ratio),
        "kind": row.change.lower(),
        "tag": f"{SIGNS[row.change]}\N{NO-BREAK SPACE}{row.change}",
        "note": one_line(row.note),
    }


def when(created: pd.Timestamp) -> str:
    """The minute of a run, UTC."""
    return f"{created:%Y-%m-%d %H:%M}"


def machines(runs: pd.DataFrame, numbers: dict[str, int]) -> list[dict[str, str]]:
    """The machines by number, with their processor and when they measured."""
    single = runs[["run", "created", "machine"]].drop_duplicates()
    found = []
    for machine, group in list(single.groupby("machine", sort=False))[:MOST_ROWS]:
        model = str(runs.attrs.get("machines", {}).get(machine, ""))
        found.append(
            {
                "name": machine_name(numbers[str(machine)]),
                "model": one_line(model, 80) or text.NOTHING,
                "id": one_line(str(machine), 24) or text.NOTHING,
                "runs": text.count(len(group)),
                "first": when(group["created"].min()),
                "last": when(group["created"].max()),
            }
        )
    return found


def moves(runs: pd.DataFrame, numbers: dict[str, int]) -> list[str]:
    """Where the next run is of another machine, a sentence each, the newest first."""
    single: list[Any] = list(runs[["run", "created", "machine"]].drop_duplicates().itertuples())
    found = [
        f"{when(new.created)}: from {machine_name(numbers[old.machine])} to {machine_name(numbers[new.machine])}"
        for old, new in itertools.pairwise(single)
        if old.machine != new.machine
    ]
    return found[::-1][:20]


def index_row(number: int, cell: pd.DataFrame, points: pd.DataFrame) -> dict[str, Any]:
    """A cell in the index: the value of the last run that counts."""
    good = cell[cell["gap"] == ""]
    last: Any = next((good if not good.empty else cell).tail(1).itertuples())
    latest: Any = next(points.itertuples(), None)
    return {
        "id": f"c-{number}",
        "cell": name(last),
        "runs": text.count(len(good)),
        "when": when(last.created),
        "numbers": numbers_of(last),
        "kind": latest.change.lower() if latest is not None else "",
        "changes": len(points),
        "tag": f"{SIGNS[latest.change]} {when(latest.created)}" if latest is not None else "",
    }


def numbers_of(row: Any) -> list[str]:
    """Time and speedup of a row as texts; the baseline itself has no speedup to show."""
    if row.gap:
        return [text.NOTHING] * 2
    own = row.baseline == row.strategy
    return [
        text.duration(row.seconds),
        "baseline" if own else text.times(row.speedup, row.speedup_low, row.speedup_high),
    ]


def cell_sections(cells: Sequence[tuple[pd.DataFrame, pd.DataFrame]], numbers: dict[str, int]) -> list[dict[str, Any]]:
    """As many cells as there is room for, each with its figure, its caption and its table."""
    room, found = ROOM, []
    for number, (whole, points) in enumerate(cells[:MOST_ROWS]):
        cell = whole.tail(MOST_RUNS).reset_index(drop=True)
        drawing = interactive(history.draw(cell, points, numbers), *map(str, cell.loc[0, CELL]))
        rows = [table_row(row, numbers) for row in cell.iloc[::-1].itertuples()]
        room -= len(drawing.encode()) + sum(ROW + len(row["gap"]) for row in rows)
        if room < 0:
            break
        found.append(
            {
                "id": f"c-{number}",
                "cell": name(next(cell.itertuples())),
                "svg": drawing,
                "caption": caption(cell, points, numbers),
                "rows": rows,
                "left_out": len(whole) - len(cell),
            }
        )
    return found


def caption(cell: pd.DataFrame, points: pd.DataFrame, numbers: dict[str, int]) -> str:
    """Content of the figure, in words."""
    good = cell[cell["gap"] == ""]
    said = [f"{text.plural(len(cell), 'run')}, of which {text.count(len(good))} count."]
    for number, group in good.groupby(good["machine"].map(numbers)):
        low, high = group["seconds"].min(), group["seconds"].max()
        said.append(f"On {machine_name(int(str(number)))} a call took {text.duration(low)} to {text.duration(high)}.")
    for row in points.itertuples():
        point = change(row, numbers)
        note = f"; {point['note']}" if point["note"] else ""
        where = f"{point['tag']} on {point['when']} on {point['machine']} ({point['commits']})"
        said.append(f"{where}: {point['quantity']} {point['levels']}{note}.")
    return " ".join(said if len(points) else [*said, "No change point."])


def table_row(row: Any, numbers: dict[str, int]) -> dict[str, Any]:
    """One run of a cell as texts."""
    return {
        "when": when(row.created),
        "run": row.run,
        "commit": commit(row.commit) if row.commit else text.NOTHING,
        "machine": machine_name(numbers[row.machine]),
        "numbers": numbers_of(row),
        "gap": one_line(row.gap, 160),
    }
