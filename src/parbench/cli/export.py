"""``parbench export``: write a table of a run as CSV, Parquet, JSON, Markdown or LaTeX."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, get_args

import click

from parbench.cli.commands import RUN, print_parts, run_arguments

Format = Literal["csv", "parquet", "json", "markdown", "latex"]


@click.command(
    help=f"Write a table of a run as CSV, Parquet, JSON, Markdown or LaTeX.\n\n{RUN}",
    epilog="Example: parbench export latest --what summary --format markdown",
)
@run_arguments("run_name")
@click.option("--what", default="summary", show_default=True, metavar="TABLE", help="Table; `list` lists all.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(get_args(Format)),
    help="Format. [default: as --out ends, or csv]",
)
@click.option("--out", default="-", metavar="FILE", help="File. [default: -, the standard output]")
def command(run_name: str, reports: Path, what: str, format_name: Format | None, out: str) -> None:
    """Write the table, or print it."""
    from parbench.report.tables import TABLES, export
    from parbench.report.terminal.screen import definitions
    from parbench.runfile.locate import locate_run

    if what == "list":
        print_parts([definitions((name, each.about) for name, each in TABLES.items())])
        return
    result = export(locate_run(run_name, reports), what, format=format_name, out=out)
    if isinstance(result, bytes):
        sys.stdout.buffer.write(result)
    elif isinstance(result, str):
        print(result, end="")
    else:
        print(f"{what}: {result}")
