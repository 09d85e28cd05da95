"""The section on expectations of theory and the results."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.expectations import OUTCOMES
from parbench.report.html.sections import Section
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.expectations import counts, figures

#: The heading of each outcome, the sign next to its word, and the look of its entries.
LOOKS = {
    "deviation": ("Deviations", "!", "warn"),
    "as expected": ("As expected", "✓", "fine"),
    "open": ("Open", "≈", "mild"),
    "not measured": ("Not measured", "○", "mild"),
}
#: Longest list that is shown at once; a longer one is folded.
FEW = 8


def section(run: Run) -> Section | None:
    """The section, deviations first; None if nothing was expected."""
    expected = run.expected
    if expected.empty:
        return None
    body = render_part("expectations.html", sentence=sentence(expected), lists=lists(expected))
    return Section("expected", "Deviations from theory", body, tables={"expectations": expected}, short="Deviations")


def sentence(expected: pd.DataFrame) -> str:
    """How many statements came out how."""
    none = "" if (expected["outcome"] == "deviation").any() else " There is no deviation."
    return f"Each expectation was compared with every size that it applies to: {counts(expected)}.{none}"


def lists(expected: pd.DataFrame) -> list[dict[str, Any]]:
    """One list an outcome that there is, with an entry for each statement, and in it every size."""
    found = []
    for outcome in OUTCOMES:
        rows = expected[expected["outcome"] == outcome]
        if not rows.empty:
            heading, sign, kind = LOOKS[outcome]
            said = entries(rows)
            plain = outcome == "deviation" or len(said) <= FEW
            look = {"outcome": outcome, "heading": heading, "sign": sign, "kind": kind, "open": plain}
            found.append({**look, "count": text.count(len(rows)), "entries": said})
    return found


def entries(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The statements of some rows, each once, with what was found at every size."""
    groups: Any = rows.groupby(["workload", "statement", "why"], sort=False)
    return [
        {"workload": workload, "statement": statement, "why": why, "found": findings(group)}
        for (workload, statement, why), group in groups
    ]


def findings(rows: pd.DataFrame) -> list[str]:
    """Results at each size of one statement, in words; sizes without a result are combined."""
    measured = rows[rows["outcome"] != "not measured"]
    texts = [f"{at(measured['size'].iloc[[number]])}{figures(row)}" for number, row in enumerate(measured.itertuples())]
    reasons: Any = rows[rows["outcome"] == "not measured"].groupby("reason", sort=False)
    return [*texts, *(f"{at(group['size'])}{reason}" for reason, group in reasons)]


def at(sizes: pd.Series[Any]) -> str:
    """The sizes in words, those that there are."""
    told = text.join(text.count(size) for size in sizes.dropna())
    return f"at {told}: " if told else ""
