"""``parbench compare``: say what changed between two runs."""

from __future__ import annotations

import argparse

from parbench.cli.commands import add_run, print_sentences

SUMMARY = "say what changed between two runs"
EXAMPLE = """\
Examples:
  parbench compare latest~1 latest
  parbench compare before/run.jsonl latest --margin 2% --fail-on slower,missing"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "base", "head")
    parser.add_argument(
        "--margin", help="what is too little to matter, such as 5%% or 0.05 (default: what HEAD was measured with)"
    )
    parser.add_argument(
        "--fail-on", default="", metavar="VERDICTS", help="exit with 1 on any of these, such as slower,missing"
    )


def run(options: argparse.Namespace) -> int:
    """Print what changed; 1 where any of it is what the caller wants to fail on."""
    from parbench.analysis.compare_stored import compare
    from parbench.analysis.frame import load
    from parbench.analysis.gate import margin_of, verdicts_of
    from parbench.analysis.run_names import names
    from parbench.report.sentences.comparison import failing, lines
    from parbench.runfile.locate import named

    margin = None if options.margin is None else margin_of(options.margin)
    unwanted = verdicts_of(options.fail_on)
    base, head = (load(named(name, options.reports)) for name in (options.base, options.head))
    changes = compare(base, head, margin)
    before, after = names([base, head])
    print_sentences([f"base: {before}; head: {after}", *lines(changes)])
    return int(failing(changes, unwanted))
