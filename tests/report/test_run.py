"""An opened run: its values, and its display in a notebook."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import parbench
from parbench.errors import AnalysisError, RunFileError, UsageError
from parbench.report.figures.public import FIGURES
from parbench.report.sentences.verdicts import sentence
from tests.docs.documents import ROOT
from tests.report.html.test_page import Outline
from tests.support import fake_arms, made_up_run
from tests.support.fake_arms import World
from tests.support.sessions import write_no_report

SAMPLE = ROOT / "reports" / "sample"
EVIL = "<script>alert(1)</script>"


def page(run: parbench.Run) -> Outline:
    """Representation for a notebook."""
    return Outline(run._repr_html_())


def small(**more: object) -> parbench.Run:
    """A made-up run of few cells."""
    plan = {"sizes": (10_000,), "strategies": ("serial", "threads"), "cores": (1, 2), **more}
    return parbench.Run(made_up_run.run(made_up_run.Plan(**plan))[0])  # type: ignore[arg-type]  # of many kinds


def test_it_has_what_the_functions_give() -> None:
    """Frame, summary, verdicts, header and tables of an opened run are those that the functions give."""
    run, frame = parbench.Run(SAMPLE), parbench.load(SAMPLE)
    pd.testing.assert_frame_equal(run.frame, frame)
    pd.testing.assert_frame_equal(run.summary, parbench.summarize(frame))
    pd.testing.assert_frame_equal(run.table("costs"), parbench.costs(frame))
    pd.testing.assert_frame_equal(run.table("samples"), frame)
    assert run.header == frame.attrs["run"].header
    assert run.workloads == ["square", "affine", "spin"]
    assert len(run.verdicts) == 6


def test_a_prompt_shows_its_name_and_answers() -> None:
    """At a prompt it is a line with the run's name, its cells and workloads, and the verdict of each workload."""
    name, *answers = repr(parbench.Run(SAMPLE)).splitlines()
    assert re.fullmatch(r"<parbench\.Run [\w-]+: 102 cells of square, affine and spin>", name)
    assert [line.partition(" at ")[0] for line in answers] == ["square", "affine", "spin"]
    names = ["square", "affine", "square_array", "affine_sum", EVIL + "\x1b"]
    told = repr(small(workloads=names))
    assert told.startswith("<parbench.Run 2026-11-23-093144: 15 cells of square, affine, square_array and 2 more>\n")
    assert "\x1b" not in repr(small(workloads=["\x1b[31m"]))


def test_printing_shows_its_tables() -> None:
    """Printed, it shows the table of each workload, as the end of a session of pytest does."""
    told = str(small(workloads=("square", "affine")))
    assert re.search(r"^affine +cores +per call +speedup", told, re.MULTILINE)
    assert "\x1b" not in str(small(workloads=["\x1b[31m"]))


def test_a_saved_run_has_its_file_and_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`save` copies the run file and writes a report next to it; a table, and a second time, are refused."""
    write_no_report(monkeypatch)
    run = parbench.Run(SAMPLE)
    page = run.save(tmp_path / "reports")
    assert page.parent.name == run.header.run
    assert (page.parent / "run.jsonl").read_bytes() == (SAMPLE / "run.jsonl").read_bytes()
    with pytest.raises(UsageError, match="choose another folder"):
        run.save(tmp_path / "reports")
    with pytest.raises(UsageError, match="save the run"):
        parbench.Run(run.frame).save(tmp_path)


def test_figures_are_by_workload() -> None:
    """A run gives a figure of each workload, or one by its name."""
    run = small(workloads=("square", "affine"))
    assert list(run.figures("time", width=3)) == ["square", "affine"]
    assert run.figure("cost", size=10_000).get_figwidth() == 3.3
    with pytest.raises(UsageError, match=f"there is no figure 'pie': use one of {next(iter(FIGURES))}"):
        run.figure("pie")


def test_what_is_no_run_is_said() -> None:
    """A folder without a run, and a table that is none, are errors of ours."""
    with pytest.raises(RunFileError):
        parbench.Run(ROOT / "docs")
    with pytest.raises(AnalysisError, match="the table has no workload"):
        parbench.Run(pd.DataFrame({"a": [1]}))


def test_a_notebook_shows_answers_figures_and_cells() -> None:
    """The element has the verdicts, a figure with its caption a workload, and one row per cell, and is well formed."""
    run = small(sizes=(1_000_000,), cores=(1, 2))
    shown = page(run)
    tags = [tag for tag, _ in shown.tags]
    text = run._repr_html_()
    assert sentence(run.verdicts[0]) in text
    assert tags.count("svg") == tags.count("figure") == tags.count("figcaption") == 1
    assert tags.count("tr") == 1 + len(run.summary)
    assert "Speedup of 2 strategies over the fastest serial one" in text


def test_a_notebook_needs_no_script_and_no_style() -> None:
    """No script, no style element, nothing from elsewhere: it works in every front end, and leaves the rest alone."""
    shown = page(small())
    assert {"script", "style", "link", "iframe", "img", "object"} & {tag for tag, _ in shown.tags} == set()
    outside = [
        value
        for _, attributes in shown.tags
        for name, value in attributes.items()
        if name.startswith("on") or (name in ("href", "src", "xlink:href") and not str(value).startswith("#"))
    ]
    assert outside == []


def test_ids_of_two_workloads_differ() -> None:
    """Two figures in one notebook share no id, so that none takes the other's clip paths."""
    ids = [
        str(attributes["id"])
        for _, attributes in page(small(workloads=("square", "affine"))).tags
        if "id" in attributes
    ]
    assert len(ids) == len(set(ids))
    assert all(each.startswith("run-2026-11-23-093144-") for each in ids)


