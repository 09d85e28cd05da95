"""Output of a run at its end: one table per workload, and sentences."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from parbench.analysis.summary import summarize
from parbench.analysis.verdict import verdicts
from parbench.cli.main import main
from parbench.report.terminal import results
from parbench.report.terminal.screen import console
from parbench.report.terminal.shortlist import ALL_ROWS, LEAST_ROWS, ROWS, best, evenly, rows_for, shortlist
from tests.support import fake_arms, made_up_run
from tests.support.fake_arms import World

KILLED = "a worker process was killed by signal 9 (SIGKILL) while it computed, as the log of the scheduler says"
SKIPPED = "not measured: the budget of 265 s ran out; allow more with --parbench-budget."
LONG = "somebody-elses-strategy-with-a-long-name[and-variant]"


def summary(**more: object) -> pd.DataFrame:
    """A made-up run of two workloads, one of them with a name of wide signs, in which strategies failed."""
    plan = made_up_run.Plan(
        workloads=("square", "並列計算🚀"),
        strategies=(*made_up_run.STRATEGIES, LONG),
        chunks=(1, 16),
        fail=[("dask-distributed", "crash", KILLED), ("dask-processes", "skipped", SKIPPED)],
    )
    return made_up_run.run(replace(plan, **more))[1]  # type: ignore[arg-type]  # fields of a plan


def lines(found: pd.DataFrame, width: int | None = None, coloured: bool = False) -> list[str]:
    """The lines of the tables in a terminal of a width, or in a file, without empty lines."""
    target = console(io.StringIO(), coloured)
    if width is not None:
        target.width, target.soft_wrap = width, False
    return [line for line in results.render_tables(found, target) if line]


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    """Long names go on in the next line, and with wide signs and failures nothing is cut."""
    shown = lines(summary(strategies=("serial", LONG, "dask-distributed")), width)
    assert max(map(cell_len, shown)) <= width
    names = (re.match(r"  (\S+)(?: +\d.*)?$", line) for line in shown)
    assert LONG in "".join(name[1] for name in names if name)


def test_numbers_stand_below_each_other() -> None:
    """The units of times begin at one column in all rows of all workloads, and so do the words of verdicts."""
    rows = [
        line for line in lines(summary(workloads=("square", "affine")), 80) if re.match(r"  \S+ +\d+(x\d+)? .*×", line)
    ]
    assert len(rows) == 24
    for pattern in (r"\d (ns|µs|ms|s )", r"×", r"  (baseline|faster|slower|undecided)$"):
        assert len({match.start() for row in rows if (match := re.search(pattern, row))}) == 1


def test_the_table_of_a_terminal() -> None:
    """Head, sizes, rows with cores and chunks, the baseline marked, what is left out, failures, legend."""
    found = summary(workloads=("square",), sizes=(10_000, 1_000_000))
    shown = lines(found, 80)
    assert shown[0].split() == ["square", "cores", "per", "call", "speedup", "95", "%", "interval", "effic.", "verdict"]
    assert [line for line in shown if line.startswith("at ")] == ["at 10,000", "at 1,000,000"]
    assert re.fullmatch(r"  serial +1 +500 µs    1\.00× +100 %  baseline", shown[2])
    assert any(
        re.fullmatch(r"  threads +2x16 +[\d.]+ ms +2\.\d\d×  \[1\.\d\d, \d\.\d\d\] +\d+ %  faster", line)
        for line in shown
    )
    at = shown.index("  not shown, but in the report: 8 slower rows")
    assert shown[at + 1] == "  ✕ dask-distributed, 8 cells: crash: a worker process was killed by signal"
    assert shown[at + 2] == "    9 (SIGKILL) while it computed, as the log of the scheduler says"
    assert shown[at + 3].startswith("  8 cells not measured: the budget of 265 s ran out")
    assert shown[at + 5].startswith("Each strategy is shown on its best number of cores above one; speedup: how")


def test_colour_adds_nothing_but_colour() -> None:
    """Without its escapes, a coloured table is the one without colours; and there are colours in it."""
    plain, painted = (lines(summary(), 80, coloured) for coloured in (False, True))
    assert [re.sub(r"\x1b\[\d*m", "", line).rstrip() for line in painted] == plain
    assert any("\x1b[32mfaster" in line for line in painted)
    assert "\x1b" not in "".join(plain)


def test_outside_of_terminals_a_sentence_is_a_line() -> None:
    """In a pipe a reason is one line, and tables are as wide as they need to be."""
    shown = lines(summary(workloads=("square",), fail=[("threads", "crash", KILLED)]))
    assert f"  ✕ threads, 12 cells: crash: {KILLED}" in shown
    assert any(line.startswith(f"  {LONG}  ") for line in shown)


def test_nothing_of_a_run_file_reaches_the_terminal_as_a_command() -> None:
    """Names and reasons with escapes and line ends in them are printed without."""
    bad = "a\x1b[2J\r\nb"
    found = summary(workloads=(bad,), strategies=("serial", bad), fail=[(bad, bad, bad)])
    found.loc[found["strategy"] == bad, "status"] = "crash"
    shown = lines(found)
    assert len(shown) > 9
    assert not re.search(r"[\x00-\x1f]", "".join(shown))


def test_sentences_precede_tables() -> None:
    """The verdict of each size comes first, then the table; a short form has one sentence per workload."""
    found = summary(workloads=("square",), sizes=(10_000, 1_000_000))
    none = pd.DataFrame({"outcome": []})
    shown = results.render(found, none, pd.DataFrame(), console(io.StringIO()))
    heads = [line.split(":")[0] for line in shown[:2]]
    assert heads == ["square at 10,000", "square at 1,000,000"]
    assert shown.index("") < next(at for at, line in enumerate(shown) if line.startswith("square  "))
    assert results.headline_sentences(found) == [shown[1]]


def test_a_run_without_results_has_reasons_only() -> None:
    """If nothing was measured there is no table and no legend, but a reason."""
    found = summary(workloads=("square",), fail=[("*", "skipped", SKIPPED)])
    shown = lines(found)
    assert shown[0] == "square"
    assert shown[1].startswith(f"  {len(found)} cells not measured: ")
    assert len(shown) == 2
    assert lines(found.iloc[:0]) == []


def test_intervals_that_say_nothing_are_words() -> None:
    """One block has no interval, blocks that differ too much have none of use, and a baseline needs none."""
    found = summary(workloads=("square",), blocks=1, fail=[])
    assert "one block only" in "\n".join(lines(found))
    row = found[found["verdict"] != "baseline"].iloc[0].copy()
    row["speedup"], row["speedup_low"], row["speedup_high"] = 1.0, 0.01, 100.0
    assert results.speedup_of(row) == ("1.00×", "too wide")
    row["verdict"] = "baseline"
    assert results.speedup_of(row) == ("1.00×", "")


def test_a_strategy_is_shown_where_it_is_best() -> None:
    """The row of a strategy is that of its largest certain speedup, whatever cores and chunks it has."""
    found = summary(workloads=("square",), sizes=(1_000_000,), fail=[])
    rows = best(found, verdicts(found))
    assert rows["strategy"].is_unique
    assert rows.iloc[0]["verdict"] == "baseline"
    assert rows["speedup"].iloc[1:].is_monotonic_decreasing
    threads = found[(found["strategy"] == "threads") & (found["verdict"] == "faster")]
    assert rows.loc[rows["strategy"] == "threads", "speedup"].item() == threads["speedup"].max()
    uncertain = found["strategy"].eq("threads") & found["speedup"].eq(threads["speedup"].max())
    found.loc[uncertain, "verdict"] = "undecided"
    assert best(found, verdicts(found)).set_index("strategy").loc["threads", "speedup"] < threads["speedup"].max()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 9, 30])
def test_there_are_few_rows_whatever_there_is(count: int) -> None:
    """At most twelve, with the baseline of each size shown and what its verdict says; the rest is counted."""
    sizes = tuple(10 ** (3 + turn) if turn < 5 else 10**8 + turn for turn in range(count))
    found = summary(workloads=("square",), sizes=sizes, fail=[])
    said = verdicts(found)
    shown = shortlist(found, said)
    assert len(shown.rows) <= ROWS
    there = set(shown.rows["size"])
    assert {sizes[-1]} <= there
    assert sorted([*there, *shown.sizes]) == list(sizes)
    for verdict in said:
        if verdict.size in there:
            names = set(shown.rows.loc[shown.rows["size"] == verdict.size, "strategy"])
            assert {verdict.baseline, verdict.best} <= names
    every = best(found, verdicts(found))
    assert shown.slower == int(every["size"].isin(there).sum()) - len(shown.rows)


def test_what_the_verdict_says_has_a_row() -> None:
    """Where what is never advised is faster, such as the tutorial's own ways, the advised one is there, too."""
    found = summary(workloads=("square",), sizes=(1_000_000,), chunks=(1,), fail=[])
    tutorial = found["strategy"].str.endswith("[tutorial]")
    found.loc[tutorial, ["speedup", "verdict"]] = (9.0, "faster")
    said = verdicts(found)
    assert list(shortlist(found, said, most=2).rows["strategy"]) == [said[0].baseline, said[0].best]
    assert shortlist(found, said, most=3).rows["strategy"].iloc[1].endswith("[tutorial]")


