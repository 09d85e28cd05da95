"""Pages that are made from the source when the site is built, as Markdown; no Sphinx in here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType

import click

import parbench
from parbench.cli.main import parbench as parbench_command
from parbench.pytest_plugin.options import OPTIONS
from parbench.pytest_plugin.plugin import MARK

DOCS = Path(__file__).resolve().parent.parent
_ARGUMENT = re.compile(r"(\*?\w+)(?:=([^,)]+))?")
_ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
_DOCUMENTED = re.compile(r"^\.\. auto\w+:: parbench\.(\w+)", re.MULTILINE)


def made(name: str) -> str:
    """The content for ``<!-- made: name -->`` in a page."""
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
    """The arguments that the mark takes, each with its default; empty if it has none."""
    inside = MARK.partition("(")[2].partition("):")[0]
    return dict(_ARGUMENT.findall(inside))


def mark_meanings() -> dict[str, str]:
    """Meaning of each argument of the mark, from the page on own workloads, its links relative to `reference`."""
    section = (DOCS / "own-workload.md").read_text(encoding="utf-8").partition("\n## The mark and the fixture\n")[2]
    rows = _ROW.findall(section.partition("\n## ")[0])
    return {
        name: re.sub(r"\]\((?=[\w-]+\.md)", "](../", meaning).replace("](reference/", "](") for name, meaning, _ in rows
    }


def commands() -> str:
    """Every command of the command line, with its options."""
    context = click.Context(parbench_command, info_name="parbench")
    every = ((name, parbench_command.get_command(context, name)) for name in parbench_command.list_commands(context))
    sections = [section(click.Context(each, context, info_name=name)) for name, each in every if each]
    return "\n\n".join([*sections, "## All of them", below(parbench_command)])


def section(context: click.Context) -> str:
    """One command: its help, its usage, a table of its options, and the examples of its help."""
    each = context.command
    records = (option.get_help_record(context) for option in each.params if isinstance(option, click.Option))
    rows = [(f"`{names}`", words) for names, words in filter(None, records)]
    usage = context.get_usage().removeprefix("Usage: ")
    parts = [f"## {context.command_path}", each.help or "", f"```text\n{usage}\n```"]
    parts += [table(("option", "meaning"), rows)] if rows else []
    return "\n\n".join([*parts, below(each)]).rstrip()


def below(each: click.Command) -> str:
    """The last part of a help: one example as a sentence, more lines as they are."""
    text = (each.epilog or "").replace("\b\n", "").strip()
    if "\n" in text:
        return f"```text\n{text}\n```"
    lead, _, rest = text.partition(": ")
    return f"{lead}: `{rest}`" if lead == "Example" else text


def other_names() -> str:
    """Names of `parbench` that no page of the reference documents, so that nothing new is left out."""
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted((DOCS / "reference").glob("*.md")))
    return documented(name for name in parbench.__all__ if name not in set(_DOCUMENTED.findall(pages)))


def documented(names: Iterable[str]) -> str:
    """The directives that document these names of `parbench`; empty if there are none."""
    wanted = [directive(name) for name in names]
    return "\n".join(["## More", "", "```{eval-rst}", *wanted, "```"]) if wanted else ""


def directive(name: str) -> str:
    """The directive that documents a function, a class or a module."""
    named = getattr(parbench, name)
    if isinstance(named, type):
        return f".. autoclass:: parbench.{name}\n   :members:\n"
    if isinstance(named, ModuleType):
        # Sphinx would take the docstring of a constant's type for that of the constant
        constants = ", ".join(each for each in getattr(named, "__all__", ()) if each.isupper())
        excluded = f"   :exclude-members: {constants}\n" if constants else ""
        return f".. automodule:: parbench.{name}\n   :members:\n{excluded}"
    return f".. autofunction:: parbench.{name}\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; no cell may hold a bar that is not escaped."""
    listed = [list(heads), *(list(each) for each in rows)]
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in listed]
    return "\n".join([lines[0], f"|{'---|' * len(listed[0])}", *lines[1:]])


#: Names that pages can request.
MAKERS: dict[str, Callable[[], str]] = {
    "options": options,
    "mark": mark,
    "commands": commands,
    "other-names": other_names,
}
