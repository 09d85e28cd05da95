"""``parbench check``: say what this machine can tell."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from parbench.cli.commands import print_sentences, progress_on_stderr

SUMMARY = "say what this machine can tell, in about a minute"
EXAMPLE = "Example: parbench check --margin 2%"

if TYPE_CHECKING:
    from parbench.analysis.power import Effort
    from parbench.measure.progress import Progress


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--margin", default="5%", help="what is too little a change to matter (default: 5%%)")
    parser.add_argument("--seconds", type=float, default=50.0, help="how long to measure (default: 50)")


def run(options: argparse.Namespace) -> int:
    """Measure this machine against itself and print what that means."""
    from parbench.analysis.gate import margin_of
    from parbench.errors import UsageError

    margin = margin_of(options.margin)
    if not 1 <= options.seconds <= 3600:
        raise UsageError(f"--seconds takes 1 to 3600, not {options.seconds:g}.")
    with progress_on_stderr() as progress:
        lines = check(options.seconds, margin, progress)
    print_sentences(lines)
    return 0


def check(seconds: float, margin: float, progress: Progress) -> list[str]:
    """Measure for `seconds`, and return sentences on the changes that a comparison with this margin can find here."""
    import tempfile
    from pathlib import Path

    from parbench.analysis.frame import load
    from parbench.machine import facts
    from parbench.measure import self_check
    from parbench.measure.arms.process import ONE_THREAD
    from parbench.report.sentences.self_check import lines

    before = facts.cpu_ticks()
    with tempfile.TemporaryDirectory(prefix="parbench-check-") as folder:
        self_check.measure(seconds, Path(folder), progress)
        frame = load(folder)
    steal = facts.steal_percent(facts.cpu_ticks(), before)
    return lines(frame, efforts(margin), margin, steal, facts.blas(ONE_THREAD))


def efforts(margin: float) -> dict[str, Effort]:
    """The effort of a comparison under each profile that a gate may use."""
    from parbench.analysis.power import Effort
    from parbench.measure.campaign import RESERVE
    from parbench.measure.profiles import PROFILES
    from parbench.measure.state import STOP_FROM, WITHIN_MARGIN

    return {
        name: Effort(
            seconds=PROFILES[name].budget * (1 - RESERVE),
            fewest=STOP_FROM,
            most=PROFILES[name].most_blocks,
            precision=min(PROFILES[name].precision, WITHIN_MARGIN * margin),
        )
        for name in ("quick", "standard")
    }
