"""The run file: written records are read back, and files from elsewhere are not trusted."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from parbench import Expect
from parbench.errors import RunFileError, UsageError
from parbench.runfile.header import Header
from parbench.runfile.locate import FILE, find
from parbench.runfile.reader import header_of, parse, read
from parbench.runfile.records import (
    KINDS,
    STATUSES,
    AloneSample,
    Ceiling,
    Confirming,
    Footer,
    Memory,
    Outcome,
    Record,
    ReplicaSample,
    RunWarning,
    Sample,
    Trace,
    Waiting,
    WorkloadCost,
    as_line,
)
from parbench.runfile.writer import Journal
from parbench.workload.cell import Cell
from parbench.workload.facts import WorkloadFacts
from tests.support import fake_arms

CELL = Cell("doubles", 1000, "threads", 2)
RECORDS: list[Record] = [
    fake_arms.header(),
    Sample(CELL, 0, 1, "steady", 0.25, 3, 0.5, [0, 1], 0.3, [998, 1000, 1602]),
    Sample(CELL, 0, 0, "start", 0.0),
    ReplicaSample(CELL, 0, 1, 0.26),
    AloneSample(CELL, True, 1, 0.26, 0.3),
    Ceiling(0, 1, "memory", 2, 1.7),
    Memory(CELL, 0, 12345),
    Trace(CELL, 0, 0.5, 0.4, 3, [0.25, 0.0], spans=[[1, 1, 0.0, 0.25], [0, 4, 0.25, 0.5]]),
    WorkloadCost(
        Cell("doubles", 1000, "serial", 1),
        0,
        2,
        2,
        1,
        0.6,
        0.5,
        None,
        0.0,
        0.0,
        0.5,
        0.25,
        0.3,
        0.4,
        800,
        None,
        0.01,
        None,
        True,
    ),
    Outcome(CELL, "crash", "its worker “died”\nat once"),
    RunWarning("mind the gap"),
    Confirming(3),
    Footer(1.5, 1, {"timed samples": 0.5}),
]


def write(folder: Path, *lines: str | bytes) -> Path:
    """A run file of the header and these lines."""
    path = folder / FILE
    first = json.dumps(as_line(fake_arms.header())).encode()
    path.write_bytes(b"\n".join([first, *(line.encode() if isinstance(line, str) else line for line in lines)]))
    return path


def line_of(record: Record, **changes: Any) -> str:
    """The line of a record with some of its fields replaced."""
    return json.dumps({**as_line(record), **changes})


#: The times of a weight that are always there.
SECONDS = [each.name for each in fields(WorkloadCost) if each.name.endswith("_seconds") and each.type == "float"]


def made_up(rng: random.Random, kind: str) -> Record:
    """A record of `kind` with random values of the right types."""

    def text() -> str:
        return "".join(rng.choice('aé"\\\n\u2028{},漢🙂') for _ in range(rng.randrange(9)))

    def whole() -> int:
        return rng.randrange(10 ** rng.randrange(1, 18))

    def count() -> int:
        return 1 + rng.randrange(10**6)

    cell = Cell(text(), whole(), text(), count(), count(), text())
    seconds = rng.random() * 10.0 ** rng.randrange(-9, 9)
    values: dict[str, Callable[[], Record]] = {
        "header": lambda: fake_arms.header(
            run=text(), seed=whole(), command=[text(), text()], machine={"cpu_model": text(), "cores_host": whole()}
        ),
        "sample": lambda: Sample(
            cell, whole(), whole(), "first", seconds, whole(), rng.choice([None, seconds]), calls=[count()]
        ),
        "again": lambda: ReplicaSample(cell, whole(), whole(), seconds),
        "alone": lambda: AloneSample(cell, rng.random() < 0.5, whole(), seconds),
        "ceiling": lambda: Ceiling(whole(), whole(), "compute", whole(), seconds + 1e-9),
        "memory": lambda: Memory(cell, whole(), whole()),
        "trace": lambda: Trace(cell, whole(), seconds + 1e-9, seconds, whole(), [seconds, 0.0], unseen=text()),
        "weight": lambda: WorkloadCost(
            cell=cell,
            block=whole(),
            parts=count(),
            tasks=count(),
            stages=count(),
            vectorized_seconds=rng.choice([None, seconds]),
            in_bytes=rng.choice([None, whole()]),
            out_bytes=whole(),
            in_seconds=seconds,
            out_seconds=None,
            in_place=rng.random() < 0.5,
            **dict.fromkeys(SECONDS, seconds + 1e-9),
        ),
        "outcome": lambda: Outcome(cell, rng.choice(STATUSES), text()),
        "waiting": lambda: Waiting(text(), whole(), seconds),
        "warning": lambda: RunWarning(text()),
        "confirming": lambda: Confirming(whole()),
        "footer": lambda: Footer(seconds, whole()),
    }
    return values[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_comes_back_as_it_was(kind: str) -> None:
    """Whatever a record holds, its line is one line and is read as an equal record."""
    rng = random.Random(kind)
    for _ in range(100):
        record = made_up(rng, kind)
        line = json.dumps(as_line(record))
        assert "\n" not in line
        assert parse(line) == record


def test_a_run_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Everything added comes back in order, and the folder and the file name the same run."""
    with Journal(tmp_path / "run" / FILE, fake_arms.header()) as journal:
        for record in RECORDS[1:]:
            journal.add(record)
    assert list(read(tmp_path / "run")) == RECORDS == list(read(str(journal.path)))
    assert header_of(tmp_path / "run") == RECORDS[0]


