"""Numbers for people: units, digits, dates."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from parbench import text as words


@pytest.mark.parametrize(
    ("function", "value", "text"),
    [
        (words.duration, 0.0123, "12.3 ms"),
        (words.duration, 0.00099999, "1.00 ms"),
        (words.duration, 5e-10, "0.500 ns"),
        (words.duration, 45.678, "45.7 s"),
        (words.duration, 600, "10.0 min"),
        (words.duration, 7200, "2.00 h"),
        (words.duration, math.nan, "–"),
        (words.memory, 45_000_000, "45 MB"),
        (words.memory, 999, "999 B"),
        (words.memory, 16_772_000_000, "16.8 GB"),
        (words.percent, 0.925, "92 %"),
        (words.percent, 0.0123, "1.2 %"),
        (words.percent, 0, "0 %"),
        (words.short_count, 1_500_000, "1.5M"),
        (words.short_count, 12_345, "12,345"),
        (words.number, 12_345.6, "12,346"),
        (words.number, 0.99999, "1.00"),
        (words.number, 0.0123, "0.0123"),
        (words.number, math.inf, "–"),
        (words.percent, 0.0601, "6 %"),
        (words.chunk_label, 4, "4 chunks per core"),
        (words.chunk_label, 1, "1 chunk per core"),
        (words.chunk_label, 0, "auto chunks"),
        (words.with_chunks, 1, ""),
        (words.date, "2026-11-23T09:31:44+01:00", "2026-11-23 09:31 +01:00"),
        (words.date, "some day", "some day"),
    ],
)
def test_numbers_for_people(function: Any, value: Any, text: str) -> None:
    """Numbers are shown with their unit and with as many digits as help."""
    assert function(value) == text


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (1.8312, 1.7912, 1.8712, "1.83× [1.79, 1.87]"),
        (1.83, 1.2, 2.6, "1.8× [1.2, 2.6]"),
        (0.0123, 0.0119, 0.0127, "0.012× [0.012, 0.013]"),
        (57.31, 51.2, 63.4, "57× [51, 63]"),
        (1.0, 1.0, 1.0, "1.000× [1.000, 1.000]"),
        (1.834, math.nan, math.nan, "1.83×"),
        (2.37, 0.00000664, 847529.0, "2.37× (too wide)"),
        (math.nan, math.nan, math.nan, "–"),
    ],
)
def test_a_speedup_has_the_digits_its_interval_allows(value: float, low: float, high: float, text: str) -> None:
    """A speedup is rounded by the width of its interval, and shown alone if there is none."""
    assert words.times(value, low, high) == text


ENDS = (0.0004, 0.02, 0.2, 0.9, 0.95, 0.996, 0.99996, 1.0, 1.00004, 1.003, 1.04, 1.2, 3.7, 12.4, 130.0)


@pytest.mark.parametrize("low", ENDS)
@pytest.mark.parametrize("high", ENDS)
def test_an_interval_never_contradicts_its_word(low: float, high: float) -> None:
    """The ends that are shown are on the side of 1 of those that are known, are not 0, and have two digits."""
    value = math.sqrt(low * high)
    shown = words.times(value, low, high)
    if low > high or "too wide" in shown:
        return
    match = re.fullmatch(r"([\d.]+)× \[([\d.]+), ([\d.]+)\]", shown)
    assert match, shown
    for text, known in zip(match.groups(), (value, low, high), strict=True):
        assert float(text) > 0
        assert float(text) == pytest.approx(known, rel=0.06)
    for text, known in zip(match.groups()[1:], (low, high), strict=True):
        assert (float(text) > 1, float(text) < 1) == (known > 1, known < 1)
        assert len(text.replace(".", "").lstrip("0")) >= 2


def test_the_label_of_a_cell() -> None:
    """A cell is named by its strategy, its cores if they are known, and its chunks if they are not one per core."""
    assert words.cell_label("threads", 1) == "threads on 1 core"
    assert words.cell_label("asyncio", 64, 4, "worker") == "asyncio on 64 workers with 4 chunks per core"
    assert words.cell_label("joblib", chunks=0) == "joblib with auto chunks"
    assert (words.short_label("threads", 1), words.short_label("threads", 4)) == ("threads", "threads x4")


@pytest.mark.parametrize(("most", "text"), [(None, "a, b, c and d"), (2, "a, b and 2 more"), (4, "a, b, c and d")])
def test_a_list_is_cut_to_its_most(most: int | None, text: str) -> None:
    """Words are joined by commas and an and; those beyond the most are counted."""
    assert words.join("abcd", most) == text


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("memory_bytes", 2_000_000_000, "2 GB"),
        ("quota", None, "–"),
        ("turbo", True, "yes"),
        ("load", [0.5, 1.25], "0.5, 1.25"),
        ("caches", {"L1_bytes": 32_000, "ways": 8}, "L1_bytes 32 kB; ways 8"),
        ("os", "Linux", "Linux"),
    ],
)
def test_any_fact_of_a_machine_is_one_line(key: str, value: Any, text: str) -> None:
    """Whatever a machine record holds is shown in one line of text."""
    assert words.plain(key, value) == text
