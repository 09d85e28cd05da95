"""The import rules of docs/architecture.md, read from the source: nothing is imported to check them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "parbench"
HARNESSES = SOURCE / "harnesses"
#: What harnesses may share with each other; everything else in their folder is one strategy a file.
SHARED = {"__init__", "base", "workers", "executors", "whole", "dask_common"}
HEAVY = {"dask", "distributed", "joblib", "numba", "numexpr", "numpy"}
MEASURING = {"pandas", "matplotlib", "pytest", "parbench.frame", "parbench.report"}
#: Rooms with the names that neither they nor anything of ours that they pull in on import may import.
#: Every other module belongs to measuring: arms start fast, stay small and run without what shows results.
NEVER = {
    "harnesses": {"parbench.campaign", "parbench.frame", "pandas", "matplotlib", "pytest"},
    "analysis": {"parbench.harnesses", "pytest", "matplotlib"},
    "report": {"parbench.harnesses", "parbench.campaign", "pytest"},
    "frame": {"parbench.harnesses", "pytest", "matplotlib"},
    "figures": {"parbench.harnesses", "parbench.campaign", "pytest"},
    "given": {"parbench.harnesses", "pytest", "matplotlib"},
    "markdown": {"parbench.harnesses", "pytest", "matplotlib"},
    "run": {"parbench.harnesses", "pytest", "matplotlib"},
    "tables": {"parbench.harnesses", "pytest", "matplotlib"},
    "stored": {"parbench.harnesses", "pytest", "matplotlib"},
    "digest": {"parbench.harnesses", "pytest", "matplotlib"},
    "exchange": {"parbench.harnesses", "pytest", "matplotlib"},
    "suite": {
        "pytest",
        "matplotlib",
        "parbench.plugin",
        "parbench.cli",
        "parbench.commands",
    },  # a face drives it; it drives the rest
    "findings": {"pytest", "matplotlib", "parbench.plugin", "parbench.cli", "parbench.commands"},
    "advising": {"pytest", "matplotlib", "parbench.plugin", "parbench.cli", "parbench.commands"},  # and this
    "checkup": {"pytest", "matplotlib", "parbench.plugin", "parbench.cli", "parbench.commands"},  # and so does this
    "plugin": {"parbench.cli", "parbench.commands"},
    "cli": {"parbench.plugin"},
    "commands": {"parbench.plugin", "pytest"},
}
ROOMS = sorted({path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()})


@cache
def imports(path: Path) -> frozenset[tuple[str, bool]]:
    """The dotted names that a file imports, each with whether it does so as soon as it is imported itself."""
    return frozenset(found(ast.parse(path.read_text(), str(path)), at_once=True))


def found(node: ast.AST, at_once: bool) -> Iterator[tuple[str, bool]]:
    """The imports below `node`; those that only type checkers see are no imports."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import):
            yield from ((alias.name, at_once) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute in this project"
            yield from ((f"{child.module}.{alias.name}", at_once) for alias in child.names)
        else:
            yield from found(child, at_once and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef))


def files_of(room: str) -> list[Path]:
    """The files of a room, which is a module or a package."""
    folder, module = SOURCE / room, SOURCE / f"{room}.py"
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [module]


def our_file(name: str) -> Path | None:
    """The file of a dotted name of ours; an attribute's is its module's."""
    parts = name.split(".")
    if parts[0] != "parbench":
        return None
    path = SOURCE.joinpath(*parts[1:])
    options = (path.with_suffix(".py"), path / "__init__.py", path.parent.with_suffix(".py"))
    return next((option for option in options if option.is_file()), SOURCE / "__init__.py")


def reached(files: list[Path]) -> dict[str, Path]:
    """All that `files` import anywhere, and what our modules pull in at once, each with a file that names it."""
    names: dict[str, Path] = {}
    waiting, seen = [(file, True) for file in files], set(files)
    for file, with_late in waiting:  # grows while it is walked
        for name, at_once in imports(file):
            if not (at_once or with_late):
                continue
            names.setdefault(name, file)
            if at_once and (ours := our_file(name)) and ours not in seen:
                seen.add(ours)
                waiting.append((ours, False))
    return names


def is_within(name: str, banned: set[str]) -> bool:
    """Whether a dotted name is one of `banned` or inside one."""
    return any(name == each or name.startswith(f"{each}.") for each in banned)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_keep_apart(room: str) -> None:
    """No room imports what its layer must not, neither itself nor through a module of ours that it needs."""
    never = NEVER.get(room, MEASURING)
    assert {name: file.name for name, file in reached(files_of(room)).items() if is_within(name, never)} == {}


def test_named_rooms_exist() -> None:
    """Every room that has a rule of its own is there, so that no rule is left without a subject."""
    assert NEVER.keys() <= set(ROOMS)


@pytest.mark.parametrize("path", sorted(HARNESSES.glob("*.py")), ids=lambda path: path.stem)
def test_harnesses_do_not_know_each_other(path: Path) -> None:
    """A harness imports the shared helpers only, never another harness."""
    others = {name for name, _ in imports(path) if name.startswith("parbench.harnesses.")}
    shared = {f"parbench.harnesses.{name}" for name in SHARED}
    table = {name for name in others if our_file(name) == HARNESSES / "__init__.py"}
    assert {name for name in others - table if not is_within(name, shared)} == set()


@pytest.mark.parametrize("path", sorted(HARNESSES.glob("*.py")), ids=lambda path: path.stem)
def test_harnesses_import_heavy_libraries_on_use(path: Path) -> None:
    """No harness imports a heavy library when it is imported itself, so that arms start fast."""
    assert {name for name, at_once in imports(path) if at_once and is_within(name, HEAVY)} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "workloads").glob("*.py")), ids=lambda path: path.stem)
def test_workloads_import_optional_packages_on_use(path: Path) -> None:
    """No workload imports the package of an extra when it is imported itself: it runs where that is not installed."""
    extras = {"joblib", "numba", "numexpr"}
    assert {name for name, at_once in imports(path) if at_once and is_within(name, extras)} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "workloads").glob("*.py")), ids=lambda path: path.stem)
def test_workloads_use_public_names(path: Path) -> None:
    """A workload imports nothing of ours but what `parbench` lists as public."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    assigned = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    public = {"parbench", *(f"parbench.{name}" for name in ast.literal_eval(assigned["__all__"]))}
    assert {name for name, _ in imports(path) if is_within(name, {"parbench"})} <= public


def test_there_are_workloads() -> None:
    """The rule for workloads has something to hold for."""
    assert list((ROOT / "workloads").glob("*.py"))


@pytest.mark.parametrize(
    ("code", "allowed"),
    [("import parbench", set()), ("import pytest, parbench.plugin", {"pytest"}), ("import parbench.arm", set())],
)
def test_imports_are_cheap(code: str, allowed: set[str]) -> None:
    """Importing the package, the plugin or the arm loads no heavy library."""
    show = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", f"{code}; {show}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    heavy = HEAVY | {"pandas", "matplotlib", "scipy", "jinja2", "psutil", "pytest", "pytest_benchmark", "ruptures"}
    assert heavy & set(done.stdout.split()) <= allowed
