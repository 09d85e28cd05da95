"""Results of other tools, read and written: a module each, named in one line here.

Each has a ``NAME``, an ``ABOUT``, ``belongs(place)``, whether some content is of its format, and ``read(path)``, which
gives `Results`; those in `WRITERS` are written by ``write(results, path)``. All files are untrusted input: they are
limited in size, every value is looked at before it is used, and whatever is wrong is one sentence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from parbench.errors import ExchangeError
from parbench.exchange import asv, asv_folder, own, pyperf, pytest_benchmark
from parbench.exchange.typed import Place, loaded
from parbench.journal import FILE, LONGEST_HEADER

READERS: dict[str, ModuleType] = {each.NAME: each for each in (own, pytest_benchmark, asv, pyperf)}
WRITERS: dict[str, ModuleType] = {
    own.NAME: own,
    pytest_benchmark.NAME: pytest_benchmark,
    asv.NAME: asv_folder,
    pyperf.NAME: pyperf,
}


@dataclass(frozen=True)
class Converted:
    """What a conversion has written, from which format into which, and what a reader of it has to know."""

    path: Path
    source: str
    target: str
    cells: int
    notes: list[str]


def convert(source: str | Path, target: str | Path, source_format: str = "", target_format: str = "") -> Converted:
    """Read results in one format and write them in another; raises ExchangeError, RunFileError or UsageError.

    Formats are the names in `READERS`; one that is left out is found by what is in `source`, and by what `target` is
    called. Nothing is written over.
    """
    reads, path = Path(source), Path(target)
    if reads.is_dir() and (reads / FILE).is_file():
        reads = reads / FILE
    name = checked(source_format) or format_of(reads)
    goal = checked(target_format) or format_for(path, name)
    if name == goal:
        raise ExchangeError(f"{source} is of the format {name} already: give another one with --to.")
    results = READERS[name].read(reads)
    if not results.measured():
        raise ExchangeError(f"{source} has no cell with timings: there is nothing to convert.")
    if goal not in (own.NAME, asv.NAME) and path.exists():
        raise ExchangeError(f"{path} is there already: name another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        written = WRITERS[goal].write(results, path)
    except OSError as error:
        raise ExchangeError(f"{path} cannot be written ({error.strerror}): name a place that you can write.") from error
    return Converted(written, name, goal, len(results.measured()), results.notes)


def checked(name: str) -> str:
    """The name of a format, empty where none was given; raises ExchangeError for any other."""
    if name and name not in READERS:
        raise ExchangeError(f"there is no format {name!r}: {', '.join(READERS)}.")
    return name


def format_of(path: Path) -> str:
    """The format of a file, by its content; raises ExchangeError."""
    if path.is_dir():
        raise ExchangeError(f"{path} is a folder without a run: give one of the files in it.")
    if not path.is_file():
        raise ExchangeError(f"there is no {path}: give a file of {', '.join(READERS)}.")
    content = Place(_begin(path), path.name)
    for name, each in READERS.items():
        if each.belongs(content):
            return name
    raise ExchangeError(f"{path} is of no format that is known here: {', '.join(READERS)}.")


def _begin(path: Path) -> object:
    """The first line of a run file, or else the whole of a JSON file."""
    try:
        with path.open(encoding="utf-8") as file:
            first: object = json.loads(file.readline(LONGEST_HEADER))
    except (OSError, ValueError, RecursionError):
        return loaded(path)
    return first


def format_for(path: Path, source: str) -> str:
    """The format that a file or folder of this name is to have; raises ExchangeError where it does not tell."""
    if source != own.NAME:
        return own.NAME
    if (path / "benchmarks.json").is_file():
        return asv.NAME
    others = ", ".join(name for name in WRITERS if name != own.NAME)
    raise ExchangeError(f"{path} does not tell in which format to write: give one with --to, of {others}.")
