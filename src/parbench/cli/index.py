"""``parbench index``: list all runs of a folder on one page."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SUMMARY = "list all runs of a folder on one page"
EXAMPLE = "Example: parbench index reports"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that holds the folders of the runs")


def run(options: argparse.Namespace) -> int:
    """Write the list, and print which files could not be read."""
    from parbench.report.html.index_page import write_index

    page, passed_over = write_index(options.folder)
    for sentence in passed_over:
        print(f"parbench: passed over: {sentence}", file=sys.stderr)
    print(f"index: {page}")
    return 0
