"""Reads a run file as untrusted input: each line is checked once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from parbench.errors import RunFileError, WorkloadError
from parbench.runfile.calls import MOST_CALLS
from parbench.runfile.header import SCHEMA, Header, with_today_words
from parbench.runfile.locate import find
from parbench.runfile.records import (
    KINDS,
    SPANS,
    STATUSES,
    Ceiling,
    Memory,
    Outcome,
    Record,
    ReplicaSample,
    Sample,
    Trace,
    WorkloadCost,
)

#: A header is no longer than this, characters.
LONGEST_HEADER = 10_000_000
#: A trace has no more workers than this.
MOST_WORKERS = 100_000
T = TypeVar("T")


def read(run: str | Path) -> Iterator[Record]:
    """The records of a run file, header first, each checked; raises RunFileError with the line's number.

    A last line that was cut short is passed over: that is how a killed run ends.
    """
    path = find(run)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise RunFileError(f"{path} cannot be read as a run file: {error}.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = parse(line)
        except json.JSONDecodeError as error:
            if number == len(lines) and number > 1:
                return
            raise RunFileError(f"{path}, line {number}: not a line of a run file ({error.msg}).") from error
        except RunFileError as error:
            raise RunFileError(f"{path}, line {number}: {error}") from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, or as many brackets
            raise RunFileError(f"{path}, line {number}: not a line of a run file ({error}).") from error
        if (number == 1) is not isinstance(record, Header):
            raise RunFileError(f"{path}, line {number}: the first line, and no other, must be the header.")
        yield record
    if not any(line.strip() for line in lines):
        raise RunFileError(f"{path} is empty: it holds no run.")


def header_of(run: str | Path) -> Header:
    """The header of a run alone, without reading the rest; raises RunFileError."""
    path = find(run)
    try:
        with path.open(encoding="utf-8") as file:
            record = parse(file.readline(LONGEST_HEADER))
    except (OSError, ValueError, RecursionError) as error:  # a JSONDecodeError is a ValueError, too
        raise RunFileError(f"{path} does not begin with the header of a run ({error}).") from error
    if not isinstance(record, Header):
        raise RunFileError(f"{path} does not begin with the header of a run.")
    return record


def parse(line: str) -> Record:
    """One line as a record; raises JSONDecodeError or RunFileError."""
    if "\\ud" in line.lower():  # half a character, as in a file name that is no text, can be shown nowhere
        line = json.dumps(json.loads(line), ensure_ascii=False).encode(errors="replace").decode()
    loaded = json.loads(line, parse_constant=_no_constant)
    kind = loaded.get("kind") if isinstance(loaded, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise RunFileError(f"unknown kind of line {kind!r}; this parbench reads {', '.join(KINDS)}.")
    if kind == "header" and loaded.get("schema") != SCHEMA:
        raise RunFileError(
            f"its schema is {loaded.get('schema')!r} and this parbench reads {SCHEMA}: use the version that wrote it."
        )
    if kind == "header":
        loaded = with_today_words(loaded)
    record: Record = built(KINDS[kind], {name: value for name, value in loaded.items() if name != "kind"}, kind)
    _check_values(record)
    return record


def _check_values(record: Record) -> None:
    """Raise RunFileError for values of the right type that nothing can be computed from."""
    if isinstance(record, Header):
        record.check()
    if isinstance(record, Outcome) and record.status not in STATUSES:
        raise RunFileError(f"unknown status {record.status!r}: one of {', '.join(STATUSES)}.")
    if isinstance(record, Sample | ReplicaSample | Memory | Trace | WorkloadCost | Outcome) and record.cell.cores < 1:
        raise RunFileError(f"{record.kind}.cell has no cores.")
    if isinstance(record, Ceiling) and (record.value <= 0 or record.rate == 0):
        raise RunFileError("ceiling.value or ceiling.rate is 0, which no machine gives.")
    if isinstance(record, Sample) and len(record.calls) > MOST_CALLS:
        raise RunFileError(f"sample.calls has {len(record.calls):,} entries: at most {MOST_CALLS} are allowed.")
    if isinstance(record, Trace):
        _check_trace(record)
    if isinstance(record, WorkloadCost) and not (
        record.parts and record.stages and record.tasks and record.whole_seconds and record.longest_seconds
    ):
        raise RunFileError("weight is one of no work: it has no parts, tasks, stages or seconds.")


def _check_trace(trace: Trace) -> None:
    """Raise RunFileError for a trace that is not one of a call."""
    if not 0 < len(trace.busy) <= MOST_WORKERS or trace.seconds <= 0:
        raise RunFileError("trace.busy has no entry, or too many, or trace.seconds is 0.")
    for span in trace.spans:
        if (
            len(span) != 4
            or span[0] not in range(len(trace.busy) + 1)
            or span[1] not in range(len(SPANS))
            or span[2] > span[3]
        ):
            raise RunFileError(f"trace.spans has {span!r:.60}, which is no lane, kind, begin and end.")


def _no_constant(name: str) -> None:
    raise RunFileError(f"{name} is not a number that a run file may hold.")


@cache
def _fields(kind: Any) -> tuple[dict[str, Any], dict[str, Field[Any]]]:
    """The types of the fields of a dataclass, and the fields, by name."""
    return get_type_hints(kind), {each.name: each for each in fields(kind)}


def built(kind: type[T], loaded: dict[str, Any], where: str) -> T:
    """An instance of the dataclass `kind`, every field present, known and of its type; raises RunFileError."""
    hints, known = _fields(cast(Any, kind))  # type checkers do not count a type variable as hashable
    if unknown := sorted(set(loaded) - set(known)):
        raise RunFileError(f"{where} has an unknown field {unknown[0]!r}.")
    values = {}
    for name, each in known.items():
        if name in loaded:
            values[name] = _checked(loaded[name], hints[name], f"{where}.{name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise RunFileError(f"{where} lacks the field {name!r}.")
    try:
        return kind(**values)
    except WorkloadError as error:  # an expectation
        raise RunFileError(f"{where}: {error}") from error


def _checked(value: Any, hint: Any, where: str) -> Any:
    """`value` if it is what the type `hint` says, an int passing for a float."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if is_dataclass(hint) and isinstance(value, dict):
        return built(cast(Any, hint), value, where)
    if origin in (Union, UnionType):
        return _one_of(value, arguments, where)
    if origin is Literal and value in arguments:
        return value
    if origin is list and isinstance(value, list):
        return [_checked(item, arguments[0], f"{where}[]") for item in value]
    if origin is dict and isinstance(value, dict):
        return {name: _checked(item, arguments[1], f"{where}.{name}") for name, item in value.items()}
    return _plain(value, hint, where)


def _one_of(value: Any, hints: tuple[Any, ...], where: str) -> Any:
    """`value` if it is of one of these types."""
    if value is None and NoneType in hints:
        return None
    *others, last = (each for each in hints if each is not NoneType)
    for each in others:
        with suppress(RunFileError):
            return _checked(value, each, where)
    return _checked(value, last, where)


def _plain(value: Any, hint: Any, where: str) -> Any:
    """The same for text and numbers."""
    if hint is str and isinstance(value, str):
        return value
    if hint is bool and isinstance(value, bool):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if hint is float and -1e18 < value < 1e18:
            return _number(float(value), where)
        if hint is int and isinstance(value, int):
            return _number(value, where)
    raise RunFileError(f"{where} is {value!r:.60}, which is not of the type it must be.")


def _number(value: Any, where: str) -> Any:
    # everything that is counted or timed here is at least 0 and fits a double
    if not 0 <= value < 1e18:
        raise RunFileError(f"{where} is {value!r}, which is out of range.")
    return value
