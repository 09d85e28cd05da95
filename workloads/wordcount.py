"""Counting words: Python strings and dictionaries, which hold the GIL, with dictionaries to bring home and merge.

Inputs start as a list of lines in the caller and are shipped, about 7 bytes a word; the result must be one dict in
the caller, from each word to how often it is there. The text is generated from the seed, the same on every Python:
1,000 words made of syllables, drawn as often as Zipf's law has it (the k-th in proportion to 1/k), twelve to a line,
with capitals and punctuation that counting has to look past. What a cut adds is one more dict of at most 1,000 words
to merge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

import parbench

WORDS_A_LINE = 12
SYLLABLES = ["".join(pair) for pair in product("bdfklmnprs", "aeiou")]
#: The frequent ones are short, as in a language.
WORDS = [*SYLLABLES, *map("".join, product(SYLLABLES, repeat=2))][:1_000]


class Text(NamedTuple):
    """The lines, and how often the generator drew each of `WORDS`."""

    lines: list[str]
    drawn: Any


def make(size: int, seed: int) -> Text:
    """`size` words in lines of twelve."""
    rng = np.random.default_rng(seed)
    ends = np.cumsum(1 / np.arange(1, len(WORDS) + 1))
    drawn = np.searchsorted(ends, rng.random(size) * ends[-1], side="right")
    lines = []
    for start in range(0, size, WORDS_A_LINE):
        words = [WORDS[index] for index in drawn[start : start + WORDS_A_LINE].tolist()]
        words[len(words) // 2] += ","
        lines.append(" ".join(words).capitalize() + ".")
    return Text(lines, np.bincount(drawn, minlength=len(WORDS)))


def split(text: Text, parts: int) -> list[list[str]]:
    """Ranges of lines."""
    return [text.lines[start:stop] for start, stop in parbench.bounds(len(text.lines), parts)]


def count_words(lines: list[str]) -> dict[str, int]:
    """How often each word is in one chunk."""
    counts: dict[str, int] = {}
    for line in lines:
        for word in line.split():
            plain = word.strip(",.").lower()
            counts[plain] = counts.get(plain, 0) + 1
    return counts


def combine(parts: Sequence[dict[str, int]], text: Text) -> dict[str, int]:
    """Add up the counts of all chunks."""
    del text
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)


def verify(result: Any, text: Text) -> None:
    """Against what the generator drew, which nothing was counted for."""
    assert type(result) is dict, f"the result is a {type(result).__name__}, not a dict"
    right = {word: times for word, times in zip(WORDS, text.drawn.tolist(), strict=True) if times}
    wrong = next((word for word in {**right, **result} if result.get(word) != right.get(word)), None)
    assert wrong is None, f"{wrong!r} is counted {result.get(wrong)} times, not {right.get(wrong)}"


def memory(size: int) -> int:
    """A line is a str of 50 bytes and 7 a word; lines exist in the caller and in the workers, and pickled between."""
    return size * 45  # measured: 11 a word in serial, 30 with multiprocessing, 42 with dask-processes


workload = parbench.Workload(
    name="wordcount",
    about="How often each of 1,000 words is in a text of lines that are shipped; Python's str and dict.",
    isolates="Python code that holds the GIL",
    make=make,
    split=split,
    kernel=count_words,
    combine=combine,
    verify=verify,
    sizes=parbench.SizesByTime(tiny=600, about=(6_600, 66_000, 660_000, 6_600_000)),
    outputs="reduced",
    bound="compute",
    unit="words",
    bytes_in=7,
    bytes_out=0,
    memory=memory,
    expects=(
        parbench.Expect("threads", "below", 1.15, "Python code holds the GIL.", from_seconds=0.005),
        parbench.Expect("dask-threads", "below", 1.15, "Python code holds the GIL.", from_seconds=0.005),
        parbench.Expect(
            "multiprocessing",
            "above",
            "threads",
            "processes have a GIL each, and the 7 bytes of a word travel much faster than it is counted.",
            times=1.2,
            from_seconds=0.05,
        ),
    ),
)
