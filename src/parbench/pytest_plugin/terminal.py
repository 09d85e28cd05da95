"""What pytest's terminal can show, and how progress gets there past what captures the output of tests.

The plugin's own, but without pytest at import: where its terminal is switched off, nobody is shown anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from parbench.measure.progress import HOME, NOTHING, PLAIN_EVERY, Count, Progress, Step, Ticker, silent
from parbench.report.terminal import screen as terminal

if TYPE_CHECKING:
    import pytest

    from parbench.pytest_plugin.outcome import Findings


def reporter(config: pytest.Config) -> pytest.TerminalReporter | None:
    """What writes to the terminal; None under ``-p no:terminal``."""
    found: pytest.TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
    return found


def screen(writer: Any) -> terminal.Screen:
    """The screen of pytest's terminal writer, in colours where pytest uses them."""
    return replace(terminal.screen(writer._file), coloured=bool(writer.hasmarkup))


def wrapped(config: pytest.Config, sentences: Iterable[str]) -> list[str]:
    """Sentences in as many lines as pytest's terminal needs for them."""
    here = screen(config.get_terminal_writer())
    return [line for sentence in sentences for line in here.lines(sentence)]


def ending(config: pytest.Config, findings: Findings, note: str) -> list[str]:
    """What pytest says at its end: all of it, with ``-q`` what fails and where the report is, with ``-qq`` nothing."""
    if config.get_verbosity() >= 0:
        return [*wrapped(config, [note] if note else []), *findings.lines(screen(config.get_terminal_writer()))]
    if config.get_verbosity() < -1:
        return []
    told = [*(f"{cell}: {sentence}" for cell, sentence in findings.broken().items()), f"report: {findings.page}"]
    return wrapped(config, (f"parbench: {sentence}" for sentence in told))


def uncaptured(config: pytest.Config) -> AbstractContextManager[None]:
    """While this lasts, what is written reaches the terminal."""
    manager = config.pluginmanager.getplugin("capturemanager")
    return nullcontext() if manager is None else manager.global_and_fixture_disabled()


def ticker(config: pytest.Config, patience: float = 0.0) -> Ticker | None:
    """What shows progress; None where nobody is to see it: under ``-q``, and without a terminal plugin."""
    found = reporter(config)
    if found is None or config.get_verbosity() < 0:
        return None
    writer: Any = found._tw
    here, in_place = screen(writer), terminal.changes_in_place(writer._file)

    def write(text: str) -> None:
        if not text.startswith(HOME) and writer.width_of_current_line:
            writer.line()
        # not by the writer, which in pytest 8.1 has no way to write that leaves its line as it was
        writer._file.write(text)
        writer._file.flush()

    return Ticker(write, (lambda: terminal.columns(writer._file)) if in_place else None, here.text, patience)


class Collecting:
    """Progress while tests are collected, when their output is captured; `close` takes it away."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._ticker: Ticker | None = None

    def __call__(self, step: Step, count: Count = NOTHING, left: float | None = None) -> None:
        with uncaptured(self._config):
            if self._ticker is None:  # when this is made, pytest has no terminal yet
                self._ticker = ticker(self._config, PLAIN_EVERY)
            if self._ticker is not None:
                self._ticker(step, count, left)

    def close(self) -> None:
        """Leave a clean line behind."""
        if self._ticker is not None:
            with uncaptured(self._config):
                self._ticker.close()


@contextmanager
def measuring(item: pytest.Item, profile: str, budget: float) -> Iterator[Progress]:
    """Progress of measuring, which happens within the test of `item`; afterwards the line of its file goes on."""
    config = item.config
    found = reporter(config)
    with uncaptured(config):
        shown = ticker(config)
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
