"""Conversion of a run of parbench to a JSON file of pytest-benchmark, or of such a file to a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from parbench.errors import ExchangeError
from parbench.interchange import parbench_run, pytest_benchmark
from parbench.runfile.header import Header
from parbench.runfile.locate import FILE
from parbench.runfile.reader import LONGEST_HEADER


@dataclass(frozen=True)
class Conversion:
    """The file that a conversion wrote, the format of its input, the number of cells, and notes for the reader."""

    path: Path
    source: str
    cells: int
    notes: list[str]


def convert(source: str | Path, target: str | Path) -> Conversion:
    """Convert a run to a file of pytest-benchmark, or such a file to a run; raises ExchangeError or RunFileError.

    A file that exists is not overwritten.
    """
    path, goal = locate_input(Path(source)), Path(target)
    reader, writer = (parbench_run, pytest_benchmark) if is_run(path) else (pytest_benchmark, parbench_run)
    results = reader.read(path)
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        written = writer.write(results, goal)
    except OSError as error:
        raise ExchangeError(f"{goal} cannot be written ({error.strerror}): name a place that you can write.") from error
    return Conversion(written, reader.NAME, len({each.cell for each in results.samples}), results.notes)


def locate_input(path: Path) -> Path:
    """The file to read: `path`, or the run file in it; raises ExchangeError."""
    if path.is_dir():
        if not (path / FILE).is_file():
            raise ExchangeError(f"{path} is a folder without a run: give a file or the folder of a run.")
        return path / FILE
    if not path.is_file():
        raise ExchangeError(f"there is no {path}: give a run of parbench or a JSON file of pytest-benchmark.")
    return path


def is_run(path: Path) -> bool:
    """Whether the first line of a file is the header of a run."""
    try:
        with path.open(encoding="utf-8") as file:
            first: object = json.loads(file.readline(LONGEST_HEADER))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(first, dict) and first.get("kind") == Header.kind
