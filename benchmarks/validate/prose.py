"""Count the patterns of docs/style.md in the documents and in the docstrings, comments and messages of the source.

``python -m benchmarks.validate prose`` prints the count of each pattern next to its count at `BEFORE`, the commit at
which the rules were written. ``prose PATTERN`` prints every place of one pattern. ``prose --in FOLDER`` counts another
checkout.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
#: The commit at which the rules were written; the counts in `PATTERNS` are those of that commit.
BEFORE = "ae33bcc"
#: Share of its count at `BEFORE` that each pattern may still reach.
SHARE = 0.1


class Pattern(NamedTuple):
    """A habit of prose: its regular expression, an example, the same in plain words, and its count at `BEFORE`."""

    name: str
    expression: str
    example: str
    plain: str
    before: int

    @property
    def most(self) -> int:
        """The largest count that tests/docs/test_style.py accepts."""
        return int(self.before * SHARE)

    def found_in(self, text: str) -> list[str]:
        """Each match in `text`, with the words around it."""
        matches = re.finditer(self.expression, text, re.IGNORECASE)
        return [text[max(0, match.start() - 40) : match.end() + 40] for match in matches]


_PER = (
    "machine|test|point|column|figure|call|core|second|round|block|cell|row|chunk|strategy|worker|task|item|element"
    "|size|line|workload|run|process|minute"
)
_COUNTED = (
    "row|column|line|figure|chunk|call|sample|round|block|arm|byte|second|minute|time|task|part|file|point|step|page"
)
_SOME = "there|it|they|that|this|these|none|nothing|no|some|any|one|a|an|all|both|not"
_VERB = "is|are|was|were|has|have|had|can|could|cannot|may|does|do|did|would|had"
PATTERNS = (
    Pattern(
        "tell",
        r"\b(?:tell|tells|telling|told|said)\b",
        "Its efficiency is told.",
        "The report shows its efficiency.",
        328,
    ),
    Pattern("beside", r"\bbeside\b", "The files lie beside the page.", "The files are next to the page.", 178),
    Pattern(
        "for certain", r"\bfor certain\b|\bsurely\b", "It is faster for certain.", "It is significantly faster.", 87
    ),
    Pattern(
        "so many",
        r"\bso (?:many|much|long)\b",
        "An arm so many times as slow is left out.",
        "An arm more than ten times slower is left out.",
        176,
    ),
    Pattern(
        "from when on",
        r"\bfrom (?:when|which|where|there|here|this|that)(?: \w+)? on\b",
        "The size from which on it pays.",
        "The smallest size at which it pays.",
        65,
    ),
    Pattern("come to", r"\b(?:come|comes|came|coming) to\b", "The calls came to 3 s.", "The calls took 3 s.", 47),
    Pattern("clause for a noun", r"(?:^|(?<=[.:] ))What (?![^.]*\?)", "What a run measured.", "Results of a run.", 778),
    Pattern(
        "a for per",
        rf"\b(?:(?:{_COUNTED})s?|ms|s|µs|ns|[KMG]i?B|once|twice) an? (?:{_PER})\b",
        "One row a cell.",
        "One row per cell.",
        219,
    ),
    Pattern(
        "hold against",
        r"\b(?:held|holds?|holding)(?: \w+){0,4} against\b",
        "Times are held against the ceiling.",
        "Times are compared with the ceiling.",
        54,
    ),
    Pattern(
        "take over",
        r"\b(?:take|takes|taken|took|taking) over\b",
        "Sizes are taken over from an earlier run.",
        "Sizes are reused from an earlier run.",
        26,
    ),
    Pattern("anew", r"\b(?:anew|afresh)\b", "The schema is made anew.", "The command writes the schema again.", 26),
    Pattern("mend", r"\bmend(?:s|ed|ing)?\b", "Mend the page.", "Fix the page.", 35),
    Pattern(
        "whoever",
        r"\b(?:whoever|whomever|thereof|whereof|therein)\b",
        "Whoever adds a strategy reads this.",
        "Read this before you add a strategy.",
        4,
    ),
    Pattern(
        "where for if",
        rf"\bwhere (?:{_SOME})(?: \w+)? (?:{_VERB})\b",
        "None where there is none.",
        "None if no size is known.",
        442,
    ),
    Pattern(
        "topic first",
        r"(?:^|(?<=[.:;] ))(?:Sought|None|Told|Asked|Counted|Left|Kept|Given|Meant|Shown|Taken|Named)(?: \w+)?"
        r" (?:is|are|was|were)\b",
        "Sought is the size.",
        "The search looks for the size.",
        4,
    ),
    Pattern(
        "units at the end",
        r"\b(?:Seconds|Bytes|Calls|Times|Blocks|Parts)(?:, \w+)+\.$",
        "Limits of a sample. Seconds, calls.",
        "Most calls of a sample.",
        7,
    ),
    Pattern(
        "wit",
        r"\bno word of\b|\bdeaf to\b|\bcr(?:y|ies) no wolf\b|\bin vain\b|\bnobody is there\b|\bkin\b|\bfor nothing\b",
        "It is offered in vain.",
        "It is unusable.",
        24,
    ),
)


class Passage(NamedTuple):
    """A piece of prose on one line, and the file that it is in."""

    path: Path
    text: str


def passages(root: Path = ROOT) -> Iterator[Passage]:
    """All prose of a checkout: pages, templates, docstrings, comments and messages, and docstrings of the tests."""
    pages = [
        *(root / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(root / "docs").rglob("*.md"),
    ]
    for path in sorted(path for path in pages if "_build" not in path.parts):
        yield from (Passage(path, text) for text in of_page(path.read_text(encoding="utf-8")))
    for path in sorted((root / "src").rglob("*.html")):
        yield Passage(
            path, plain(re.sub(r"<[^>]*>|\{[{%#].*?[}%#]\}", " ", path.read_text(encoding="utf-8"), flags=re.S))
        )
    for path in sorted([*(root / "src").rglob("*.py"), *(root / "docs").rglob("*.py")]):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from (Passage(path, text) for text in [*of_strings(tree), *of_comments(path)])
    for path in sorted((root / "tests").rglob("*.py")):
        yield from (Passage(path, text) for text in of_docstrings(ast.parse(path.read_text(encoding="utf-8"))))


def plain(text: str) -> str:
    """Text without code, on one line."""
    return " ".join(re.sub(r"``.+?``|`[^`]*`", "X", text).split())


def of_page(text: str) -> Iterator[str]:
    """The paragraphs, headings, items and rows of a page, without its blocks of code."""
    text = re.sub(r"^( *)(`{3,}).*?^\1\2 *$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!--.*?-->|\]\([^)]*\)", " ", text, flags=re.DOTALL)
    for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-*|#]|\d+\.))", text):
        yield plain(part.lstrip(" -*#>"))


def of_strings(tree: ast.AST) -> Iterator[str]:
    """Every string of more than one word, docstrings among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield plain(node.value)


