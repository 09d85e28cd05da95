"""Text that fits: how many columns it takes on a screen, cut, wrapped, and in the signs that an encoding has.

Standard library only, as every start of the command line imports it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

#: The name under which `replaced` is known to streams as their way to deal with signs that they cannot write.
ERRORS = "parbench.plain"
#: What stands for a sign where it cannot be written; others are written as Python writes them, such as ``\xe9``.
PLAIN = {
    "×": "x",
    "±": "+-",
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "..",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "µ": "u",
    "μ": "u",
    "·": "*",
    "÷": "/",
    "²": "^2",
    "³": "^3",
    "▲": "+",
    "▼": "-",
    "●": "=",
    "○": "o",
    "✕": "!",
    "\N{REPLACEMENT CHARACTER}": "?",
    "\N{NO-BREAK SPACE}": " ",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
}
#: What a line is moved by, and its dash or its first column where it has any.
_BEGIN = re.compile(r"( *)(- |\S.*? {2,})?")
_JOINED = re.compile(r"( *)(\S+)")


def replaced(error: UnicodeError) -> tuple[str, int]:
    """Plain signs in place of those that cannot be written: an error handler of `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in signs), error.end


codecs.register_error(ERRORS, replaced)


def writable(text: str, encoding: str) -> str:
    """`text` in signs that `encoding` has."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, ERRORS).decode(encoding, "replace")
    except LookupError:  # an encoding that Python does not know
        return text.encode("ascii", ERRORS).decode()
    return text


def harmless(text: str) -> str:
    """`text` as one line without what a terminal would obey: run files are anybody's."""
    return "".join(_harmless(sign) for sign in text)


def _harmless(sign: str) -> str:
    if sign.isprintable() or sign == "\N{ZERO WIDTH JOINER}":
        return sign
    return " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"


def columns(text: str) -> int:
    """How many columns of a screen a text takes: two for each wide sign, none for what joins another.

    Signs joined to one, such as a family, are counted each by itself: at worst room is left.
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(sign: str) -> int:
    if sign == "\N{VARIATION SELECTOR-16}":  # makes a picture, twice as wide, of the sign before it
        return 1
    if unicodedata.combining(sign) or unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in ("W", "F") else 1


def clipped(text: str, width: int, dots: str = "…") -> str:
    """`text` in at most so many columns, its end left out where it is longer."""
    if columns(text) <= width:
        return text
    return _head(text, width - columns(dots)) + dots if width > columns(dots) else _head(text, width)


def shortened(text: str, width: int, dots: str = "…") -> str:
    """`text` in at most so many columns, its middle left out where it is longer: names differ at both ends."""
    room = width - columns(dots)
    if columns(text) <= width:
        return text
    if room < 2:
        return _head(text, width)
    tail = _head(text[::-1], room // 2)[::-1]
    return _head(text, room - columns(tail)) + dots + tail


def _hang(text: str, width: int, usual: int) -> int:
    found = _BEGIN.match(text)
    assert found is not None  # it matches anything
    begin = columns(found[0])
    return begin if found[2] and begin <= width // 2 else len(found[1]) + usual


def _head(text: str, width: int) -> str:
    """As much of the beginning as fits."""
    taken = 0
    for index, sign in enumerate(text):
        taken += _columns(sign)
        if taken > width:
            return text[:index]
    return text


def padded(text: str, width: int, right: bool = False) -> str:
    """`text` with spaces behind it, or before it, up to so many columns."""
    spaces = " " * (width - columns(text))
    return spaces + text if right else text + spaces


def wrapped(text: str, width: int, usual: int = 2) -> list[str]:
    """`text` in lines of at most so many columns; a longer word stays in one piece.

    What goes on stands below the second column of a line that has columns, or behind the dash of an item of a list;
    else it is moved by `usual`, beside what the first line is moved by.
    """
    lines, line, hang = [], "", " " * _hang(text, width, usual)
    for spaces, word in _JOINED.findall(text):
        if line.strip() and columns(line + spaces + word) > width:
            lines.append(line)
            line = hang + word
        else:
            line += spaces + word
    return [*lines, line]
