"""Two stored runs against each other, from run files that a scripted world left behind."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.compare_stored import ENOUGH_BLOCKS, SCALING, TIME, apart, least_margin
from parbench.analysis.stats.decision import judge, parse_margin, parse_verdicts
from parbench.analysis.stats.interval import between
from parbench.cli.main import main
from parbench.errors import UsageError
from parbench.report.sentences.comparison import failing, lines, markdown
from parbench.runfile.locate import FILE
from parbench.workload.cell import Cell
from tests.support import fake_arms
from tests.support.fake_arms import World
from tests.support.run_data import change, change_header

CELLS = ("serial", "vectorized", "threads", "multiprocessing")


def run(folder: Path, seed: int = 1, factor: Callable[[Cell], float] = lambda cell: 1.0, **world: Any) -> pd.DataFrame:
    """A run whose calls take `factor` times as long as they should."""
    seconds = lambda cell: fake_arms.ideal(cell) * factor(cell)  # noqa: E731 (it is a parameter, with a name to see it by)
    there = World(seconds=seconds, noise=0.01, block_noise=0.01, seed=seed, **world)
    there.run(folder, fake_arms.groups(CELLS[2:]), seed=seed)
    frame = parbench.load(folder)
    change_header(frame, machine={"machine_id": "one"})
    return frame


def verdicts(changes: pd.DataFrame) -> dict[tuple[str, int], str]:
    """The verdict by strategy and cores."""
    rows: list[Any] = list(changes.itertuples())
    return {(row.strategy, row.cores): row.verdict for row in rows}


def test_the_same_code_is_not_called_changed(tmp_path: Path) -> None:
    """Two runs of the same thing are the same within what runs differ by, and a margin of less cannot be judged."""
    base, head = run(tmp_path / "a", 1), run(tmp_path / "b", 2)
    assert set(parbench.compare(base, head)["verdict"]) == {"SAME"}
    asked = parbench.compare(base, head, margin=0.05)
    assert set(asked["verdict"]) == {"UNDECIDED"}
    assert asked["reason"].str.endswith("measure both in one run, with --parbench-against.").all()


def test_a_strategy_that_scales_worse_is_slower_and_nothing_else_is(tmp_path: Path) -> None:
    """Threads on two cores that take twice as long are the one change, reported as a change of scaling."""
    base = run(tmp_path / "a", 1)
    head = run(tmp_path / "b", 2, lambda cell: 2 if (cell.strategy, cell.cores) == ("threads", 2) else 1)
    changes = parbench.compare(base, head)
    assert [cell for cell, verdict in verdicts(changes).items() if verdict == "SLOWER"] == [("threads", 2)]
    rows: list[Any] = list(changes[changes["verdict"] == "SLOWER"].itertuples())
    (row,) = rows
    assert row.quantity == "scaling"
    assert row.ratio == pytest.approx(2, rel=0.03)
    assert row.ratio_low < 2 < row.ratio_high
    assert row.base / row.head == pytest.approx(row.ratio)
    assert set(parbench.compare(head, base)["verdict"]) >= {"FASTER"}


def test_a_machine_that_is_slower_today_changes_no_scaling(tmp_path: Path) -> None:
    """Where everything takes three times as long, the serial cells are slower and the others are not."""
    base, head = run(tmp_path / "a", 1), run(tmp_path / "b", 2, lambda cell: 3.0)
    found = verdicts(parbench.compare(base, head))
    assert {cell for cell, verdict in found.items() if verdict == "SLOWER"} == {("serial", 1), ("vectorized", 1)}


def test_two_runs_of_the_same_code_are_usually_the_same() -> None:
    """Where runs differ by the allowance, four of five comparisons within the least margin say SAME, and few lie."""
    rng = random.Random(1)
    for spread, _ in (TIME, SCALING):
        differences = [rng.gauss(0, spread) - rng.gauss(0, spread) for _ in range(2000)]
        found = [differing(by, math.sqrt(2) * spread) for by in differences]
        assert 0.77 < found.count("SAME") / 2000 < 0.83
        assert found.count("SLOWER") + found.count("FASTER") < 10


def differing(by: float, allowed: float) -> str:
    """The verdict on one of ten cells whose two runs, without noise of their own, differ by a log-ratio."""
    return judge(lambda level: between([by, by], [0, 0], level, allowed), least_margin(allowed), 10).change


def test_what_runs_may_differ_by_grows_with_their_blocks() -> None:
    """A run whose blocks differ was disturbed, and what disturbs lasts."""
    quiet, loud = [0.0, 0.01, -0.01, 0.0], [0.0, 0.2, -0.2, 0.0]
    assert apart(quiet, quiet, TIME) < apart(quiet, loud, TIME) < apart(loud, loud, TIME)
    assert apart(quiet, loud, TIME) == apart(loud, quiet, TIME)


def test_few_blocks_decide_large_changes_only(tmp_path: Path) -> None:
    """Three blocks may all have been disturbed alike, however well they agree."""
    base = run(tmp_path / "a", 1)
    for factor, verdict in ((1.9, "UNDECIDED"), (5.0, "SLOWER")):
        slower = run(tmp_path / str(factor), 2, lambda cell, by=factor: by if cell.cores == 2 else 1.0)  # type: ignore[misc]
        few = slower[slower["block"] < ENOUGH_BLOCKS - 1]
        assert verdicts(parbench.compare(base, few))["threads", 2] == verdict


def test_between_machines_only_scaling_counts(tmp_path: Path) -> None:
    """Between different or unknown machines no time is compared, and a note reports it."""
    base, head = run(tmp_path / "a", 1), run(tmp_path / "b", 2, lambda cell: 3.0)
    change_header(head, machine={"machine_id": "other"})
    changes = parbench.compare(base, head)
    assert not changes.attrs["same_machine"]
    assert "different machines" in lines(changes)[0]
    assert set(changes["verdict"]) <= {"SAME", "UNDECIDED"}


def test_what_is_gone_or_failed_is_missing_and_what_is_new_is_new(tmp_path: Path) -> None:
    """A cell that was measured and is not there, or failed, is missing; the other way round it is new."""
    whole = run(tmp_path / "a")
    failed = run(tmp_path / "b", failures={("threads", "first"): "wrong"})
    assert {cell for cell, verdict in verdicts(parbench.compare(whole, failed)).items() if verdict == "MISSING"} == {
        ("threads", 1),
        ("threads", 2),
    }
    gone = whole[whole["strategy"] != "threads"]
    assert list(verdicts(parbench.compare(whole, gone)).values()).count("MISSING") == 2
    assert list(verdicts(parbench.compare(gone, whole)).values()).count("NEW") == 2
    assert list(verdicts(parbench.compare(failed, failed)).values()).count("MISSING") == 0


def test_a_cell_whose_turn_did_not_come_is_undecided(tmp_path: Path) -> None:
    """A cell that a run skipped, on either side, is no change: it is neither missing nor new."""
    whole = run(tmp_path)
    cut = whole.assign(status=whole["status"].where(whole["strategy"] != "threads", "skipped"))
    for found in map(verdicts, (parbench.compare(whole, cut), parbench.compare(cut, whole))):
        assert {found["threads", 1], found["threads", 2]} == {"UNDECIDED"}


def test_runs_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    """There is nothing to say about two runs of different cells."""
    whole = run(tmp_path / "a")
    with pytest.raises(UsageError, match="no cell in common"):
        parbench.compare(whole[whole["strategy"] == "threads"], whole[whole["strategy"] == "serial"])


@pytest.mark.parametrize("margin", [0.0, -1.0, 1.0, math.nan])
def test_an_impossible_margin_is_refused(tmp_path: Path, margin: float) -> None:
    """A margin is more than nothing and less than all."""
    whole = run(tmp_path / "a")
    with pytest.raises(UsageError, match="margin"):
        parbench.compare(whole, whole, margin)


def test_the_margin_is_the_one_that_the_head_was_measured_with(tmp_path: Path) -> None:
    """Each cell's own, or the run's, where it is wider than what runs differ by; one that is given counts for all."""
    base, head = run(tmp_path / "a"), run(tmp_path / "b")
    first = parbench.compare(base, head).iloc[0]
    name = str(Cell(first["workload"], first["size"], first["strategy"], first["cores"]))
    change_header(head, settings={"margin": 0.5, "margins": {name: 0.7}})
    assert list(parbench.compare(base, head)["margin"])[:2] == [0.7, 0.5]
    found = parbench.compare(head, base).set_index("quantity")["margin"]
    assert (found["time"] >= least_margin(math.sqrt(2) * TIME[0])).all()
    assert (found["scaling"] >= least_margin(math.sqrt(2) * SCALING[0])).all()
    assert found["time"].max() < found["scaling"].min() < 1
    assert set(parbench.compare(base, head, 0.1)["margin"]) == {0.1}


@pytest.mark.parametrize("settings", [{"margin": 7.0}, {"margins": {"x": 0.0}}])
def test_margins_that_cannot_be_are_one_sentence(tmp_path: Path, settings: dict[str, Any]) -> None:
    """A run file may be anybody's."""
    base, head = run(tmp_path / "a"), run(tmp_path / "b")
    change_header(head, settings=settings)
    with pytest.raises(UsageError, match="margin"):
        parbench.compare(base, head)


