"""Parts of the site that come from the source, and the checks of the built site; `tox -e docs` builds it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import click
import pytest

import parbench
from docs._ext import accessible, built, from_source, glossary, site
from parbench.cli.commands import COMMANDS
from parbench.pytest_plugin.options import OPTIONS
from tests.docs.documents import DOCS, PAGES


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_has_every_command_with_its_arguments_and_options(name: str) -> None:
    """Each command has a section of its own, with its arguments in the usage and a row for each option."""
    command: click.Command = import_module(f"parbench.cli.{name}").command
    sections = from_source.commands().split("\n## parbench ")
    (section,) = [each for each in sections if each.removeprefix("## parbench ").startswith(f"{name}\n")]
    options = [each for each in command.params if isinstance(each, click.Option)]
    usage = section.partition("[OPTIONS]")[2].partition("```")[0]
    assert len(usage.split()) == len(command.params) - len(options)
    assert all(f"`{each.opts[-1]}" in section for each in options)


def test_the_reference_has_every_option_and_argument_of_the_mark() -> None:
    """All options of pytest have a row, and all arguments of the mark the meaning that the page on workloads gives."""
    options = from_source.options()
    assert all(f"| `--parbench-{name}` |" in options for name in OPTIONS)
    assert set(from_source.mark_arguments()) - {"*workloads"} == set(from_source.mark_meanings())
    assert "| `chunks` | `None` |" in from_source.mark()


def test_what_no_page_documents_is_documented_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is new in `parbench` gets into the reference without being added to a page."""
    pages = (DOCS / "reference" / "python.md").read_text(encoding="utf-8") + from_source.other_names()
    pages += (DOCS / "reference" / "strategy.md").read_text(encoding="utf-8")
    assert not [name for name in parbench.__all__ if not re.search(rf":: parbench\.{name}\b", pages)]
    monkeypatch.setattr(parbench, "__all__", [*parbench.__all__, "ours", "Ours", "text"])
    monkeypatch.setattr(parbench, "ours", len, raising=False)
    monkeypatch.setattr(parbench, "Ours", Path, raising=False)
    assert ".. autofunction:: parbench.ours\n" in from_source.other_names()
    assert ".. automodule:: parbench.text\n   :members:\n" in from_source.other_names()
    assert ".. autoclass:: parbench.Ours\n   :members:\n" in from_source.other_names()


def test_pages_are_filled_in() -> None:
    """Every generated part that a page requests exists, and no page requests another one."""
    wanted = {name for page in PAGES for name in re.findall(r"<!-- made: ([\w-]+) -->", page.read_text("utf-8"))}
    assert wanted == set(from_source.MAKERS)
    text = site.completed("a\n\n<!-- made: options -->\n", "reference/options")
    assert "| `--parbench-profile` | `NAME` |" in text


def test_links_to_the_sample_lead_to_its_copy() -> None:
    """A link to the sample report leads to the copy in the site, from a page in a folder too; pictures stay."""
    link = "[a report](../reports/sample/report.html) ![b](../reports/sample/figures/b.png)"
    assert site.completed(link, "index") == (
        '<a href="sample/report.html">a report</a> ![b](../reports/sample/figures/b.png)'
    )
    assert 'href="../sample/report.html"' in site.completed(link.replace("../", "../../"), "howto/read")


def test_pages_of_the_top_folder_are_pages_of_the_site() -> None:
    """How to contribute and what changed are there as a whole, and links to these files lead to the pages."""
    page = site.completed("anything", "contributing")
    assert page.startswith("# Contributing\n")
    assert "](architecture.md#rooms)" in page
    assert "](docs/" not in page
    assert site.completed("[a](../CONTRIBUTING.md#tests)", "packaging") == "[a](contributing.md#tests)"
    assert site.completed("[a](../../CHANGELOG.md)", "howto/add") == "[a](../changelog.md)"


