"""The section on changes against a base."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.stats.decision import VERDICTS
from parbench.report.figures.annotations import cell_address
from parbench.report.html.sections import Section
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.comparison import cell, in_order, unconfirmed

#: Sign of a verdict next to its word, and the look of its row.
SIGNS = {"MISSING": "✕", "SLOWER": "▼", "FASTER": "▲", "NEW": "+", "UNDECIDED": "≈", "SAME": "="}
KINDS = {"MISSING": "failed", "SLOWER": "slower", "FASTER": "faster"}


def section(run: Run) -> Section | None:
    """The section; None if the run was not compared with a base."""
    changes = run.changes
    if changes is None:
        return None
    rows = [row_texts(row) for row in in_order(changes)]
    body = render_part("comparison.html", sentence=sentence(changes), rows=rows)
    title = f"Did it change against {run.against}?"
    return Section("changes", title, body, tables={"changes": changes}, short="Did it change?")


def sentence(changes: pd.DataFrame) -> str:
    """How many of which verdict, what the noise is, and which changes were not confirmed."""
    counts = changes["verdict"].value_counts()
    told = text.join([f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts])
    floor = changes.attrs["noise_floor"]  # 0 if no cell was measured on both sides
    noise = f" The base differs from itself by {text.percent(floor)} a block." if floor else ""
    return " ".join([f"Of {text.count(len(changes))} cells {told}.{noise}", *unconfirmed(changes)])


def row_texts(row: Any) -> dict[str, Any]:
    """One cell as texts, under the names that the template uses."""
    return {
        "cell": cell(row),
        "id": cell_address(row, "change"),
        "of": row.strategy,
        "kind": KINDS.get(row.verdict, ""),
        "base": text.duration(row.base),
        "head": text.duration(row.head),
        "ratio": text.times(row.ratio, row.ratio_low, row.ratio_high),
        "noise": text.times(row.noise, row.noise_low, row.noise_high),
        "sign": SIGNS[row.verdict],
        "verdict": row.verdict,
        "reason": row.reason,
    }
