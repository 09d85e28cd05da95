"""Content of the report: everything on one page, in order, escaped, and present for any run."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from markupsafe import Markup
from matplotlib.figure import Figure

import parbench
from parbench.errors import UsageError
from parbench.report.figures.captions import describe
from parbench.report.html import cells, svg
from parbench.report.html.sections import Section
from parbench.report.sentences import remedies
from parbench.report.write import write_page, write_report
from parbench.runfile.records import STATUSES, RunWarning
from tests.support import made_up_run

DEFAULT = made_up_run.Plan(
    workloads=("square", "square_array", "affine", "affine_sum"), sizes=(1_000, 10_000, 100_000, 1_000_000), traced=True
)
#: Of the sections that a complete run has, in order.
TITLES = (
    "Why not more?",
    "When does it pay off?",
    "Which one should I use?",
    "What would more cores give?",
    "What did it cost?",
    "How near is the limit?",
)
VOID = {"meta", "link", "br", "wbr", "img", "hr", "input"}


class Outline(HTMLParser):
    """Collects what the tests ask of a page, and fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if any(re.fullmatch("h[1-6]", tag) for tag in self.open):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def values(self, name: str) -> list[str]:
        """Every value of an attribute, in order."""
        return [value for _, attrs in self.tags for key, value in attrs.items() if key == name and value is not None]


def page_of(plan: made_up_run.Plan) -> str:
    """The text of the report of a made-up run, which is well formed."""
    text = made_up_run.page_of(made_up_run.opened(plan))
    Outline(text)
    return text


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The report of a run as large as the default suite: its path and its text."""
    report = write_report(made_up_run.opened(DEFAULT), tmp_path_factory.mktemp("default"))
    return report, report.read_text(encoding="utf-8")


def test_write_makes_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`write` takes a frame alone, makes the folder and writes report, summary and both figures of each workload."""
    monkeypatch.setattr("parbench.report.html.sections.SECTIONS", ())  # they bring files of their own
    frame, _, _ = made_up_run.run()
    folder = tmp_path / "deep" / "run"
    assert write_report(parbench.Run(frame), folder) == folder / "report.html"
    assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
        "report.html",
        "summary.csv",
        *(f"figures/square-{kind}.{ending}" for kind in ("speedup", "time") for ending in ("svg", "png")),
    }


def test_a_section_brings_its_figures_and_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Body, figures and tables of a section are on the page and next to it; words of other sections are not."""
    figures, tables = {"busy": Figure()}, {"busy-cells": pd.DataFrame({"a": [1]})}
    told = Section("busy", "Who was <busy>?", Markup("<p>Nobody.</p>"), figures, tables)
    monkeypatch.setitem(sys.modules, "parbench.report.html.sections.told", SimpleNamespace(section=lambda run: told))
    monkeypatch.setitem(sys.modules, "parbench.report.html.sections.mute", SimpleNamespace(section=lambda run: None))
    monkeypatch.setattr("parbench.report.html.sections.SECTIONS", ("told", "mute"))
    text = write_report(made_up_run.opened(), tmp_path).read_text(encoding="utf-8")
    assert "Who was &lt;busy&gt;?</h2></summary>\n<p>Nobody.</p>" in text
    assert "<dt>Repaid</dt>" not in text
    for name in ("busy-cells.csv", "figures/busy.svg"):
        assert f'<a href="{name}">' in text
        assert (tmp_path / name).is_file()
    assert (tmp_path / "figures" / "busy.png").is_file()


def test_files_are_the_same_when_written_again(tmp_path: Path) -> None:
    """Over an earlier one, the same run gives the same report, and its summary has one row per cell.

    A workload named like a path, as in a run file that is not to be trusted, writes inside the folder only.
    """
    run = made_up_run.opened(made_up_run.Plan(workloads=("../../up",), sizes=(10_000,)))
    texts = [write_report(run, tmp_path / "run").read_text(encoding="utf-8") for _ in range(2)]
    assert texts[0] == texts[1]
    again = pd.read_csv(tmp_path / "run" / "summary.csv")
    assert list(again.columns) == list(run.summary.columns)
    assert again["seconds"].to_numpy() == pytest.approx(run.summary["seconds"].to_numpy(), nan_ok=True)
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert (tmp_path / "run" / "figures" / "______up-time.svg").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """If the folder cannot be written, the error is ours, names the folder and says what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"cannot be written to .*file.*: choose a folder"):
        write_page(tmp_path / "file" / "report.html", "")


