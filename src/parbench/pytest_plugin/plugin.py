"""The pytest plugin: reads the options, hands over to the suite, prints what it says.

Every project that has parbench installed pays for this import at each start of pytest, so it imports
pytest and the standard library only; the rest comes when a test asks for a cell.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from parbench.errors import ParbenchError
from parbench.pytest_plugin.optionlist import OPTIONS

if TYPE_CHECKING:
    from parbench.pytest_plugin.outcome import Result
    from parbench.pytest_plugin.session import Suite
    from parbench.pytest_plugin.terminal import Collecting
    from parbench.workload.cell import Cell

MARK = (
    "parbench(*workloads, sizes=None, strategies=None, cores=None, chunks=None, bracket=None, weak=False, margin=None, "
    "profiles=None): "
    "measure these workloads, one test a cell."
)
FLAG = "--benchmark"
AXES = ("workload", "size", "strategy", "cores", "chunks")
SUITE = pytest.StashKey["Suite"]()
COLLECTING: pytest.StashKey[Collecting] = pytest.StashKey()
TIMER = pytest.StashKey["Replay"]()
NOTE = pytest.StashKey[str]()
#: Profiles of each test that the chosen profile leaves out.
OTHER_PROFILES = pytest.StashKey[list[tuple[str, ...]]]()
#: Number of tests that are no benchmarks and are left out.
OTHER_TESTS = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("parbench", "parbench: comparing parallel strategies")
    for name, (metavar, words) in OPTIONS.items():
        kind: dict[str, Any] = {"metavar": metavar} if metavar else {"action": "store_true", "default": None}
        group.addoption(f"--parbench-{name}", help=words.replace("%", "%%"), **kind)
    words = "paths that pytest --benchmark collects if the command line names none (default: testpaths)"
    parser.addini("parbench_testpaths", words, type="args")


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
        _collect_benchmarks(config)
    if measuring(config):
        _measure_in_one_process(config)
        config.option.continue_on_collection_errors = True  # half an hour is not lost to one file
        with usage_errors():
            suite_of(config).prepare()
    elif any(value is not None for value in _given(config).values()):
        with usage_errors():
            suite_of(config)
            if _given(config)["against"] is not None and not config.option.collectonly:
                # a gate that compares nothing must not be green
                raise ParbenchError("--parbench-against compares nothing without --benchmark: add it.")


def _collect_benchmarks(config: pytest.Config) -> None:
    """Collect `parbench_testpaths` if the command line names no path."""
    paths = config.getini("parbench_testpaths")
    is_alone = config.args_source is not config.ArgsSource.ARGS and config.invocation_params.dir == config.rootpath
    if paths and is_alone and not config.getoption("--parbench-all-tests"):
        # pytest's header would print `testpaths` under their own source
        config.args, config.args_source = list(paths), config.ArgsSource.INVOCATION_DIR


def _measure_in_one_process(config: pytest.Config) -> None:
    """Take pytest-xdist out: tests that run side by side would be measured against each other."""
    if getattr(config.option, "numprocesses", None) or getattr(config.option, "dist", "no") != "no":
        config.option.numprocesses, config.option.dist, config.option.tx = None, "no", []
        # not a warning: if these are errors, pytest would end here
        config.stash[NOTE] = "parbench measures in one process: -n and --dist have no effect with --benchmark."


def pytest_report_header(config: pytest.Config) -> str | None:
    return config.stash.get(NOTE, None)


def measuring(config: pytest.Config) -> bool:
    """Whether this session measures, or only checks."""
    return bool(config.getoption(FLAG, default=False)) and not config.option.collectonly


def _given(config: pytest.Config) -> dict[str, str | None]:
    return {name: config.getoption(f"--parbench-{name}") for name, (metavar, _) in OPTIONS.items() if metavar}


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn our errors into pytest's usage errors: one line, exit code 4."""
    try:
        yield
    except ParbenchError as error:
        raise pytest.UsageError(f"parbench: {error}") from None


def suite_of(config: pytest.Config) -> Suite:
    """The session's suite, made from the options when it is first needed."""
    if SUITE not in config.stash:
        from parbench.pytest_plugin.options import settings
        from parbench.pytest_plugin.session import Suite
        from parbench.pytest_plugin.terminal import Collecting

        command = ["pytest", *map(str, config.invocation_params.args)]
        asked = settings(_given(config), command, config.invocation_params.dir)
        config.stash[COLLECTING] = Collecting(config)
        # pytest's cache, if any, comes after the first options are read
        config.stash[SUITE] = Suite(
            asked, measuring(config), config.stash[COLLECTING], lambda: getattr(config, "cache", None)
        )
    return config.stash[SUITE]


