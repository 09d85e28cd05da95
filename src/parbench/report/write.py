"""From a frame to what people look at: the report, its figures and its table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from parbench.errors import UsageError
from parbench.runfile.header import unit_of
from parbench.workload.cell import BASE

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write(frame: pd.DataFrame, folder: Path) -> Path:
    """Write ``report.html``, ``summary.csv`` and ``figures/`` into `folder`, and return the path of the report.

    A run that was compared with a base has ``changes.csv`` and ``changes.md``, too, and one of which theory expects
    something ``expectations.csv``.

    `frame` is what `parbench.load` gives. The folder is made where it is missing; files of an earlier
    report are replaced. Raises UsageError where it cannot be written.
    """
    from parbench.analysis.compare_paired import compare_twins
    from parbench.analysis.expectations import expectations
    from parbench.analysis.frame import ours
    from parbench.analysis.summary import summarize
    from parbench.analysis.verdict import verdicts

    frame, changes = ours(frame), compare_twins(frame) if BASE in set(frame["environment"]) else None
    summary = summarize(frame)
    return write_parts(frame, summary, verdicts(summary), folder, changes, expectations(summary, frame))


def write_parts(
    frame: pd.DataFrame,
    summary: pd.DataFrame,
    verdicts: Sequence[Any],
    folder: Path,
    changes: pd.DataFrame | None = None,
    expected: pd.DataFrame | None = None,
) -> Path:
    """`write` for a summary and what was already made of it."""
    # Here, not above: matplotlib takes half a second, and only those who write a report should wait for it.
    from parbench.report.figures import style
    from parbench.report.html import page
    from parbench.report.html.sections import sections
    from parbench.report.html.template import safe
    from parbench.report.sentences.comparison import markdown

    against = frame.attrs.get("header", {}).get("settings", {}).get("against", "the base")
    drawings = drawn(frame, summary)
    more = sections(frame, summary)
    text = page.render(frame, summary, verdicts, drawings, changes, expected, more)
    report = folder / "report.html"
    try:
        (folder / "figures").mkdir(parents=True, exist_ok=True)
        for name, kind in page.figures_of(drawings):
            style.save(drawings[name][kind], folder / "figures" / page.file_name(name, kind, "svg"))
        for section in more:
            for name, figure in section.figures.items():
                style.save(figure, folder / "figures" / f"{safe(name)}.svg")
            for name, table in section.tables.items():
                table.to_csv(folder / f"{safe(name)}.csv", index=False)
        summary.to_csv(folder / "summary.csv", index=False)
        if expected is not None and not expected.empty:
            expected.to_csv(folder / page.EXPECTATIONS, index=False)
        if changes is not None:
            changes.to_csv(folder / "changes.csv", index=False)
            (folder / "changes.md").write_text(markdown(changes, against), encoding="utf-8")
        report.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"the report cannot be written to {folder} ({reason}): choose a folder you can write."
        ) from error
    return report


def drawn(frame: pd.DataFrame, summary: pd.DataFrame) -> dict[str, dict[str, Figure]]:
    """The figures of each workload, by their kind."""
    from parbench.report.figures import speedup
    from parbench.report.html import page

    found = {}
    for name in page.names(summary):
        unit = unit_of(frame.attrs.get("header", {}), name)
        found[name] = {
            "speedup": speedup.speedup(summary, name, unit),
            "time": speedup.time(summary, name, unit, frame),
        }
    return found
