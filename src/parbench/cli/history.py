"""``parbench history``: say when cells changed, over many runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from parbench.cli.commands import print_sentences

SUMMARY = "say when cells changed, over many runs"
EXAMPLE = "Example: parbench history reports"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder that holds the folders of the runs")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write the page (default: DIR/history)")


def run(options: argparse.Namespace) -> int:
    """Write the history of all runs below a folder and print its change points; name what could not be read."""
    from parbench.analysis.frame import load_all
    from parbench.analysis.history import change_points, history
    from parbench.analysis.stats.change_points import library
    from parbench.errors import RunFileError
    from parbench.report.html import history_page
    from parbench.report.sentences.history import lines

    library()  # reading may take long: what is missing is said before
    passed_over: list[str] = []
    runs = history(load_all(options.folder, passed_over))
    for sentence in passed_over:
        print(f"parbench: passed over: {sentence}", file=sys.stderr)
    if runs.empty:
        raise RunFileError(
            f"there is no run that can be read below {options.folder}: measure with `pytest --benchmark`."
        )
    points = change_points(runs)
    page = history_page.write(runs, points, passed_over, options.out or options.folder / "history")
    print_sentences([*lines(points), f"history: {page}"])
    return 0
