"""Did it change? The rule by which a ratio of two versions is called slower, faster, the same, or undecided."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from parbench.analysis.stats.interval import Interval
from parbench.errors import UsageError

Change = Literal["MISSING", "SLOWER", "FASTER", "NEW", "UNDECIDED", "SAME"]
#: Every verdict, the worst first.
VERDICTS: tuple[str, ...] = get_args(Change)
#: Family-wise false-alarm rate of a comparison.
FALSE_ALARMS = 0.01
#: Family-wise rate of false suspicions: it may be larger, because new blocks confirm one in forty of them.
FALSE_SUSPICIONS = 0.2
#: How often a cell that did change by the margin may be called the same.
FALSE_SAME = 0.05
#: Changes smaller than this, as a ratio minus 1, do not matter unless the user sets another margin.
MARGIN = 0.05


@dataclass(frozen=True)
class Margins:
    """Largest change that does not matter, as a ratio minus 1: `usual`, but for cells that have their `own`, by name.

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


class Decision(NamedTuple):
    """Verdict on a cell, with the reason if it is undecided, and the change that new blocks did not confirm."""

    change: Change
    reason: str = ""
    suspicion: Change | None = None


def judge(
    ratio: Callable[[float], Interval],
    margin: float,
    cells: int,
    false_alarms: float = FALSE_ALARMS,
    advice: str = "measure longer.",
) -> Decision:
    """Judge one of the given number of `cells`; `ratio` gives new time ÷ old time with its interval at a level.

    SLOWER and FASTER need two things: the ratio is beyond the margin, and its interval, at a level that leaves all
    cells together `false_alarms` (C. Bonferroni's correction), does not hold 1. SAME needs an interval within the
    margin on both sides: two one-sided tests at `FALSE_SAME` (D. Schuirmann, J. Pharmacokinetics and
    Biopharmaceutics 15, 1987). So a measurement that says little says "undecided", never "the same".
    """
    sure = ratio(1 - false_alarms / cells)
    if math.isnan(sure.low):
        return Decision("UNDECIDED", "a side has fewer than two blocks: measure longer.")
    beyond = abs(math.log(sure.value)) > math.log1p(margin)
    if beyond and not sure.low <= 1 <= sure.high:
        return Decision("SLOWER" if sure.value > 1 else "FASTER")
    likely = ratio(1 - 2 * FALSE_SAME)
    if likely.low >= 1 / (1 + margin) and likely.high <= 1 + margin:
        return Decision("SAME")
    if beyond and not likely.low <= 1 <= likely.high:
        among = f" among {cells} cells" if cells > 1 else ""
        return Decision("UNDECIDED", f"it looks changed, but{among} this may be chance: {advice}")
    if not sure.low <= 1 <= sure.high:
        return Decision("UNDECIDED", f"it changed, by about the margin of {100 * margin:.3g} %.")
    return Decision(
        "UNDECIDED",
        f"its interval is not within the margin of {100 * margin:.3g} %: {advice}",
    )


def parse_margin(text: str, option: str = "--margin") -> float:
    """A margin as typed, ``5%`` or ``0.05``, as a part of 1; raises UsageError."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not 0 < number < 1:
        raise UsageError(f"{option} takes more than 0 and less than 100 %, such as 5% or 0.05, not {text!r}.")
    return number


def parse_verdicts(text: str, option: str = "--fail-on") -> frozenset[str]:
    """Verdicts as typed, separated by commas; raises UsageError."""
    names = frozenset(name.strip().upper() for name in text.split(",") if name.strip())
    if unknown := sorted(names - set(VERDICTS)):
        known = ", ".join(name.lower() for name in VERDICTS)
        raise UsageError(f"{option} knows no {unknown[0].lower()!r}: choose from {known}.")
    return names