def of_comments(path: Path) -> Iterator[str]:
    """The comments of a file; comments on adjacent lines are one text."""
    lines: list[str] = []
    last = 0
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type != tokenize.COMMENT:
                continue
            if lines and token.start[0] != last + 1:
                yield plain(" ".join(lines))
                lines = []
            lines.append(token.string.lstrip("#: "))
            last = token.start[0]
    yield plain(" ".join(lines))


def of_docstrings(tree: ast.AST) -> Iterator[str]:
    """The docstrings of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield plain(ast.get_docstring(node) or "")


def counts(root: Path = ROOT) -> dict[str, int]:
    """How often each pattern occurs in a checkout, by name."""
    texts = [passage.text for passage in passages(root)]
    return {pattern.name: sum(len(pattern.found_in(text)) for text in texts) for pattern in PATTERNS}


def main(arguments: list[str]) -> None:
    """Print the counts of all patterns, or the places of one."""
    root = Path(arguments[1]) if arguments[:1] == ["--in"] else ROOT
    chosen = [pattern for pattern in PATTERNS if pattern.name == " ".join(arguments)]
    for passage in passages() if chosen else ():
        for found in chosen[0].found_in(passage.text):
            print(f"{passage.path.relative_to(ROOT)}: {found}")
    if chosen:
        return
    print(f"{'pattern':18} {BEFORE:>8} {'now':>5} {'most':>5}  example")
    now = counts(root)
    for pattern in PATTERNS:
        print(f"{pattern.name:18} {pattern.before:8} {now[pattern.name]:5} {pattern.most:5}  {pattern.example}")
    total = sum(pattern.before for pattern in PATTERNS)
    print(f"{'all':18} {total:8} {sum(now.values()):5} {int(total * SHARE):5}")
