"""Text that fits a screen: its width, what is left out of it, how it is wrapped, and in which signs."""

from __future__ import annotations

import re

import pytest

from parbench.report.terminal.layout import (
    ERRORS,
    clipped,
    columns,
    harmless,
    padded,
    shortened,
    wrapped,
    writable,
)

FAMILY = "👩\N{ZERO WIDTH JOINER}👧"
E_ACUTE = "e\N{COMBINING ACUTE ACCENT}"


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("größe", 5), ("並列", 4), (E_ACUTE, 1), ("🚀", 2), (FAMILY, 4), ("❤️", 2), ("± 2 %", 5)],
)
def test_columns(text: str, width: int) -> None:
    """Wide signs take two columns, what joins the sign before it none."""
    assert columns(text) == width


@pytest.mark.parametrize("cut", [clipped, shortened])
@pytest.mark.parametrize("text", ["multiprocessing[tutorial]", "並列計算" * 5, "🚀" * 20, E_ACUTE * 30, FAMILY * 9])
@pytest.mark.parametrize("width", range(12))
def test_what_is_cut_fits(cut: object, text: str, width: int) -> None:
    """Never more columns than there are, and never two fewer than there might be."""
    assert callable(cut)
    found = columns(cut(text, width))
    assert max(0, width - 2) <= found <= width


def test_what_fits_is_left_alone() -> None:
    """A text as wide as the room is not cut, neither at its end nor in its middle."""
    assert clipped("threads", 7) == shortened("threads", 7) == "threads"


def test_names_lose_their_middle_and_sentences_their_end() -> None:
    """The variant of a strategy stays readable."""
    assert shortened("multiprocessing[tutorial]", 16) == "multipro…torial]"
    assert clipped("a worker process was killed", 12, "..") == "a worker p.."


def test_padding_counts_columns() -> None:
    """Wide signs get fewer spaces."""
    assert padded("並列", 6) + "|" == "並列  |"
    assert padded("9 ms", 6, right=True) == "  9 ms"


def test_wrapping_keeps_columns_of_words_apart() -> None:
    """No line is too wide, spaces within a line stay, what goes on is moved, and a path is not broken."""
    text = "SLOWER   affine-2048  1 ms → 2 ms " + "x" * 40 + " end"
    lines = wrapped(text, 30)
    assert lines == ["SLOWER   affine-2048  1 ms → 2", "         ms", " " * 9 + "x" * 40, " " * 9 + "end"]
    assert wrapped("", 10) == [""]
    assert wrapped("  並列 並列 並列", 8, 0) == ["  並列", "  並列", "  並列"]


@pytest.mark.parametrize(
    ("text", "begin"),
    [("- load: stop", "- "), ("  list   what there is", "         "), ("no columns", "  "), ("  none here", "    ")],
)
def test_what_goes_on_stands_where_it_belongs(text: str, begin: str) -> None:
    """Below the second column, behind the dash of an item, or moved a little; never far to the right."""
    first, second, *_ = wrapped(f"{text} and more of it", 24)
    assert first.startswith(text)
    assert re.match(" *", second)[0] == begin.replace("-", " ")  # type: ignore[index]  # it matches anything
    assert wrapped("a column of twenty-two  and more", 24)[1] == "  and more"


def test_signs_that_cannot_be_written() -> None:
    """ASCII has signs in place of ours, and escapes for others; what an encoding has stays."""
    text = "1.83× ± 2 % → 12 µs … größe"
    assert writable(text, "utf-8") == text
    assert writable(text, "ascii") == "1.83x +- 2 % -> 12 us .. gr\\xf6\\xdfe"
    assert writable(text, "latin-1") == "1.83× ± 2 % -> 12 µs .. größe"
    assert writable("1×", "no such encoding") == "1x"
    assert writable("\udcff", "utf-8") == "\\udcff"
    assert "1×".encode("ascii", ERRORS) == b"1x"


def test_nothing_that_a_terminal_obeys_is_left() -> None:
    """Escapes, carriage returns and signs that turn text around do not come out of a run file onto a screen."""
    gone = "\N{REPLACEMENT CHARACTER}"
    assert harmless("a\x1b[2Jb\rc\nd\te\u202ef\x07") == f"a{gone}[2Jb c d e{gone}f{gone}"
    assert harmless(FAMILY) == FAMILY