# -- collecting: one test a cell -------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    mark = metafunc.definition.get_closest_marker("parbench")
    if mark is None:
        return
    try:
        cells = _cells(metafunc, mark)
    except ParbenchError as error:
        raise pytest.Collector.CollectError(f"parbench: {error}") from None
    metafunc.fixturenames.extend(axis for axis in AXES if axis not in metafunc.fixturenames)
    # plain strings and ints, so that whatever stores the parameters can
    values = [tuple(getattr(cell, axis) for axis in AXES) for cell in cells]
    metafunc.parametrize(AXES, values, ids=[str(cell) for cell in cells])


def _cells(metafunc: pytest.Metafunc, mark: pytest.Mark) -> list[Cell]:
    from parbench.pytest_plugin.mark import cells_asked_for, other_profiles

    suite = suite_of(metafunc.config)
    if "cell" not in metafunc.fixturenames:
        raise ParbenchError(f"{metafunc.function.__name__} must take the fixture `cell` and call cell.measure().")
    profiles = other_profiles(suite, mark.kwargs)
    if profiles and metafunc.definition.path not in _named_files(metafunc.config):
        metafunc.config.stash.setdefault(OTHER_PROFILES, []).append(profiles)
        return []
    tiny = not metafunc.config.getoption(FLAG, default=False)
    try:
        return cells_asked_for(suite, mark.args, mark.kwargs, metafunc.module.__name__, tiny)
    finally:
        metafunc.config.stash[COLLECTING].close()