def test_page_loads_nothing_and_runs_nothing(default: tuple[Path, str]) -> None:
    """The page refers to itself and to files next to it, its policy allows its one script, and it is within 1.5 MB."""
    assert default[0].stat().st_size <= 1_500_000
    outline = Outline(default[1])
    assert [tag for tag, _ in outline.tags].count("script") == 1
    assert not {"iframe", "object", "embed", "base"} & {tag for tag, _ in outline.tags}
    assert not [value for name in ("src", "srcset", "action") for value in outline.values(name)]
    for target in outline.values("href") + outline.values("xlink:href"):
        assert (
            target == "data:,"
            or target.startswith("#")
            or (default[0].parent / target).exists()
            or target == "run.jsonl"
        )
    assert not re.search(r"@import|url\((?!#)", default[1])
    policy = " ".join(outline.values("content"))
    found = re.findall(r"<script>(.*?)</script>", default[1], re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'; " in policy


def test_ids_are_unique_and_every_reference_has_its_target(default: tuple[Path, str]) -> None:
    """With all figures in one page no id is there twice, and every reference inside the page leads somewhere."""
    ids = Outline(default[1]).values("id")
    assert len(ids) == len(set(ids))
    targets = re.findall(r'(?:href="#|url\(#|labelledby=")([^")]+)', default[1])
    assert targets
    assert set(targets) <= set(ids)


def test_headings_are_in_order(default: tuple[Path, str]) -> None:
    """There is one h1, no level is skipped, and answers come before curves, sections, machine, data and glossary."""
    headings = Outline(default[1]).headings
    levels = [level for level, _ in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert [text for level, text in headings if level == 2] == [
        "The answers, workload by workload",
        "How much faster: curves and cells",
        *TITLES,
        "The machine, the versions and the run",
        "To measure it again",
        "Raw data",
        "How to read this",
    ]
    assert [text for level, text in headings if level == 3][: 2 * len(DEFAULT.workloads)] == [
        *(f"{name} Square every number of a list." for name in DEFAULT.workloads),
        *DEFAULT.workloads,
    ]


def test_the_contents_lead_to_every_section_in_order(default: tuple[Path, str]) -> None:
    """The table of contents has a link to each section below the answers, in the order of the page."""
    contents = default[1][default[1].index("<nav") : default[1].index("</nav>")]
    ids = re.findall(r'<section id="([^"]+)"(?! class="workload")', default[1])
    assert ids[0] == "answers"
    assert re.findall(r'href="#([^"]+)"', contents) == ids[1:]


def test_tables_can_be_read_by_a_screen_reader(default: tuple[Path, str]) -> None:
    """Every table has a caption, every header cell a scope, every figure a caption, and scrolling areas take focus."""
    outline = Outline(default[1])
    tags = [tag for tag, _ in outline.tags]
    assert tags.count("table") == tags.count("caption") >= 16
    assert tags.count("figure") == tags.count("figcaption") >= 8
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in outline.tags if tag == "th")
    scrolling = [attrs for tag, attrs in outline.tags if "scroll" in (attrs.get("class") or "").split()]
    assert scrolling
    assert all(attrs.get("tabindex") == "0" and attrs.get("aria-label") for attrs in scrolling)
    assert dict(outline.tags)["html"]["lang"] == "en"


def test_verdicts_of_all_sizes_are_sentences_the_largest_first() -> None:
    """A workload has a verdict in words for each size, with strategy, cores, interval and baseline."""
    text = page_of(made_up_run.Plan(sizes=(100_000, 1_000_000)))
    part = text[text.index('<dl class="verdicts">') :]
    assert re.search(
        r"Use threads on 2 cores, 1\.\d\d× \[1\.\d\d, \d\.\d\d\] the speed of serial \([\d.]+ ms per call\)", part
    )
    assert part.index("1,000,000 elements") < part.index("100,000 elements")


def test_what_users_supply_is_escaped() -> None:
    """Markup in reasons, warnings, names, facts and the command is shown as text, never obeyed."""
    evil = "<script>alert(1)</script>"
    plan = made_up_run.Plan(
        workloads=(f"w{evil}",),
        strategies=("serial", "threads", f"s{evil}"),
        fail=[("threads", "error", evil)],
        warnings=[evil],
        header={"command": ["pytest", evil], "machine": {"cpu_model": evil}, "versions": {evil: evil}},
    )
    text = page_of(plan)
    assert text.count("<script") == 1  # ours
    assert evil not in text
    assert text.count("&lt;script&gt;") >= 8


def test_failures_are_told_at_the_top_and_explained_below() -> None:
    """A failed strategy is listed once with its reason, all its places and what to do; so are warnings."""
    plan = made_up_run.Plan(
        workloads=("square", "affine"),
        strategies=("serial", "threads", "dask-distributed"),
        fail=[("dask-distributed", "timeout", "no answer within 30 s"), ("threads", "skipped", "too large")],
        warnings=["CPUs cannot be pinned on this system."],
    )
    text = page_of(plan)
    top = text[text.index('id="answers"') : text.index('id="curves"')]
    assert "12 cells failed, 12 cells were not measured and 1 warning: what to do</a>" in top
    part = text[text.index('id="problems"') : text.index('id="run"')]
    assert part.count("no answer within 30 s") == 1
    assert "square and affine at 10,000, 100,000 and 1,000,000 on 1 and 2 cores" in part
    assert "CPUs cannot be pinned on this system." in part
    assert part.index("timeout") < part.index("skipped")
    assert part.count("What to do:") == 3


def test_every_status_and_warning_has_its_remedy() -> None:
    """Each status of a cell without a result has a sentence of its own about what to do; what is not known has one."""
    assert remedies.FAILURES.keys() == set(STATUSES) - {"ok"}
    assert len({*remedies.FAILURES.values(), remedies.of_failure("unheard of")}) == len(STATUSES)
    assert remedies.of_warning("pinning") != remedies.of_warning("") == remedies.of_warning("unheard of")


def test_a_warning_of_all_numbers_comes_first() -> None:
    """A tracer is named in full above the answers and has a remedy below; other warnings are only counted there."""
    run = made_up_run.opened()
    warnings = RunWarning("All is slowed down by a tracer.", "tracer"), RunWarning("Nothing is pinned.", "pinning")
    run.samples.attrs["run"] = replace(run.data, warnings=warnings)
    top, _, rest = made_up_run.page_of(run).partition('id="w-0"')
    assert "All is slowed down by a tracer." in top
    assert "Nothing is pinned." not in top
    assert remedies.WARNINGS["tracer"] in rest
    assert run.first_warnings == ["All is slowed down by a tracer."]


def test_expectations_come_after_workloads_as_text() -> None:
    """Expectations of theory have their section below the workloads, deviations are at the top, words are escaped."""
    run = made_up_run.opened(made_up_run.expecting())
    evil = "<script>alert(1)</script>"
    run.expected[["statement", "why"]] = evil
    text = made_up_run.page_of(run)
    assert text.index('id="answers"') < text.index(" from theory</a>") < text.index('id="w-0"')
    part = text[text.index('id="expected"') : text.index('id="run"')]
    assert text.index('id="w-0"') < text.index('id="expected"')
    assert evil not in text
    assert "&lt;script&gt;" in part
    signs = ["! deviation", "✓ as expected", "≈ open", "○ not measured"]
    assert [part.index(sign) for sign in signs] == sorted(part.index(sign) for sign in signs)
    Outline(text)


def test_no_problems_no_section(default: tuple[Path, str]) -> None:
    """A run in which all went well has no section of failures and no notice; one without a footer has a notice."""
    assert 'id="problems"' not in default[1]
    assert "not complete" not in default[1]
    text = page_of(made_up_run.Plan(sizes=(10_000,), strategies=("serial", "threads"), complete=False))
    assert text.index("This run is not complete.") < text.index('id="answers"')


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (made_up_run.Plan(workloads=()), "Nothing was measured in this run."),
        (made_up_run.Plan(fail=[("*", "error", "ValueError: no")]), "No verdict"),
        (made_up_run.Plan(fail=[("serial", "crash", "x"), ("vectorized", "crash", "x")]), "No verdict"),
        (made_up_run.Plan(cores=(1,), sizes=(10,), blocks=1), "undecided"),
    ],
    ids=["empty", "all failed", "no baseline", "one core, one block"],
)
def test_poor_runs_still_give_a_report(plan: made_up_run.Plan, said: str) -> None:
    """A run with nothing in it, or nothing right in it, still gives a well-formed report that says so."""
    text = page_of(plan)
    assert said in text
    assert set(re.findall(r'href="#([^"]+)', text)) <= set(Outline(text).values("id"))


