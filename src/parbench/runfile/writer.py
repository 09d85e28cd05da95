"""Writes a run file: one JSON object per line, appended a block at a time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType

from parbench.errors import UsageError
from parbench.runfile.header import Header
from parbench.runfile.records import Record, as_line


class Journal:
    """Writes a run file; what was flushed survives whatever happens next."""

    def __init__(self, path: Path, header: Header) -> None:
        self.path = path
        self._waiting: list[Record] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("x", encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"the run cannot be written to {path.parent} ({error.strerror}): "
                "choose another folder with --parbench-out."
            ) from error
        self.add(header)
        self.flush()

    def add(self, record: Record) -> None:
        self._waiting.append(record)

    def flush(self) -> None:
        """Write what waits, down to the disk."""
        self._file.writelines(json.dumps(as_line(record), allow_nan=False) + "\n" for record in self._waiting)
        self._waiting.clear()
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        self._file.close()
