"""Did it change? The rule by which a ratio of two versions is called slower, faster, the same, or undecided."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from parbench.analysis.stats.interval import Interval
from parbench.errors import UsageError

Change = Literal["MISSING", "SLOWER", "FASTER", "NEW", "UNDECIDED", "SAME"]
#: How often any of the cells of a comparison may be called changed, if none has; and how often so where it is only
#: suspected, because fresh blocks have to confirm it, which they do by chance once in forty times.
FALSE_ALARMS, FALSE_SUSPICIONS = 0.01, 0.2
#: How often a cell that did change by the margin may be called the same.
FALSE_SAME = 0.05
#: What changes by less than this, as a ratio less 1, is of no interest unless the user says otherwise.
MARGIN = 0.05


@dataclass(frozen=True)
class Margins:
    """What is too little a change to matter, as a ratio less 1: `usual`, but for cells that have their `own`, by name.

    Raises UsageError for one that is not between 0 and 1.
    """

    usual: float = MARGIN
    own: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for margin in (self.usual, *self.own.values()):
            if not (isinstance(margin, float) and 0 < margin < 1):
                raise UsageError(
                    f"a margin of {margin!r:.20} cannot be: give a part of 1 between 0 and 1, such as 0.05."
                )

    def of(self, name: str) -> float:
        """The margin of the cell with this name."""
        return self.own.get(name, self.usual)

    def facts(self) -> dict[str, Any]:
        """As a run file's header keeps them, among its settings."""
        return {"margin": self.usual, **({"margins": dict(self.own)} if self.own else {})}

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Margins:
        """From the settings in a header, which may lack them; raises UsageError."""
        own = settings.get("margins", {})
        if not isinstance(own, dict):
            raise UsageError("the run's margins cannot be read: give one with --margin.")
        return cls(settings.get("margin", MARGIN), own)


class Judged(NamedTuple):
    """What became of a cell, with the reason where that is undecided."""

    change: Change
    reason: str = ""


def one_sided(head: str, base: str, skipped: bool = False) -> Judged | None:
    """The verdict on a cell by the reason why a side did not measure it, empty if it did; None if both did."""
    change: Change = "UNDECIDED" if skipped or (head and base) else "MISSING" if head else "NEW"
    return Judged(change, head or base) if head or base else None


def judge(
    ratio: Callable[[float], Interval],
    margin: float,
    cells: int,
    false_alarms: float = FALSE_ALARMS,
    advice: str = "measure longer.",
) -> Judged:
    """Judge one of so many `cells`; `ratio` gives new time ÷ old time with its interval at a level.

    SLOWER and FASTER need two things: the ratio is beyond the margin, and its interval, at a level that leaves all
    cells together `false_alarms` (C. Bonferroni's correction), does not hold 1. SAME needs an interval within the
    margin on both sides: two one-sided tests at `FALSE_SAME` (D. Schuirmann, J. Pharmacokinetics and
    Biopharmaceutics 15, 1987). So a measurement that says little says "undecided", never "the same".
    """
    sure = ratio(1 - false_alarms / cells)
    if math.isnan(sure.low):
        return Judged("UNDECIDED", "a side has fewer than two blocks: measure longer.")
    beyond = abs(math.log(sure.value)) > math.log1p(margin)
    if beyond and not sure.low <= 1 <= sure.high:
        return Judged("SLOWER" if sure.value > 1 else "FASTER")
    likely = ratio(1 - 2 * FALSE_SAME)
    if likely.low >= 1 / (1 + margin) and likely.high <= 1 + margin:
        return Judged("SAME")
    if beyond and not likely.low <= 1 <= likely.high:
        among = f" among {cells} cells" if cells > 1 else ""
        return Judged("UNDECIDED", f"it looks changed, but{among} this may be chance: {advice}")
    if not sure.low <= 1 <= sure.high:
        return Judged("UNDECIDED", f"it changed, by about as much as the margin of {margin:.3g}.")
    return Judged(
        "UNDECIDED",
        f"with ± {likely.half_width:.0%} it is not surely within the margin of {margin:.0%}: {advice}",
    )
