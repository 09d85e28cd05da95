"""The section about limits: traffic of cells compared with the bytes per second that the same cores moved."""

from __future__ import annotations

from typing import Any

import pandas as pd

from parbench import text
from parbench.analysis.memory_limits import BOUND, FAR, memory_limits
from parbench.report.figures.annotations import cell_address
from parbench.report.figures.cost import short_name
from parbench.report.html.sections import Section
from parbench.report.html.sections.cost import place
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.memory_limits import UNKNOWN, phrase
from parbench.runfile.header import Header

#: Most cells in the table, those nearest to the limit; the file has all.
NEAREST = 12
#: Remedy if a run lacks the data.
AGAIN = "Measure it again with this version of parbench: pytest --benchmark."


def section(run: Run) -> Section | None:
    """How near the limit is; None if no workload moves data, as far as the run says."""
    header, summary = run.header, run.summary
    moving = [str(each) for each in summary["workload"].drop_duplicates() if moves(header, str(each))]
    if not moving:
        return None
    found = memory_limits(run.frame, summary)
    cells = found[found["workload"].isin(moving) & (found["outcome"] != "")]
    known = cells[cells["of_memory"].notna()].sort_values("of_memory", ascending=False)
    largest = known[known["size"] == known.groupby("workload")["size"].transform("max")]
    body = render_part(
        "memory_limits.html",
        sentence=sentence(largest, moving),
        missing=missing_reason(cells[cells["of_memory"].isna()]) if known.empty else "",
        workloads=[workload_row(group, header) for _, group in largest.groupby("workload", sort=False)],
        rows=[row_texts(cell) for _, cell in known.head(NEAREST).iterrows()],
        count=len(known),
    )
    return Section("limits", "How near is the limit?", body, tables={"limits": found}, short="Limits")


def moves(header: Header, workload: str) -> bool:
    """Whether a workload says that it moves data, and does not mostly wait."""
    facts = header.facts(workload)
    return not facts.waits and any((facts.bytes_in, facts.bytes_out, facts.bytes_moved))


def missing_reason(cells: pd.DataFrame) -> str:
    """The most frequent reason why limits are unknown, and what to do."""
    reasons = cells["outcome"][cells["outcome"].isin(UNKNOWN)].value_counts()
    why = UNKNOWN[reasons.index[0]] if not reasons.empty else "no cell was measured"
    return f"{text.sentence_case(why)}. {AGAIN}"


def sentence(known: pd.DataFrame, moving: list[str]) -> str:
    """How many workloads are near the limit, for those who read one sentence only."""
    if known.empty:
        return ""
    best = known.groupby("workload")["of_memory"].max()
    shares = {name: float(best[name]) for name in moving if name in best.index}
    near = [f"{name} ({text.percent(share)})" for name, share in shares.items() if share >= BOUND]
    far = sum(share < FAR for share in shares.values())
    reached = f"{text.join(near)} {'comes' if len(near) == 1 else 'come'} near it" if near else "none comes near it"
    rest = f", and {text.count(far)} {'stays' if far == 1 else 'stay'} below a quarter of it" if far else ""
    return f"Of {text.plural(len(shares), 'workload')} with data to move, {reached} at the largest size{rest}."


def workload_row(cells: pd.DataFrame, header: Header) -> dict[str, str]:
    """One workload by the cells that come nearest on the fewest and on the most cores."""
    ends = sorted({int(cells["cores"].min()), int(cells["cores"].max())})
    nearest = [cells[cells["cores"] == count].iloc[0] for count in ends]
    said = [
        f"{place(cell, header)} moves {speed(cell['bytes_per_second'])} of {speed(cell['memory_limit'])}, "
        f"{phrase(cell)}"
        for cell in nearest
    ]
    return {
        "workload": str(cells["workload"].iloc[0]),
        "size": text.count(cells["size"].iloc[0]),
        "said": f"{'; '.join(said)}.",
    }


def row_texts(cell: pd.Series[Any]) -> dict[str, Any]:
    """One cell as texts, in the order of the table's head."""
    return {
        "id": cell_address(cell, "limit"),
        "of": cell["strategy"],
        "cell": f"{cell['workload']} at {text.count(cell['size'])}, {short_name(cell)}",
        "numbers": [
            speed(cell["bytes_per_second"]),
            speed(cell["copy_rate"]),
            speed(cell["triad_rate"]),
            text.percent(cell["of_memory"]),
            text.count(cell["readings"]),
            rate(cell["operations_per_second"]),
            rate(cell["spin_rate"]),
        ],
        "said": phrase(cell),
    }


@text.knowing
def speed(rate: float) -> str:
    """Bytes per second: ``12.3 GB/s``."""
    return f"{text.memory(rate)}/s" if text.is_known(rate) else text.NOTHING


@text.knowing
def rate(each: float) -> str:
    """Operations or turns per second, in millions."""
    return f"{text.number(each / 1e6)} M/s" if text.is_known(each) else text.NOTHING
