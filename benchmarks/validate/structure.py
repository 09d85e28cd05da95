"""The structure of the source: entries, rooms, levels and arrows, and lines of code.

A room is a folder of `src/parbench` (or a module at its top) with an import rule of its own; see
`docs/architecture.md`.
An arrow is a pair of rooms of which one imports from the other. A level is a step of the longest chain of arrows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "parbench"
#: The only import against the direction of the rooms, and not counted: users read `parbench.advise(…).sentence`, which
#: the report words when it is asked for.
LATE = {"analysis/advice/advice.py": {"parbench.report.sentences.advice.sentence"}}
#: Folders inside a room that are rooms of their own, because their import rule is stricter.
INNER = ("analysis/stats", "measurement/arms")
#: Entries at the top that are no rooms: the public names, the marker of types, the public style of figures.
APART = {"__init__.py", "__pycache__", "py.typed", "paper.mplstyle"}


def entries() -> list[str]:
    """The entries of `src/parbench` besides those in `APART`, sorted."""
    return sorted(path.name for path in SOURCE.iterdir() if path.name not in APART)


def room(path: Path) -> str:
    """The room of a source file, such as ``measurement`` or ``analysis/stats``; ``parbench`` for the public names."""
    inside = path.relative_to(SOURCE).as_posix()
    inner = next((name for name in INNER if inside.startswith(f"{name}/")), "")
    top = inside.partition("/")[0].removesuffix(".py")
    return inner or (top if top != "__init__" else "parbench")


def files() -> list[Path]:
    """All source files."""
    return sorted(SOURCE.rglob("*.py"))


@cache
def imports(path: Path) -> frozenset[tuple[str, bool]]:
    """The dotted names that a file imports, each with whether the import runs as soon as the file is imported."""
    return frozenset(_imports(ast.parse(path.read_text(encoding="utf-8"), str(path)), at_once=True))


def _imports(node: ast.AST, at_once: bool) -> Iterator[tuple[str, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, at_once) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute in this project"
            yield from ((f"{child.module}.{alias.name}", at_once) for alias in child.names)
        else:
            yield from _imports(child, at_once and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def source_file(name: str) -> Path | None:
    """The source file of a dotted name or of the module that has it as attribute; None if it is not parbench's."""
    parts = name.split(".")
    if parts[0] != "parbench":
        return None
    path = SOURCE.joinpath(*parts[1:])
    options = (
        path.with_suffix(".py"),
        path / "__init__.py",
        path.parent.with_suffix(".py"),
        path.parent / "__init__.py",
    )
    return next((option for option in options if option.is_file()), SOURCE / "__init__.py")


def arrows() -> dict[str, set[str]]:
    """By room, the rooms that it imports from, imports on use included, except those in `LATE`."""
    found: dict[str, set[str]] = {room(path): set() for path in files()}
    for path in files():
        late = LATE.get(path.relative_to(SOURCE).as_posix(), set())
        targets = (source_file(name) for name, _ in imports(path) if name not in late)
        found[room(path)] |= {room(target) for target in targets if target} - {room(path)}
    return found


def levels(graph: Mapping[str, Iterable[str]]) -> list[set[str]]:
    """The rooms by level, lowest first; raises graphlib.CycleError if rooms import each other in a circle."""
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    found = []
    while ready := sorter.get_ready():
        found.append(set(ready))
        sorter.done(*ready)
    return found


def lines(folder: Path) -> int:
    """The lines of all Python files below `folder`."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py"))


def main(arguments: list[str]) -> None:
    """Print the structure."""
    del arguments
    graph = {name: targets for name, targets in arrows().items() if name != "parbench"}
    print(f"entries at the top: {len(entries())}: {' '.join(entries())}")
    print(f"rooms: {len(graph)}, arrows between them: {sum(map(len, graph.values()))}")
    for number, names in enumerate(levels(graph), start=1):
        print(f"level {number}: {' '.join(sorted(names))}")
    print(f"lines of Python: source {lines(SOURCE):,}, tests {lines(ROOT / 'tests'):,}")
