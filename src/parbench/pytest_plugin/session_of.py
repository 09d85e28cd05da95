"""The session of a pytest process, created from its options on first use. Imports the rest of parbench late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from parbench.errors import ParbenchError
from parbench.pytest_plugin.options import OPTIONS

if TYPE_CHECKING:
    from parbench.pytest_plugin.session import Session
    from parbench.pytest_plugin.terminal import CollectionProgress

FLAG = "--benchmark"
SESSION: pytest.StashKey[Session] = pytest.StashKey()
COLLECTION: pytest.StashKey[CollectionProgress] = pytest.StashKey()


def measuring(config: pytest.Config) -> bool:
    """Whether this session measures, and does not only check or list cells, or set fixtures up."""
    option = config.option
    lists = option.collectonly or getattr(option, "setuponly", False) or getattr(option, "setupplan", False)
    return bool(config.getoption(FLAG, default=False)) and not lists


def option_values(config: pytest.Config) -> dict[str, str | None]:
    """The values of the options by name, None for an absent option."""
    return {name: config.getoption(f"--parbench-{name}") for name, (metavar, _) in OPTIONS.items() if metavar}


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn our errors into pytest's usage errors: one line, exit code 4."""
    try:
        yield
    except ParbenchError as error:
        raise pytest.UsageError(f"parbench: {error}") from None


def session_of(config: pytest.Config) -> Session:
    """The session, created from the options on first use."""
    if SESSION not in config.stash:
        from parbench.pytest_plugin.options import read_settings
        from parbench.pytest_plugin.session import Session
        from parbench.pytest_plugin.terminal import CollectionProgress
        from parbench.strategies import configured

        configured.read_project(config.rootpath)
        command = ["pytest", *map(str, config.invocation_params.args)]
        settings = read_settings(option_values(config), command, config.invocation_params.dir)
        progress = config.stash[COLLECTION] = CollectionProgress(config)
        # pytest creates its cache, if any, after the options are read
        config.stash[SESSION] = Session(settings, measuring(config), progress, lambda: getattr(config, "cache", None))
    return config.stash[SESSION]
