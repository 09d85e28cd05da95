"""Which tests run with ``--benchmark``, and sentences about the tests that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

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
