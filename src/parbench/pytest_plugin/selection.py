"""Which tests run with ``--benchmark``, and sentences about the tests that do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from parbench.errors import UsageError

if TYPE_CHECKING:
    from parbench.workload.cell import Cell

ALL_TESTS = "--parbench-all-tests"
TESTPATHS = "parbench_testpaths"
#: Profiles of each test that the chosen profile leaves out.
OTHER_PROFILES = pytest.StashKey[list[tuple[str, ...]]]()
#: Number of tests that are no benchmarks and are left out.
OTHER_TESTS = pytest.StashKey[int]()


def collect_benchmarks(config: pytest.Config) -> None:
    """Collect `parbench_testpaths` if the command line names no path."""
    paths = config.getini(TESTPATHS)
    is_alone = config.args_source is not config.ArgsSource.ARGS and config.invocation_params.dir == config.rootpath
    if paths and is_alone and not config.getoption(ALL_TESTS):
        # pytest's header would print `testpaths` under their own source
        config.args, config.args_source = list(paths), config.ArgsSource.INVOCATION_DIR


def named_files(config: pytest.Config) -> set[Path]:
    """Files that the command line names, by themselves or by a test in them."""
    if config.args_source is not config.ArgsSource.ARGS:
        return set()
    return {(config.invocation_params.dir / argument.partition("::")[0]).resolve() for argument in config.args}


def deselect_others(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests without benchmarks, except in files that the command line names."""
    if not config.getoption(ALL_TESTS):
        files = named_files(config)
        others = [item for item in items if not _is_benchmark(item) and item.path not in files]
        config.stash[OTHER_TESTS] = len(others)
        deselect(config, items, others)


def deselect(config: pytest.Config, items: list[pytest.Item], others: list[pytest.Item]) -> None:
    """Remove `others` from the tests to run."""
    if others:
        config.hook.pytest_deselected(items=others)
        gone = set(others)
        items[:] = [item for item in items if item not in gone]


def _is_benchmark(item: pytest.Item) -> bool:
    """Whether a test has cells, or uses the fixture of pytest-benchmark."""
    return item.get_closest_marker("parbench") is not None or "benchmark" in getattr(item, "fixturenames", ())


def is_skipped(item: pytest.Item) -> bool:
    """Whether a mark of the test skips it in any case; conditions as text are left to pytest."""
    conditions = [mark.args or (mark.kwargs.get("condition"),) for mark in item.iter_markers("skipif")]
    return item.get_closest_marker("skip") is not None or any(each is True for group in conditions for each in group)


def parametrize(metafunc: pytest.Metafunc, axes: Sequence[str], cells: Sequence[Cell]) -> None:
    """Make one test of each cell; raises UsageError if the test has another parameter of one of these names."""
    metafunc.fixturenames.extend(axis for axis in axes if axis not in metafunc.fixturenames)
    # plain strings and ints, so that whatever stores the parameters can
    values = [tuple(getattr(cell, axis) for axis in axes) for cell in cells]
    try:
        metafunc.parametrize(axes, values, ids=[str(cell) for cell in cells])
    except (ValueError, pytest.Collector.CollectError) as error:  # pytest's own, which depends on its version
        if "duplicate parametrization" not in str(error):
            raise
        raise UsageError(
            f"the mark gives {metafunc.function.__name__} the parameters {', '.join(axes)}, and it has another one of "
            f"such a name ({str(error).partition(': ')[2] or error}): put sizes into the mark (sizes=[…]), and rename "
            "other parameters, and fixtures with parameters."
        ) from None


def is_replaced(metafunc: pytest.Metafunc, fixture: str, by_other_than: str) -> bool:
    """Whether the test gets a fixture from another module than ours, where pytest lets that be seen."""
    definitions = getattr(metafunc, "_arg2fixturedefs", {}).get(fixture, ())
    return bool(definitions) and getattr(definitions[-1].func, "__module__", by_other_than) != by_other_than


def no_result_sentence(tests: Sequence[pytest.Item], measured: int) -> str:
    """A sentence if none of the tests with a mark has the result of a cell."""
    if not tests or measured:
        return ""
    from parbench.text import plural

    return (
        f"parbench: none of {plural(len(tests), 'test')} with the mark has the result of a cell: pytest -rs prints why "
        "tests were skipped, and a test gets its result by cell.measure()."
    )


def sentences(config: pytest.Config) -> list[str]:
    """One sentence per reason for leaving tests out."""
    from parbench.text import plural

    texts = []
    if profiles := config.stash.get(OTHER_PROFILES, []):
        tests, names = (
            plural(len(profiles), "test"),
            ", ".join(dict.fromkeys(name for each in profiles for name in each)),
        )
        texts.append(
            f"parbench: {tests} of other profiles left out ({names}): choose one by --parbench-profile, or name test "
            "files, or workloads by --parbench-workloads."
        )
    if count := config.stash.get(OTHER_TESTS, 0):
        texts.append(f"parbench: {plural(count, 'test')} without benchmarks left out; {ALL_TESTS} runs them too.")
    return texts