def test_a_header_without_facts_is_enough() -> None:
    """A frame without any header, as from a filtered or hand-made run, still gives a report."""
    frame, *_ = made_up_run.run(made_up_run.Plan(sizes=(10_000,)))
    frame.attrs = {}
    Outline(made_up_run.page_of(parbench.Run(frame)))


def test_machine_versions_and_command_are_told(default: tuple[Path, str]) -> None:
    """The report shows every fact of the machine, every version, and the command with its quotes."""
    text = default[1]
    for fact in ("Example CPU @ 2.50GHz", "16.8 GB", "2026.8.0", "0123456789abcdef+", "run.jsonl"):
        assert fact in text
    assert "pytest --benchmark --parbench-profile quick -k &#39;square and not affine&#39;" in text


def test_cells_are_sorted_and_failures_last() -> None:
    """Within a size the fastest cell comes first and cells that are not ok come last, with their reason."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(sizes=(1_000_000,), fail=[("threads", "memory", "needs 80 GB")]))
    (table,) = cells.tables(summary, "square")
    speedups = [float(row["numbers"][1].split("×")[0]) for row in table["rows"] if row["ok"]]
    assert speedups == sorted(speedups, reverse=True)
    assert [row["ok"] for row in table["rows"]].index(False) == len(speedups)
    assert table["rows"][-1]["reason"] == "needs 80 GB"
    assert table["baseline"].startswith("serial, ")


def test_chunks_and_environment_are_told_apart() -> None:
    """Cells that differ only in chunks or environment have a note that distinguishes them."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(strategies=("serial",), sizes=(10,)))
    summary = summary.assign(chunks=4, environment="numpy-1")
    assert cells.tables(summary, "square")[0]["rows"][0]["note"] == "4 chunks per core, numpy-1"


def test_captions_say_what_the_curves_show() -> None:
    """A caption names the best and the worst strategy, and gives the baseline no interval against itself."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(sizes=(100, 1_000_000)))
    assert re.search(r"At size 1,000,000 rows the highest point is threads on 2 cores with 1.8", said(summary))
    small = summary[summary["size"] == 100]
    assert "highest point is the baseline, serial" in said(small)
    assert "1.000×" not in said(small)


def said(summary: pd.DataFrame) -> str:
    """The caption of the speedup figure."""
    return describe(summary, "square", "rows")["speedup"]


def test_ids_in_an_inlined_figure_get_their_prefix() -> None:
    """Inlining renames ids and what points at them alike."""
    document = (
        '<?xml version="1.0"?><svg x="1"><style>*{a:b}</style><g id="m1"/>'
        '<use xlink:href="#m1" style="fill: #00ff00"/><a clip-path="url(#m1)"/></svg>'
    )
    inlined = str(svg.embed(document, "p q-"))
    assert inlined.startswith("<svg ")
    assert 'id="p_q-0"' in inlined
    assert 'href="#p_q-0"' in inlined
    assert "url(#p_q-0)" in inlined
    assert 'fill="#0f0"' in inlined
    assert "style>" not in inlined
