"""The validation of predicted break-even sizes, on runs that are made by law."""

from __future__ import annotations

import math
from typing import Any

import pytest

import parbench
from benchmarks.validate import break_even as validation
from tests.analysis.advice.test_adviser import by_law, made, weight
from tests.support.run_data import change


def run() -> Any:
    """A run of workloads with break-evens: work of 100 ns per item, and costs of strategies by law."""
    names = {
        "plain": {},
        "stepped": {"tasks": 8, "stages": 4},
        "heavy": {"in_bytes": 10**5},
        "light": {"in_bytes": 100},
    }
    weights = tuple(
        weight(name, size, each=1e-7, **fields)
        for name, fields in names.items()
        for size in (100, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000)
    )
    return made(
        {(one.cell.workload, one.cell.size, *key): phases for one in weights for key, phases in by_law(one).items()},
        weights,
    )


def test_what_follows_laws_is_predicted() -> None:
    """Both ways, for every pair."""
    found = [*validation.pairs(run())]
    assert {each.strategy for each in found} == {"threads", "multiprocessing"}
    assert len(found) == 8
    for each in found:
        assert [guess / each.size for guess in each.guesses] == pytest.approx([1, 1], rel=0.3), each


def test_what_differs_from_other_workloads_is_known_from_other_sizes() -> None:
    """Processes that take longer than elsewhere are predicted well only by who has seen them, if at other sizes."""
    frame = run()
    for name, times in {"light": 1.3, "heavy": 0.8, "stepped": 1.2}.items():  # the uncertainty of a law is known, too
        frame.loc[(frame["workload"] == name) & (frame["strategy"] == "multiprocessing"), "seconds"] *= times
    pair = next(each for each in validation.pairs(frame) if each[:2] == ("light", "multiprocessing"))
    left_out, at_other_sizes = (guess / pair.size for guess in pair.guesses)
    assert left_out < 0.7
    assert at_other_sizes == pytest.approx(1, rel=0.3)


def test_the_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each way, and a row for each pair; a run that was not weighed has none."""
    frame = run()
    monkeypatch.setattr(parbench, "load", lambda run: frame, raising=False)
    validation.main([])
    out = capsys.readouterr().out
    assert "left out: 8 of 8 (100%)" in out
    assert out.count("| multiprocessing |") == 4
    change(frame, weights=())
    validation.main([])
    assert capsys.readouterr().out.startswith("0 pairs")


@pytest.mark.parametrize(
    ("speedups", "size"),
    [
        ({10: 0.5, 1_000: 2.0}, 100),
        ({10: 0.25, 100: 0.5}, 1_000),
        ({10: 0.5, 100: 0.25}, math.nan),
        ({100: 2.0, 1_000: 4.0}, 10),
        ({10: 0.5, 100: 2.0, 1_000: 0.5, 100_000: 2.0}, 10_000),
        ({10: 0.5, 100: 2.0, 1_000: 0.5}, math.nan),
        ({10: 0.5, 100: 0.5001}, math.inf),
        ({}, math.nan),
    ],
)
def test_where_speedups_pass_1(speedups: dict[int, float], size: float) -> None:
    """The last time by lines of logarithms, or where the outermost line would if it went on."""
    assert validation.crossing([*speedups.items()]) == pytest.approx(size, nan_ok=True)
