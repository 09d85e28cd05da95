"""Tables of a run as files: written values are read back, and tables for people are readable."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import parbench
from parbench.cli.main import main
from parbench.errors import MissingDependency, UsageError
from parbench.report import markdown as text
from parbench.report import tables
from tests.docs.documents import ROOT
from tests.support import made_up_run

SAMPLE = ROOT / "reports" / "sample"
#: The sample was not compared with a base.
NAMES = [name for name in tables.TABLES if name != "changes"]


@cache
def samples() -> pd.DataFrame:
    """The samples of a made-up run with traces."""
    return made_up_run.run(made_up_run.Plan(sizes=(10_000, 100_000, 1_000_000), traced=True))[0]


def read_back(data: str | bytes | Path, kind: str) -> pd.DataFrame:
    """A table as pandas reads it."""
    if kind == "parquet":
        assert isinstance(data, bytes)
        return pd.read_parquet(io.BytesIO(data))
    assert isinstance(data, str)
    return (
        pd.read_csv(io.StringIO(data), float_precision="round_trip")
        if kind == "csv"
        else pd.DataFrame(json.loads(data))
    )


@pytest.mark.parametrize("what", NAMES)
@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_what_goes_out_comes_back(what: str, kind: tables.Format) -> None:
    """Every table, written and read back by pandas, has the same columns, rows and numbers to the last digit."""
    if kind == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    table = tables.table(samples(), what)
    back = read_back(tables.as_text(table, kind, what), kind)
    assert len(back) == len(table)
    if table.empty:
        return
    assert list(back.columns) == list(table.columns)
    for name in table.columns:
        ours, theirs = table[name], back[name]
        if pd.api.types.is_numeric_dtype(ours):
            theirs = theirs.replace({"inf": np.inf, None: np.nan})
            np.testing.assert_array_equal(
                ours.to_numpy(float, na_value=np.nan), theirs.to_numpy(float, na_value=np.nan)
            )
        else:
            assert [str(each) for each in theirs.astype(object).fillna("")] == [str(each) for each in ours]


def test_parquet_keeps_the_types() -> None:
    """Whole numbers, texts and numbers in a Parquet file have the types that they had in the frame."""
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    table = tables.table(SAMPLE, "samples")
    back = read_back(tables.as_text(table, "parquet"), "parquet")
    assert dict(back.dtypes.astype(str)) == dict(table.dtypes.astype(str))


def test_samples_in_a_parquet_file_are_summarized_as_before(tmp_path: Path) -> None:
    """Samples that were exported and read by pandas give the summary that the run gives, to the last digit."""
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    path = tmp_path / "samples.parquet"
    assert parbench.export(SAMPLE, "samples", out=path) == path
    theirs = pd.read_parquet(path).pipe(parbench.summarize)
    pd.testing.assert_frame_equal(theirs, parbench.summarize(parbench.load(SAMPLE)), check_dtype=False, rtol=0, atol=0)


def test_parquet_without_pyarrow_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pyarrow is missing, the error says what to install."""
    monkeypatch.setattr(tables, "find_spec", lambda name: None)
    with pytest.raises(MissingDependency, match="not installed: run pip install pyarrow"):
        parbench.export(samples(), format="parquet")


@pytest.mark.parametrize("what", NAMES)
def test_markdown_is_a_table_of_github(what: str) -> None:
    """Every line of a table in Markdown has as many cells as its head, and none is longer than one reads."""
    table = tables.table(samples(), what).head(20)
    lines = text.markdown(table, what).splitlines()
    widths = {line.replace("\\|", "").count("|") for line in lines}
    assert len(widths) == 1
    assert len(lines) == 2 + len(table)


def test_markdown_has_units_and_intervals() -> None:
    """Times have units, speedups their interval as the report prints it, shares are percentages."""
    summary = parbench.summarize(samples())
    rows = summary[(summary["strategy"] == "threads") & (summary["size"] == 1_000_000) & (summary["cores"] == 2)]
    (line,) = text.markdown(rows).splitlines()[2:]
    assert " ms |" in line
    assert " % |" in line
    row = rows.iloc[0]
    assert f"{row.speedup:.2f}× \\[{row.speedup_low:.2f}, {row.speedup_high:.2f}\\]" in line


def test_markdown_leaves_out_what_is_the_same_everywhere() -> None:
    """Cores, chunks and reasons are no columns if they have no information."""
    summary = parbench.summarize(samples())
    head = text.markdown(summary[summary["cores"] == 2]).splitlines()[0]
    assert [name in head for name in ("cores", "chunks", "reason", "workload", "strategy")] == [False] * 3 + [True] * 2


def test_markdown_escapes_names() -> None:
    """A name from a run file cannot become markup, or a further column."""
    summary = parbench.summarize(samples().head(20).assign(strategy="a|b<script>*x*"))
    line = text.markdown(summary.assign(workload="[x](y)")).splitlines()[2]
    assert "\\[x\\]\\(y\\)" in line
    assert "<script>" not in line.replace("\\<", "")


def test_long_tables_in_markdown_are_cut_and_counted() -> None:
    """A table that GitHub would not take ends in a sentence that counts what is missing."""
    summary = parbench.summarize(samples())
    told = text.markdown(summary, limit=3000)
    shown = sum(line.startswith("| square") for line in told.splitlines())
    assert len(told.encode()) <= 3000
    assert told.endswith(f"{len(summary) - shown} more rows are in the table as CSV.\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"what": "speed"}, "there is no table 'speed': take one of samples, summary"),
        ({"what": "changes"}, "was not compared with a base"),
        ({"format": "xls"}, "there is no format 'xls': take csv, parquet, json, markdown"),
        ({"out": "x.txt"}, "x.txt does not say its format: end it with .csv"),
        ({"out": "/nowhere/at/all.csv"}, "cannot be written to /nowhere/at/all.csv"),
    ],
)
def test_what_cannot_be_exported_is_said(options: dict[str, Any], said: str) -> None:
    """A name, format or file that cannot be used is an error that says what can."""
    with pytest.raises(UsageError, match=said):
        parbench.export(samples(), **options)


def test_tables_from_samples_need_samples() -> None:
    """A summary alone gives what needs no samples, and says so for the rest."""
    summary = parbench.summarize(samples())
    assert len(parbench.table(summary, "costs")) == len(summary)
    for what in ("samples", "limits", "noise"):
        with pytest.raises(UsageError, match="the run, or a frame of it"):
            parbench.table(summary, what)


def test_command_prints_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench export` prints a table, or writes it and prints where."""
    assert main(["export", str(SAMPLE), "--what", "break-even"]) == 0
    assert capsys.readouterr().out == parbench.table(SAMPLE, "break-even").to_csv(index=False, lineterminator="\n")
    out = tmp_path / "summary.md"
    assert main(["export", str(SAMPLE), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"summary: {out}\n"
    assert out.read_text(encoding="utf-8").startswith("| workload | size |")


def test_command_lists_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench export RUN --what list` names every table with what is in it."""
    assert main(["export", str(SAMPLE), "--what", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(tables.TABLES)


def test_command_fails_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """A table that is not there is exit code 2 and a sentence."""
    assert main(["export", str(SAMPLE), "--what", "changes"]) == 2
    assert "was not compared with a base" in capsys.readouterr().err