def _named_files(config: pytest.Config) -> set[Path]:
    """Files that the command line names, by themselves or by a test in them."""
    if config.args_source is not config.ArgsSource.ARGS:
        return set()
    return {(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args}


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    if config.get_verbosity() < 0:
        return []
    sentences = suite_of(config).lines() if SUITE in config.stash else []
    if profiles := config.stash.get(OTHER_PROFILES, []):
        tests, names = _tests(len(profiles)), ", ".join(dict.fromkeys(name for each in profiles for name in each))
        sentences.append(
            f"parbench: {tests} of other profiles left out ({names}): choose one by --parbench-profile, or name test "
            "files, or workloads by --parbench-workloads."
        )
    if count := config.stash.get(OTHER_TESTS, 0):
        sentences.append(f"parbench: {_tests(count)} without benchmarks left out; --parbench-all-tests runs them too.")
    if not sentences:
        return []
    from parbench.pytest_plugin.terminal import wrapped

    return wrapped(config, sentences)


def _tests(count: int) -> str:
    return f"{count:,} test{'' if count == 1 else 's'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption(FLAG, default=False) and not config.getoption("--parbench-all-tests"):
        files = _named_files(config)
        others = [item for item in items if not _is_benchmark(item) and item.path not in files]
        config.stash[OTHER_TESTS] = len(others)
        _deselect(config, items, others)
    if SUITE not in config.stash:
        return
    _deselect(config, items, [item for item in items if _without_cells(item)])
    with usage_errors():
        suite_of(config).check_names()
    if measuring(config) and config.pluginmanager.hasplugin("benchmark"):
        for item in items:
            if (cell := cell_of(item)) is not None:
                _make_pytest_benchmark_result(item, cell)


def _deselect(config: pytest.Config, items: list[pytest.Item], others: list[pytest.Item]) -> None:
    if others:
        config.hook.pytest_deselected(items=others)
        gone = set(others)
        items[:] = [item for item in items if item not in gone]


def _is_benchmark(item: pytest.Item) -> bool:
    """Whether a test has cells, or uses the fixture of pytest-benchmark."""
    return item.get_closest_marker("parbench") is not None or "benchmark" in getattr(item, "fixturenames", ())


def _without_cells(item: pytest.Item) -> bool:
    """Whether a test of ours has nothing to measure: none of its workloads is wanted, or another profile is."""
    params = item.callspec.params if hasattr(item, "callspec") else {}
    return item.get_closest_marker("parbench") is not None and not isinstance(params.get(AXES[0], ""), str)


def cell_of(item: pytest.Item) -> Cell | None:
    """The cell that a test is about; None for tests that are not ours."""
    if item.get_closest_marker("parbench") is None or not hasattr(item, "callspec"):
        return None
    from parbench.workload.cell import Cell

    return Cell(*(item.callspec.params[axis] for axis in AXES)) if AXES[0] in item.callspec.params else None


def _make_pytest_benchmark_result(item: pytest.Item, cell: Cell) -> None:
    """Let pytest-benchmark time a call whose duration is given by its timer, ours."""
    timer = item.stash[TIMER] = Replay()
    # a cell that failed has nothing to replay, and says so by itself
    item.add_marker(pytest.mark.filterwarnings("ignore:Benchmark fixture was not used at all"))
    item.add_marker(pytest.mark.benchmark(timer=timer, group=f"{cell.workload}-{cell.size}"))
    if isinstance(item, pytest.Function) and "benchmark" not in item.fixturenames:
        item.fixturenames.append("benchmark")


class Replay:
    """A timer for `benchmark.pedantic` whose clock advances by one measured sample per call."""

    __name__ = "parbench_replay"

    def __init__(self) -> None:
        self.samples: Iterator[float] = iter(())
        self.now = 0.0
        self.running = False

    def __call__(self) -> float:
        if self.running:
            self.now += next(self.samples, 0.0)
        self.running = not self.running
        return self.now


# -- running ---------------------------------------------------------------------------------------------


class CellUnderTest:
    """Value of the fixture `cell`: the cell's axes, and `measure`."""

    def __init__(self, request: pytest.FixtureRequest, cell: Cell) -> None:
        self._request = request
        self.cell = cell

    def measure(self) -> Result | None:
        """The result of this cell under ``--benchmark``; without it, None after checking it once.

        The test fails if the cell has no right result, or a verdict that ``--parbench-fail-on`` names, and is skipped
        if it was not measured.
        """
        from parbench.pytest_plugin.outcome import CellFailed

        config = self._request.config
        suite = suite_of(config)
        try:
            if not measuring(config):
                suite.check(self.cell)
                return None
            if not suite.measured:
                _run_campaign(self._request.node, suite)
            if suite.findings is None:
                raise CellFailed("skipped", "not measured: the run ended before its turn.")
            result = suite.findings.result(self.cell)
        except CellFailed as failure:
            if failure.status in ("skipped", "missing"):
                pytest.skip(str(failure))  # pytest's summary has one line per reason
            pytest.fail(f"{self.cell}: {failure}", pytrace=False)
        self._replay(result)
        if words := suite.findings.unwanted(self.cell):
            pytest.fail(f"{self.cell}: {words}", pytrace=False)
        return result

    def _replay(self, result: Result) -> None:
        timer = self._request.node.stash.get(TIMER, None)
        if timer is not None:
            timer.samples = iter(result.samples)
            benchmark = self._request.getfixturevalue("benchmark")
            benchmark.extra_info.update(speedup=result.speedup, baseline=result.baseline, verdict=result.verdict)
            benchmark.pedantic(lambda: None, rounds=len(result.samples), iterations=1)


@pytest.fixture
def cell(request: pytest.FixtureRequest) -> CellUnderTest:
    """One workload, size, strategy and core count: call ``cell.measure()``."""
    found = cell_of(request.node)
    if found is None:
        pytest.fail("parbench: mark this test with @pytest.mark.parbench(workload) to give it cells.", pytrace=False)
    return CellUnderTest(request, found)


def _run_campaign(item: pytest.Item, suite: Suite) -> None:
    """Measure the cells of all selected tests at once, so that they share blocks; `item` is the first of them."""
    from parbench.pytest_plugin import terminal

    cells = [found for each in item.session.items if (found := cell_of(each)) is not None]
    try:
        with terminal.measuring(item, suite.profile.name, suite.budget) as progress:
            suite.measure(cells, progress, failures_allowed=item.config.getvalue("maxfail"))
    except ParbenchError as error:  # nothing can be measured: one sentence, not one a test
        pytest.exit(f"parbench: {error}", returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    suite = session.config.stash.get(SUITE, None)
    findings = suite.findings if suite is not None else None
    if findings is not None and findings.failed() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    suite = config.stash.get(SUITE, None)
    if suite is None or suite.findings is None:
        return
    from parbench.pytest_plugin.terminal import ending

    if config.get_verbosity() >= 0:
        terminalreporter.section("parbench")
    for line in ending(config, suite.findings, config.stash.get(NOTE, "")):
        terminalreporter.write_line(line)
