"""When a comparison fails: the margin and the verdicts that a caller names."""

from __future__ import annotations

import math

from parbench.errors import UsageError

#: Every verdict, the worst first.
VERDICTS = ("MISSING", "SLOWER", "FASTER", "NEW", "UNDECIDED", "SAME")


def margin_of(text: str, option: str = "--margin") -> float:
    """A margin as typed, ``5%`` or ``0.05``, as a part of 1; raises UsageError."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not 0 < number < 1:
        raise UsageError(f"{option} takes more than 0 and less than 100 %, such as 5% or 0.05, not {text!r}.")
    return number


def verdicts_of(text: str, option: str = "--fail-on") -> frozenset[str]:
    """Verdicts as typed, separated by commas; raises UsageError."""
    names = frozenset(name.strip().upper() for name in text.split(",") if name.strip())
    if unknown := sorted(names - set(VERDICTS)):
        known = ", ".join(name.lower() for name in VERDICTS)
        raise UsageError(f"{option} knows no {unknown[0].lower()!r}: choose from {known}.")
    return names
