"""The import rules of docs/architecture.md, read from the source: nothing is imported to check them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.validate.structure import (
    LATE,
    ROOT,
    SOURCE,
    arrows,
    entries,
    files,
    imports,
    levels,
    room,
    source_file,
)

STRATEGIES = SOURCE / "strategies"
#: Modules that strategies may share; every other module in their folder is one strategy.
SHARED = {
    *(
        "__init__",
        "registry",
        "base",
        "configured",
        "worker_pool",
        "executors",
        "task_graph",
        "whole_array",
        "dask_base",
    ),
    *("tracing", "trace_events"),
}
HEAVY = {"dask", "distributed", "joblib", "numba", "numexpr", "numpy", "scipy", "psutil"}
SHOWING = {"pandas", "matplotlib", "jinja2", "pytest"}
#: By room: the rooms that it may import from, and the packages that it may never import, not even on use. A folder
#: without a line here fails `test_each_room_has_a_rule`.
RULES: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), SHOWING | HEAVY),
    "text": (set(), SHOWING | HEAVY),
    "workload": ({"errors", "text"}, SHOWING),
    "machine": ({"errors"}, SHOWING),
    "strategies": ({"workload", "machine", "errors"}, SHOWING),
    "runfile": ({"workload", "errors", "text"}, SHOWING | HEAVY),
    "analysis/stats": ({"errors"}, SHOWING),
    "measurement/arms": ({"workload", "strategies", "machine", "errors"}, SHOWING),
    "measurement": (
        {"workload", "strategies", "machine", "runfile", "analysis/stats", "measurement/arms", "errors", "text"},
        SHOWING,
    ),
    "analysis": ({"analysis/stats", "runfile", "workload", "errors", "text"}, {"matplotlib", "pytest"}),
    "report": ({"analysis", "analysis/stats", "runfile", "workload", "errors", "text"}, {"pytest"}),
    "interchange": ({"analysis", "runfile", "workload", "errors", "text"}, {"matplotlib", "pytest"}),
}
#: Parts of the report, with the other parts that they may import from; figures and sentences know nothing of pages.
PARTS = {
    "report/sentences": set[str](),
    "report/figures": {"report/sentences"},
    "report/terminal": {"report/sentences"},
}
#: Rooms that must be imported fast, with the packages that no module of theirs imports when it is imported itself.
FAST = dict.fromkeys(
    ("errors", "text", "workload", "machine", "strategies", "runfile", "measurement/arms", "measurement"), HEAVY
)
FAST["analysis/stats"] = {"scipy"}
FACES = ("cli", "interactive", "pytest_plugin")  # in this order: tests are named by it
RULES |= {face: (RULES.keys() - FACES, {"matplotlib"}) for face in FACES}
for face in ("cli", "interactive"):
    RULES[face][1].add("pytest")
#: The most that `python -m benchmarks.validate structure` may print.
MOST_ENTRIES, MOST_LEVELS, MOST_ARROWS = 13, 7, 70


def reached(start: list[Path]) -> dict[str, Path]:
    """All that `start` import anywhere, and all that these pull in at once, each with a file that names it."""
    names: dict[str, Path] = {}
    waiting, seen = [(file, True) for file in start], set(start)
    for file, with_late in waiting:  # grows while it is walked
        for name, at_once in imports(file):
            if not (at_once or with_late):
                continue
            names.setdefault(name, file)
            if at_once and (ours := source_file(name)) and ours not in seen:
                seen.add(ours)
                waiting.append((ours, False))
    return names


def is_within(name: str, banned: set[str]) -> bool:
    """Whether a dotted name is one of `banned` or inside one."""
    return any(name == each or name.startswith(f"{each}.") for each in banned)


def files_of(name: str) -> list[Path]:
    """The files of a room."""
    return [path for path in files() if room(path) == name]


def test_each_room_has_a_rule() -> None:
    """Every folder and every module at the top has an import rule, and no rule is without a room."""
    assert {room(path) for path in files()} == RULES.keys() | {"parbench"}


@pytest.mark.parametrize("name", sorted(RULES.keys() - FACES))
def test_the_table_of_rooms_has_the_rule(name: str) -> None:
    """The table in docs/architecture.md has a row for each room, with the rooms that it imports from."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| `{name}` \| .+ \| (.+) \|$", page, re.MULTILINE)
    assert set(re.findall(r"`([\w/]+)`", row)) == RULES[name][0]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_modules_import_from_the_rooms_that_their_rule_names(path: Path) -> None:
    """No module imports from a room that its rule does not name; only `parbench` itself names all."""
    if room(path) == "parbench":
        return
    targets = {name: source_file(name) for name, _ in imports(path)}
    rooms = {name: room(target) for name, target in targets.items() if target}
    allowed = RULES[room(path)][0] | {room(path)}
    upward = {name for name, target in rooms.items() if target not in allowed}
    assert upward == LATE.get(path.relative_to(SOURCE).as_posix(), set())


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_the_report_know_few_others(name: str) -> None:
    """Sentences import no other part of the report; figures and the terminal import sentences only."""
    paths = [path for path in files() if path.relative_to(SOURCE).as_posix().startswith(f"{name}/")]
    targets = {each: source_file(each) for path in paths for each, _ in imports(path)}
    inside = {each: target.relative_to(SOURCE).as_posix() for each, target in targets.items() if target}
    allowed = tuple(f"{each}/" for each in (name, *PARTS[name]))
    outside = {each for each, path in inside.items() if path.startswith("report/") and not path.startswith(allowed)}
    assert outside == set()