def test_chunks_called_own_are_read_as_auto(tmp_path: Path) -> None:
    """Settings, margins by cell and expectations of a run of older versions mean what they meant."""
    expects = [{"strategy": "threads", "relation": "above", "than": 1.0, "why": "theory", "chunks": "own"}]
    settings = {"chunks": ["4", "own"], "margins": {"own-8-threads-2xown": 0.2, "xown-8-threads-2": 0.3}}
    line = as_line(fake_arms.header()) | {
        "workloads": {"own": {"about": "own", "expects": expects}},
        "settings": settings,
    }
    (tmp_path / FILE).write_text(json.dumps(line) + "\n")
    for loaded in (next(read(tmp_path)), header_of(tmp_path)):
        assert isinstance(loaded, Header)
        assert loaded.settings.chunks == ["4", "auto"]
        assert loaded.settings.margins == {"own-8-threads-2xauto": 0.2, "xown-8-threads-2": 0.3}
        assert loaded.workloads == {
            "own": WorkloadFacts(about="own", expects=[Expect("threads", "above", 1.0, "theory", chunks="auto")])
        }


def test_what_was_flushed_is_in_the_file(tmp_path: Path) -> None:
    """The header at once and the rest at each flush, before the file is closed."""
    with Journal(tmp_path / FILE, fake_arms.header()) as journal:
        assert len(list(read(tmp_path))) == 1
        journal.add(RunWarning("one"))
        assert len(list(read(tmp_path))) == 1
        journal.flush()
        assert len(list(read(tmp_path))) == 2


def test_a_run_is_never_written_over(tmp_path: Path) -> None:
    """A second run of the same name, and a folder that cannot be, are refused with the option to change."""
    with Journal(tmp_path / FILE, fake_arms.header()), pytest.raises(UsageError, match="--parbench-out"):
        Journal(tmp_path / FILE, fake_arms.header())
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--parbench-out"):
        Journal(tmp_path / "file" / "run" / FILE, fake_arms.header())


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_last_line_cut_short_is_passed_over(tmp_path: Path, kept: int) -> None:
    """If a run was killed within its last line, the lines before it are read."""
    write(tmp_path, line_of(RunWarning("one")), line_of(RECORDS[1])[:kept])
    assert list(read(tmp_path)) == [fake_arms.header(), RunWarning("one")]


@pytest.mark.parametrize("garbage", ["garbage", "{", '{"kind": "warning"', "\x00\x01", "1e", "'single'"])
def test_garbage_in_the_middle_is_an_error_with_its_line(tmp_path: Path, garbage: str) -> None:
    """A line that is no JSON, and not the last, is named by its number."""
    write(tmp_path, line_of(RunWarning("one")), garbage, line_of(RunWarning("two")), "")
    with pytest.raises(RunFileError, match=r"run\.jsonl, line 3: "):
        list(read(tmp_path))


