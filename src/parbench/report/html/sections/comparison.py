"""Changes against a base, as plain records of texts for the template."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.stats.decision import VERDICTS
from parbench.report.figures.annotations import cell_address
from parbench.report.sentences.comparison import cell, in_order

#: Sign of a verdict next to its word, and the look of its row.
SIGNS = {"MISSING": "✕", "SLOWER": "▼", "FASTER": "▲", "NEW": "+", "UNDECIDED": "≈", "SAME": "="}
KINDS = {"MISSING": "failed", "SLOWER": "slower", "FASTER": "faster"}


def comparison(changes: pd.DataFrame, against: str) -> dict[str, Any]:
    """The section about a comparison: a sentence, and one row per cell, the worst first."""
    return {"against": against, "sentence": sentence(changes), "rows": [row_texts(row) for row in in_order(changes)]}


def sentence(changes: pd.DataFrame) -> str:
    """How many of which verdict, and what the noise is."""
    counts = changes["verdict"].value_counts()
    told = text.join([f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts])
    floor = changes.attrs["noise_floor"]  # 0 if no cell was measured on both sides
    noise = f" The base differs from itself by {text.percent(floor)} a block." if floor else ""
    return f"Of {text.count(len(changes))} cells {told}.{noise}"


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
