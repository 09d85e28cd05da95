"""JSON of another tool, read as untrusted input: of limited size, and each value of its type, or one clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from parbench.errors import ExchangeError

#: A larger file is refused.
MAX_FILE_BYTES = 200_000_000
#: A file with more benchmarks is refused; so is any other list with more items.
MAX_BENCHMARKS = 100_000
#: A file with more timings, of all benchmarks together, is refused.
MAX_TIMINGS = 5_000_000
#: A longer name or other text is refused.
MAX_TEXT_CHARACTERS = 500


def load_json(path: Path) -> Any:
    """The value of a JSON file; raises ExchangeError."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise ExchangeError(f"{path} has {size:,} bytes and at most {MAX_FILE_BYTES:,} are read: split it.")
        # Python's reader accepts NaN and Infinity: `JsonNode.seconds` refuses them
        return json.loads(path.read_bytes())  # in UTF-8, 16 or 32, with or without a byte order mark
    except (OSError, ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        words = getattr(error, "strerror", None) or str(error)
        raise ExchangeError(
            f"{path} cannot be read as JSON ({words:.200}): give the file as pytest-benchmark wrote it."
        ) from error


class JsonNode:
    """A value of a JSON file and the path to it; each accessor raises ExchangeError if the value is of another type."""

    def __init__(self, value: Any, path: str) -> None:
        self.value = value
        self.path = path

    def reject(self, expected: str) -> NoReturn:
        """Report that another type was expected here."""
        raise ExchangeError(f"{self.path} is {self.value!r:.60}, but {expected} was expected.")

    def has(self, key: str) -> bool:
        """Whether this is an object with a value under `key` that is not null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def get(self, key: str) -> JsonNode:
        """The value of an object under `key`."""
        if not isinstance(self.value, dict):
            self.reject("an object")
        if key not in self.value:
            raise ExchangeError(f"{self.path} lacks {key!r}: give the file as pytest-benchmark wrote it.")
        return JsonNode(self.value[key], f"{self.path}.{key}")

    def items(self, most: int = MAX_BENCHMARKS) -> list[JsonNode]:
        """The items of a list of at most `most`."""
        if not isinstance(self.value, list):
            self.reject("a list")
        if len(self.value) > most:
            raise ExchangeError(f"{self.path} has {len(self.value):,} items and at most {most:,} are read: split it.")
        return [JsonNode(each, f"{self.path}[{index}]") for index, each in enumerate(self.value)]

    def mapping(self) -> dict[str, Any]:
        """The plain values of an object, by name."""
        if not isinstance(self.value, dict):
            self.reject("an object")
        return dict(self.value)

    def text(self) -> str:
        """A text, without unprintable characters."""
        if not isinstance(self.value, str):
            self.reject("a text")
        if len(self.value) > MAX_TEXT_CHARACTERS:
            raise ExchangeError(
                f"{self.path} has {len(self.value):,} characters and at most {MAX_TEXT_CHARACTERS} are read."
            )
        return printable(self.value)

    def text_at(self, *keys: str) -> str:
        """The text below some keys; empty if there is none."""
        node = self
        for key in keys:
            if not node.has(key):
                return ""
            node = node.get(key)
        return node.text()

    def whole(self, least: int = 0) -> int:
        """A whole number of at least `least`."""
        if not is_whole(self.value, least):
            self.reject(f"a whole number from {least}")
        return int(self.value)

    def seconds(self) -> float:
        """A positive number of seconds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not 0 < self.value < 1e9:
            self.reject("a positive number of seconds")
        return float(self.value)


def is_whole(value: Any, least: int = 0) -> bool:
    """Whether it is a whole number that a cell may have."""
    return type(value) is int and least <= value < 10**15


def printable(text: str) -> str:
    """A text with a space in place of each unprintable character."""
    return "".join(each if each.isprintable() else " " for each in text).strip()
