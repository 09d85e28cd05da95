"""Foreign JSON read as untrusted input: limited in size, every value of the type it must be, or one sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from parbench.errors import ExchangeError

#: A foreign file is no larger than this, and has no more benchmarks and timings. Bytes.
LARGEST, MOST_BENCHMARKS, MOST_TIMINGS = 200_000_000, 100_000, 5_000_000
#: A name or other text that is taken over is no longer than this, characters.
LONGEST_TEXT = 500


def loaded(path: Path) -> Any:
    """The value of a JSON file; raises ExchangeError."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ExchangeError(f"{path} has {size:,} bytes and at most {LARGEST:,} are read: split it.")
        # NaN and Infinity are let through, as asv writes them: `number` refuses them where they must not be
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        words = getattr(error, "strerror", None) or str(error)
        raise ExchangeError(
            f"{path} cannot be read as JSON ({words:.200}): give the file as the tool wrote it."
        ) from error


class Place:
    """A value of a foreign file, and where in it that is; every way to look at it raises ExchangeError."""

    def __init__(self, value: Any, where: str) -> None:
        self.value = value
        self.where = where

    def wrong(self, expected: str) -> NoReturn:
        """Say that something else was expected here."""
        raise ExchangeError(f"{self.where} is {self.value!r:.60}, where {expected} was expected.")

    def has(self, key: str) -> bool:
        """Whether this is an object with something under `key` that is not null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def get(self, key: str) -> Place:
        """What an object has under `key`; raises ExchangeError where it has nothing."""
        if not isinstance(self.value, dict):
            self.wrong("an object")
        if key not in self.value:
            raise ExchangeError(f"{self.where} lacks {key!r}: give the file as the tool wrote it.")
        return Place(self.value[key], f"{self.where}.{key}")

    def items(self, most: int = MOST_BENCHMARKS) -> list[Place]:
        """The items of a list of at most `most`."""
        if not isinstance(self.value, list):
            self.wrong("a list")
        if len(self.value) > most:
            raise ExchangeError(f"{self.where} has {len(self.value):,} items and at most {most:,} are read: split it.")
        return [Place(each, f"{self.where}[{index}]") for index, each in enumerate(self.value)]

    def pairs(self, most: int = MOST_BENCHMARKS) -> dict[str, Place]:
        """What an object of at most `most` names has under them."""
        if not isinstance(self.value, dict):
            self.wrong("an object")
        if len(self.value) > most:
            raise ExchangeError(f"{self.where} has {len(self.value):,} names and at most {most:,} are read: split it.")
        return {key: Place(each, f"{self.where}.{key:.60}") for key, each in self.value.items()}

    def text(self) -> str:
        """A text, without what no terminal or page should get."""
        if not isinstance(self.value, str):
            self.wrong("a text")
        if len(self.value) > LONGEST_TEXT:
            raise ExchangeError(f"{self.where} has {len(self.value):,} characters and at most {LONGEST_TEXT} are read.")
        return plain(self.value)

    def whole(self, least: int = 0) -> int:
        """A whole number of at least `least`."""
        if type(self.value) is not int or not least <= self.value < 10**15:
            self.wrong(f"a whole number from {least}")
        return int(self.value)

    def seconds(self) -> float:
        """A positive number of seconds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not 0 < self.value < 1e9:
            self.wrong("a positive number of seconds")
        return float(self.value)

    def is_nan(self) -> bool:
        """Whether it is NaN, which JSON has no word for and Python writes all the same."""
        return isinstance(self.value, float) and math.isnan(self.value)


def plain(text: str) -> str:
    """A text with a space for each character that cannot be printed."""
    return "".join(each if each.isprintable() else " " for each in text).strip()


def optional(place: Place, key: str, read: Callable[[Place], Any], otherwise: Any) -> Any:
    """What `read` makes of the value under `key`; `otherwise` where there is none."""
    return read(place.get(key)) if place.has(key) else otherwise
