"""Tables for a paper: escaped, with as many cells in each row as columns, and with a caption that says where from."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import parbench
from parbench.report.latex import escaped
from tests.support import made_up_run

DOCUMENT = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\n%s\\end{document}\n"


def table() -> str:
    """The summary of a made-up run with names that mean something to LaTeX."""
    plan = made_up_run.Plan(workloads=("a_b%&$#{}",), fail=[("dask-threads", "error", "100 % \\ [lost]~^")])
    return str(parbench.export(made_up_run.opened(plan).frame, "summary", format="latex"))


def test_every_row_has_all_columns() -> None:
    """Rows end with two backslashes, and have one separator less than there are columns; nothing is unescaped."""
    text = table()
    (aligned,) = re.findall(r"\\begin\{tabular\}\{([lr]+)\}", text)
    body = text.partition("\\toprule")[2].partition("\\bottomrule")[0].splitlines()
    rows = [line for line in body if line.endswith("\\\\")]
    assert len(rows) > 10
    assert all(len(re.findall(r"(?<!\\)&", row)) == len(aligned) - 1 for row in rows)
    plain = re.sub(r"\\.|\$\\[a-z]+\$", "", "".join(rows))
    assert not set("%$#_~^") & set(plain)
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
    assert text.count("\\begin{") == text.count("\\end{") == 2
    assert "\\midrule" in text


def test_the_caption_names_machine_and_versions() -> None:
    """The caption has the content of the table, the level of its intervals, the machine and the versions."""
    (caption,) = re.findall(r"\\caption\{(.*)\}", table())
    for words in ("One row per cell", r"95 \%", "Example CPU", "numpy 2.4.0", "parbench 0.1.0"):
        assert words in caption


def test_unknown_signs_do_no_harm() -> None:
    """Signs that LaTeX may not have are a question mark, and a line break is a space."""
    assert escaped("a\n☃ × 5 %") == r"a ? $\times$ 5 \%"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_latex_takes_it(tmp_path: Path) -> None:
    """The table compiles in a document with booktabs."""
    (tmp_path / "a.tex").write_text(DOCUMENT % table(), encoding="utf-8")
    subprocess.run(["pdflatex", "-halt-on-error", "a.tex"], cwd=tmp_path, check=True, capture_output=True)
