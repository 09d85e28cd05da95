"""Output to pytest's terminal: sentences, the end of a run, and progress while pytest captures the output of tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from parbench.measurement.progress import NOTHING, Activity, Progress, Tally, silent
from parbench.report.terminal import screen
from parbench.report.terminal.progress_line import PLAIN_EVERY_SECONDS, ProgressLine

if TYPE_CHECKING:
    import pytest
    from rich.console import Console

    from parbench.pytest_plugin.outcome import RunOutcome


def reporter(config: pytest.Config) -> pytest.TerminalReporter | None:
    """The plugin that writes to the terminal; None under ``-p no:terminal``."""
    plugin: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    return plugin


def console(config: pytest.Config) -> Console:
    """The layout for pytest's terminal, in colours if pytest uses them."""
    writer: Any = config.get_terminal_writer()
    return screen.console(writer._file, coloured=bool(writer.hasmarkup))


def wrapped(config: pytest.Config, sentences: Iterable[str]) -> list[str]:
    """Sentences in as many lines as pytest's terminal needs for them."""
    return screen.lines(console(config), sentences)


def ending(config: pytest.Config, outcome: RunOutcome, note: str) -> list[str]:
    """Lines at the end: sentences and tables; with ``-q`` a sentence per workload; with ``-qq`` nothing.

    The place of the report is the last line.
    """
    if config.get_verbosity() >= 0:
        return [*wrapped(config, [note] if note else []), *outcome.lines(console(config))]
    if config.get_verbosity() < -1:
        return []
    return wrapped(config, [f"parbench: {sentence}" for sentence in outcome.short_sentences()])


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """A context in which output reaches the terminal."""
    manager = config.pluginmanager.getplugin("capturemanager")
    return nullcontext() if manager is None else manager.global_and_fixture_disabled()


def progress_line(config: pytest.Config, patience: float = 0.0) -> ProgressLine | None:
    """The line of progress; None under ``-q`` and without a terminal plugin, when nobody sees it."""
    plugin = reporter(config)
    if plugin is None or config.get_verbosity() < 0:
        return None
    writer: Any = plugin._tw
    # the line does not go through the writer, which in pytest 8.1 cannot write without a new line
    return ProgressLine(writer._file, lambda: writer.width_of_current_line and writer.line(), patience)


class CollectionProgress:
    """Progress while pytest collects tests and captures their output; `close` removes the line."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._line: ProgressLine | None = None

    def __call__(self, activity: Activity, tally: Tally = NOTHING, left: float | None = None) -> None:
        with uncaptured(self._config):
            if self._line is None:  # pytest creates its terminal after this object
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
    """Progress of measuring, which happens within the test `item`; afterwards the line of its file continues."""
    config = item.config
    with uncaptured(config):
        plugin, line = reporter(config), progress_line(config)
        if plugin is None or line is None:
            yield silent
            return
        plugin.ensure_newline()
        line.announce(profile, budget)
        try:
            yield line
        finally:
            line.close()
            if config.get_verbosity() == 0:
                plugin.write_fspath_result(item.nodeid, "")
