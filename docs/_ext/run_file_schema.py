"""The JSON Schema of a line of a run file, from the records and the page that explains them.

``python -m docs._ext.run_file_schema`` writes it again. Types are those that `parbench.runfile.reader` checks,
words those of docs/reference/run-file.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from parbench.runfile.calls import MOST_CALLS
from parbench.runfile.header import SCHEMA
from parbench.runfile.reader import MOST_WORKERS
from parbench.runfile.records import KINDS, SPANS, STATUSES
from parbench.workload.cell import Cell

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "reference" / "run-file.md"
FILE = ROOT / "src" / "parbench" / "runfile" / "run-file.schema.json"
#: No number in a run file reaches this.
BEYOND = 10**18
#: Checks of `parbench.runfile.reader` beyond the types: by record and field, the addition to the field's schema.
MORE: dict[str, dict[str, dict[str, Any]]] = {
    "cell": {"cores": {"minimum": 1}},
    "header": {"schema": {"const": SCHEMA}},
    "sample": {"calls": {"maxItems": MOST_CALLS}},
    "outcome": {"status": {"enum": list(STATUSES)}},
    "ceiling": {"value": {"exclusiveMinimum": 0}, "rate": {"exclusiveMinimum": 0}},
    "trace": {
        "seconds": {"exclusiveMinimum": 0},
        "busy": {"minItems": 1, "maxItems": MOST_WORKERS},
        "spans": {
            "items": {
                "type": "array",
                "items": {"type": "number", "minimum": 0, "exclusiveMaximum": BEYOND},
                "prefixItems": [{}, {"enum": list(range(len(SPANS)))}],
                "minItems": 4,
                "maxItems": 4,
            }
        },
    },
    "weight": {
        name: {"exclusiveMinimum": 0} for name in ("parts", "tasks", "stages", "whole_seconds", "longest_seconds")
    },
}
#: Fields with a default that have to be there all the same.
REQUIRED = {("header", "schema")}
ABOUT = (
    "One line of run.jsonl. A file is such lines, the header first and nowhere else; a last line that was cut short "
    "is passed over. What a schema cannot say: no whole number is written as 1.0; in a span of a trace no lane is "
    "beyond the last worker, and none ends before it begins; `created` is a date; an expectation has the limits of "
    "parbench.Expect; of several outcomes of a cell the last one counts."
)
_SECTION = re.compile(r"^### `(\w+)`\n(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def schema() -> dict[str, Any]:
    """The whole schema, as JSON has it."""
    sections = sections_of_page()
    named = {"cell": Cell, **KINDS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:parbench:run-file:{SCHEMA}",
        "title": "A line of a parbench run file",
        "description": ABOUT,
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": [
            {"if": {"properties": {"kind": {"const": kind}}}, "then": {"$ref": f"#/$defs/{kind}"}} for kind in KINDS
        ],
        "$defs": {name: record(name, kind, sections[name]) for name, kind in named.items()},
    }


def record(name: str, kind: Any, words: dict[str, str]) -> dict[str, Any]:
    """The schema of one record; its fields with the words of the page."""
    hints, more = get_type_hints(kind), MORE.get(name, {})
    properties: dict[str, Any] = {} if kind is Cell else {"kind": {"const": name}}
    for each in fields(kind):
        described = {"description": words[each.name]} if words.get(each.name) else {}
        properties[each.name] = {**described, **of_type(hints[each.name]), **more.get(each.name, {})}
    required = [
        each.name
        for each in fields(kind)
        if (each.default is MISSING and each.default_factory is MISSING) or (name, each.name) in REQUIRED
    ]
    return {
        **({"description": words[""]} if words[""] else {}),
        "type": "object",
        "required": required if kind is Cell else ["kind", *required],
        "properties": properties,
        "additionalProperties": False,
    }


def of_type(hint: Any) -> dict[str, Any]:
    """The schema of what a field of this type may hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Cell:
        return {"$ref": "#/$defs/cell"}
    if origin in (Union, UnionType):
        found = [of_type(each) for each in arguments if each is not NoneType]
        if len(found) == 1 and "type" in found[0]:
            return {**found[0], "type": [found[0]["type"], "null"]}
        return {"anyOf": found + [{"type": "null"}] * (NoneType in arguments)}
    if is_dataclass(hint):
        return of_facts(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": of_type(arguments[0])}
    if origin is dict:
        inner = of_type(arguments[1])
        return {"type": "object", **({"additionalProperties": inner} if inner else {})}
    number = {"minimum": 0, "exclusiveMaximum": BEYOND}
    plain: dict[Any, dict[str, Any]] = {
        Any: {},
        str: {"type": "string"},
        bool: {"type": "boolean"},
        int: {"type": "integer", **number},
        float: {"type": "number", **number},
    }
    return plain[hint]


def of_facts(kind: Any) -> dict[str, Any]:
    """The schema of an object in a header: its fields, without words."""
    hints = get_type_hints(kind)
    required = [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING]
    return {
        "type": "object",
        **({"required": required} if required else {}),
        "properties": {name: of_type(hint) for name, hint in hints.items()},
        "additionalProperties": False,
    }


def sections_of_page() -> dict[str, dict[str, str]]:
    """Descriptions of every record and field on the page: by record, then by field, "" for the record itself."""
    text = PAGE.read_text(encoding="utf-8")
    cell = text.partition("\n## Lines\n")[2].partition("\n### ")[0]
    found = {"cell": {**words(cell), "": "One point of a curve: what was measured."}}
    before = dict(found["cell"])  # meaning of "as above"
    for name, section in _SECTION.findall(text):
        found[name] = {
            field: said.replace("as above", before[field], 1) if said.startswith("as above") else said
            for field, said in words(section).items()
        }
        before |= found[name]
    return found


def words(section: str) -> dict[str, str]:
    """Descriptions in the tables of a section for each field, with its unit; under "" its first paragraph."""
    lead = section.strip().split("\n\n")[0]
    found = {"": "" if lead.startswith("|") else plain(lead)}
    heads: list[str] = []
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0] == "field":
            heads = cells
        elif cells and cells[0].startswith("`"):
            unit = f", in {cells[2]}" if heads[2:3] == ["unit"] and cells[2] else ""
            said = "see docs/reference/run-file.md" if cells[-1] == "see below" else plain(cells[-1])
            found |= {name: f"{said}{unit}" for name in re.findall(r"`(\w+)`", cells[0]) if said}
    return found


def plain(markdown: str) -> str:
    """Markdown as a line of plain text."""
    return " ".join(_LINK.sub(r"\1", markdown).replace("`", "").split())


def text_of(document: dict[str, Any]) -> str:
    """As it is written into the file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text_of(schema()), encoding="utf-8")
