"""Errors as one small tree: every message is one sentence with the remedy."""

from __future__ import annotations


class ParbenchError(Exception):
    """The root of all our errors; its text is meant for the user, not for a debugger."""


class UsageError(ParbenchError):
    """A name, option or value that the user gave cannot be used."""


class RunFileError(ParbenchError):
    """A run file cannot be read, or says something that it may not say."""


class WorkloadError(ParbenchError):
    """A workload is incomplete, or cannot be found again from another process."""


class MissingDependency(ParbenchError):
    """Something that was asked for needs a package that is not installed."""


class WorkerDied(ParbenchError):
    """A worker process ended while it still had work to do."""


class AnalysisError(ParbenchError):
    """Points that were measured cannot carry what is to be computed from them."""


class ExchangeError(ParbenchError):
    """A file of another tool cannot be read, or has no usable content."""
