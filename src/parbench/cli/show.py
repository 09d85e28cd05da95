"""``parbench show``: print the results of a run."""

from __future__ import annotations

from pathlib import Path

import click

from parbench.cli.commands import RUN, print_parts, print_results, run_arguments


@click.command(
    help=f"Print the tables and verdicts of a run.\n\n{RUN}",
    epilog="Example: parbench show latest",
)
@run_arguments("run_name")
@click.option("--time", "with_time", is_flag=True, help="Print what the time of the run was used for instead.")
def command(run_name: str, with_time: bool, reports: Path) -> None:
    """Print what pytest printed at the end of a run, and the place of its report."""
    from parbench.report.run import Run
    from parbench.report.sentences import time_use
    from parbench.runfile.locate import find, locate_run

    place = locate_run(run_name, reports)
    if with_time:
        print_parts(time_use.lines(Run(place).frame))
        return
    print_results(Run(place))
    page = find(place).parent / "report.html"
    print_parts([f"report: {page if page.exists() else f'none yet; parbench report {run_name} writes it'}"])
