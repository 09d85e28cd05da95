"""Look at a site that was built: ``python -m docs._ext.built FOLDER`` prints what is wrong, and then exits with 1.

Every link within it leads somewhere, including the sample report and the files next to it, and no page loads anything
from elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

#: Attributes with addresses that a browser loads, by element.
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """The ids of a page, what it links to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.ids |= {name for name in (values.get("id"), values.get("name")) if name}
        if tag == "a" and values.get("href"):
            self.links.append(str(values["href"]))
        if tag in LOADED and values.get(LOADED[tag]):
            self.loads.append(str(values[LOADED[tag]]))


@cache
def page(path: Path) -> Page:
    """The page in a file."""
    return Page(path.read_text(encoding="utf-8"))


def complaints(site: Path) -> Iterator[str]:
    """A sentence for everything that is wrong."""
    files = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    if not files or not (site / "sample" / "report.html").is_file():
        yield f"{site} has no page, or no sample report."
    for path in files:
        here = path.relative_to(site)
        for link in page(path).loads:
            if urlsplit(link).netloc:
                yield f"{here} loads {link}, which is elsewhere."
        for link in [*page(path).links, *page(path).loads]:
            if not leads_somewhere(path, link):
                yield f"{here} leads to {link}, which is not there."


def leads_somewhere(path: Path, link: str) -> bool:
    """Whether a link from a file is one to elsewhere, or leads to a file that is there, and to a place in it."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)) if parts.path else path
    if not target.exists():
        return False
    fragment = unquote(parts.fragment)
    return not fragment or target.suffix != ".html" or fragment in page(target).ids


if __name__ == "__main__":
    found = list(complaints(Path(sys.argv[1])))
    print(*found, sep="\n", end="\n" if found else "")
    raise SystemExit(bool(found))
