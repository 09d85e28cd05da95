"""Unknown strategies in expectations: a misspelling is refused when cells are named, a possible package is reported."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from parbench import Expect, Workload
from parbench.errors import UsageError
from parbench.measurement.plan import unknown_strategies
from parbench.pytest_plugin.session import Session
from parbench.runfile.reader import read
from parbench.runfile.records import RunWarning
from parbench.strategies import registry
from parbench.workload.entry_points import Offer
from tests.support import fake_arms, kernels
from tests.support.sessions import collect, measure, sessions

WHY = "Theory says so."
FILES = sorted((Path(__file__).parents[2] / "workloads").glob("[!_]*.py"))


def expecting(*labels: str, than: str | float = 1) -> Workload:
    """A workload that expects something of these strategies."""
    return kernels.listed(kernels.doubles, expects=[Expect(each, "above", than, WHY) for each in labels])


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session in a world without a clock."""
    return sessions(monkeypatch, fake_arms.World(), tmp_path, strategies=("serial",), cores=(1,))()


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
    """A name in the place of a limit may be a misspelt ceiling or cores."""
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


def test_a_slip_ends_the_naming_of_cells(session: Session) -> None:
    """A workload with a slip in its expectations has no cells, even if nothing is measured."""
    with pytest.raises(UsageError, match="did you mean 'threads'"):
        collect(session, expecting("threadz"), tiny=True)


def test_an_unknown_strategy_is_in_the_warnings_of_the_run(session: Session) -> None:
    """Two tests with such a workload cause one line after collection, and one warning in the run file."""
    workload = expecting("ray")
    cells = [*collect(session, workload), *collect(session, workload)]
    (line,) = session.lines()
    assert line.startswith("parbench: doubles has an expectation for 'ray'")
    warnings = [each.text for each in read(measure(session, cells)) if isinstance(each, RunWarning)]
    assert [f"parbench: {text}" for text in warnings] == [line]