def test_what_a_run_file_says_is_escaped() -> None:
    """Names, warnings and the header of a run file cannot become elements."""
    run = small(workloads=(EVIL,), strategies=("serial", EVIL), warnings=(EVIL,), header={"run": EVIL, "profile": EVIL})
    assert "<script>" not in run._repr_html_()
    assert "&lt;script&gt;" in run._repr_html_()


def test_a_run_that_was_cut_short_says_so() -> None:
    """An incomplete run, and its warnings, are shown before anything else."""
    text = small(complete=False, warnings=("The clock was odd.",))._repr_html_()
    assert text.index("cut short") < text.index("The clock was odd.") < text.index("<ul>")


def test_filtered_frames_are_shown() -> None:
    """A frame of which rows were taken out, or that lost its header, is shown all the same."""
    frame = made_up_run.run()[0]
    alone = frame[frame["strategy"] == "threads"].copy()
    alone.attrs = {}
    text = parbench.Run(alone)._repr_html_()
    assert "parbench run of a table" in text
    assert "there is no serial or vectorized here to compare it with" in text
    assert "no verdict, because there is no serial strategy to compare with" in text
    assert "<svg" not in text


def test_a_figure_shows_itself() -> None:
    """A notebook shows a figure as SVG, without pyplot."""
    assert "<svg" in small().figure("cost")._repr_svg_()  # type: ignore[attr-defined]  # IPython asks for it by name


def test_many_workloads_are_named() -> None:
    """Of many workloads a few have a figure, and the others are named with the way to theirs."""
    names = [f"workload_{number}" for number in range(5)]
    text = small(workloads=names)._repr_html_()
    assert text.count("<svg") == 3
    assert "Figures of workload_3 and workload_4: <code>run.figures()</code>" in text


def test_opening_loads_no_matplotlib(tmp_path: Path) -> None:
    """Who only wants numbers of a run does not wait for matplotlib, and neither does `import parbench`."""
    code = (
        "import sys, parbench; assert 'pandas' not in sys.modules; "
        f"run = parbench.Run({str(SAMPLE)!r}); run.summary, run.verdicts, run.table('costs'), repr(run); "
        "print('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


def test_work_that_waits_has_workers_in_figure_caption_and_advice(tmp_path: Path) -> None:
    """The cores of work that waits are called workers next to its dots and in its recommendation."""
    of = replace(fake_arms.workload, vectorized=None, bound="latency")
    header = fake_arms.header(workloads={of.name: of.facts()})
    World(noise=0.01).run(tmp_path, fake_arms.groups(["threads"], of=of), header)
    run = parbench.Run(tmp_path)
    assert "large dots: 2 workers" in str(run.figure().get_label())
    assert "the highest point is threads on 2 workers" in run._repr_html_()
    assert str(parbench.advise(run, calls=1000)).startswith("Use threads on 2 workers")
