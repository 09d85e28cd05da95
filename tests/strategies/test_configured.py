"""Strategies by configuration: definitions, their faults, and executors that are not as they should be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.errors import MissingDependency, ParbenchError, UsageError, WorkerDied
from parbench.strategies import configured, registry
from parbench.strategies.configured import VARIABLE, read_project, stop


@pytest.fixture(autouse=True)
def nothing_defined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without definitions and leaves none."""
    monkeypatch.setenv(VARIABLE, "")


class OneThread(ThreadPoolExecutor):
    """An executor that ignores the number of workers."""

    def __init__(self, max_workers: int) -> None:
        super().__init__(1)


class OnlySubmits:
    """An executor without a map, which cannot be entered."""

    def __init__(self, max_workers: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers)

    def submit(self, function: Callable[..., Any], *values: Any) -> Future[Any]:
        """As executors have it."""
        return self._pool.submit(function, *values)

    def shutdown(self) -> None:
        """As executors have it."""
        self._pool.shutdown()


class UnpacksTuples:
    """A pool that hands the items of a tuple to the function one by one, with another word for the chunk size."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers)
        self.sizes: list[int] = []

    def map(self, function: Callable[..., Any], rows: Iterable[Any], chunk_size: int = 9) -> list[Any]:
        """One call per row."""
        self.sizes.append(chunk_size)
        return list(self._pool.map(lambda row: function(*row) if isinstance(row, tuple) else function(row), rows))

    def stop_and_join(self) -> None:
        """End the pool."""
        self._pool.shutdown()


class LosesWorkers(ThreadPoolExecutor):
    """An executor whose library reports a lost worker by an error of its own."""

    class WorkerLostError(Exception):
        """The library's."""

    lose = False

    def map(self, function: Callable[..., Any], *rows: Iterable[Any], **more: Any) -> Iterator[Any]:  # type: ignore[override]  # any executor's
        """As executors have it, until `lose` is set."""
        if self.lose:
            raise self.WorkerLostError("exit code 9")
        return super().map(function, *rows, **more)


HERE = __name__


def opened(name: str, cores: int = 2, **definition: Any) -> Any:
    """A defined strategy, open."""
    parbench.strategy(name, **definition)
    strategy = registry.create(name)
    strategy.open(cores)
    return strategy


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({}, "it needs either executor or pool"),
        ({"executor": "a:b", "pool": "a:b"}, "it needs either executor or pool"),
        ({"executor": "loky"}, "'loky' is no import path"),
        ({"executer": "loky:get"}, "it has no key 'executer': use executor, pool, arguments"),
        ({"executor": "a:b", "boundary": "space"}, "its boundary is 'space': use thread, process or machine"),
        ({"executor": "a:b", "arguments": "two"}, "its key arguments takes a table, not 'two'"),
        ({"executor": 3}, "its key executor takes a text, not 3"),
    ],
)
def test_a_faulty_definition_is_a_sentence(definition: dict[str, Any], message: str) -> None:
    """A call refuses it; in the file of a project its strategy has the reason, and the others are usable."""
    with pytest.raises(UsageError, match="strategy 'mine' cannot be used: ") as raised:
        parbench.strategy("mine", **definition)
    assert message in str(raised.value)
    registry_with(mine=definition, good={"executor": "concurrent.futures:ThreadPoolExecutor", "boundary": "thread"})
    reasons = registry.unusable_reasons()
    assert message in reasons["mine"]
    assert reasons["good"] == ""
    with pytest.raises(UsageError, match="'mine' cannot be used"):
        registry.create("mine")


def registry_with(**definitions: dict[str, Any]) -> None:
    """Define strategies without a look at them, as a file does."""
    os.environ[VARIABLE] = json.dumps(definitions)


def test_a_definition_does_not_replace_a_strategy_of_parbench() -> None:
    """The name stays that of the built-in strategy, and the list says so; names are plain."""
    registry_with(threads={"executor": "a:b"})
    assert registry.find("threads")[0].about != ""
    assert "rename it" in registry.name_clashes()["threads"]
    with pytest.raises(UsageError, match="letters, digits, points and hyphens"):
        parbench.strategy("a[b]", executor="a:b")


def test_the_file_of_a_project_defines_strategies(tmp_path: Path) -> None:
    """A table per strategy; without the file, or the table, there are none; definitions of a conftest stay."""
    read_project(tmp_path)
    assert configured.definitions() == {}
    parbench.strategy("first", executor="a:b")
    (tmp_path / "pyproject.toml").write_text('[tool.parbench.strategies.mine]\nexecutor = "a:b"\n')
    read_project(tmp_path)
    assert set(configured.definitions()) == {"first", "mine"}
    assert {"first", "mine"} <= set(registry.names())
    assert {"first", "mine"} <= set(registry.default_labels())


