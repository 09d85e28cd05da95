"""A workload is found again in another process, and what does not pickle travels by name."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from parbench import Workload
from parbench.errors import WorkloadError
from parbench.workload.reference import ByReference, Reference, _import_file, load, locate, parse_place, portable
from tests.support import kernels

SOURCE = """
from parbench import Workload

def make(size, seed):
    return list(range(size))

work = Workload(name="work", kernel=lambda chunk: [item + 1 for item in chunk], make=make, sizes=(4, 8))
number = 3
"""


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Reference]:
    """A module that no import path leads to, as pytest imports test files."""
    name = f"made_up_{uuid4().hex}"
    file = tmp_path / f"{name}.py"
    file.write_text(SOURCE)
    yield Reference(name, str(file), "work")
    sys.modules.pop(name, None)


def test_a_workload_is_located_where_it_stands() -> None:
    """The module asked first, or the kernel's own, and the name of the variable, with which it is loaded again."""
    found = locate(kernels.good, ["json", "tests.support.kernels"])
    assert found == Reference("tests.support.kernels", str(kernels.__file__), "good")
    assert locate(kernels.good, []) == found
    assert load(found) == (kernels.good, True)


def test_the_function_of_each_shows_the_way_too() -> None:
    """A workload made with `each` is found in the module of its function."""
    assert locate(kernels.each_one, []).name == "each_one"


def test_a_workload_without_a_name_says_what_to_do() -> None:
    """One made inside a function, or equal to a named one without being it, is refused in a sentence."""
    local = kernels.listed(kernels.doubles)
    with pytest.raises(WorkloadError, match="assign it to a variable"):
        locate(local, ["tests.support.kernels", "no.such.module"])


UNNAMED = """
import pytest

from parbench import Workload

some = [Workload.each(abs, range(factor), name=f"some_{factor}") for factor in (4, 5)]
table = {"one": Workload.each(abs, range(6), name="one")}
pytestmark = pytest.mark.parbench(Workload.each(abs, range(7), name="of_all"))


@pytest.mark.parbench([Workload.each(lambda number: number, range(8))], strategies=["serial"])
def test_function(cell):
    pass


class TestClass:
    again = None

    @pytest.mark.skipif(False, reason="another mark")
    @pytest.mark.parbench(Workload.each(abs, range(9), name="inline"), strategies=["serial"])
    def test_method(self, cell):
        pass


TestClass.again = TestClass
"""


def test_workloads_without_a_variable_are_found_in_lists_and_marks(tmp_path: Path) -> None:
    """Those of lists, dicts, and marks of functions, methods and modules are loaded again by the way to them."""
    name = f"made_up_{uuid4().hex}"
    (tmp_path / f"{name}.py").write_text(UNNAMED)
    module = _import_file(name, tmp_path / f"{name}.py")
    marks = [module.pytestmark, module.test_function.pytestmark[0], module.TestClass.test_method.pytestmark[0]]
    workloads = [*module.some, module.table["one"], marks[0].args[0], marks[1].args[0][0], marks[2].args[0]]
    try:
        for workload in workloads:
            assert load(locate(workload, [name]))[0].name == workload.name
    finally:
        sys.modules.pop(name)


def test_a_file_off_the_path_is_imported_by_its_path(module: Reference) -> None:
    """If an import does not lead to the file, the file itself is imported, and a note reports it."""
    workload, plain = load(module)
    assert workload.kernel([1, 2]) == [2, 3]
    assert not plain


def test_another_module_of_the_same_name_is_not_taken(tmp_path: Path) -> None:
    """If the name leads to another file, the file that the reference names counts."""
    file = tmp_path / "kernels.py"
    file.write_text(SOURCE)
    kept = sys.modules["tests.support.kernels"]
    try:
        workload, plain = load(Reference("tests.support.kernels", str(file), "work"))
    finally:
        sys.modules["tests.support.kernels"] = kept
    assert (workload.name, plain) == ("work", False)


