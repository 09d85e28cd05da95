"""Names in expectations that no strategy has: a slip is refused when cells are named, what may be a package is told."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from parbench import Expect, Workload
from parbench.errors import UsageError
from parbench.measure.plan import Selection, unknown_strategies
from parbench.pytest_plugin import session as suites
from parbench.pytest_plugin.mark import cells_asked_for
from parbench.pytest_plugin.session import Settings, Suite
from parbench.runfile.reader import read
from parbench.runfile.records import Warned
from parbench.strategies import registry
from parbench.workload.entry_points import Offer
from tests.support import fake_arms, kernels

WHY = "Theory says so."
FILES = sorted((Path(__file__).parents[2] / "workloads").glob("[!_]*.py"))


def expecting(*labels: str, than: str | float = 1) -> Workload:
    """A workload that expects something of these strategies."""
    return kernels.listed(kernels.doubles, expects=[Expect(each, "above", than, WHY) for each in labels])


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Suite]:
    """Makes suites that measure in a world without a clock."""
    monkeypatch.setattr(Suite, "_context", lambda self, **more: fake_arms.World().context(**more))
    monkeypatch.setattr(suites, "Findings", lambda *_: None)
    monkeypatch.setattr(suites, "locate", lambda workload, modules: fake_arms.entry.reference)
    return lambda: Suite(Settings(selection=Selection(strategies=("serial",), cores=(1,)), out=tmp_path), measures=True)


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("thread", "threads"),
        ("Threads", "threads"),
        ("serail", "serial"),
        ("shared_memory", "shared-memory"),
        ("multiprocesing[spawn]", "multiprocessing"),
        (" threads", "threads"),
        ("threads]", "threads"),
    ],
)
def test_a_slip_is_refused_with_what_was_meant(label: str, meant: str) -> None:
    """A name that is nearly one that there is names the workload, itself and the other one, on either side."""
    words = f"workload 'doubles' has an expectation for the unknown strategy {label!r}: did you mean {meant!r}?"
    for workload in (expecting(label), expecting("threads", than=label)):
        with pytest.raises(UsageError) as caught:
            unknown_strategies(workload)
        assert str(caught.value) == words


def test_a_measure_that_is_a_slip_is_refused() -> None:
    """What stands in the place of a limit may have been meant as the ceiling or the cores."""
    with pytest.raises(UsageError, match="did you mean 'ceiling'"):
        unknown_strategies(expecting("threads", than="ceilling"))


@pytest.mark.parametrize("label", ["threads[spawn]", "multiprocessing[spwan]", "threads[", "threads[default-blas]x"])
def test_a_variant_that_there_is_not_is_refused(label: str) -> None:
    """A strategy of ours in a form that it does not have is refused, with what there is."""
    with pytest.raises(UsageError, match=r"'doubles' has an expectation for '.*', but .*(offers|choose from)"):
        unknown_strategies(expecting(label))


@pytest.mark.parametrize("label", ["ray", "ray-threads", "my-multiprocessing", "mpi4py[intel]"])
def test_what_may_be_a_package_is_told(label: str) -> None:
    """A name that resembles none may be that of a package that others have: one sentence, however often it is named."""
    (sentence,) = unknown_strategies(expecting(label, label, "threads", than=label))
    assert sentence.startswith(f"doubles has an expectation for {label!r}, and no strategy of that name is installed")


def test_what_is_installed_is_no_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strategies of ours in every form, limits, and what a package offers, usable or not, are nothing to speak of."""
    offered = [Offer("thread", "nowhere.at_all:Thread", "somebody")]
    monkeypatch.setattr(registry, "offers", lambda group: offered)
    labels = ["thread", "thread[fast]", *registry.BUILT_IN, "multiprocessing[spawn]", "dask-threads[tutorial]"]
    assert unknown_strategies(expecting(*labels)) == []
    assert (
        unknown_strategies(expecting("threads", than="cores"))
        == unknown_strategies(expecting("threads", than="ceiling"))
        == []
    )


def test_the_catalogue_names_nobody_strange() -> None:
    """Every expectation of a workload of this repository is of strategies that there are."""
    modules = [import_module(f"workloads.{file.stem}") for file in FILES]
    found = [each for module in modules for each in vars(module).values() if isinstance(each, Workload)]
    assert [unknown_strategies(each) for each in found] == [[]] * len(found)


def test_a_slip_ends_the_naming_of_cells(suite: Callable[[], Suite]) -> None:
    """Cells of a workload with a slip in its expectations are not named, also where nothing is measured."""
    with pytest.raises(UsageError, match="did you mean 'threads'"):
        cells_asked_for(suite(), [expecting("threadz")], {}, "tests.support.kernels", tiny=True)


def test_a_stranger_is_in_the_notes_of_the_run(suite: Callable[[], Suite]) -> None:
    """What nobody has is said once cells are named, and is a warning in the run file, once."""
    ours, told = suite(), expecting("ray")
    cells: list[Any] = [cells_asked_for(ours, [told], {}, "tests.support.kernels", tiny=False) for _ in range(2)]
    (line,) = ours.lines()
    assert line.startswith("parbench: doubles has an expectation for 'ray'")
    ours.measure(cells[0], lambda *_: None)
    assert ours.folder is not None
    warnings = [each.text for each in read(ours.folder) if isinstance(each, Warned)]
    assert [f"parbench: {text}" for text in warnings] == [line]
