"""``parbench history``: find changes of cells over many runs."""

from __future__ import annotations

from pathlib import Path

import click

from parbench.cli.commands import print_parts, print_skipped


@click.command(
    help="Find changes of cells over all runs below the folder DIR.", epilog="Example: parbench history reports"
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Folder of the page. [default: DIR/history]"
)
def command(folder: Path, out: Path | None) -> None:
    """Write the history of all runs below a folder and print its change points; name runs that cannot be read."""
    from parbench.analysis.frame import load_all
    from parbench.analysis.history import change_points, history
    from parbench.analysis.stats.change_points import library
    from parbench.errors import RunFileError
    from parbench.report.html import history_page
    from parbench.report.sentences.history import lines

    library()  # reading may take long: a missing package is reported before
    skipped: list[str] = []
    runs = history(load_all(folder, skipped))
    print_skipped(skipped)
    if runs.empty:
        raise RunFileError(f"there is no run that can be read below {folder}: measure with `pytest --benchmark`.")
    points = change_points(runs)
    page = history_page.write(runs, points, skipped, out or folder / "history")
    print_parts([*lines(points), f"history: {page}"])
