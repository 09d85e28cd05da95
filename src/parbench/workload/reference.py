"""References to workloads, by which another process finds them: a module and a name.

A workload is not pickled for an arm, so it may contain lambdas and closures; only one that no other process can import
is in a file, see `by_value`. The workers of an arm get a function that cannot be pickled as a `ByReference`.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module, util
from importlib.machinery import ModuleSpec
from operator import attrgetter
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from parbench.errors import ParbenchError, UsageError, WorkloadError
from parbench.workload.error_place import raised
from parbench.workload.function import innermost
from parbench.workload.workload import Workload

#: The module of a script, a notebook and an interactive session, which every process has for itself.
MAIN = "__main__"
#: Classes of pytest with the arguments of a mark; an arm need not have pytest.
MARKS = ("Mark", "MarkDecorator")
#: Steps from a module to a workload: a class, its function, its mark, a list among the arguments of the mark.
MOST_STEPS = 5


@dataclass(frozen=True)
class Reference:
    """The place of a workload: a module, its file and a top-level name; without a module a file of `by_value`.

    The name may go on with dots to a part of a list or a dict, or to an argument of a mark of pytest.
    """

    module: str
    file: str
    name: str


def locate(workload: Workload, modules: Iterable[str]) -> Reference:
    """Find `workload` by its name in the module of its kernel or else in `modules`, or in a list, dict or mark there.

    The module of the kernel comes first because a test file needs pytest, which another interpreter may lack. Raises
    WorkloadError if there is no such name, as for a workload inside of a function.
    """
    for name in (getattr(innermost(workload.kernel), "__module__", ""), *modules):
        module = sys.modules.get(name) if name != MAIN else None
        path = _path_to(workload, module) if module else ""
        if path:
            return Reference(name, getattr(module, "__file__", None) or "", path)
    raise WorkloadError(
        f"workload {workload.name!r} has no name at the top level of a module, so no other process can find it: "
        "assign it to a variable of the test file or of an importable module."
    )


def _path_to(workload: Workload, value: Any, steps: int = MOST_STEPS) -> str:
    """The names of parts, with dots, that lead from a value to the workload; empty if none do."""
    parts = _parts(value) if steps else {}
    direct = next((name for name, each in parts.items() if each is workload), "")
    deeper = ((name, _path_to(workload, each, steps - 1)) for name, each in parts.items())
    return direct or next((f"{name}.{path}" for name, path in deeper if path), "")


def _parts(value: Any) -> dict[str, Any]:
    """The parts of a value that may be or contain workloads: of modules, classes, lists, dicts, and marks of pytest."""
    if isinstance(value, ModuleType | type):
        own = value.__name__ if isinstance(value, ModuleType) else value.__module__
        return {
            name: each
            for name, each in list(vars(value).items())
            if _is_kind(each, "list", "tuple", "dict")
            or (isinstance(each, FunctionType | type) and each.__module__ == own)
        }
    if type(value).__name__ in MARKS:
        value = value.args
    elif isinstance(value, FunctionType):
        value = getattr(value, "pytestmark", ())
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {str(index): each for index, each in enumerate(items) if _is_kind(each, "list", "tuple")}


def _is_kind(value: Any, *names: str) -> bool:
    """Whether a value is a workload, a mark of pytest, or of a class with one of these names."""
    return isinstance(value, Workload) or type(value).__name__ in (*MARKS, *names)


def parse_place(text: str) -> Reference:
    """The reference for ``module:name`` or ``file.py:name``, which is imported; raises UsageError or WorkloadError."""
    place, _, name = text.rpartition(":")
    if Path(place).suffix == ".py":
        if not Path(place).is_file():
            raise UsageError(f"there is no file {place}: give the file that has the workload, as file.py:workload.")
        reference = _reference_in_file(Path(place).resolve(), name)
    else:
        _add_to_path(Path.cwd())
        try:
            spec = util.find_spec(place)
        except (ImportError, ValueError):
            spec = None
        if spec is None or not name:
            raise UsageError(
                f"there is no module {place!r} to import from here: give module:workload or file.py:workload."
            )
        reference = Reference(place, spec.origin or "", name)
    try:
        load(reference)
    except ParbenchError:
        raise
    except Exception as error:  # a user's module may raise anything
        raise WorkloadError(f"{place} cannot be imported: it raised {raised(error)}.") from error
    return reference


def _reference_in_file(file: Path, name: str) -> Reference:
    """A reference to a file as a module of the packages that contain it, whose folder becomes part of the path."""
    module, folder = file.stem, file.parent
    while (folder / "__init__.py").is_file():
        module, folder = f"{folder.name}.{module}", folder.parent
    _add_to_path(folder)
    return Reference(module, str(file), name)


def _add_to_path(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


@cache
def load(reference: Reference) -> tuple[Workload, bool]:
    """The workload, and whether its module was found the way a plain ``import`` finds it."""
    if not reference.module:
        workload, classes = pickle.loads(Path(reference.file).read_bytes())
        for name, each in classes.items():
            vars(sys.modules[MAIN]).setdefault(name, each)
        return workload, False
    module, plain = _import(reference)
    found: Any = module
    for name in reference.name.split("."):
        found = _parts(found).get(name)
    if not isinstance(found, Workload):
        raise WorkloadError(f"{Path(reference.file).name} has no workload named {reference.name!r} at its top level.")
    return found, plain


def _import(reference: Reference) -> tuple[ModuleType, bool]:
    before = set(sys.modules)
    try:
        module = import_module(reference.module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{reference.module}.".startswith(f"{error.name}."):
            raise
    else:
        file = getattr(module, "__file__", None) or ""
        if not reference.file or Path(file).resolve() == Path(reference.file).resolve():
            return module, True
    file = Path(reference.file)
    if not file.is_file():
        raise WorkloadError(f"the file of this workload, {file.name}, does not exist.")
    _import_packages(reference.module, file.parent if file.name == "__init__.py" else file, before)
    return _import_file(reference.module, file), False


def _import_packages(name: str, path: Path, before: Collection[str]) -> None:
    """Import the packages around `path` by their folders, as pytest does, so that relative imports work.

    Packages that were imported `before` stay; others of these names come from another place.
    """
    package = name.rpartition(".")[0]
    if package and package not in before:
        folder = path.parent
        _import_packages(package, folder, before)
        _import_file(package, folder / "__init__.py")


def _import_file(name: str, file: Path) -> ModuleType:
    """Import a file under `name`, and a folder without ``__init__.py`` as a namespace package."""
    spec = util.spec_from_file_location(name, file)
    if not file.is_file():
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(file.parent)]
    assert spec is not None  # the file is Python's
    sys.modules[name] = module = util.module_from_spec(spec)
    if spec.loader is not None and file.is_file():
        spec.loader.exec_module(module)
    package, _, attribute = name.rpartition(".")
    if package:
        setattr(sys.modules[package], attribute, module)
    return module


class ByReference:
    """A function of a workload that is pickled as a reference and `form`, its dotted name in the workload."""

    def __init__(self, reference: Reference, form: str) -> None:
        self.reference = reference
        self.form = form
        self.function = attrgetter(form)(load(reference)[0])

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)

    def __reduce__(self) -> tuple[type[ByReference], tuple[Reference, str]]:
        return ByReference, (self.reference, self.form)


def portable(reference: Reference) -> Workload:
    """The workload with kernels and a `write_into` that every kind of worker can be sent."""
    workload, plain = load(reference)
    forms: dict[str, Any] = {
        form: ByReference(reference, form)
        for form in ("kernel", "write_into")
        if getattr(workload, form) is not None and not (plain and _pickles(getattr(workload, form)))
    }
    if workload.stages is not None and not (plain and _pickles(workload.stages.kernel)):
        forms["stages"] = replace(workload.stages, kernel=ByReference(reference, "stages.kernel"))
    return replace(workload, **forms) if forms else workload


def _pickles(function: object) -> bool:
    # pickle's own error depends on what it stumbles over: PicklingError, AttributeError, TypeError, …
    try:
        pickle.dumps(function)
    except Exception:
        return False
    return True
