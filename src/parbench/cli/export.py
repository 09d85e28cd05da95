"""``parbench export``: write a table of a run as CSV, Parquet, JSON or Markdown."""

from __future__ import annotations

import argparse
import sys

from parbench.cli.commands import add_run

SUMMARY = "write a table of a run as CSV, Parquet, JSON or Markdown"
EXAMPLE = "Example: parbench export latest --what summary --format markdown"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")
    parser.add_argument("--what", default="summary", metavar="TABLE", help="which; `list` lists them (summary)")
    parser.add_argument(
        "--format",
        choices=("csv", "parquet", "json", "markdown"),
        metavar="FORMAT",
        help="csv, parquet, json or markdown (default: as --out ends, or csv)",
    )
    parser.add_argument("--out", default="-", metavar="FILE", help="default: -, standard output")


def run(options: argparse.Namespace) -> int:
    """Write the table, or print it."""
    from parbench.report.tables import TABLES, export
    from parbench.runfile.locate import named

    if options.what == "list":
        width = max(map(len, TABLES))
        print(*(f"{name:{width}}  {each.about}" for name, each in TABLES.items()), sep="\n")
        return 0
    found = export(named(options.run_name, options.reports), options.what, format=options.format, out=options.out)
    if isinstance(found, bytes):
        sys.stdout.buffer.write(found)
    elif isinstance(found, str):
        print(found, end="")
    else:
        print(f"{options.what}: {found}")
    return 0
