"""The hooks and the fixture of the pytest plugin.

Each start of pytest imports this module if parbench is installed, so it imports pytest and the standard library only.
The rest is imported for the first test with cells.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from parbench.errors import ParbenchError
from parbench.pytest_plugin import other_plugins, selection
from parbench.pytest_plugin.options import OPTIONS
from parbench.pytest_plugin.replay import (
    hide_from_fixtures,
    hide_from_tables,
    replay,
    show_as_benchmarks,
    takes_results,
)
from parbench.pytest_plugin.session_of import (
    COLLECTION,
    FLAG,
    SESSION,
    measuring,
    option_values,
    session_of,
    usage_errors,
)

if TYPE_CHECKING:
    from parbench.pytest_plugin.outcome import Result
    from parbench.pytest_plugin.session import Session
    from parbench.workload.cell import Cell

MARK = (
    "parbench(*workloads, sizes=None, strategies=None, cores=None, chunks=None, bracket=None, weak=False, margin=None, "
    "profiles=None): "
    "measure these workloads, one test a cell."
)
AXES = ("workload", "size", "strategy", "cores", "chunks")
#: The test that is being set up.
CURRENT = pytest.StashKey[pytest.Item]()
#: A sentence about options that have no effect.
NOTE = pytest.StashKey[str]()
#: Number of tests that have the result of a cell.
MEASURED = pytest.StashKey[int]()
#: A sentence if there is none.
NO_RESULT = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parbench", "parbench: comparing parallel strategies")
    for name, (metavar, words) in OPTIONS.items():
        kind: dict[str, Any] = {"metavar": metavar} if metavar else {"action": "store_true", "default": None}
        group.addoption(f"--parbench-{name}", help=words.replace("%", "%%"), **kind)
    words = "paths that pytest --benchmark collects if the command line names none (default: testpaths)"
    parser.addini(selection.TESTPATHS, words, type="args")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, Any, Any]:
    """Add ``--benchmark`` last, so that a conftest which has one of its own keeps it."""
    result = yield
    # most versions of pytest would say only later that it is there already
    if FLAG in parser.parse_known_and_unknown_args([FLAG, *args])[1]:
        words = "measure the benchmarks, and run no other tests"
        parser.getgroup("parbench").addoption(FLAG, action="store_true", default=False, help=words)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)
    if config.getoption(FLAG, default=False):
        selection.collect_benchmarks(config)
    if measuring(config):
        config.stash[NOTE] = other_plugins.measure_in_one_process(config)
        config.option.continue_on_collection_errors = True  # half an hour is not lost to one file
        with usage_errors():
            session = session_of(config)
            from parbench.pytest_plugin.session import prepare

            prepare(session.settings)
    elif any(value is not None for value in option_values(config).values()):
        with usage_errors():
            session_of(config)
            if config.getoption("--parbench-against") is not None and not config.option.collectonly:
                # a comparison that does not run must not pass
                raise ParbenchError("--parbench-against compares nothing without --benchmark: add it.")


def pytest_report_header(config: pytest.Config) -> str | None:
    return config.stash.get(NOTE, "") or None


# -- collecting: one test a cell -------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)  # another parameter of one of our names is then known
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("parbench")
    if mark is None:
        return
    try:
        selection.parametrize(metafunc, AXES, _cells(metafunc, mark))
    except ParbenchError as error:
        raise pytest.Collector.CollectError(f"parbench: {error}") from None


def _cells(metafunc: pytest.Metafunc, mark: pytest.Mark) -> list[Cell]:
    from parbench.pytest_plugin.mark import other_profiles, read_mark
    from parbench.pytest_plugin.session import collect

    config, session = metafunc.config, session_of(metafunc.config)
    if "cell" not in metafunc.fixturenames:
        raise ParbenchError(f"{metafunc.function.__name__} must take the fixture `cell` and call cell.measure().")
    if selection.is_replaced(metafunc, "cell", by_other_than=__name__):
        raise ParbenchError("another fixture is called `cell` here and hides that of parbench: rename the other one.")
    arguments = read_mark(mark.args, mark.kwargs)
    profiles = other_profiles(session, arguments)
    if profiles and metafunc.definition.path not in selection.named_files(config):
        config.stash.setdefault(selection.OTHER_PROFILES, []).append(profiles)
        return []
    try:
        return collect(session, arguments, metafunc.module.__name__, tiny=not config.getoption(FLAG, default=False))
    finally:
        config.stash[COLLECTION].close()


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    texts = config.stash[SESSION].lines() if SESSION in config.stash else []
    texts += selection.sentences(config)
    if not texts or config.get_verbosity() < 0:
        return []
    from parbench.pytest_plugin.terminal import wrapped

    return wrapped(config, texts)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption(FLAG, default=False):
        selection.deselect_others(config, items)
    if SESSION not in config.stash:
        return
    selection.deselect(config, items, [item for item in items if _without_cells(item)])
    with usage_errors():
        from parbench.pytest_plugin.session import check_workload_names

        check_workload_names(session_of(config))
    if measuring(config) and takes_results(config):
        show_as_benchmarks(config, [item for item in items if cell_of(item) is not None])


def pytest_collection_finish(session: pytest.Session) -> None:
    hide_from_fixtures(session.config)


def _without_cells(item: pytest.Item) -> bool:
    """Whether a test has the mark and no cell: no workload of it is selected, or another profile is."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return item.get_closest_marker("parbench") is not None and not isinstance(params.get(AXES[0], ""), str)


