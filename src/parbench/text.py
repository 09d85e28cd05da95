"""Numbers for people: times with a unit, speedups rounded by their interval, bytes, counts, dates."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from numbers import Real
from typing import Any, Concatenate, ParamSpec

Given = ParamSpec("Given")
NOTHING = "–"
#: An interval that reaches to less than its value by so much, as a ratio, is not worth printing: two blocks that
#: differ have such ones.
USELESS = 10
#: How to settle what is open.
LONGER = "measure longer (--parbench-budget, or --parbench-profile=standard)"
#: How much of a reason is told: it may quote a file that is anybody's.
LONGEST = 300


class Number(str):
    """A number as people read it, which knows what it is: in seconds, bytes, or times something."""

    value: str = ""


def knowing(tell: Callable[Concatenate[float, Given], str]) -> Callable[Concatenate[float, Given], str]:
    """A function that tells a number, its texts knowing the number, so that a table can be sorted by it."""

    @wraps(tell)
    def told(value: float, /, *given: Given.args, **named: Given.kwargs) -> str:
        text = Number(tell(value, *given, **named))
        if known(value):
            text.value = f"{value:.4g}"
        return text

    return told


_TIMES = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_BYTES = ("B", "kB", "MB", "GB", "TB")
_UNSAFE = re.compile(r"[^\w-]")


def known(value: Any) -> bool:
    """Whether `value` is a finite number, NumPy's own kinds included."""
    return isinstance(value, Real) and math.isfinite(value)


@knowing
def significant(value: float, digits: int = 3) -> str:
    """`value` with so many significant digits and no exponent, whole digits never cut: 12345 stays."""
    if not known(value):
        return NOTHING
    if value == 0:
        return "0"
    value = float(f"{value:.{digits - 1}e}") if abs(value) < 10**digits else round(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


@knowing
def duration(seconds: float) -> str:
    """Seconds as ``12.3 ms``; from two minutes on in minutes, from two hours on in hours."""
    if not known(seconds):
        return NOTHING
    if seconds >= 120:
        return f"{significant(seconds / 60)} min" if seconds < 7200 else f"{significant(seconds / 3600)} h"
    for scale, unit in reversed(_TIMES):
        # What would be rounded up to 1000 of one unit is 1 of the next.
        if seconds >= 0.9995 * scale:
            return f"{significant(seconds / scale)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


@knowing
def rough_duration(seconds: float) -> str:
    """An estimated time with two digits: ``1.8 ms``."""
    number, _, unit = duration(float(f"{seconds:.2g}")).partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


@knowing
def times(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """A speedup as ``1.83× [1.79, 1.87]``, with two digits of the interval's width; ``1.83×`` without one.

    An interval of no use is not printed but called too wide.
    """
    if not known(value):
        return NOTHING
    if not (known(low) and known(high)):
        return f"{significant(value, 3 if value >= 0.1 else 2)}×"
    if value > USELESS * low:
        return f"{significant(value, 3 if value >= 0.1 else 2)}× (too wide)"
    width = high - low
    # Never more significant digits than someone can use: four of a real speedup, two of a hopeless one.
    digits = 4 if value >= 1 else 3 if value >= 0.1 else 2
    most = digits - 1 - (math.floor(math.log10(value)) if value > 0 else 0)
    decimals = max(0, min(most, round(1 - math.log10(width)) if width > 0 else most))
    return f"{value:.{decimals}f}× [{low:.{decimals}f}, {high:.{decimals}f}]"


@knowing
def percent(share: float) -> str:
    """A share as a whole percentage; below ten percent with two significant digits."""
    if not known(share):
        return NOTHING
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{significant(100 * share, 2)} %"


@knowing
def memory(amount: float) -> str:
    """Bytes as ``45 MB`` (1 MB = 10⁶ bytes), three significant digits at most."""
    if not known(amount):
        return NOTHING
    step = 0
    while abs(amount) >= 999.5 and step < len(_BYTES) - 1:
        amount, step = amount / 1000, step + 1
    text = significant(amount)
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {_BYTES[step]}"


@knowing
def count(value: float) -> str:
    """A whole number with thousands separators."""
    return f"{int(value):,}" if known(value) else NOTHING


def short_count(value: float) -> str:
    """A size for an axis tick: ``300``, ``10k``, ``1.5M``; exact, or else written out."""
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= scale and float(f"{value / scale:.3g}") * scale == value:
            return f"{value / scale:.3g}{letter}"
    return count(value)


def plural(number: float, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def chunks(number: float) -> str:
    """A number of chunks per core: ``4``, or ``auto`` for 0, which stands for the number that a library chooses."""
    return "auto" if number == 0 else str(int(number))


def cores(number: float, each: str = "core") -> str:
    """``1 core``, ``2 cores``, or ``64 workers`` if `each` core is called a worker."""
    return plural(number, each)


def date(created: object) -> str:
    """An ISO 8601 moment as ``2026-11-23 09:31 +01:00``; what is not one is shown as it is."""
    try:
        moment = datetime.fromisoformat(str(created))
    except ValueError:
        return str(created)
    zone = moment.strftime("%z")
    return moment.strftime("%Y-%m-%d %H:%M") + (f" {zone[:3]}:{zone[3:5]}" if zone else "")


def plain(key: str, value: Any) -> str:
    """Any value of a machine or settings record as one line of text; `key` tells bytes from other numbers."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {plain(str(name), each)}" for name, each in value.items()) or NOTHING
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(key, each) for each in value) or NOTHING
    if known(value):
        if key.endswith("bytes"):
            return memory(value)
        return count(value) if isinstance(value, int) and value > 99_999 else f"{value:g}"
    return str(value)


def listed(words: Iterable[object]) -> str:
    """``a, b and c``."""
    texts = [str(word) for word in words]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def figure(value: float) -> str:
    """A ratio in three digits: 12.3, 1.83, 0.412, 0.0123."""
    if value >= 100:
        return f"{value:.0f}"
    if value <= 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def with_chunks(count: int) -> str:
    """What to add to a strategy and its cores: nothing for one chunk a core."""
    if count == 1:
        return ""
    return " with auto chunks" if count == 0 else f" with {count} chunks a core"


def one_line(text: str, longest: int = LONGEST) -> str:
    """`text` without what a terminal would obey, its middle cut out where it is longer than `longest`."""
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def safe_name(name: str) -> str:
    """Any name as one that can be part of an id or of a file name: letters, digits, ``-`` and ``_``."""
    return _UNSAFE.sub("_", name)
