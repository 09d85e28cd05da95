"""Entry points of other packages, and requirements of our strategies."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata, util
from pathlib import Path

import pytest

from parbench.errors import MissingDependency, pip_install
from parbench.measurement.plan import Selection, cells_of
from parbench.strategies import registry
from tests.support import kernels

EXAMPLE = Path(__file__).parents[1] / "example_package"
PROJECT = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
#: Passes only where the strategy of the example calls the kernel.
USED = """
import sys

import pytest
from parbench_example import letters

import parbench


def called_by(chunk):
    return [sys._getframe(1).f_globals["__name__"]]


def verify(result, data):
    assert result == ["parbench_example"], f"it was called by {result}"


caller = parbench.Workload("caller", called_by, lambda size, seed: [size], (4, 8), verify=verify)


@pytest.mark.parbench(caller, letters, strategies=["backwards"])
def test_used(cell):
    cell.measure()
"""
REST = """
import pytest
from parbench_example import letters

NAMES = ["serial", "threads", "nowhere", "fails", "other", "twice", "ancient"]


@pytest.mark.parbench(letters, strategies=NAMES, cores=[1])
def test_rest(cell):
    cell.measure()
"""


def install(folder: Path, name: str, points: Mapping[str, Mapping[str, str]]) -> None:
    """Files that make `folder` look as if pip had installed a package with these entry points there."""
    about = folder / f"{name.replace('-', '_')}-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1\n")
    lines = [
        line for group, each in points.items() for line in (f"[{group}]", *(f"{k} = {v}" for k, v in each.items()))
    ]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages in which the example is installed."""
    folder = tmp_path / "site"
    install(folder, PROJECT["name"], PROJECT["entry-points"])
    return folder


@pytest.fixture
def broken(site: Path) -> Path:
    """The same along with packages whose entry points are unusable."""
    (site / "fails_at_import.py").write_text("raise RuntimeError('not today.')\n")
    mine, theirs = "parbench_example:Backwards", "parbench.strategies.serial:Serial"
    install(
        site,
        "bad-one",
        {
            "parbench.strategies": {
                "nowhere": "no_such_module:Strategy",
                "fails": "fails_at_import:Strategy",
                "other": "parbench_example:letters",
                "twice": mine,
                "threads": mine,
            },
            "parbench.harnesses": {"ancient": mine, "twice": theirs},
            "parbench.workloads": {
                "lost": "no_such_module:workload",
                "odd": mine,
                "letters": "parbench_example:letters",
            },
        },
    )
    install(site, "bad-two", {"parbench.strategies": {"twice": theirs}})
    return site


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of Python with these packages installed, in the folder next to them."""
    path = os.pathsep.join([str(site), str(EXAMPLE), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(
        command, cwd=site.parent, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}, timeout=120
    )


def test_a_strategy_of_another_package_is_used(site: Path) -> None:
    """A test that names it runs its workloads with it, its own package's among them, and the list has both."""
    (site.parent / "test_used.py").write_text(USED)
    done = run(site, "pytest", "-v", "-p", "no:cacheprovider", "test_used.py")
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert "letters-10-backwards-1" in done.stdout
    listed = run(site, "parbench.cli.main", "list").stdout
    assert "  backwards          A plain loop from the last chunk to the first.\n" in listed
    assert "  letters  The characters of code points.\n" in listed


def test_what_is_offered_in_vain_fails_alone(broken: Path) -> None:
    """A strategy that cannot be imported, is none, or is there twice is a failed test that says why; others pass."""
    (broken.parent / "test_rest.py").write_text(REST)
    done = run(broken, "pytest", "-p", "no:cacheprovider", "test_rest.py")
    assert "5 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    for words in (
        "strategy 'nowhere' of bad-one cannot be used, as no_such_module:Strategy cannot be imported "
        "(ModuleNotFoundError: No module named 'no_such_module'): correct or remove bad-one.",
        "strategy 'fails' of bad-one cannot be used, as fails_at_import:Strategy cannot be imported "
        "(RuntimeError: not today): correct or remove bad-one.",
        "strategy 'other' of bad-one cannot be used, as parbench_example:letters is no parbench.Strategy",
        "bad-one and bad-two both offer a strategy 'twice': remove one of them.",
        "strategy 'ancient' of bad-one cannot be used, as its entry point is in the group parbench.harnesses, "
        "which is now named parbench.strategies: update bad-one.",
    ):
        assert words in done.stdout
    assert "Traceback" not in done.stdout


