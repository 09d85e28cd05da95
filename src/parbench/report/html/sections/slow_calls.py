"""The section on slow calls: cells whose mean time per call differs from the typical time."""

from __future__ import annotations

from typing import Any

from parbench import text
from parbench.report.figures.annotations import cell_address
from parbench.report.html.sections import Section
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.slow_calls import LEAST_DIFFERENCE, differing, phrase

#: Most rows of the table.
MOST_ROWS = 20


def section(run: Run) -> Section | None:
    """The cells with slow calls; None if there are none, or if the run has no mean times."""
    rows = differing(run.summary)
    if not rows:
        return None
    body = render_part(
        "slow_calls.html",
        cells=text.plural(len(rows), "cell"),
        difference=text.percent(LEAST_DIFFERENCE),
        rows=[row_texts(row) for row in rows[:MOST_ROWS]],
        more=len(rows) - MOST_ROWS,
    )
    return Section("slow-calls", "Do all calls take as long?", body, short="Slow calls")


def row_texts(row: Any) -> dict[str, Any]:
    """One cell as texts, in the order of the table's head."""
    return {
        "id": cell_address(row, "slow"),
        "of": row.strategy,
        "cell": f"{row.workload} at {text.count(row.size)}, {text.cell_label(row.strategy, row.cores, row.chunks)}",
        "numbers": [
            text.duration(row.seconds),
            text.duration(row.mean_seconds),
            text.times(row.mean_seconds / row.seconds),
        ],
        "phrase": phrase(row),
    }