def test_a_section_may_wait_for_its_pages() -> None:
    """On the first page, patterns that no page matches are left out, and others stay."""
    assert site.completed("```{toctree}\nnobody*\nrun*\n```\n", "index") == "```{toctree}\nrun*\n```\n"


def test_every_page_is_in_the_table_of_contents() -> None:
    """Every page below docs is named on the first page, by itself or by a pattern."""
    entries = re.findall(r"^([\w/-]+\*?)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    listed = {DOCS / "index.md"}.union(*(DOCS.glob(f"{entry}.md") for entry in entries))
    assert {page for page in PAGES if DOCS in page.parents} == listed


def test_a_built_site_is_looked_through(tmp_path: Path) -> None:
    """Links that lead nowhere, and what is loaded from elsewhere, are named; what is right is not."""
    sample = tmp_path / "sample"
    sample.mkdir()
    (sample / "report.html").write_text('<a href="summary.csv">a</a>')
    page = tmp_path / "index.html"
    page.write_text(
        '<p id="a"></p><a href="#a">a</a><a href="sample/report.html#none">b</a><a href="https://a.b/">c</a>'
    )
    (tmp_path / "other.html").write_text('<img src="https://a.b/c.png"><script src="gone.js"></script>')
    assert list(built.complaints(tmp_path)) == [
        "index.html leads to sample/report.html#none, which is not there.",
        "other.html loads https://a.b/c.png, which is elsewhere.",
        "other.html leads to gone.js, which is not there.",
        "sample/report.html leads to summary.csv, which is not there.",
    ]
    built.page.cache_clear()
    assert list(built.complaints(sample)) == [
        f"{sample} has no page, or no sample report.",
        "report.html leads to summary.csv, which is not there.",
    ]


def test_the_glossary_has_the_words_of_reports_and_of_the_design() -> None:
    """The glossary has the words of reports and of the architecture in the same form, and is sorted."""
    text = glossary.PAGE.read_text(encoding="utf-8")
    assert glossary.refreshed(text) == text, "run python -m docs._ext.glossary"
    words = glossary.owned()
    assert {"Baseline", "Block, round", "Work inflation", "Arm"} <= set(words)
    assert len(glossary.report_words()) >= 15


def test_an_entry_keeps_what_is_written_below_the_words_of_the_report() -> None:
    """Bringing the glossary up to date changes an entry's first paragraph, and leaves the others and other entries."""
    text = "# Glossary\n\nLead.\n\n## Zebra\n\nOurs.\n\n## Baseline\n\nOld.\n\nSee\nmore.\n"
    found = glossary.refreshed(text)
    assert found.startswith("# Glossary\n\nLead.\n\n## Arm\n\nOne live child process")
    assert re.search(r"## Baseline\n\nThe fastest serial [^#]*\n\nSee\nmore\.\n\n## Block, round\n", found)
    assert found.endswith("## Zebra\n\nOurs.\n")


def test_pages_are_mended_for_those_who_do_not_see_them() -> None:
    """Side bars have names, what scrolls can be reached by keyboard, a signature is no list; twice is as once."""
    page = (
        '<aside class="sidebar-drawer"><p class="caption" role="heading">A</p></aside><pre>x</pre>'
        '<dt class="sig py">f(<dl>\n<dd>a,</dd>\n</dl>)</dt><dd>words</dd><dl><dt>b</dt><dd>c</dd></dl>'
        '<th class="head"><p></p></th>'
    )
    mended = accessible.mended(page)
    assert mended == (
        '<aside class="sidebar-drawer" aria-label="All pages">'
        '<p class="caption" role="heading" aria-level="2">A</p></aside><pre tabindex="0">x</pre>'
        '<dt class="sig py">f(<span class="sig-params">\n<span class="sig-line">a,</span>\n</span>)</dt>'
        '<dd>words</dd><dl><dt>b</dt><dd>c</dd></dl><td class="head"></td>'
    )
    assert accessible.mended(mended) == mended
