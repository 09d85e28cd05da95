"""``parbench convert``: a run as a JSON file of pytest-benchmark, or such a file as a run."""

from __future__ import annotations

import argparse

SUMMARY = "convert a run to a file of pytest-benchmark, or such a file to a run"
EXAMPLE = "Example: parbench convert old.json reports/old, then parbench report reports/old"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", metavar="INPUT", help="a run, or a JSON file of pytest-benchmark")
    parser.add_argument(
        "target", metavar="OUTPUT", help="the JSON file to write if INPUT is a run, or else the folder of the new run"
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and print notes for the reader and the file that was written."""
    from parbench.interchange.convert import convert

    done = convert(options.source, options.target)
    cells = f"{done.cells} cell{'s' if done.cells != 1 else ''}"
    print(*(f"note: {note}" for note in done.notes), f"{cells} from {done.source}: {done.path}", sep="\n")
    return 0
