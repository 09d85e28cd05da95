"""All runs below a folder, one after the other; what cannot be read is named and passed over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from parbench.errors import RunFileError
from parbench.frame import load
from parbench.runs import below

#: A date outside of these years is a mistake, or mischief.
YEARS = range(1990, 2200)
#: How much of a reason is told: it may quote a file that is anybody's.
LONGEST = 300


def load_all(folder: Path, passed_over: list[str]) -> Iterator[pd.DataFrame]:
    """The frames of all runs in `folder` and below it, as `parbench.load` gives them, by path.

    Files that cannot be read, and copies of runs that were read before, go to `passed_over` as a sentence each, which
    begins with the path. Raises RunFileError where `folder` is none.
    """
    seen: dict[str, Path] = {}
    for path in below(folder):
        try:
            frame = load(path)
            moment(frame.attrs["header"], path)
        except RunFileError as error:
            passed_over.append(one_line(str(error)))
            continue
        first = seen.setdefault(repr(frame.attrs["header"]), path)
        if first is path:
            yield frame
        else:
            passed_over.append(one_line(f"{path} is a copy of {first}."))


def moment(header: dict[str, Any], path: Path | str = "the run") -> datetime:
    """When a run was made, in UTC; raises RunFileError where its header does not say."""
    try:
        made = datetime.fromisoformat(str(header.get("created")))
        made = (made if made.tzinfo else made.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        made = None
    if made is None or made.year not in YEARS:
        raise RunFileError(f"{path} has no date that a run can have: {header.get('created')!r:.60}.")
    return made


def one_line(text: str, longest: int = LONGEST) -> str:
    """`text` without what a terminal would obey, its middle cut out where it is longer than `longest`."""
    text = "".join(sign if sign.isprintable() else "�" for sign in text)
    half = (longest - 1) // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