def cell_of(item: pytest.Item) -> Cell | None:
    """The cell of a test; None if the test has no cell."""
    if item.get_closest_marker("parbench") is None or not hasattr(item, "callspec"):
        return None
    from parbench.workload.cell import Cell

    return Cell(*(item.callspec.params[axis] for axis in AXES)) if AXES[0] in item.callspec.params else None


# -- running ---------------------------------------------------------------------------------------------


class CellUnderTest:
    """Value of the fixture `cell`: the axes of the cell, and `measure`."""

    def __init__(self, request: pytest.FixtureRequest, cell: Cell) -> None:
        self._request = request
        self.cell = cell

    def measure(self) -> Result | None:
        """The result of this cell with ``--benchmark``; without it, None after one verified call.

        The test fails if the cell has no correct result, or has a verdict of ``--parbench-fail-on``. It is skipped if
        the cell was not measured.
        """
        from parbench.pytest_plugin.outcome import CellFailed
        from parbench.pytest_plugin.session import check

        config, session = self._request.config, session_of(self._request.config)
        try:
            if not measuring(config):
                check(session, self.cell)
                return None
            if session.outcome is None:
                raise CellFailed("skipped", "not measured: the run ended before its turn.")
            result = session.outcome.result(self.cell)
        except CellFailed as failure:
            if failure.status in ("skipped", "missing"):
                pytest.skip(str(failure))  # pytest's summary has one line per reason
            raise pytest.fail.Exception(f"{self.cell}: {failure}", pytrace=False) from None  # shown once
        config.stash[MEASURED] = config.stash.get(MEASURED, 0) + 1
        replay(self._request, result)
        if sentence := session.outcome.unwanted_changes().get(str(self.cell)):
            pytest.fail(f"{self.cell}: {sentence}", pytrace=False)
        return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[CURRENT] = item


@pytest.fixture(scope="module")
def _parbench_campaign(request: pytest.FixtureRequest) -> None:
    """Measure all cells in the setup of the first one, after fixtures of sessions and modules.

    Fixtures of functions come later: they may replace clocks, files, sockets and folders, for one test.
    """
    item, session = request.config.stash[CURRENT], session_of(request.config)
    if measuring(request.config) and session.folder is None and cell_of(item) is not None:
        _run(item, session)


@pytest.fixture
def cell(request: pytest.FixtureRequest, _parbench_campaign: None) -> CellUnderTest:
    """One workload, size, strategy and core count: call ``cell.measure()``."""
    cell = cell_of(request.node)
    if cell is None:
        pytest.fail("parbench: mark this test with @pytest.mark.parbench(workload) to give it cells.", pytrace=False)
    return CellUnderTest(request, cell)


def _run(item: pytest.Item, session: Session) -> None:
    """Measure the cells of all selected tests together, so that they share blocks; `item` is the first test."""
    from parbench.pytest_plugin import terminal
    from parbench.pytest_plugin.session import run

    items = [each for each in item.session.items if each is item or not selection.is_skipped(each)]
    cells = [cell for each in items if (cell := cell_of(each)) is not None]
    other_plugins.stop_timers(item)
    try:
        with warnings.catch_warnings(), terminal.measuring(item, session.profile.name, session.budget) as progress:
            warnings.simplefilter("default")  # a deprecation in a library must not cost the results
            run(session, cells, progress, failures_allowed=item.config.getvalue("maxfail"))
    except ParbenchError as error:  # no cell can be measured: one sentence, not one per test
        pytest.exit(f"parbench: {error}", returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    ours = config.stash.get(SESSION, None)
    failed = ours is not None and ours.outcome is not None and ours.outcome.failed()
    if session.exitstatus == pytest.ExitCode.OK and measuring(config):
        tests = [item for item in session.items if item.get_closest_marker("parbench") is not None]
        config.stash[NO_RESULT] = sentence = selection.no_result_sentence(tests, config.stash.get(MEASURED, 0))
        failed |= bool(sentence)
    if failed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    session = config.stash.get(SESSION, None)
    if session is None or not measuring(config):
        return
    from parbench.pytest_plugin.terminal import ending, wrapped

    no_result = config.stash.get(NO_RESULT, "")
    lines = wrapped(config, [no_result]) if no_result else []
    if session.outcome is not None:
        lines += ending(config, session.outcome, config.stash.get(NOTE, ""))
    terminalreporter.ensure_newline()
    if lines and config.get_verbosity() >= 0:
        terminalreporter.section("parbench")
    for line in lines:
        terminalreporter.write_line(line)
    hide_from_tables(config)
