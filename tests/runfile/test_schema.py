"""The JSON Schema of the run file: it takes what was recorded, and says of every line what the journal says."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from docs._ext import run_file_schema
from parbench.errors import RunFileError
from parbench.runfile.reader import parse
from parbench.runfile.records import KINDS, as_line
from parbench.workload.cell import Cell
from tests.runfile.test_reader_writer import made_up

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed: it comes with the extra test")

ROOT = Path(__file__).parents[2]
SHIPPED = resources.files("parbench.runfile") / "run-file.schema.json"
SCHEMA: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
RECORDED = sorted(
    (ROOT / "benchmarks" / "validate" / "recorded").glob("*.jsonl")
)  # the packed files there are no run files
VALID = jsonschema.Draft202012Validator(SCHEMA)
#: Substitutes of a value; no whole number as 2.0, which is one to a schema and none to the reader.
STRANGE: list[Any] = [
    None,
    True,
    "",
    "x",
    -1,
    0,
    1,
    2.5,
    -0.5,
    10**18,
    1e18,
    [],
    {},
    [1],
    [None],
    [[0, 1, 0, 0]],
    {"a": 1},
]


def broken(rng: random.Random, line: dict[str, Any]) -> dict[str, Any]:
    """A copy of a line with one thing in it changed, left out or added, at any depth."""
    line = copy.deepcopy(line)
    place = rng.choice([line, *containers(line)])
    keys: list[Any] = list(place) if isinstance(place, dict) else list(range(len(place)))
    what = rng.random()
    if isinstance(place, dict) and (what < 0.15 or not keys):
        place["unknown"] = rng.choice(STRANGE)
    elif not keys:
        place.append(rng.choice(STRANGE))
    elif what < 0.35:
        del place[rng.choice(keys)]
    else:
        place[rng.choice(keys)] = rng.choice(STRANGE)
    return line


def containers(value: Any) -> Iterator[Any]:
    """Every object and list within a value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        if isinstance(each, dict | list):
            yield each
            yield from containers(each)


def test_the_shipped_schema_is_made_from_the_records() -> None:
    """The file in the package is what the records and the page say now."""
    made = run_file_schema.text_of(run_file_schema.schema())
    assert SHIPPED.read_text(encoding="utf-8") == made, "run python -m docs._ext.run_file_schema"


def test_it_is_a_schema_that_knows_every_record_and_field() -> None:
    """It is valid by draft 2020-12, and has each kind of line with all of its fields, none else, and a word on each."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert set(SCHEMA["$defs"]) == {"cell", *KINDS}
    records: dict[str, type[Any]] = {"cell": Cell, **KINDS}
    for name, kind in records.items():
        properties = SCHEMA["$defs"][name]["properties"]
        assert set(properties) - {"kind"} == {each.name for each in fields(kind)}
        # a cell is explained by the record that it is
        silent = {field for field in properties if "description" not in properties[field]} - {"kind", "cell"}
        assert not silent


@pytest.mark.parametrize("path", [ROOT / "reports" / "sample" / "run.jsonl", *RECORDED], ids=lambda path: path.name)
def test_every_recorded_line_is_valid(path: Path) -> None:
    """Every line of every run that was kept is valid, those of older versions of parbench too."""
    by_kind = {kind: VALID.evolve(schema={"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"}) for kind in KINDS}
    loaded = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(loaded) > 50
    wrong = [line for line in loaded if not by_kind[line["kind"]].is_valid(line)]
    assert not wrong, jsonschema.exceptions.best_match(VALID.iter_errors(wrong[0]))
    assert all(VALID.is_valid(line) for line in loaded[:100])  # the whole schema, which is slower


def refusal(line: dict[str, Any]) -> str:
    """Why the journal refuses a line; empty where it takes it."""
    try:
        parse(json.dumps(line))
    except RunFileError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_it_agrees_with_the_journal_on_what_is_broken(kind: str) -> None:
    """Whatever the journal takes is valid, and what it refuses is not, but for what the schema says it cannot say."""
    rng = random.Random(kind)
    taken = refused = 0
    for _ in range(400):
        line = broken(rng, json.loads(json.dumps(as_line(made_up(rng, kind)))))
        reason = refusal(line)
        taken, refused = taken + (not reason), refused + bool(reason)
        if not reason:
            assert VALID.is_valid(line), f"{line} is right, and not valid"
        elif not ("trace.spans" in reason or "header.created" in reason):
            assert not VALID.is_valid(line), f"{line} is valid, and the journal says: {reason}"
    assert taken > 5
    assert refused > 100