def test_other_versions_and_runs_cut_short_are_noted(tmp_path: Path) -> None:
    """Differences between the runs besides the code are reported."""
    base, head = run(tmp_path / "a"), run(tmp_path / "b")
    change_header(head, versions={"parbench": "9", "numpy": "2"})
    change(base, complete=False)
    assert parbench.compare(base, head, 0.5).attrs["notes"] == [
        "numpy changed from none to 2.",
        "parbench changed from 0 to 9.",
        "The base run was cut short.",
    ]


def test_the_command_tells_changes_and_fails_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench compare` prints a row per cell and the count, and its exit code is the caller's choice."""
    run(tmp_path / "20260101-000000-quick", 1)
    run(tmp_path / "20260102-000000-quick", 2, lambda cell: 4 if cell.cores == 2 else 1)
    command = ["compare", "latest~1", "latest", "--reports", str(tmp_path)]
    assert main(command) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "base: 20260101-000000-quick; head: 20260102-000000-quick"
    rows = [re.split(r"  +", line) for line in printed if line.startswith("doubles-")]
    assert len(rows) == 6
    assert [row[-1] for row in rows[:3]] == ["SLOWER", "SLOWER", "UNDECIDED"]
    assert all(re.fullmatch(r"[\d.]+× \[[\d.]+, [\d.]+\]|not compared", row[-3]) for row in rows)
    assert all(re.fullmatch(r"\d+ %", row[-2]) for row in rows)
    assert any(line.startswith("6 cells: 2 SLOWER") for line in printed)
    assert main([*command, "--fail-on", "slower,missing"]) == 1
    assert main([*command, "--fail-on", "missing"]) == 0
    capsys.readouterr()
    assert main([*command, "--margin", "90%", "--fail-on", "same"]) == 1
    assert "2 SAME" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [["--margin", "0"], ["--margin", "-1"], ["--margin", "x"], ["--fail-on", "slow"], ["--reports", "nowhere"]]
)
def test_bad_arguments_are_one_sentence(wrong: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An impossible value ends with 2 and one line."""
    run(tmp_path / "20260101-000000-quick")
    assert main(["compare", "latest", "latest", "--reports", str(tmp_path), *wrong]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_margins_and_verdicts_as_typed() -> None:
    """A margin is a percentage or a part of 1; verdicts are names in any case."""
    assert parse_margin("5%") == parse_margin("0.05") == 0.05
    assert parse_verdicts("slower, MISSING,") == {"SLOWER", "MISSING"}
    assert not failing(pd.DataFrame({"verdict": ["SAME"]}), parse_verdicts(""))


def test_a_hostile_run_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A newer schema, or a file that is none of ours, names its line."""
    run(tmp_path / "a")
    for name, text in (("new", json.dumps({"kind": "header", "schema": 99})), ("foreign", "{}"), ("cut", '{"kind"')):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).write_text(text)
        assert main(["compare", str(tmp_path / "a"), str(tmp_path / name)]) == 2
        assert "line 1" in capsys.readouterr().err


def test_markdown_has_the_worst_first_and_fits(tmp_path: Path) -> None:
    """A table of what changed, without markup of its own in names, cut where it gets too long, with a count."""
    base = run(tmp_path / "a", 1)
    # not so slow that they would be hopeless, and have few blocks
    head = run(tmp_path / "b", 2, lambda cell: {"threads": 2, "multiprocessing": 2.4}.get(cell.strategy, 1))
    head.loc[(head["strategy"] == "threads") & (head["cores"] == 1), ["status", "reason"]] = ["wrong", "a | b"]
    changes = parbench.compare(base, head)
    text = markdown(changes, "main_line")
    rows = [line.split(" | ")[:2] for line in text.splitlines() if line.startswith("| ")][1:]
    assert [verdict for verdict, _ in rows] == ["| MISSING", "| SLOWER", "| SLOWER", "| SLOWER"]
    assert rows[0][1] == "doubles-1000-threads-1"
    assert r"a \| b" in text
    assert r"against main\_line" in text
    short = markdown(changes, "main", limit=600)
    assert len(short.encode()) <= 600
    assert "more are in the report" in short