@pytest.mark.parametrize(
    "text", ["[tool.parbench\n", "[tool]\nparbench = 3\n", "[tool.parbench]\nstrategies = ['loky']\n", "\xff"]
)
def test_an_unreadable_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    """No TOML, no table, or another encoding: the error names the file."""
    (tmp_path / "pyproject.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        read_project(tmp_path)


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"executor": "no.such.module:Executor"}, "cannot be imported .*: correct its import path"),
        ({"executor": "os:Executor"}, "cannot be imported .*: correct its import path"),
        ({"executor": "concurrent.futures:ThreadPoolExecutor", "arguments": {"n": "{cores}"}}, "takes other arguments"),
        ({"executor": f"{HERE}:OneThread", "boundary": "thread"}, "has 1 workers instead of 2"),
    ],
)
def test_what_cannot_be_opened_is_a_sentence(
    definition: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong path, wrong arguments, and an executor that ignores them, each say what to correct."""
    monkeypatch.setattr(configured, "START_SECONDS", 0.1)
    parbench.strategy("mine", **definition)
    with registry.create("mine") as strategy, pytest.raises(UsageError, match=message):
        strategy.open(2)


def test_a_missing_package_has_its_pip_command() -> None:
    """A requirement whose module is absent is a missing dependency, as for any strategy."""
    parbench.strategy("mine", executor="no_such_package:Executor", requires="no-such-package>=2")
    with pytest.raises(MissingDependency, match="run pip install 'no-such-package>=2'"):
        registry.create("mine")


@pytest.mark.parametrize(
    "definition",
    [
        {"executor": f"{HERE}:OnlySubmits", "boundary": "thread"},
        {"pool": f"{HERE}:UnpacksTuples", "arguments": {"workers": "{cores}"}, "boundary": "thread"},
    ],
    ids=["no map", "unpacks tuples"],
)
def test_interfaces_differ_and_results_do_not(definition: dict[str, Any]) -> None:
    """Every call gets its own arguments, tuples among them, one task per call, in order."""
    with opened("mine", **definition) as strategy:
        assert strategy.map(lambda *values: values, [(1, 2), (), (3,)]) == [((1, 2),), ((),), ((3,),)]
        assert strategy.map(lambda one, other: (one, other), [1, 2], [(3,), (4,)]) == [(1, (3,)), (2, (4,))]
        if isinstance(strategy._workers, UnpacksTuples):
            assert set(strategy._workers.sizes) == {1}


def test_arguments_have_the_number_of_workers_anywhere() -> None:
    """A whole text becomes a number; within other texts, tables and lists it is written."""
    given = {"n": "{cores}", "url": "pool:{cores}", "more": {"each": ["{cores}", 1.5, True]}}
    engine = configured.Engine(pool="a:b", arguments=given)
    assert engine.arguments_for(8) == {"n": 8, "url": "pool:8", "more": {"each": [8, 1.5, True]}}
    assert configured.Engine(pool="a:b").arguments_for(3) == {"processes": 3}
    assert configured.Engine(executor="a:b").arguments_for(3) == {"max_workers": 3}


def test_a_lost_worker_is_an_error_of_ours_and_others_stay() -> None:
    """The library's error for it becomes WorkerDied; an error of the kernel stays what it is."""
    with opened("mine", executor=f"{HERE}:LosesWorkers", boundary="thread") as strategy:
        with pytest.raises(ZeroDivisionError):
            strategy.map(lambda value: 1 // value, [0])
        strategy._workers.lose = True
        with pytest.raises(WorkerDied):
            strategy.map(abs, [1])


def test_a_client_is_closed_and_not_shut_down() -> None:
    """What has both ways of ending may serve others; what hangs at its end is left after a while."""
    calls: list[str] = []

    class Client:
        def close(self) -> None:
            calls.append("close")

        def shutdown(self) -> None:
            calls.append("shutdown")

    stop(Client())
    assert calls == ["close"]


def test_an_end_that_hangs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An executor that never ends holds a strategy up for a bounded time, and its processes are killed."""
    monkeypatch.setattr(configured, "STOP_SECONDS", 0.2)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:

        class Hangs:
            def shutdown(self) -> None:
                child.wait()

        stop(Hangs())
        assert child.wait(5) < 0


def test_a_variable_that_is_no_json_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's variable of the name says what to do."""
    monkeypatch.setenv(VARIABLE, "{")
    with pytest.raises(ParbenchError, match=f"the variable {VARIABLE} is no JSON: unset it"):
        registry.names()
