"""The one place where numbers, labels of cells and lists become text."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from numbers import Real
from typing import Any, Concatenate, ParamSpec

Parameters = ParamSpec("Parameters")
NOTHING = "–"
#: An interval is useless if the value is more than this factor above its lower end, as with two blocks that differ.
USELESS = 10
#: The most decimals of a ratio.
FINEST = 9
#: The remedy for an undecided result.
LONGER = "measure longer (--parbench-budget, or --parbench-profile=standard)"
#: The most characters that are shown of an untrusted text.
LONGEST = 300


class Number(str):
    """A number as people read it, which knows what it is: in seconds, bytes, or times something."""

    value: str = ""


def knowing(render: Callable[Concatenate[float, Parameters], str]) -> Callable[Concatenate[float, Parameters], str]:
    """A function that formats a number, whose texts keep the number, so that a table can be sorted by it."""

    @wraps(render)
    def wrapper(value: float, /, *given: Parameters.args, **named: Parameters.kwargs) -> str:
        text = Number(render(value, *given, **named))
        if is_known(value):
            text.value = f"{value:.4g}"
        return text

    return wrapper


_TIMES = ((1e-9, "ns"), (1e-6, "µs"), (1e-3, "ms"), (1.0, "s"))
_BYTES = ("B", "kB", "MB", "GB", "TB")
_UNSAFE = re.compile(r"[^\w-]")


def is_known(value: Any) -> bool:
    """Whether `value` is a finite number, NumPy's own kinds included."""
    return isinstance(value, Real) and math.isfinite(value)


@knowing
def number(value: float, digits: int = 3) -> str:
    """`value` with this number of significant digits and no exponent; digits before the point are never cut."""
    if not is_known(value):
        return NOTHING
    if value == 0:
        return "0"
    value = float(f"{value:.{digits - 1}e}") if abs(value) < 10**digits else round(value)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}"


@knowing
def duration(seconds: float) -> str:
    """Seconds as ``12.3 ms``; from two minutes on in minutes, from two hours on in hours."""
    if not is_known(seconds):
        return NOTHING
    if seconds >= 120:
        return f"{number(seconds / 60)} min" if seconds < 7200 else f"{number(seconds / 3600)} h"
    for scale, unit in reversed(_TIMES):
        # A value that would be rounded up to 1000 of one unit is 1 of the next.
        if seconds >= 0.9995 * scale:
            return f"{number(seconds / scale)} {unit}"
    return f"{number(seconds / 1e-9)} ns"


def ratio(value: float, low: float = math.nan, high: float = math.nan) -> tuple[str, str]:
    """A ratio and its interval, rounded alike: ``("1.83", "[1.79, 1.87]")``.

    Two significant digits of each end and of the interval's width are shown, at most four of the ratio; an end that
    would be rounded to 1 has more, so that its side of 1 is seen. The interval is an empty text if there is none, and
    "too wide" if it is useless.
    """
    if not is_known(value):
        return NOTHING, ""
    if not (is_known(low) and is_known(high)) or value > USELESS * low:
        return number(value, 3 if value >= 0.1 else 2), "too wide" if is_known(low) and is_known(high) else ""
    width = high - low
    digits = 4 if value >= 1 else 3 if value >= 0.1 else 2
    most = digits - 1 - (math.floor(math.log10(value)) if value > 0 else 0)
    wanted = min(most, round(1 - math.log10(width)) if width > 0 else most)
    decimals = max(0, wanted, 1 - math.floor(math.log10(low)) if low > 0 else 0)
    return f"{value:.{decimals}f}", f"[{_beside_one(low, decimals)}, {_beside_one(high, decimals)}]"


def _beside_one(end: float, decimals: int) -> str:
    """The end of an interval with this number of decimals, or with more if it would be rounded to 1."""
    while decimals < FINEST and end != 1 == round(end, decimals):
        decimals += 1
    return f"{end:.{decimals}f}"


