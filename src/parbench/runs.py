"""Which run is meant: a path, or one of the latest."""

from __future__ import annotations

import re
from pathlib import Path

from parbench.errors import RunFileError
from parbench.journal import FILE

_LATEST = re.compile(r"latest(?:~(\d{1,6}))?")


def named(name: str, folder: Path) -> Path:
    """The run called `name`: a path, or ``latest``, ``latest~1``, … among those in `folder`; raises RunFileError."""
    found = _LATEST.fullmatch(name)
    if found is None or Path(name).exists():
        return Path(name)
    # a run's name starts with its date and time
    runs = sorted(path.parent for path in folder.glob(f"[0-9]*/{FILE}"))
    back = int(found[1] or 0)
    if back >= len(runs):
        raise RunFileError(
            f"there is no {name}: {folder} holds {len(runs)} run{'s' if len(runs) != 1 else ''}; "
            "measure with `pytest --benchmark`, or name a folder with --reports."
        )
    return runs[-1 - back]
