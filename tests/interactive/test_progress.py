"""Progress of `parbench.measure` in a notebook and in a terminal."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from parbench.interactive.progress import shown
from parbench.measurement.progress import Activity, silent


class FakeHandle:
    """A changing output of a notebook that remembers what it has shown."""

    texts: list[str]

    def display(self, data: dict[str, str], raw: bool) -> None:
        """Show the first text."""
        assert raw
        self.texts = [data["text/plain"]]

    def update(self, data: dict[str, str], raw: bool) -> None:
        """Show another text."""
        assert raw
        self.texts.append(data["text/plain"])


class Shell:
    """The shell of a kernel."""

    kernel = object()


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> FakeHandle:
    """The output of a made-up notebook."""
    handle, modules = FakeHandle(), {name: ModuleType(name) for name in ("IPython", "IPython.display")}
    parts: Any = modules["IPython"]
    parts.get_ipython, parts.display = Shell, modules["IPython.display"]
    parts.display.DisplayHandle = lambda: handle
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return handle


def test_a_notebook_shows_one_output_that_changes(handle: FakeHandle) -> None:
    """In a notebook progress changes one output, seldom, which is empty in the end."""
    with shown(True) as progress:
        for _ in range(9):
            progress(Activity("starting", "double 9"), left=20.0)
    assert handle.texts == ["parbench: starting", "parbench: 0:20 left | starting double 9", ""]


def test_elsewhere_it_is_a_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Outside of a notebook progress is a line on standard error; unless it is wanted, there is none."""
    with shown(True) as progress:
        progress(Activity("starting", "double 9"), left=20.0)
    assert capsys.readouterr() == ("", "parbench: 0:20 left; starting double 9\n")
    with shown(False) as nothing:
        assert nothing is silent
