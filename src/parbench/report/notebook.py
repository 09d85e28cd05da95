"""A run in a notebook: its answers in words, speedup figures and cells, without a script and within its own element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parbench import text
from parbench.analysis.run_names import name_of
from parbench.report.figures.captions import describe
from parbench.report.figures.layout import Layout
from parbench.report.figures.speedup import measured, speedup
from parbench.report.figures.style import svg
from parbench.report.html.page import title_facts
from parbench.report.html.svg import embed
from parbench.report.html.template import render_part
from parbench.report.markdown import cell, columns_of, heading

if TYPE_CHECKING:
    from parbench.report.run import Run

#: Most workloads with a figure, and most cells with a row; the run has all of them.
MOST_FIGURES, MOST_CELLS = 3, 200
#: Inches.
WIDTH = 6.5


def html(run: Run) -> str:
    """The run as a part of a page; everything that stands in the run file is escaped."""
    drawn = [name for name in run.workloads if not measured(run.summary, name, "speedup").empty]
    rows, columns = run.summary.head(MOST_CELLS), columns_of(run.summary)
    return str(
        render_part(
            "notebook.html",
            title=name_of(run.samples) or "of a table",
            facts=title_facts(run.data),
            complete=run.data.complete,
            warnings=run.warnings,
            sentences=run.sentences,
            figures=[figure(run, name) for name in drawn[:MOST_FIGURES]],
            left=text.join(drawn[MOST_FIGURES:]),
            heads=[heading(name, run.summary) for name in columns],
            rows=[[cell(name, row) for name in columns] for row in rows.to_dict("records")],
            cells=len(run.summary),
        )
    )


def figure(run: Run, workload: str) -> dict[str, Any]:
    """The speedup figure of a workload for the template, with its caption."""
    unit = run.header.facts(workload).unit
    drawn = speedup(run.summary, workload, unit, Layout(paper=True, width=WIDTH))
    return {
        "svg": embed(svg(drawn), f"run-{run.header.run}-{workload}-"),
        "caption": f"{workload}. {describe(run.summary, workload, unit)['speedup']}",
    }
