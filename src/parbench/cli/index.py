"""``parbench index``: list all runs of a folder on one page."""

from __future__ import annotations

from pathlib import Path

import click

from parbench.cli.commands import print_skipped


@click.command(help="List all runs below the folder DIR on one page.", epilog="Example: parbench index reports")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def command(folder: Path) -> None:
    """Write the list, and print which files could not be read."""
    from parbench.report.html.index_page import write_index

    page, skipped = write_index(folder)
    print_skipped(skipped)
    print(f"index: {page}")
