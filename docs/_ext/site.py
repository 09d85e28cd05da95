"""The Sphinx extension: content that pages take from the source, and a copy of the sample report."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docs._ext import from_source
from docs._ext.accessible import mended

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
#: Stands for a colon; for private use in Unicode, so in no text.
COLON = "\ue000"
SAMPLE = ROOT / "reports" / "sample"
#: Pages that are a file of the top folder; where they stand in `docs` they lead to it.
FROM_TOP = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}
#: Where a page wants something from the source.
_MADE = re.compile(r"^<!-- made: ([\w-]+) -->$", re.MULTILINE)
#: A default value as `repr` has it, by the name that a reader knows.
_DEFAULT = re.compile(r"<(?:function|class) '?([\w.]+)'?[^>]*>")
#: A line of a toctree that stands for all pages of a pattern.
_PAGES = re.compile(r"^([\w/-]*\*)\n", re.MULTILINE)
#: A link to a file of the sample report, from a page at any depth.
_SAMPLE_LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?:\.\./)+reports/sample/([^)#]+)\)")


def setup(app: Any) -> dict[str, bool]:
    """Entry point of Sphinx."""
    app.connect("source-read", on_source_read)
    app.connect("autodoc-process-signature", on_signature)
    app.connect("autodoc-process-docstring", before_napoleon, priority=400)
    app.connect("autodoc-process-docstring", after_napoleon, priority=600)
    app.connect("build-finished", on_build_finished)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def on_source_read(app: Any, name: str, source: list[str]) -> None:
    """Fill in what a page takes from the source, and lead links to the sample report to the copy in the site."""
    del app
    source[0] = completed(source[0], name)


def completed(text: str, name: str) -> str:
    """The Markdown of the page `name` (its path without ending) as the site has it."""
    if name in FROM_TOP:
        text = (
            (ROOT / FROM_TOP[name])
            .read_text(encoding="utf-8")
            .replace("](docs/", "](")
            .replace("](reports/", "](../reports/")
        )
    for page, file in FROM_TOP.items():
        text = text.replace(f"](../{file}", f"]({page}.md").replace(f"](../../{file}", f"](../{page}.md")
    text = _MADE.sub(lambda match: from_source.made(match[1]), text)
    # a section may wait for its pages, of which Sphinx warns without a way to turn that off
    if name == "index":
        text = _PAGES.sub(lambda match: match[0] if any(DOCS.glob(f"{match[1]}.md")) else "", text)
    up = "../" * name.count("/")
    return _SAMPLE_LINK.sub(lambda match: f'<a href="{up}sample/{match[2]}">{match[1]}</a>', text)


def on_signature(
    app: Any, what: str, name: str, documented: Any, options: Any, signature: str | None, gives: str | None
) -> tuple[str | None, str | None]:
    """Name functions that are defaults, so that the signature can be read as Python and its types shortened."""
    del app, what, name, documented, options
    return signature and _DEFAULT.sub(r"\1", signature), gives


def before_napoleon(app: Any, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    """Keep napoleon, which comes next, from taking the first words of a property, up to a colon, for its type."""
    del app, name, documented, options
    if what in ("property", "attribute", "data") and lines:
        lines[0] = lines[0].replace(":", COLON)


def after_napoleon(app: Any, what: str, name: str, documented: Any, options: Any, lines: list[str]) -> None:
    """Put the colons back."""
    del app, what, name, documented, options
    lines[:] = [line.replace(COLON, ":") for line in lines]


def on_build_finished(app: Any, error: Exception | None) -> None:
    """Fix every page, and copy the sample report into the site, with the tables and figures to which it links."""
    if error is None and app.builder.format == "html":
        shutil.rmtree(Path(app.outdir) / "sample", ignore_errors=True)
        for page in Path(app.outdir).rglob("*.html"):
            page.write_text(mended(page.read_text(encoding="utf-8")), encoding="utf-8")
        shutil.copytree(SAMPLE, Path(app.outdir) / "sample", dirs_exist_ok=True)