def test_rows_and_sizes_that_are_shown() -> None:
    """Many workloads have fewer rows each, and the sizes of a workload are spaced evenly from end to end."""
    assert [rows_for(count) for count in (1, 6, 7, 12, 24, 400)] == [ROWS, ROWS, 10, 6, LEAST_ROWS, LEAST_ROWS]
    assert all(count * rows_for(count) <= ALL_ROWS for count in range(1, 19))
    assert evenly([1, 2, 3, 4, 5, 6, 7], 4) == [1, 3, 5, 7]
    assert evenly([1, 2, 3], 1) == [3]
    assert evenly([1, 2], 4) == [1, 2]


def test_commands_print_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench show` prints the tables and says that there is no report, and `parbench report` prints them with it."""
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]))
    assert main(["show", str(tmp_path)]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("doubles ")
    assert shown[-1] == f"report: none yet; parbench report {tmp_path} writes it"
    assert main(["report", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [*shown[:-1], f"report: {tmp_path / 'report.html'}"]
    assert main(["show", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"report: {tmp_path / 'report.html'}"


def test_work_that_waits_has_workers(tmp_path: Path) -> None:
    """Where cores are called workers in the verdict, they are in the head of the table, too."""
    import parbench
    from parbench.analysis.frame import ours

    facts = replace(fake_arms.workload.facts(), bound="latency")
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"]), fake_arms.header(workloads={"doubles": facts}))
    found = summarize(ours(parbench.load(tmp_path)))
    assert "workers" in lines(found)[0]
    assert "on 2 workers" in results.headline_sentences(found)[0]
