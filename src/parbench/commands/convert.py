"""``parbench convert``: take over results of other tools, and give them ours."""

from __future__ import annotations

import argparse

SUMMARY = "take over results of pytest-benchmark, asv or pyperf, or give them those of a run"
EXAMPLE = "Example: parbench convert old.json reports/old, then parbench report reports/old"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    names = "parbench, pytest-benchmark, asv or pyperf"
    parser.add_argument("source", metavar="INPUT", help="a run, or a file of another tool")
    parser.add_argument(
        "target", metavar="OUTPUT", help="the file to write; a folder for a run of parbench and for results of asv"
    )
    parser.add_argument(
        "--from", dest="source_format", default="", metavar="FORMAT", help=f"{names} (default: by content)"
    )
    parser.add_argument(
        "--to",
        dest="target_format",
        default="",
        metavar="FORMAT",
        help="the same (default: parbench, where INPUT is not)",
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and print what was written and what a reader of it has to know."""
    from parbench.exchange import convert

    done = convert(options.source, options.target, options.source_format, options.target_format)
    cells = f"{done.cells} cell{'s' if done.cells != 1 else ''}"
    print(*(f"note: {note}" for note in done.notes), f"{cells} from {done.source}: {done.path}", sep="\n")
    return 0
