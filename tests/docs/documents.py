"""The documents as data: pages, the blocks of code in them, and what is to become of each."""

from __future__ import annotations

import re
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "reports" / "README.md",
    *(page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts),
]
#: The page whose snippets run in a notebook.
NOTEBOOK = DOCS / "howto" / "measure-in-jupyter.md"
_FENCE = re.compile(r"^( *)(`{3,})(\S*)[^\n]*\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"<!-- not run: ((?:(?!-->).)+?) -->\s*\Z", re.DOTALL)
_NAME = re.compile(r"# ([\w./-]+\.(?:py|toml))\n")
_END = re.compile(r"# at the end of ([\w.-]+\.py)\n")
_REMARK = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Fields:
        line: where its text begins.
        language: as the fence says, or nothing.
        reason: why it is not run, as a comment in front of it says: ``<!-- not run: it takes hours -->``.
    """

    page: Path
    line: int
    language: str
    text: str
    reason: str = ""

    @property
    def place(self) -> str:
        """Its place, for the name of a test."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def name(self) -> str:
        """The file that it is, by its first line ``# name.py``; else nothing."""
        found = _NAME.match(self.text)
        return found[1] if found else ""

    @property
    def end_of(self) -> str:
        """The file at whose end it belongs, by its first line ``# at the end of name.py``; else nothing."""
        found = _END.match(self.text)
        return found[1] if found else ""


@dataclass(frozen=True)
class Command:
    """A command of a console block with the lines that it has to print."""

    block: Block
    line: str
    printed: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        """The command as a shell splits it, without the remark behind it."""
        return shlex.split(_REMARK.sub("", self.line))


def blocks(page: Path, *languages: str) -> list[Block]:
    """The code blocks of `page` in these languages, or all of them."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        reason = _REASON.search(text, 0, match.start())
        line = text.count("\n", 0, match.start(4)) + 1
        body = textwrap.dedent(match[4])
        found.append(Block(page, line, match[3], body, " ".join(reason[1].split()) if reason else ""))
    return [block for block in found if not languages or block.language in languages]


def without_blocks(page: Path) -> str:
    """The text of a page between its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[Command]:
    """The commands of the console blocks of `page`, each with the lines that it has to print."""
    found = []
    for block in blocks(page, "console"):
        session = block.text.replace("\\\n", " ")
        for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
            line, *printed = part.rstrip().split("\n")
            found.append(Command(block, line, tuple(printed)))
    return found


def project(page: Path) -> dict[str, str]:
    """The files that a page has its reader write, by name; `README.md` has one that it does not name.

    Files in folders, as ``src/…``, are for a clone, and not among them.
    """
    files: dict[str, str] = {}
    for block in blocks(page, "python", "toml"):
        if block.name and "/" not in block.name and not block.reason:
            files[block.name] = block.text
        elif block.end_of:
            files[block.end_of] += f"\n\n{block.text}"
        elif page == ROOT / "README.md" and "def test_" in block.text:
            files["test_readme.py"] = block.text
    return files


def snippets(page: Path) -> list[Block]:
    """The Python blocks of a page that are no files: they are run one after the other."""
    in_files = project(page).values()
    return [
        block
        for block in blocks(page, "python")
        if not block.name and not block.end_of and not any(block.text in text for text in in_files)
    ]
