"""``parbench report``: make the report of a run again, or put several runs side by side."""

from __future__ import annotations

import argparse
from pathlib import Path

from parbench.cli.commands import add_run, print_results, print_sentences

SUMMARY = "make the report of a run again, or put several side by side"
EXAMPLE = """\
Examples:
  parbench report latest
  parbench report reports/20261123-093100-quick --out elsewhere
  parbench report laptop/run.jsonl server/run.jsonl"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name", nargs="+")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where to write it (default: beside the run file, or for several runs in several-… beside the first)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the report of a run, or the page of several, and print what it says first."""
    from parbench.runfile.locate import find, named

    places = [find(named(name, options.reports)) for name in options.run_name]
    page = several(places, options.out) if len(places) > 1 else one(places[0], options.out)
    print_sentences([f"report: {page}"])
    return 0


def one(place: Path, out: Path | None) -> Path:
    """Write the report of a run, and print its tables and verdicts, its surprises, and what is noise in it."""
    from parbench.report.run import Run
    from parbench.report.write import publish

    run = Run(place)
    page = publish(run, out)
    print_results(run)
    return page


def several(places: list[Path], out: Path | None) -> Path:
    """Write the page of several runs, and print what it says first."""
    from parbench.analysis.frame import load
    from parbench.analysis.side_by_side import runs_of
    from parbench.report.html import side_by_side_page as page

    runs = runs_of(load(place) for place in places)
    path, told = page.write(runs, out or places[0].resolve().parent.parent / page.folder_name(runs))
    print_sentences(told)
    return path
