"""``parbench list``: list strategies and workloads."""

from __future__ import annotations

import argparse
from pathlib import Path

from parbench.cli.commands import print_sentences

SUMMARY = "list strategies and workloads"
EXAMPLE = "Example: parbench list"


def arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""
    del parser


def run(options: argparse.Namespace) -> int:
    """Print the strategies and workloads that can be used from here."""
    from parbench.cli.catalogue import strategies, workloads

    del options
    for title, rows in (("Strategies", strategies()), ("Workloads", workloads(Path.cwd()))):
        print(title)
        width = max((len(name) for name, _ in rows), default=0)
        print_sentences((f"  {name:{width}}  {words}" for name, words in rows))
        if not rows:
            print("  none here: run this in a folder with a `workloads` package, or install one")
    return 0