@knowing
def rough_duration(seconds: float) -> str:
    """An estimated time with two digits: ``1.8 ms``."""
    number, _, unit = duration(float(f"{seconds:.2g}")).partition(" ")
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number} {unit}"


@knowing
def times(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """A ratio as ``1.83× [1.79, 1.87]``, or ``1.83×`` without an interval."""
    if not is_known(value):
        return NOTHING
    factor, interval = ratio(value, low, high)
    return f"{factor}× ({interval})" if interval == "too wide" else f"{factor}× {interval}".rstrip()


@knowing
def percent(share: float) -> str:
    """A share as a whole percentage; below ten percent with up to two significant digits."""
    if not is_known(share):
        return NOTHING
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{number(100 * share, 2).removesuffix('.0')} %"


@knowing
def memory(amount: float) -> str:
    """Bytes as ``45 MB`` (1 MB = 10⁶ bytes), three significant digits at most."""
    if not is_known(amount):
        return NOTHING
    step = 0
    while abs(amount) >= 999.5 and step < len(_BYTES) - 1:
        amount, step = amount / 1000, step + 1
    text = number(amount)
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {_BYTES[step]}"


@knowing
def count(value: float) -> str:
    """A whole number with thousands separators."""
    return f"{int(value):,}" if is_known(value) else NOTHING


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
    """A number of chunks per core: ``4``, or ``auto`` for 0, the chunks that a library makes itself."""
    return "auto" if number == 0 else str(int(number))


def chunk_label(number: float) -> str:
    """``4 chunks per core``, ``1 chunk per core`` or ``auto chunks``."""
    return f"{chunks(number)} chunk{'' if number == 1 else 's'}{' per core' if number else ''}"


def with_chunks(number: float) -> str:
    """The part of a cell's label about chunks: `` with 4 chunks per core``; empty for one chunk per core."""
    return "" if number == 1 else f" with {chunk_label(number)}"


def cell_label(strategy: str, cores: float | None = None, chunks: float = 1, each: str = "core") -> str:
    """``threads on 2 cores with 4 chunks per core``; without the cores if these are None.

    A core is called `each`: workloads that wait run on workers.
    """
    return f"{strategy}{'' if cores is None else f' on {plural(cores, each)}'}{with_chunks(chunks)}"


def short_label(strategy: str, number: float) -> str:
    """A strategy with its chunks per core, for tables and figures: ``threads x4``."""
    return str(strategy) if number == 1 else f"{strategy} x{chunks(number)}"


def date(created: object) -> str:
    """An ISO 8601 moment as ``2026-11-23 09:31 +01:00``; what is not one is shown as it is."""
    try:
        moment = datetime.fromisoformat(str(created))
    except ValueError:
        return str(created)
    zone = moment.strftime("%z")
    return moment.strftime("%Y-%m-%d %H:%M") + (f" {zone[:3]}:{zone[3:5]}" if zone else "")


def plain(key: str, value: Any) -> str:
    """Any value of a machine or settings record as one line of text; `key` distinguishes bytes from other numbers."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {plain(str(name), each)}" for name, each in value.items()) or NOTHING
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(key, each) for each in value) or NOTHING
    if is_known(value):
        if key.endswith("bytes"):
            return memory(value)
        return count(value) if isinstance(value, int) and value > 99_999 else f"{value:g}"
    return str(value)


def join(words: Iterable[object], most: int | None = None) -> str:
    """``a, b and c``; with more than `most` words, ``a, b and 3 more``."""
    texts = [str(word) for word in words]
    if most is not None and len(texts) > most:
        texts[most:] = [f"{len(texts) - most} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def one_line(text: str, longest: int = LONGEST) -> str:
    """`text` without terminal control characters, its middle cut out if it is longer than `longest`."""
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"


def sentence_case(text: str) -> str:
    """`text` with a capital letter first."""
    return text[:1].upper() + text[1:]


def safe_name(name: str) -> str:
    """Any name as one that can be part of an id or of a file name: letters, digits, ``-`` and ``_``."""
    return _UNSAFE.sub("_", name)
