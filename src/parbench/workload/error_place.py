"""The place in the user's code that raised an error, also in a worker process, of which only text is left.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

#: Frames that are shown, the innermost first.
FRAMES = 2
#: Characters of a message, and of a line of source.
LONGEST_MESSAGE = 300
LONGEST_LINE = 100
_PARBENCH = str(Path(__file__).parents[1]) + os.sep
_STANDARD_LIBRARY = str(Path(os.__file__).parent) + os.sep
_FRAME = re.compile(
    r'^ *File "(?P<file>.+)", line (?P<line>\d+), in (?P<name>.+)(?:\n(?! *File ") *(?P<source>.*))?', re.MULTILINE
)


def raised(error: BaseException) -> str:
    """The class and the message of an error with its place, as the object of a sentence."""
    message = f"{type(error).__name__}: {text_of(error)}".removesuffix(": ")
    inner = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    if inner is not error:
        message += f", the first of which is {type(inner).__name__}: {text_of(inner)}"
    place = place_of(inner) or place_of(error)
    return f"{message} ({place})" if place else message


def text_of(error: BaseException) -> str:
    """The message of an error in one line, without the traceback that some libraries add to it."""
    try:
        return " ".join(str(getattr(error, "exception", error)).split())[:LONGEST_MESSAGE]
    except Exception:  # a class of the user may have any method
        return "its message cannot be read"


def place_of(error: BaseException) -> str:
    """The innermost frames of the user's code, with file, line, function and source; empty if there are none."""
    if isinstance(error, SyntaxError) and error.filename and _is_of_user(error.filename):
        return _frame(error.filename, error.lineno or 0, "", error.text)
    text = next((found for each in (error, error.__cause__) if (found := _remote_text(each))), "")
    if text:
        last = text.rpartition("Traceback (most recent call last)")[2] or text
        frames = [(each["file"], int(each["line"]), each["name"], each["source"]) for each in _FRAME.finditer(last)]
    else:
        frames = [(each.filename, each.lineno or 0, each.name, each.line) for each in _summary(error)]
    users = [_frame(*each) for each in frames if _is_of_user(each[0])]
    return ", called from ".join(users[: -FRAMES - 1 : -1])


def _summary(error: BaseException) -> traceback.StackSummary:
    return traceback.extract_tb(error.__traceback__)


def _remote_text(error: BaseException | None) -> str:
    """The traceback of a worker, as `multiprocessing`, `concurrent.futures`, joblib and Dask attach it."""
    texts = (getattr(error, name, None) for name in ("tb", "traceback"))
    return next((text for text in texts if isinstance(text, str)), "")


def _is_of_user(file: str) -> bool:
    library = file.startswith((_PARBENCH, _STANDARD_LIBRARY, "<frozen ", "<string>"))
    return not library and not {"site-packages", "dist-packages"} & set(Path(file).parts)


def _frame(file: str, line: int, name: str, source: str | None) -> str:
    try:
        shown = str(Path(file).relative_to(Path.cwd()))
    except (ValueError, OSError):
        shown = file
    place = f"line {line}" if file.startswith("<") else f"{shown}:{line}"
    function = f", in {name}" if name else ""
    code = f": {source.strip()[:LONGEST_LINE]}" if source and source.strip() else ""
    return f"{place}{function}{code}"
