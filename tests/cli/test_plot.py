"""``parbench plot``: a figure of a run as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from parbench.cli.main import main
from parbench.report.figures import public
from parbench.report.run import Run
from tests.docs.documents import ROOT

SAMPLE = ROOT / "reports" / "sample"


@pytest.fixture(autouse=True, scope="module")
def sample() -> Iterator[None]:
    """The sample is loaded and summarized once for all commands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("parbench.report.run.Run", cache(Run))
        yield


def test_command_writes_the_figure_and_its_caption(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench plot` writes a file and prints its size and what belongs into the caption."""
    out = tmp_path / "a.svg"
    assert main(["plot", str(SAMPLE), "--workload", "affine", "--width", "84mm", "--out", str(out)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert re.fullmatch(rf"{re.escape(str(out))}: 3\.31 by \d\.\d\d in", told[0])
    assert told[1] == "caption: affine: speedup over the fastest serial strategy"
    assert out.read_text(encoding="utf-8").startswith("<?xml")


def test_command_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --out, the file is in the current folder, named after workload and figure, as PDF by default."""
    monkeypatch.chdir(tmp_path)
    assert (
        main(["plot", str(SAMPLE), "--figure", "cost", "--workload", "affine", "--strategies", "threads,serial"]) == 0
    )
    assert main(["plot", str(SAMPLE), "--figure", "losses", "--format", "png", "--dpi", "90"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["affine-cost.pdf", "losses.png"]


def test_command_lists_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """`parbench plot RUN --figure list` names every figure."""
    assert main(["plot", str(SAMPLE), "--figure", "list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(public.FIGURES)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--figure", "pie"], "there is no figure 'pie': use one of speedup, time, samples, losses"),
        (["--figure", "time", "--size", "256"], "time is a figure over all sizes: leave out the size"),
        (["--workload", "affine", "--out", "a.pdf", "--format", "png"], "does not end with .png"),
        (["--workload", "affine", "--out", "a.gif"], "ends with pdf, svg, png, not 'a.gif'"),
        (["--workload", "affine", "--out", "/nowhere/a.pdf"], "cannot be written to /nowhere/a.pdf"),
        (["--workload", "affine", "--width", "9"], ""),
    ],
)
def test_command_fails_in_a_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An impossible figure is exit code 2 and a sentence; a number alone is inches."""
    monkeypatch.chdir(tmp_path)
    assert main(["plot", str(SAMPLE), *options]) == (2 if said else 0)
    assert said in capsys.readouterr().err
