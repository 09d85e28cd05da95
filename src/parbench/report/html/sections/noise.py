"""The section on noise: differences of cells from replicas of them."""

from __future__ import annotations

from parbench import text
from parbench.analysis.noise import RunNoise
from parbench.report.html.sections import Section
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.report.sentences.noise import alone_lines, lines


def section(run: Run) -> Section | None:
    """How much the same program differed from itself; None if that was not measured."""
    found = run.replicas
    noise: RunNoise | None = found.attrs["noise"]
    if noise is None:
        return None
    body = render_part(
        "noise.html",
        sentences=[*lines(found), *alone_lines(run.alone)],
        blocks=noise.blocks,
        mean=text.times(*noise.ratio),
        alone=len(run.alone),
    )
    return Section("noise", "How much of it is noise", body, tables={"noise": found, "alone": run.alone}, short="Noise")