RELATIVE = """
from parbench import Workload

from .{sibling} import increment

work = Workload.each(increment, name="work", make=lambda size, seed: list(range(size)), sizes=(4, 8))
"""
#: Names of modules, their files, and what they import from the folder that contains them.
LAYOUTS = {
    "a folder": ("{top}.test_it", "{top}/test_it.py", "helpers"),
    "a package": ("{top}.inner.test_it", "{top}/inner/test_it.py", "helpers"),
    "the folder above": ("{top}.inner.test_it", "{top}/inner/test_it.py", ".helpers"),
    "a folder with a dot": ("{top}.v1_2.test_it", "{top}/v1.2/test_it.py", "helpers"),
    "a package itself": ("{top}.inner", "{top}/inner/__init__.py", "helpers"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_relative_imports_of_a_file_off_the_path_work(layout: str, tmp_path: Path) -> None:
    """A test file imports its siblings in an arm as it does under pytest's importlib mode."""
    top = f"made_up_{uuid4().hex}"
    name, file, sibling = (text.format(top=top) for text in LAYOUTS[layout])
    place = tmp_path / file
    place.parent.mkdir(parents=True)
    place.write_text(RELATIVE.format(sibling=sibling))
    for folder in (place.parent, place.parent.parent):
        (folder / "helpers.py").write_text("def increment(number):\n    return number + 1\n")
    if layout == "a package":
        (place.parent / "__init__.py").write_text("")
    workload, plain = load(Reference(name, str(place), "work"))
    assert workload.kernel([1, 2]) == [2, 3]
    assert not plain
    assert pickle.loads(pickle.dumps(portable(Reference(name, str(place), "work")).kernel))([1]) == [2]


def test_a_file_of_a_package_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the command line names may import its siblings if it is in a package; if not, a sentence says why."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    for folder in (top := f"made_up_{uuid4().hex}", f"loose_{uuid4().hex}"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helpers.py").write_text("increment = abs")
        (tmp_path / folder / f"file_of_{folder}.py").write_text(RELATIVE.format(sibling="helpers"))
    (tmp_path / top / "__init__.py").write_text("")
    assert parse_place(f"{tmp_path / top / f'file_of_{top}.py'}:work").module == f"{top}.file_of_{top}"
    with pytest.raises(WorkloadError, match="cannot be imported: it raised ImportError"):
        parse_place(f"{tmp_path / folder / f'file_of_{folder}.py'}:work")


def test_an_installed_package_of_the_same_name_does_not_hide_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many distributions install a package `tests`: that of the project counts, with its siblings."""
    top = f"made_up_{uuid4().hex}"
    for root, inside in (("installed", {"__init__": ""}), ("project", {"helpers": "increment = abs", "test_it": ""})):
        (tmp_path / root / top).mkdir(parents=True)
        for name, text in inside.items():
            (tmp_path / root / top / f"{name}.py").write_text(text)
    file = tmp_path / "project" / top / "test_it.py"
    file.write_text(RELATIVE.format(sibling="helpers"))
    monkeypatch.syspath_prepend(tmp_path / "installed")
    assert load(Reference(f"{top}.test_it", str(file), "work"))[0].kernel([-1]) == [1]


@pytest.mark.parametrize("name", ["nothing", "number", "make"])
def test_a_name_that_is_no_workload_is_refused(module: Reference, name: str) -> None:
    """A missing name and a name of something else are errors that give the file and the name."""
    with pytest.raises(WorkloadError, match=f"has no workload named '{name}'"):
        load(Reference(module.module, module.file, name))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    """Another revision may lack the file that the workload is in."""
    with pytest.raises(WorkloadError, match=r"of this workload, gone\.py, does not exist"):
        load(Reference("gone", str(tmp_path / "gone.py"), "work"))


def test_an_import_error_inside_the_module_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that the module needs and that is missing is named, not the module."""
    (tmp_path / "needs_more.py").write_text("import surely_not_installed")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="surely_not_installed"):
        load(Reference("needs_more", str(tmp_path / "needs_more.py"), "work"))


def test_what_pickles_is_left_alone() -> None:
    """A kernel that any worker can import is sent as it is."""
    assert portable(locate(kernels.good, [])) is kernels.good


@pytest.mark.parametrize("where", ["off the path", "a lambda"])
def test_what_does_not_pickle_travels_by_reference(module: Reference, where: str) -> None:
    """A kernel of a file off the path, or a lambda, comes through a pickle and does the same."""
    workload: Workload = portable(
        module if where == "off the path" else locate(kernels.closure, ["tests.support.kernels"])
    )
    assert isinstance(workload.kernel, ByReference)
    again = pickle.loads(pickle.dumps(workload.kernel))
    assert again([1, 2]) == ([2, 3] if where == "off the path" else [2, 4])
    assert workload.write_into is None


def test_steps_travel_too() -> None:
    """The tasks of later steps come through a pickle where the kernel of these cannot be imported."""
    assert portable(locate(kernels.ring, [])).stages is kernels.ring.stages
    steps = portable(locate(kernels.closed_ring, ["tests.support.kernels"])).stages
    assert steps is not None
    assert isinstance(steps.kernel, ByReference)
    assert pickle.loads(pickle.dumps(steps.kernel))(1, 0, [[(0, 0), 3]]) == [(1, 0), [(0, 0)], 3]
