"""Two versions in one run: the measurements, the verdicts, and the confirmation by new blocks."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.analysis.compare_paired import compare_twins
from parbench.analysis.frame import data_of, ours
from parbench.analysis.stats.decision import Decision
from parbench.analysis.stats.paired import (
    CONTAMINATED,
    FEWEST_FRESH,
    Blocks,
    blocks_of,
    clean,
    confirmed,
    decide_paired,
    fresh_blocks,
    noise_floor,
)
from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.plan import Group, LocatedWorkload, Selection, cells_of, group_cells
from parbench.report.html.sections import comparison as page_section
from parbench.report.sentences.comparison import lines, markdown
from parbench.report.terminal import comparison as terminal_comparison
from parbench.report.write import write_report
from parbench.runfile.reader import read
from parbench.runfile.records import Confirming
from parbench.workload.cell import BASE, BASE_REPEAT, HEAD, Cell
from tests.support import fake_arms
from tests.support.fake_arms import World
from tests.support.run_data import change_header

#: In simulation: how many comparisons, of how many blocks, from which of them on they confirm.
COMPARISONS, BLOCKS, FIRST = 1000, 14, 8


def groups() -> list[Group]:
    """Threads on one core and two along with their baselines, each with its paired versions."""
    cells = cells_of(fake_arms.workload, Selection(strategies=("threads",), cores=(1, 2)), sizes=(1000,))
    return group_cells(
        cells,
        {fake_arms.workload.name: LocatedWorkload(fake_arms.workload, fake_arms.entry.reference)},
        (BASE, BASE_REPEAT),
    )


def run(
    folder: Path, factor: Callable[[Cell], float] = lambda cell: 1.0, **world: object
) -> tuple[World, pd.DataFrame]:
    """A comparison in which calls of each cell take `factor` times as long as they should."""
    there = World(seconds=lambda cell: fake_arms.ideal(cell) * factor(cell), noise=0.01, block_noise=0.01, **world)  # type: ignore[arg-type]  # fields of the world
    there.run(folder, groups())
    return there, parbench.load(folder)


def slower(cell: Cell) -> float:
    """Ours takes a tenth longer on two cores."""
    return 1.1 if (cell.environment, cell.cores) == (HEAD, 2) else 1.0


def verdicts(frame: pd.DataFrame) -> dict[tuple[str, int], str]:
    """The verdict by strategy and cores."""
    rows: list[Any] = list(compare_twins(frame).itertuples())
    return {(row.strategy, row.cores): row.verdict for row in rows}


def test_twins_are_sampled_side_by_side_in_the_same_rounds(tmp_path: Path) -> None:
    """Every round that has one version of a cell has all three, next to each other in time, on the same CPUs."""
    world, frame = run(tmp_path)
    steady = frame[frame["phase"] == "steady"]
    together = steady.groupby(["strategy", "cores", "block", "round"])["environment"].agg(set)
    assert together.map(lambda found: found == {HEAD, BASE, BASE_REPEAT}).all()
    times = {arm.spec.cell: arm.sampled_at for arm in world.arms if arm.spec.cell.cores == 2}
    at_once = zip(
        *(times[Cell("doubles", 1000, "threads", 2, environment=name)] for name in (HEAD, BASE, BASE_REPEAT)),
        strict=True,
    )
    assert all(max(each) - min(each) < 0.06 for each in at_once)
    assert world.ended()


def test_the_same_code_is_the_same(tmp_path: Path) -> None:
    """If nothing changed no cell is called changed, nothing is confirmed, and the noise is reported."""
    _, frame = run(tmp_path)
    assert set(verdicts(frame).values()) == {"SAME"}
    assert data_of(frame).confirming is None
    changes = compare_twins(frame)
    assert 0.002 < changes.attrs["noise_floor"] < 0.05
    assert changes["noise_low"].lt(1.02).all()
    assert lines(changes)[0].startswith("noise floor")


def test_a_slower_cell_is_found_and_confirmed_by_fresh_blocks(tmp_path: Path) -> None:
    """A tenth more in one cell is SLOWER there and nowhere else, and only that cell gets the confirming blocks."""
    world, frame = run(tmp_path, slower)
    assert verdicts(frame) == {
        ("serial", 1): "SAME",
        ("vectorized", 1): "SAME",
        ("threads", 1): "SAME",
        ("threads", 2): "SLOWER",
    }
    (record,) = [each for each in read(tmp_path) if isinstance(each, Confirming)]
    fresh = frame[(frame["block"] >= record.block) & (frame["phase"] == "steady")]
    assert set(zip(fresh["strategy"], fresh["cores"], strict=True)) == {("threads", 2)}
    assert fresh["block"].nunique() == FEWEST_FRESH
    rows: list[Any] = list(compare_twins(frame).query("verdict == 'SLOWER'").itertuples())
    (row,) = rows
    assert row.ratio == pytest.approx(1.1, rel=0.02)
    assert row.ratio_low < 1.1 < row.ratio_high
    assert world.ended()


def test_an_unconfirmed_change_is_named_everywhere(tmp_path: Path) -> None:
    """A cell that looked slower is named on a terminal, by the command, in Markdown and on the page."""
    _, frame = run(tmp_path, slower)
    confirming = data_of(frame).confirming
    assert confirming is not None
    changes = compare_twins(frame[frame["block"] < confirming])
    assert changes.loc[changes["suspicion"] == "SLOWER", "verdict"].tolist() == ["UNDECIDED"]
    sentence = "doubles-1000-threads-2: it looks SLOWER, but no fresh blocks confirmed it: allow more time."
    assert sentence in lines(changes)
    assert sentence in terminal_comparison.parts(changes)
    assert sentence in page_section.sentence(changes)
    assert "| UNDECIDED, looked SLOWER, not confirmed | doubles-1000-threads-2 | " in markdown(changes, "main")


def test_a_faster_cell_is_faster(tmp_path: Path) -> None:
    """The other way round it is an improvement."""
    _, frame = run(tmp_path, lambda cell: 1 / slower(cell))
    assert verdicts(frame)["threads", 2] == "FASTER"


def test_the_report_is_about_our_own_version(tmp_path: Path) -> None:
    """Speedups of the base are not mixed into ours."""
    _, frame = run(tmp_path)
    assert len(parbench.summarize(ours(frame))) == 4
    assert ours(frame).attrs == frame.attrs
    text = write_report(parbench.Run(frame), tmp_path).read_text()
    assert "Did it change against the base?" in text
    assert "Of 4 cells 4 SAME." in text
    assert (tmp_path / "changes.csv").read_text().count("SAME") == 4


@pytest.mark.parametrize(("where", "expected"), [(HEAD, "MISSING"), (BASE, "NEW")])
def test_a_cell_that_fails_on_one_side(tmp_path: Path, where: str, expected: str) -> None:
    """A cell that only the base has is missing, one that only ours has is new, and the others are still compared."""

    class Failing(World):
        """A world in which threads on two cores have no right result on one side."""

        def launch(self, spec):  # type: ignore[no-untyped-def]  # as in World
            arm = super().launch(spec)
            if getattr(spec, "cell", None) and (spec.cell.environment, spec.cell.cores) == (where, 2):
                arm.ask = lambda *_, **__: (_ for _ in ()).throw(ArmFailed("wrong", "scripted."))  # type: ignore[method-assign]
            return arm

    Failing(noise=0.01).run(tmp_path, groups())
    found = verdicts(parbench.load(tmp_path))
    assert found["threads", 2] == expected
    assert found["threads", 1] == "SAME"


def test_both_samples_of_the_base_count() -> None:
    """A block's change is against the mean of the base's two logarithms; its noise is between these."""
    found = blocks_of({0: {0: 2.0, 1: 9.0}}, {0: {0: 1.0}}, {0: {0: 4.0, 1: 0.0}, 1: {0: 1.0}})
    assert list(found) == [0]
    assert found[0] == pytest.approx((0.0, math.log(4)))


def test_blocks_in_which_the_base_differs_from_itself_are_left_out() -> None:
    """A block whose noise is far above the usual says nothing; the usual is that of all cells."""
    cells = {
        "a": {block: (0.0, 0.01 * (-1) ** block) for block in range(8)},
        "b": {0: (0.0, 0.01), 1: (0.5, 0.2), 2: (0.0, -0.01)},
    }
    assert noise_floor(cells) == pytest.approx(0.0148, rel=0.01)
    assert CONTAMINATED * 0.0148 < 0.2
    assert clean(cells) == {"a": cells["a"], "b": {0: (0.0, 0.01), 2: (0.0, -0.01)}}


def test_a_change_that_fresh_blocks_do_not_show_is_undecided() -> None:
    """Without fresh blocks, or with fresh ones that say nothing or the opposite, no change is claimed."""
    first = Decision("SLOWER")
    assert confirmed(first, [0.1, 0.11, 0.09], 0.05) == first
    for fresh in ([], [0.1], [0.1, -0.1, 0.02], [-0.1, -0.11, -0.09], [0.01, 0.011, 0.009]):
        assert confirmed(first, fresh, 0.05).change == "UNDECIDED"
    assert confirmed(Decision("SAME"), [], 0.05).change == "SAME"


def test_more_cells_need_more_evidence() -> None:
    """A change for a single cell may be chance among thousands."""
    blocks = {number: (0.1 + 0.02 * (number % 3), 0.0) for number in range(6)}
    fresh = {number: (0.1 + 0.001 * number, 0.0) for number in range(6, 12)}
    alone = decide_paired({"a": blocks | fresh}, lambda _: 0.05, 6)
    assert alone["a"].change == "SLOWER"
    many = decide_paired(
        {"a": blocks | fresh} | {str(each): {0: (0.0, 0.0)} for each in range(10**5)}, lambda _: 0.05, 6
    )
    assert many["a"].change == "UNDECIDED"


def simulated(change: float, cells: int, rng: np.random.Generator, spread: float = 0.02) -> list[Blocks]:
    """Blocks of a comparison, the last six of them confirming: the first cell differs by `change`, the others do not.

    Each version has a luck of its own in a block, and one block in fifty meets something that lasts.
    """
    found = []
    for cell in range(cells):
        head, base, again = rng.normal(0, spread, (3, BLOCKS)) + 0.3 * (rng.random((3, BLOCKS)) < 0.02)
        logs = head + math.log1p(change if cell == 0 else 0.0) - (base + again) / 2
        found.append(dict(enumerate(zip(logs.tolist(), (again - base).tolist(), strict=True))))
    return found


def changed(found: list[Blocks]) -> list[int]:
    """The cells that are called changed."""
    verdicts = decide_paired(clean(dict(enumerate(found))), lambda _: 0.05, FIRST)
    return [cell for cell, verdict in verdicts.items() if verdict.change in ("SLOWER", "FASTER")]


def test_identical_code_is_hardly_ever_called_changed() -> None:
    """Of a thousand comparisons of ten cells in simulation, at most one in a hundred calls any cell changed."""
    rng = np.random.default_rng(3)
    assert sum(bool(changed(simulated(0.0, 10, rng))) for _ in range(COMPARISONS)) <= 0.01 * COMPARISONS


def test_a_tenth_is_found_and_nothing_beside_it() -> None:
    """A change of 10 % in one cell of ten is found in nearly all simulated comparisons, with hardly any false alarm."""
    rng = np.random.default_rng(5)
    found = [changed(simulated(0.1, 10, rng)) for _ in range(COMPARISONS)]
    assert sum(0 in cells for cells in found) >= 0.9 * COMPARISONS
    assert sum(any(cell > 0 for cell in cells) for cells in found) <= 0.01 * COMPARISONS


def test_the_less_a_change_stands_out_the_more_fresh_blocks_it_gets() -> None:
    """At least six, at most fifteen, and in between as many as make it four and a half standard errors."""
    assert fresh_blocks(math.log(2), 0.01) == 6
    assert fresh_blocks(0.1, 0.06) == 8
    assert fresh_blocks(-0.1, 0.06) == 8
    assert fresh_blocks(0.05, 0.1) == fresh_blocks(0.0, 0.0) == 15


def test_a_cell_that_always_differs_from_itself_keeps_its_blocks() -> None:
    """A usual difference of a cell is no contamination, even if the others have less noise."""
    quiet: Blocks = {number: (0.0, (-1) ** number * 0.001) for number in range(10)}
    noisy: Blocks = {number: (0.0, (-1) ** number * 0.1) for number in range(10)}
    spoilt = noisy | {10: (0.0, 2.0)}
    assert clean({"quiet": quiet, "other": quiet, "noisy": spoilt})["noisy"] == noisy


def test_versions_that_differ_are_noted(tmp_path: Path) -> None:
    """The versions of the base are compared with ours, if they are known."""
    _, frame = run(tmp_path)
    base_versions = {"python": "3.11.7", "numpy": "2"}
    change_header(frame, versions=base_versions | {"python": "3.13.0"}, settings={"base_versions": base_versions})
    assert compare_twins(frame).attrs["notes"] == ["python changed from 3.11.7 to 3.13.0."]
    change_header(frame, settings={})
    assert compare_twins(frame).attrs["notes"] == []
