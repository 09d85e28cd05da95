"""``parbench show``: print what a run came to, without making its report."""

from __future__ import annotations

import argparse

from parbench.cli.commands import add_run, print_results, print_sentences

SUMMARY = "print the tables and verdicts of a run"
EXAMPLE = "Example: parbench show latest"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")


def run(options: argparse.Namespace) -> int:
    """Print what pytest printed at the end of a run, and where its report is."""
    from parbench.report.run import Run
    from parbench.runfile.locate import find, named

    place = named(options.run_name, options.reports)
    print_results(Run(place))
    page = find(place).parent / "report.html"
    where = page if page.exists() else f"none yet; parbench report {options.run_name} makes it"
    print_sentences([f"report: {where}"])
    return 0
