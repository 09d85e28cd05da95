"""SIGTERM ends a run as Ctrl-C does."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager

import pytest

from parbench.measurement.session import terminations_as_interrupts

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")


def test_a_termination_is_an_interrupt_meanwhile() -> None:
    """Within the context the signal raises KeyboardInterrupt; afterwards it ends the process again."""
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    with pytest.raises(KeyboardInterrupt), terminations_as_interrupts():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_handler_of_the_caller_stays() -> None:
    """A program that handles the signal itself goes on doing so."""
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with terminations_as_interrupts():
            signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_other_threads_change_nothing() -> None:
    """Only the main thread may set handlers, so elsewhere the context does nothing."""
    failed: list[BaseException] = []

    def enter(context: AbstractContextManager[None]) -> None:
        try:
            with context:
                pass
        except ValueError as error:
            failed.append(error)

    thread = threading.Thread(target=enter, args=(terminations_as_interrupts(),))
    thread.start()
    thread.join()
    assert failed == []