BAD_LINES = {
    "a number": "1",
    "a list": "[]",
    "nothing": "null",
    "no kind": "{}",
    "an unknown kind": '{"kind": "surprise"}',
    "a kind that is a list": '{"kind": []}',
    "a second header": line_of(fake_arms.header()),
    "a missing field": '{"kind": "warning"}',
    "an unknown field": line_of(RunWarning("x"), more=1),
    "text for a number": line_of(RECORDS[1], seconds="1"),
    "a number for text": '{"kind": "warning", "text": 1}',
    "true for a number": line_of(RECORDS[1], seconds=True),
    "a fraction for a whole": line_of(RECORDS[1], block=0.5),
    "nothing for a number": line_of(RECORDS[1], seconds=None),
    "a negative time": line_of(RECORDS[1], seconds=-1e-9),
    "a negative block": line_of(RECORDS[1], block=-1),
    "a list for a cell": line_of(RECORDS[1], cell=[]),
    "a cell with more": line_of(RECORDS[1], cell={**vars(CELL), "colour": "red"}),
    "a cell with less": line_of(RECORDS[1], cell={"workload": "x"}),
    "a cell without cores": line_of(RECORDS[1], cell={**vars(CELL), "cores": 0}),
    "an unknown phase": line_of(RECORDS[1], phase="middle"),
    "a phase that is a list": line_of(RECORDS[1], phase=["steady"]),
    "an unknown status": line_of(RECORDS[5], status="fine"),
    "CPUs that are text": line_of(RECORDS[1], cpus="01"),
    "a CPU that is text": line_of(RECORDS[1], cpus=["0"]),
    "a ceiling of 0": line_of(RECORDS[3], value=0),
    "a rate of 0": line_of(RECORDS[3], rate=0),
    "a negative rate": line_of(RECORDS[3], rate=-1.0),
    "NaN beside half a character": '{"kind": "warning", "text": "\\ud800", "x": NaN}',
    "NaN": line_of(RECORDS[1], seconds=float("nan")),
    "infinity": line_of(RECORDS[1], seconds=float("inf")),
    "minus infinity": line_of(RECORDS[1], seconds=float("-inf")),
    "more than a float": line_of(RECORDS[1]).replace("0.25", "1e999"),
    "a huge number": line_of(RECORDS[1], block=10**30),
    "a number of too many digits": line_of(RECORDS[1]).replace("0.25", "9" * 5000),
    "deep nesting": '{"kind": ' + "[" * 100_000,
    "deep nesting that is closed": '{"kind": ' + "[" * 100_000 + "]" * 100_000 + "}",
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_what_may_not_be_is_refused_with_its_line(tmp_path: Path, bad: str) -> None:
    """Wrong types, values and shapes are a RunFileError that names the line in one short sentence."""
    write(tmp_path, bad, line_of(RunWarning("after")), "")
    with pytest.raises(RunFileError, match=r"run\.jsonl, line 2: ") as caught:
        list(read(tmp_path))
    assert len(str(caught.value)) < len(str(tmp_path)) + 250


@pytest.mark.parametrize(
    "field", [each.name for each in fields(Header) if each.name not in ("schema", "label", "project")]
)
def test_a_header_needs_all_its_fields(tmp_path: Path, field: str) -> None:
    """A header with a field missing, or of no type that it may be of, is refused."""
    plain = as_line(fake_arms.header())
    for changed in ({k: v for k, v in plain.items() if k != field}, {**plain, field: None}):
        (tmp_path / FILE).write_text(json.dumps(changed) + "\n")
        with pytest.raises(RunFileError, match=f"line 1: .*{field}"):
            list(read(tmp_path))


@pytest.mark.parametrize("schema", [0, 2, "1", None, [1]])
def test_another_schema_is_refused(tmp_path: Path, schema: object) -> None:
    """A file of another schema says which one it has and what to do."""
    (tmp_path / FILE).write_text(line_of(fake_arms.header(), schema=schema) + "\n")
    with pytest.raises(RunFileError, match="use the version that wrote it"):
        list(read(tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\x89PNG\r\n\x1a\n\x00\xff",
        b"\xff\xfe{\x00}\x00",
        b"\x00" * 100,
        line_of(RunWarning("x")).encode(),
        line_of(fake_arms.header())[:50].encode(),
    ],
    ids=["empty", "blank", "a picture", "UTF-16", "zeros", "no header", "a header cut short"],
)
def test_what_is_no_run_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file of anything else is a RunFileError that names it, also where only its header is wanted."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(RunFileError, match=r"run\.jsonl"):
        list(read(tmp_path))
    with pytest.raises(RunFileError, match=r"run\.jsonl"):
        header_of(tmp_path)


def test_where_there_is_no_run_the_path_is_named(tmp_path: Path) -> None:
    """A folder without a run file and a path that leads nowhere are refused in words."""
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(RunFileError, match=f"there is no run at {path}"):
            find(path)


@pytest.mark.parametrize("calls", [[1000] * 65, [-1], [1.5], [10**18], "1000", None])
def test_calls_that_no_sample_has_are_refused(calls: Any) -> None:
    """Times of calls are a short list of whole numbers that are at least 0."""
    sample = Sample(CELL, 0, 1, "steady", 0.25, calls=[1000] * 64)
    assert parse(line_of(sample)) == sample
    with pytest.raises(RunFileError, match=r"sample\.calls"):
        parse(line_of(sample, calls=calls))


@pytest.mark.parametrize(
    "changes",
    [
        {"busy": []},
        {"seconds": 0},
        {"spans": [[1, 1, 0.0]]},
        {"spans": [[3, 1, 0.0, 1.0]]},
        {"spans": [[1, 9, 0.0, 1.0]]},
        {"spans": [[1, 1, 2.0, 1.0]]},
        {"spans": [[1.5, 1, 0.0, 1.0]]},
    ],
)
def test_a_trace_that_is_none_of_a_call_is_refused(changes: dict[str, Any]) -> None:
    """Workers, lanes, kinds and times of a trace fit together, or the line is refused."""
    trace = Trace(CELL, 0, 0.5, 0.4, 3, [0.25, 0.0])
    assert parse(line_of(trace)) == trace
    with pytest.raises(RunFileError, match="trace"):
        parse(line_of(trace, **changes))
