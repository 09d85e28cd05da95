"""``parbench plot``: draw a figure of a run for a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from parbench.cli.commands import RUN, print_parts, run_arguments
from parbench.cli.completion import complete_figure, complete_workload


@click.command(
    help=f"Draw a figure of a run for a paper.\n\n{RUN}",
    epilog="Example: parbench plot latest --figure speedup --workload affine --out a.pdf",
)
@run_arguments("run_name")
@click.option(
    "--figure",
    "figure_name",
    default="speedup",
    show_default=True,
    metavar="NAME",
    shell_complete=complete_figure,
    help="Figure; `list` lists all.",
)
@click.option(
    "--workload",
    metavar="NAME",
    shell_complete=complete_workload,
    help="Workload. [default: all, or the only one]",
)
@click.option("--size", type=int, metavar="N", help="Size. [default: all, or the largest]")
@click.option("--strategies", metavar="NAMES", help="Only these, such as threads,joblib, and the baseline.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["pdf", "svg", "png"]),
    help="Format. [default: as --out ends, or pdf]",
)
@click.option("--width", metavar="LENGTH", help="Such as 3.3in, 8.4cm, 84mm or 240pt. [default: 3.3in]")
@click.option("--title", is_flag=True, help="Write the title into the figure.")
@click.option("--dpi", type=float, default=300, show_default=True, metavar="NUMBER", help="Resolution of a PNG.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File. [default: WORKLOAD-FIGURE.FORMAT in this folder]",
)
def command(
    run_name: str,
    reports: Path,
    figure_name: str,
    workload: str | None,
    format_name: str | None,
    dpi: float,
    out: Path | None,
    **selected: Any,
) -> None:
    """Write the figure; print its place, its size and its caption."""
    from parbench.report.figures.public import FIGURES, save
    from parbench.report.run import Run
    from parbench.report.sentences.provenance import provenance, replication
    from parbench.report.terminal.screen import definitions
    from parbench.runfile.locate import locate_run

    if figure_name == "list":
        print_parts([definitions((name, drawing.about) for name, drawing in FIGURES.items())])
        return
    run = Run(locate_run(run_name, reports))
    figure = run.figure(figure_name, workload, **drawing_options(**selected))
    place = save(figure, file_for(out, workload, figure_name, format_name), dpi=dpi)
    width, height = figure.get_size_inches()
    print(f"{place}: {width:.2f} by {height:.2f} in")
    shown = run.summary if workload is None else run.summary[run.summary["workload"] == workload]
    lines = [*str(figure.get_label()).splitlines(), replication(shown), provenance(run.header)]
    print(*(f"caption: {line}" for line in lines if line), sep="\n")


def drawing_options(size: int | None, strategies: str | None, width: str | None, title: bool) -> dict[str, Any]:
    """The options that were given, as arguments of the function that draws."""
    options: dict[str, Any] = {"title": title, "size": size}
    if strategies is not None:
        options["strategies"] = [name.strip() for name in strategies.split(",")]
    return options if width is None else options | {"width": width}


def file_for(out: Path | None, workload: str | None, figure_name: str, format_name: str | None) -> Path:
    """The file to write; raises UsageError if its ending and --format do not agree."""
    from parbench.errors import UsageError
    from parbench.report.figures.options import kind_of
    from parbench.text import safe_name

    if out is None:
        start = f"{safe_name(workload)}-" if workload else ""
        return Path(f"{start}{figure_name}.{format_name or 'pdf'}")
    if format_name and kind_of(out) != format_name:
        raise UsageError(f"--out {out} does not end with .{format_name}: give one of both, or make them agree.")
    return out
