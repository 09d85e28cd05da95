"""``parbench convert``: a run as a JSON file of pytest-benchmark, or such a file as a run."""

from __future__ import annotations

import click


@click.command(
    help="""Convert a run to pytest-benchmark's JSON, or back.

INPUT is a run or a JSON file of pytest-benchmark; OUTPUT is the JSON file to write, or the
folder of the new run.""",
    epilog="Example: parbench convert old.json reports/old",
)
@click.argument("source", metavar="INPUT")
@click.argument("target", metavar="OUTPUT")
def command(source: str, target: str) -> None:
    """Convert, and print notes for the reader and the file that was written."""
    from parbench.interchange.convert import convert
    from parbench.text import plural

    done = convert(source, target)
    notes = (f"note: {note}" for note in done.notes)
    print(*notes, f"{plural(done.cells, 'cell')} from {done.source}: {done.path}", sep="\n")