@pytest.mark.parametrize("name", RULES)
def test_rooms_do_without_packages(name: str) -> None:
    """No room imports a package that its rule bans, neither itself nor through a module that it imports at once."""
    assert {each: file.name for each, file in reached(files_of(name)).items() if is_within(each, RULES[name][1])} == {}


def test_the_house_stays_small() -> None:
    """Entries at the top, levels and arrows between rooms stay within the limits, and rooms form no circle."""
    graph = {name: targets for name, targets in arrows().items() if name != "parbench"}
    depth, count = len(levels(graph)), sum(map(len, graph.values()))
    print(f"rooms {len(graph)}, levels {depth}, arrows {count}")  # noqa: T201 - pytest -s shows it
    assert len(entries()) <= MOST_ENTRIES
    assert depth <= MOST_LEVELS
    assert count <= MOST_ARROWS


@pytest.mark.parametrize("path", sorted(STRATEGIES.glob("*.py")), ids=lambda path: path.stem)
def test_strategies_do_not_know_each_other(path: Path) -> None:
    """A strategy imports shared modules only, never another strategy."""
    names = {name for name, _ in imports(path) if name.startswith("parbench.strategies.")}
    shared = {f"parbench.strategies.{name}" for name in SHARED}
    assert {name for name in names if not is_within(name, shared)} == set()


@pytest.mark.parametrize("name", FAST)
def test_fast_rooms_import_heavy_libraries_on_use(name: str) -> None:
    """No module of a fast room imports a heavy library when it is imported itself: arms and pytest start fast."""
    at_once = {(each, path.name) for path in files_of(name) for each, now in imports(path) if now}
    assert {(each, file) for each, file in at_once if is_within(each, FAST[name])} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "workloads").glob("*.py")), ids=lambda path: path.stem)
def test_workloads_import_optional_packages_on_use(path: Path) -> None:
    """No workload imports the package of an extra when it is imported itself: it runs if that is not installed."""
    extras = {"joblib", "numba", "numexpr"}
    assert {name for name, at_once in imports(path) if at_once and is_within(name, extras)} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "workloads").glob("*.py")), ids=lambda path: path.stem)
def test_workloads_use_public_names(path: Path) -> None:
    """A workload imports from parbench only what it lists as public."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    public = {"parbench", *(f"parbench.{name}" for name in ast.literal_eval(assigned["__all__"]))}
    assert {name for name, _ in imports(path) if is_within(name, {"parbench"})} <= public


def test_there_are_workloads() -> None:
    """The rule for workloads has something to hold for."""
    assert list((ROOT / "workloads").glob("*.py"))


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import parbench", set()),
        ("import pytest, parbench.pytest_plugin.plugin", {"pytest"}),
        ("import parbench.measurement.arms.cell_arm", set()),
    ],
)
def test_imports_are_cheap(code: str, allowed: set[str]) -> None:
    """Importing the package, the plugin or the arm loads no heavy library."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", f"{code}; {show}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    heavy = HEAVY | SHOWING | {"pytest_benchmark", "ruptures"}
    assert heavy & set(done.stdout.split()) <= allowed
