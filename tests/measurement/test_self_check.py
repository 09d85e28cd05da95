"""Capability of a machine: the smallest change that is found, the advice, and `parbench check` itself."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.analysis.power import CELLS, CellNoise, Effort, blocks_in, noises, smallest
from parbench.analysis.stats.paired import Blocks, decide_paired, fresh_blocks
from parbench.cli.main import main
from parbench.measurement import self_check
from parbench.measurement.plan import Group, group_cells
from parbench.report.sentences.self_check import Detectable, findings, table, verdict
from parbench.runfile.header import MachineFacts
from parbench.workload.cell import BASE, BASE_REPEAT
from tests.support import fake_arms
from tests.support.fake_arms import World

COMPARISONS = 300
#: Never precise enough to stop early.
LONG = replace(fake_arms.SHORT, precision=0.0, most_blocks=20)
FACTS = MachineFacts(
    cores_usable=4,
    cores_host=8,
    cores_affinity=4,
    governor="performance",
    turbo=False,
    hypervisor=False,
    load_average=0.1,
)


def found(change: float, spread: float, blocks: int, rng: random.Random) -> bool:
    """Whether one simulated comparison of ten cells calls one of them slower, which is, by `change` as a logarithm."""
    first: Blocks = {number: (rng.gauss(change, spread), 0.0) for number in range(blocks)}
    more = fresh_blocks(sum(each for each, _ in first.values()) / blocks, spread)
    fresh: Blocks = {blocks + number: (rng.gauss(change, spread), 0.0) for number in range(more)}
    others: dict[str, Blocks] = {str(number): {0: (0.0, 0.0)} for number in range(CELLS - 1)}
    return decide_paired({"slower": first | fresh} | others, lambda _: 0.05, blocks)["slower"].change == "SLOWER"


@pytest.mark.parametrize(("spread", "blocks"), [(0.01, 6), (0.03, 10), (0.06, 20), (0.1, 30)])
def test_the_smallest_change_is_found_as_often_as_it_says(spread: float, blocks: int) -> None:
    """By the rules themselves: in 95 of 100 comparisons, here at least 92, while half of it is mostly missed."""
    rng = random.Random(1)
    change = math.log1p(smallest(spread, blocks))
    power, half = (
        sum(found(each, spread, blocks, rng) for _ in range(COMPARISONS)) / COMPARISONS for each in (change, change / 2)
    )
    assert power >= 0.92
    assert half <= 0.5


def test_what_varies_more_hides_more() -> None:
    """CellNoise makes the smallest change larger, blocks make it smaller, and it is never within the margin."""
    assert smallest(0.02, 10) < smallest(0.04, 10)
    assert smallest(0.04, 20) < smallest(0.04, 6)
    assert smallest(1e-6, 30, margin=0.02) == pytest.approx(0.02, abs=0.001)


def test_the_spread_of_a_block_is_recovered(tmp_path: Path) -> None:
    """Arms that differ by 2 % make blocks whose change differs by 2 % times the root of 3/2."""
    World(block_noise=0.02, noise=0.0).run(tmp_path, twins(fake_arms.groups(["threads"])), profile=LONG, budget=1e6)
    for noise in noises(parbench.load(tmp_path)):
        assert noise.blocks > 10
        assert noise.spread == pytest.approx(0.02 * math.sqrt(1.5), rel=0.4)


def test_blocks_end_with_the_time_or_the_noise() -> None:
    """A quiet cell gets the fewest, a noisy one what there is time for, and nobody more than the most."""
    effort = Effort(seconds=400.0, fewest=6, most=30, precision=0.02)
    assert blocks_in(CellNoise((), 0.005, 5, seconds=2.0), effort) == 6
    assert blocks_in(CellNoise((), 0.2, 5, seconds=2.0), effort) == 20
    assert blocks_in(CellNoise((), 0.2, 5, seconds=0.1), effort) == 30
    assert blocks_in(CellNoise((), 0.2, 5, seconds=300.0), effort) == 2


def twins(groups: list[Group]) -> list[Group]:
    """The same groups with a base and the base again."""
    entries = {group.entry.workload.name: group.entry for group in groups}
    return group_cells((cell for group in groups for cell in group.cells), entries, (BASE, BASE_REPEAT))


def row(place: str, quick: float, standard: float) -> Detectable:
    """A kind of cell in which such changes are found."""
    return Detectable(place, CellNoise((), 0.01, 5, 1.0), {"quick": quick, "standard": standard})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("one core", 0.06, 0.05), row("threads", 0.09, 0.06)], "A gate is useful here: the quick profile"),
        ([row("one core", 0.06, 0.05), row("threads", 0.2, 0.06)], "A gate is useful here: the standard profile"),
        (
            [row("one core", 0.06, 0.05), row("threads", 0.2, 0.3), row("processes", 0.2, 0.3)],
            "Gate on cells of one core only, with the quick profile: don't gate on threads and processes",
        ),
        ([row("one core", 0.3, 0.2)], "Don't gate on this machine"),
        ([], "Nothing can be said"),
    ],
)
def test_the_verdict_says_what_to_gate_on(rows: list[Detectable], words: str) -> None:
    """A gate needs a machine that reliably finds a change of 10 %."""
    assert words in verdict(rows)


def test_a_quiet_machine_gets_no_advice() -> None:
    """If nothing needs a change, there is no advice."""
    assert not [advice for *_, advice in findings(FACTS, 3.9, 0.0, "none") if advice]
    assert table([], 0.05) == ["No kind of cell had two blocks: allow more time with --seconds."]


@pytest.mark.parametrize(
    ("name", "fact", "words"),
    [
        ("cores", {"cores_usable": 1}, "nothing parallel"),
        ("quota", {"cores_quota": 1.5}, "whole CPUs"),
        ("governor", {"governor": "powersave"}, "cpupower"),
        ("turbo", {"turbo": True}, "boost"),
        ("virtual", {"hypervisor": True}, "not stored runs"),
        ("load before", {"load_average": 3.0}, "stop it"),
    ],
)
def test_each_finding_has_its_advice(name: str, fact: dict[str, Any], words: str) -> None:
    """A fact that makes results worse says what to do."""
    advice = {each: words for each, _, words in findings(replace(FACTS, **fact), 3.9, 0.0, "none")}
    assert words in advice[name]


def test_what_cores_give_together_and_what_is_stolen_is_told() -> None:
    """Measured figures, with advice beyond their limits."""
    told = {name: (finding, advice) for name, finding, advice in findings(FACTS, 2.5, 3.0, "none")}
    assert told["effective cores"][0] == "2.50 of 4"
    assert "ceiling" in told["effective cores"][1]
    assert told["steal"] == ("3.0 % while measuring", "Other guests took CPU time: measure when they are quiet.")


def test_the_command_measures_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A short check, with real processes, ends with a verdict and no file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(self_check, "PROFILE", replace(self_check.PROFILE, rounds=2))
    assert main(["check", "--seconds", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("cores ")
    assert any(line.startswith("BLAS threads") for line in lines)
    assert "gate" in lines[-1] or "Nothing can be said" in lines[-1]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [["--seconds", "0"], ["--seconds", "nan"], ["--margin", "0"]])
def test_bad_arguments_are_one_sentence(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An impossible value ends with 2 and one line."""
    assert main(["check", *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1
