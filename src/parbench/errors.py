"""Errors as one small tree: every message is one sentence with the remedy."""

from __future__ import annotations

import sys


class ParbenchError(Exception):
    """The root of all our errors; its text is meant for the user, not for a debugger."""


class UsageError(ParbenchError):
    """A name, option or value that the user gave cannot be used."""


class RunFileError(ParbenchError):
    """A run file cannot be read, or says something that it may not say."""


class WorkloadError(ParbenchError):
    """A workload is incomplete, or cannot be found again from another process."""


#: The newest Python for which all optional packages are known to have a release.
NEWEST_PYTHON = (3, 13)


def pip_install(*requirements: str) -> str:
    """Advice to install packages, with a condition on a Python that is newer than those that were tried."""
    import shlex  # not at each start of pytest

    command = f"run pip install {shlex.join(requirements)}"
    python = sys.version_info[:2]
    return command if python <= NEWEST_PYTHON else f"{command}, if it has a release for Python {python[0]}.{python[1]}"


class MissingDependency(ParbenchError):
    """Something that was asked for needs a package that is not installed."""


class WorkerDied(ParbenchError):
    """A worker process ended while it still had work to do."""


class WorkerKilled(WorkerDied):
    """A signal ended it, as for lack of memory, so that another call would probably end in the same way."""


class AnalysisError(ParbenchError):
    """Points that were measured cannot carry what is to be computed from them."""


class ExchangeError(ParbenchError):
    """A file of another tool cannot be read, or has no usable content."""
