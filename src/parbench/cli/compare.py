"""``parbench compare``: find the changes between two runs."""

from __future__ import annotations

from pathlib import Path

import click

from parbench.cli.commands import print_parts, run_arguments


@click.command(
    help="Find the changes between two runs.\n\nBASE and HEAD are run files, their folders, or latest, latest~1, ...",
    epilog="""\b
Examples:
  parbench compare latest~1 latest
  parbench compare before/run.jsonl latest --margin 2% --fail-on slower""",
)
@run_arguments("base", "head")
@click.option("--margin", help="Smallest change that matters, such as 5% or 0.05. [default: that of HEAD]")
@click.option("--fail-on", default="", metavar="VERDICTS", help="Exit with 1 on any of these, such as slower,missing.")
def command(base: str, head: str, reports: Path, margin: str | None, fail_on: str) -> int:
    """Print the changes; return 1 if any of them has a verdict that --fail-on names."""
    from parbench.analysis.compare_stored import compare
    from parbench.analysis.frame import load
    from parbench.analysis.run_names import names
    from parbench.analysis.stats.decision import parse_margin, parse_verdicts
    from parbench.report.sentences.comparison import failing
    from parbench.report.terminal.comparison import parts
    from parbench.runfile.locate import locate_run

    least = None if margin is None else parse_margin(margin)
    unwanted = parse_verdicts(fail_on)
    old, new = (load(locate_run(name, reports)) for name in (base, head))
    changes = compare(old, new, least)
    before, after = names([old, new])
    print_parts([f"base: {before}; head: {after}", *parts(changes)])
    return int(failing(changes, unwanted))