def test_the_list_says_what_is_offered_in_vain(broken: Path) -> None:
    """Each such strategy and workload is a line with its reason, and all others are there as ever."""
    done = run(broken, "parbench.cli.main", "list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.strip() for line in done.stdout.splitlines()]
    for start, words in (
        ("nowhere", "(strategy 'nowhere' of bad-one cannot be used"),
        ("twice", "both offer a strategy 'twice'"),
        ("ancient", "group parbench.harnesses, which is now named parbench.strategies"),
        ("threads", "strategy 'threads' of bad-one is not used, as parbench has a strategy of that name"),
        ("lost", "(workload 'lost' of bad-one cannot be used, as no_such_module:workload cannot be imported"),
        ("odd", "is no parbench.Workload"),
        ("letters", "(parbench-example has another workload of this name: do not measure both in one run.)"),
        ("letters", "The characters of code points."),
        ("threads", "concurrent.futures.ThreadPoolExecutor"),
    ):
        assert any(line.startswith(f"{start} ") and words in line for line in lines), (start, words, done.stdout)


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("1.3", (1, 3)),
        ("1.3.0", (1, 3)),
        ("1.10.2", (1, 10, 2)),
        ("2.0.dev0+g1234", (2,)),
        ("1.4rc1", (1, 4)),
        ("v3.1.post2", (3, 1)),
        ("1!2.5", (2, 5)),
        ("nonsense", ()),
    ],
)
def test_versions_are_read_as_numbers(version: str, numbers: tuple[int, ...]) -> None:
    """The numbers of the release count, zeros at the end and what stands behind it do not."""
    assert registry.release(version) == numbers


@pytest.mark.parametrize(("version", "fits"), [("0.9", False), ("1.2.9", False), ("1.3", True), ("1.10", True)])
def test_an_old_package_is_said_with_the_command(version: str, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package below the lower bound differs from one that fits, and the command can be pasted into a shell."""
    monkeypatch.setattr(metadata, "version", lambda name: version)
    words = f"not usable with numpy {version}: {pip_install('numpy>=1.3')}"
    assert registry.missing({"numpy": "numpy>=1.3"}) == ("" if fits else words)
    assert registry.missing({"numpy": "numpy"}) == ""


def test_a_package_that_is_not_there_is_said_with_the_command() -> None:
    """Packages that cannot be imported are named, all of them in one command; an unknown version is accepted."""
    absent = {"no_such_module": "no-such-package>=1", "none_either": "none[either]", "numpy": "numpy"}
    assert registry.missing(absent) == f"not installed: {pip_install('no-such-package>=1', 'none[either]')}"
    assert registry.missing({"numpy": "no-such-package>=1"}) == ""


def test_an_extra_that_is_not_installed_is_missing_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody chose, its strategy is left out; asked for, it is a cell that says what to install."""
    find_spec = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name: None if name in registry.EXTRAS else find_spec(name))
    workload = kernels.listed(kernels.doubles, **kernels.whole(kernels.doubles))
    chosen = {cell.strategy for cell in cells_of(workload, Selection())}
    assert not chosen & set(registry.EXTRAS)
    assert {"serial", "threads", "futures-processes", "asyncio", "library-threads"} <= chosen
    for name in registry.EXTRAS:
        assert {cell.strategy for cell in cells_of(workload, Selection(strategies=(name,)))} == {name}
        with pytest.raises(MissingDependency, match=rf"^strategy '{name}' is not installed: run pip install '{name}>="):
            registry.create(name)


def test_an_extra_that_is_installed_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the packages there, their strategies are among those that are measured where nobody chose."""
    monkeypatch.setattr(util, "find_spec", lambda name: object())
    assert set(registry.EXTRAS) <= set(registry.default_labels())
    assert not any(label.endswith("[default-blas]") for label in registry.default_labels())


def test_the_extras_of_the_project_are_those_that_strategies_require() -> None:
    """Every optional strategy's requirement is that of the extra of its name in pyproject.toml."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    for name in registry.EXTRAS:
        assert list(registry.find(name)[0].requires.values()) == extras[name]
        assert name in extras["all"][0]
