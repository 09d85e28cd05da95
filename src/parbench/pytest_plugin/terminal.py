"""Capabilities of pytest's terminal, and the way of progress past the capture of output.

The plugin's own, but without pytest at import: where its terminal is switched off, nobody is shown anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from parbench.measure.progress import NOTHING, Activity, Progress, Tally, silent
from parbench.report.terminal import screen
from parbench.report.terminal.progress_line import PLAIN_EVERY_SECONDS, ProgressLine

if TYPE_CHECKING:
    import pytest
    from rich.console import Console

    from parbench.pytest_plugin.outcome import Findings


def reporter(config: pytest.Config) -> pytest.TerminalReporter | None:
    """The writer to the terminal; None under ``-p no:terminal``."""
    found: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    return found


def console(config: pytest.Config) -> Console:
    """The layout for pytest's terminal, in colours if pytest uses them."""
    writer: Any = config.get_terminal_writer()
    return screen.console(writer._file, coloured=bool(writer.hasmarkup))


def wrapped(config: pytest.Config, sentences: Iterable[str]) -> list[str]:
    """Sentences in as many lines as pytest's terminal needs for them."""
    return screen.lines(console(config), sentences)


def ending(config: pytest.Config, findings: Findings, note: str) -> list[str]:
    """Output of pytest at its end: all, with ``-q`` failures and the report, with ``-qq`` nothing."""
    if config.get_verbosity() >= 0:
        return [*wrapped(config, [note] if note else []), *findings.lines(console(config))]
    if config.get_verbosity() < -1:
        return []
    told = [*(f"{cell}: {sentence}" for cell, sentence in findings.broken().items()), f"report: {findings.page}"]
    return wrapped(config, (f"parbench: {sentence}" for sentence in told))


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """While this lasts, what is written reaches the terminal."""
    manager = config.pluginmanager.getplugin("capturemanager")
    return nullcontext() if manager is None else manager.global_and_fixture_disabled()


def progress_line(config: pytest.Config, patience: float = 0.0) -> ProgressLine | None:
    """The line of progress; None under ``-q`` and without a terminal plugin, when nobody sees it."""
    found = reporter(config)
    if found is None or config.get_verbosity() < 0:
        return None
    writer: Any = found._tw
    # the line does not go through the writer, which in pytest 8.1 cannot write without a new line
    return ProgressLine(writer._file, lambda: writer.width_of_current_line and writer.line(), patience)


class Collecting:
    """Progress while tests are collected, when their output is captured; `close` takes it away."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._line: ProgressLine | None = None

    def __call__(self, activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        with uncaptured(self._config):
            if self._line is None:  # when this is made, pytest has no terminal yet
                self._line = progress_line(self._config, PLAIN_EVERY_SECONDS)
            if self._line is not None:
                self._line(activity, tally, left)

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._line is not None:
            with uncaptured(self._config):
                self._line.close()


@contextmanager
def measuring(item: pytest.Item, profile: str, budget: float) -> Iterator[Progress]:
    """Progress of measuring, which happens within the test of `item`; afterwards the line of its file goes on."""
    config = item.config
    found = reporter(config)
    with uncaptured(config):
        shown = progress_line(config)
        if found is None or shown is None:
            yield silent
            return
        found.ensure_newline()
        shown.announce(profile, budget)
        try:
            yield shown
        finally:
            shown.close()
            if config.get_verbosity() == 0:
                found.write_fspath_result(item.nodeid, "")
