"""The folder of runs, and which run is meant: a path, one of the latest, or all below a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

from parbench.errors import RunFileError

FILE = "run.jsonl"
_LATEST = re.compile(r"latest(?:~(\d{1,6}))?")
#: Content of the ``.gitignore`` of a new folder of runs: runs are large, and belong to one machine.
IGNORED = "# Made by parbench: git ignores the runs in this folder. Delete this file to commit them.\n*\n"


def create_folder(folder: Path) -> None:
    """Create a folder of runs that git ignores; a folder that exists stays as it is. Raises OSError."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")


def link_latest(folder: Path) -> None:
    """Let the link ``latest`` in `folder` lead to the run that `locate_run` finds, if the system has links."""
    fresh = folder / f".latest-{os.getpid()}"
    try:
        fresh.symlink_to(inside(folder)[-1].name, target_is_directory=True)
        fresh.replace(folder / "latest")
    except (OSError, IndexError):
        fresh.unlink(missing_ok=True)


def locate_run(name: str, folder: Path) -> Path:
    """The run called `name`: a path, or ``latest``, ``latest~1``, … among those in `folder`; raises RunFileError.

    The latest run is the one that began last, complete or not: also a comparison, or a run that is not over.
    """
    match = _LATEST.fullmatch(name)
    if match is None or Path(name).exists():
        return Path(name)
    runs = inside(folder)
    back = int(match[1] or 0)
    if back >= len(runs):
        raise RunFileError(
            f"there is no {name}: {folder} holds {len(runs)} run{'s' if len(runs) != 1 else ''}; "
            "measure with `pytest --benchmark`, or name a folder with --reports."
        )
    return runs[-1 - back]


def inside(folder: Path) -> list[Path]:
    """The folders of the runs in `folder`, oldest first: a run's name starts with its date and time."""
    return sorted(path.parent for path in folder.glob(f"[0-9]*/{FILE}"))


def below(folder: Path) -> list[Path]:
    """The run files in `folder` and below it, by path; links are not followed. Raises RunFileError for no folder."""
    if not folder.is_dir():
        raise RunFileError(f"there is no folder {folder}: give the one that holds the folders of the runs.")
    return sorted(Path(place) / FILE for place, _, files in os.walk(folder) if FILE in files)


def find(run: str | Path) -> Path:
    """The run file that `run` names: a run file, or a folder that holds one; raises RunFileError."""
    path = Path(run)
    path = path / FILE if path.is_dir() else path
    if not path.is_file():
        raise RunFileError(f"there is no run at {run}: give a {FILE} or the folder that holds one.")
    return path
