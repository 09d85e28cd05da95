"""``parbench report``: write the report of a run again, or one page for several runs."""

from __future__ import annotations

from pathlib import Path

import click

from parbench.cli.commands import RUN, print_parts, print_results, run_arguments


@click.command(
    help=f"Write the report of a run, or one page for several runs.\n\n{RUN}",
    epilog="""\b
Examples:
  parbench report latest
  parbench report reports/20261123-093100-quick --out elsewhere
  parbench report laptop/run.jsonl server/run.jsonl""",
)
@run_arguments("run_names", many=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder of the report. [default: that of the run file; for several runs, a new one next to that of the first]",
)
def command(run_names: tuple[str, ...], reports: Path, out: Path | None) -> None:
    """Write the report of a run, or the page of several, and print the results."""
    from parbench.runfile.locate import find, locate_run

    places = [find(locate_run(name, reports)) for name in run_names]
    page = write_side_by_side(places, out) if len(places) > 1 else write_report(places[0], out)
    print_parts([f"report: {page}"])


def write_report(place: Path, out: Path | None) -> Path:
    """Write the report of a run, and print its results."""
    from parbench.report.run import Run
    from parbench.report.write import publish

    run = Run(place)
    page = publish(run, out)
    print_results(run)
    return page


def write_side_by_side(places: list[Path], out: Path | None) -> Path:
    """Write the page of several runs, and print its sentences."""
    from parbench.analysis.frame import load
    from parbench.analysis.side_by_side import runs_of
    from parbench.report.html import side_by_side_page as page

    runs = runs_of(load(place) for place in places)
    path, sentences = page.write(runs, out or places[0].resolve().parent.parent / page.folder_name(runs))
    print_parts(sentences)
    return path
