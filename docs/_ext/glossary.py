"""Hold the glossary to the words of reports and of the design: ``python -m docs._ext.glossary`` brings it up to date.

An entry is a heading with paragraphs. The first paragraph of a word that a report explains is the report's own, and
that of any other word of the design is the architecture's; all else is written in the glossary.
"""

from __future__ import annotations

import html
import re
import textwrap
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent
PAGE = DOCS / "glossary.md"
REPORT = DOCS.parent / "src" / "parbench" / "report" / "html" / "templates" / "page.html"
_EXPLAINED = re.compile(r"<dt>([^<{]+)</dt><dd>(.+?)</dd>")
_TAG = re.compile(r"<[^>]+>")
_ROW = re.compile(r"^\| ([\w ]+) \| (.+) \|$", re.MULTILINE)
_ENTRY = re.compile(r"^## (.+)\n\n((?:(?!^## ).*\n)*)", re.MULTILINE)


def report_words() -> dict[str, str]:
    """Explanations of a report, by word, from its template."""
    explained = _EXPLAINED.findall(REPORT.read_text(encoding="utf-8"))
    return {html.unescape(word): html.unescape(_TAG.sub("", text)) for word, text in explained if "{{" not in text}


def design_words() -> dict[str, str]:
    """The vocabulary of the architecture document, each as a sentence."""
    text = (DOCS / "architecture.md").read_text(encoding="utf-8").partition("\n## Words\n")[2].partition("\n## ")[0]
    rows = {word: meaning for word, meaning in _ROW.findall(text) if word != "word"}
    return {word.capitalize(): f"{meaning[:1].upper()}{meaning[1:]}." for word, meaning in rows.items()}


def owned() -> dict[str, str]:
    """The first paragraphs that are not the glossary's own, by word."""
    report = report_words()
    taken = {part.strip().lower() for word in report for part in word.split(",")}
    return report | {word: text for word, text in design_words().items() if word.lower() not in taken}


def refreshed(text: str) -> str:
    """The page with what it takes from elsewhere as it is now, in alphabetical order."""
    lead = text.partition("\n## ")[0].rstrip()
    entries = {word: body.strip().split("\n\n") for word, body in _ENTRY.findall(f"{text.rstrip()}\n")}
    for word, first in owned().items():
        entries[word] = [wrapped(first), *entries.get(word, [""])[1:]]
    ordered = sorted(entries.items(), key=lambda entry: entry[0].lower())
    return "\n\n".join([lead, *(f"## {word}\n\n" + "\n\n".join(body) for word, body in ordered)]) + "\n"


def wrapped(paragraph: str) -> str:
    """A paragraph in lines as long as those of the other pages."""
    return textwrap.fill(paragraph, 120, break_long_words=False, break_on_hyphens=False)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
