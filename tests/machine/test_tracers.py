"""Tracers: arms inherit no tracer, and an active one is named."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from parbench.machine import tracers
from parbench.machine.tracers import active_tracers, untraced
from parbench.measurement.arms.process import ArmProcess, start
from parbench.measurement.arms.protocol import ArmSpec
from parbench.runfile import reader
from parbench.runfile.records import RunWarning
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference
from tests.support.fake_arms import World, groups


def trace(*_: Any) -> None:
    """A tracing function that does nothing."""


class Tracer:
    """An object whose method traces, as that of coverage and of debuggers."""

    def trace(self, *_: Any) -> None:
        """Do nothing."""


def test_variables_that_start_tracers_are_left_out() -> None:
    """Those of Python, coverage and pytest-cov are left out; all others stay."""
    kept = {"PATH": "/bin", "PYTHONPATH": "src", "PYTHONHASHSEED": "1", "LD_PRELOAD": "libjemalloc.so"}
    started = {"COVERAGE_PROCESS_START": ".coveragerc", "COVERAGE_PROCESS_CONFIG": "{}", "COV_CORE_SOURCE": "src"}
    flags = {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONDEVMODE": "1", "PYTHONTRACEMALLOC": "5"}
    assert untraced(kept | started | flags) == kept


@pytest.mark.parametrize("function", [trace, Tracer().trace], ids=["function", "method"])
@pytest.mark.parametrize("place", ["settrace", "setprofile"])
def test_an_active_tracer_is_named(monkeypatch: pytest.MonkeyPatch, place: str, function: Any) -> None:
    """The function of this thread, or of threads to come, is named by its module and name, or its class."""
    name = f"the tracer tests.machine.test_tracers.{'trace' if function is trace else 'Tracer'}"
    for module in (sys, threading):
        monkeypatch.setattr(module, place.replace("set", "get"), lambda: function)
        assert name in active_tracers()
        monkeypatch.undo()
    assert name not in active_tracers()


def test_other_checkers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced memory, libraries of sanitizers, and tools of sys.monitoring where Python has it; no other library."""
    monkeypatch.setattr(tracemalloc, "is_tracing", lambda: True)
    monkeypatch.setenv("LD_PRELOAD", "/usr/lib/libasan.so.8:/usr/lib/libjemalloc.so")
    monitoring = type("Monitoring", (), {"get_tool": staticmethod(lambda number: "coverage" if number == 1 else None)})
    monkeypatch.setattr(sys, "monitoring", monitoring, raising=False)
    monkeypatch.setattr(tracers, "_is_ptraced", lambda: True)
    found = active_tracers()
    assert {"tracemalloc", "the library /usr/lib/libasan.so.8", "the tool coverage of sys.monitoring"} <= set(found)
    assert "a debugger that is attached to the process" in found
    assert not any("jemalloc" in each for each in found)


def test_a_run_warns_once_of_each_tracer(tmp_path: Path) -> None:
    """However many arms have it."""
    World(tracers=["the tracer coverage.CTracer"]).run(tmp_path, groups())
    found = [record for record in reader.read(tmp_path) if isinstance(record, RunWarning) and record.about == "tracer"]
    assert len(found) == 1
    assert "coverage.CTracer" in found[0].text


def test_an_arm_inherits_no_tracer_and_reports_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real arm runs without the development mode of its caller, unless its environment declares it."""
    monkeypatch.setenv("PYTHONDEVMODE", "1")
    for variables in ({}, {"PYTHONDEVMODE": "1"}):
        reference = Reference("tests.support.kernels", "", "good")
        arm = ArmProcess(ArmSpec(Cell("good", 5, "serial", 1), reference, 1, [], sys.path, variables=variables))
        try:
            assert ("Python's development mode" in start(arm, 60.0).tracers) is bool(variables)
        finally:
            arm.end(10.0)
