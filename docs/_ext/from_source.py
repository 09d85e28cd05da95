"""Pages that are made from the source when the site is built, as Markdown; no Sphinx in here."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import parbench
from parbench.cli.main import parser
from parbench.pytest_plugin.optionlist import OPTIONS
from parbench.pytest_plugin.plugin import MARK

DOCS = Path(__file__).resolve().parent.parent
_ARGUMENT = re.compile(r"(\*?\w+)(?:=([^,)]+))?")
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
_DOCUMENTED = re.compile(r"^\.\. auto\w+:: parbench\.(\w+)", re.MULTILINE)


def made(name: str) -> str:
    """What the page wants by ``<!-- made: name -->``."""
    return MAKERS[name]()


def options() -> str:
    """The options of the pytest plugin."""
    rows = (
        (f"`--parbench-{name}`", f"`{takes}`" if takes else "nothing", words)
        for name, (takes, words) in OPTIONS.items()
    )
    return table(("option", "takes", "what for"), rows)


def mark() -> str:
    """The arguments of the mark, with their meaning as the page on own workloads has it."""
    meanings = mark_meanings()
    rows = [(f"`{name}`", f"`{default}`", meanings[name]) for name, default in mark_arguments().items() if default]
    return table(("argument", "default", "meaning"), rows)


def mark_arguments() -> dict[str, str]:
    """The arguments that the mark takes, each with its default; empty where it has none."""
    inside = MARK.partition("(")[2].partition("):")[0]
    return dict(_ARGUMENT.findall(inside))


def mark_meanings() -> dict[str, str]:
    """What the page on own workloads says of each argument of the mark, its links as seen from `reference`."""
    section = (DOCS / "own-workload.md").read_text(encoding="utf-8").partition("\n## The mark and the fixture\n")[2]
    rows = _ROW.findall(section.partition("\n## ")[0])
    return {name: re.sub(r"\]\((?=[\w-]+\.md)", "](../", meaning) for name, meaning, _ in rows}


def commands() -> str:
    """Every command of the command line, with what it takes."""
    # argparse offers no public way to walk a parser; these two names are as old as it is
    top = parser()
    found = next(each for each in top._actions if isinstance(each, argparse._SubParsersAction))
    return "\n\n".join([*(command(each) for each in found.choices.values()), "## All of them", below(top)])


def command(each: argparse.ArgumentParser) -> str:
    """One command: its summary, its usage, a table of what it takes, and what its help has below that."""
    usage = " ".join(each.format_usage().split()).removeprefix("usage: ")
    rows = [row(action) for action in each._actions if not isinstance(action, argparse._HelpAction)]
    parts = [f"## {each.prog}", sentence(each.description or ""), f"```text\n{usage}\n```"]
    parts += [table(("argument", "takes", "what for"), rows)] if rows else []
    return "\n\n".join([*parts, below(each)]).rstrip()


def row(action: argparse.Action) -> tuple[str, str, str]:
    """One argument of a command: its name, what it takes, what it is for."""
    takes = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    name = ", ".join(f"`{flag}`" for flag in action.option_strings) or f"`{takes}`"
    if action.choices is not None:
        takes = ", ".join(map(str, action.choices))
    elif not action.option_strings:
        takes = ""
    words = (action.help or "") % {"default": action.default, "prog": "parbench"}
    if action.required and action.option_strings:
        words += " (required)"
    return name, f"`{takes}`" if takes else "", words


def below(each: argparse.ArgumentParser) -> str:
    """What the help has below the arguments: one example as a sentence, more lines as they stand."""
    text = (each.epilog or "").strip()
    text = text % {"prog": each.prog} if "%(prog)" in text else text  # as argparse does it
    if "\n" in text:
        return f"```text\n{text}\n```"
    lead, _, rest = text.partition(": ")
    line, bracket, more = rest.partition(" (")
    return f"{lead}: `{line}`{bracket}{more}" if lead == "Example" else text


def sentence(text: str) -> str:
    """A line of the help as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if not text or text.endswith(".") else f"{text}."


def other_names() -> str:
    """What `parbench` offers and the pages of the reference do not name, so that nothing new is left out."""
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md")))
    return documented(name for name in parbench.__all__ if name not in set(_DOCUMENTED.findall(pages)))


def documented(names: Iterable[str]) -> str:
    """The directives that document these names of `parbench`; nothing where there are none."""
    wanted = [directive(name) for name in names]
    return "\n".join(["## More", "", "```{eval-rst}", *wanted, "```"]) if wanted else ""


def directive(name: str) -> str:
    """The directive that documents a function, a class or a module."""
    named = getattr(parbench, name)
    if isinstance(named, type):
        return f".. autoclass:: parbench.{name}\n   :members:\n"
    if isinstance(named, ModuleType):
        return f".. automodule:: parbench.{name}\n   :members:\n"
    return f".. autofunction:: parbench.{name}\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; no cell may hold a bar that is not escaped."""
    listed = [list(heads), *(list(each) for each in rows)]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in listed]
    return "\n".join([lines[0], f"|{'---|' * len(listed[0])}", *lines[1:]])


#: What pages can ask for.
MAKERS: dict[str, Callable[[], str]] = {
    "options": options,
    "mark": mark,
    "commands": commands,
    "other-names": other_names,
}
