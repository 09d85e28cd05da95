"""``parbench check``: measure which changes a comparison can find on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from parbench.cli.commands import print_parts, progress_on_stderr

if TYPE_CHECKING:
    from parbench.analysis.power import Effort
    from parbench.measurement.progress import Progress


@click.command(
    help="Find the smallest change that can be detected here.",
    epilog="Example: parbench check --margin 2%",
)
@click.option("--margin", default="5%", show_default=True, help="Smallest change that matters.")
@click.option(
    "--seconds", type=float, default=50, show_default=True, metavar="NUMBER", help="Time that measuring takes."
)
def command(margin: str, seconds: float) -> None:
    """Measure this machine against itself, and print what a comparison can find on it."""
    from parbench.analysis.stats.decision import parse_margin
    from parbench.errors import UsageError

    least = parse_margin(margin)
    if not 1 <= seconds <= 3600:
        raise UsageError(f"--seconds takes 1 to 3600, not {seconds:g}.")
    with progress_on_stderr() as progress:
        lines = check(seconds, least, progress)
    print_parts(lines)


def check(seconds: float, margin: float, progress: Progress) -> list[str]:
    """Measure for `seconds`, and return sentences on the changes that a comparison with this margin can find here."""
    import tempfile
    from pathlib import Path

    from parbench.analysis.frame import load
    from parbench.machine import facts
    from parbench.measurement import self_check
    from parbench.measurement.arms.process import ONE_THREAD
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
    from parbench.measurement.campaign import RESERVE
    from parbench.measurement.profiles import PROFILES
    from parbench.measurement.state import STOP_FROM, WITHIN_MARGIN

    return {
        name: Effort(
            seconds=PROFILES[name].budget * (1 - RESERVE),
            fewest=STOP_FROM,
            most=PROFILES[name].most_blocks,
            precision=min(PROFILES[name].precision, WITHIN_MARGIN * margin),
        )
        for name in ("quick", "standard")
    }
