"""The share of the CPUs that other programs take."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from parbench.machine.other_programs import CpuSeconds, CpuShares, cpu_seconds, shares


def test_shares_are_those_of_the_time_between_two_readings() -> None:
    """Our own CPU time is not that of others; without a reading, or without time, there are no shares."""
    before, after = CpuSeconds(10, 1, 5, 2), CpuSeconds(26, 2, 8, 8)
    assert shares(before, after) == CpuShares(others=10 / 20, stolen=1 / 20)
    assert shares(before, before) is shares(None, after) is shares(before, None) is None
    assert shares(before, CpuSeconds(11, 1, 14, 9)) == CpuShares(0.0, 0.0)  # rounded ticks do not become negative


def test_only_the_chosen_cpus_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs on other CPUs do not disturb; a system without some kinds of time is no error."""
    times = [
        SimpleNamespace(user=3.0, system=1.0, idle=6.0),
        SimpleNamespace(user=0.0, system=0.0, idle=9.0, steal=2.0),
    ]
    monkeypatch.setattr(psutil, "cpu_times", lambda percpu: times)
    first, second, both = cpu_seconds([0]), cpu_seconds([1]), cpu_seconds([])
    assert first is not None
    assert second is not None
    assert both is not None
    assert first[:3] == (4.0, 0.0, 6.0)
    assert second[:3] == (0.0, 2.0, 9.0)
    assert both[:3] == (4.0, 2.0, 15.0)


def test_hidden_counters_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container that hides the counters, and Windows, give no shares."""
    with monkeypatch.context() as patch:
        patch.setattr("sys.platform", "win32")
        assert cpu_seconds([]) is None

    def hidden(percpu: bool) -> None:
        raise PermissionError

    monkeypatch.setattr(psutil, "cpu_times", hidden)
    assert cpu_seconds([]) is None
