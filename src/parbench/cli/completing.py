"""What a shell may complete: commands and options by themselves, runs and workloads by what is there.

The work is argcomplete's, of the extra ``completion``; nothing of it is imported unless a shell asks.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from parbench.errors import MissingDependency, RunFileError

#: Shells that can be given a script.
SHELLS = ("bash", "zsh", "fish")
#: argcomplete sets this when a shell asks.
ASKED = "_ARGCOMPLETE"
#: So many of the latest runs are offered.
MOST_RUNS = 20
#: Takes what was typed of a word and the options before it; gives the words that it may become.
Completer = Callable[..., Iterable[str]]


def by(argument: argparse.Action, completer: Completer) -> None:
    """Let an argument be completed by `completer`: argcomplete looks for it there."""
    argument.completer = completer  # type: ignore[attr-defined]  # its way to be told


def complete(parser: argparse.ArgumentParser) -> None:
    """Where a shell asks, answer and end the process; else do nothing."""
    if ASKED not in os.environ:
        return
    import argcomplete

    argcomplete.autocomplete(parser)


def script(shell: str) -> str:
    """What a shell has to run to complete ``parbench``; raises MissingDependency."""
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        raise MissingDependency(
            "completion needs argcomplete: install it with pip install 'parbench[completion]'."
        ) from None
    return str(shellcode(["parbench"], shell=shell)).strip()


def runs_named(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """``latest``, ``latest~1``, … and the folders of the latest runs, beside files that begin so."""
    from parbench.runfile import locate

    folder = getattr(parsed_args, "reports", Path("reports"))
    found = locate.inside(folder)[: -MOST_RUNS - 1 : -1]
    latest = [f"latest~{back}" if back else "latest" for back in range(len(found))]
    return [word for word in (*latest, *(str(run) for run in found), *_paths(prefix)) if word.startswith(prefix)]


def workloads_named(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> list[str]:
    """The workloads of the run that was named before, by the head of its file alone."""
    from parbench.runfile import locate
    from parbench.runfile.reader import header_of

    try:
        header = header_of(locate.named(parsed_args.run_name, parsed_args.reports))
    except (RunFileError, AttributeError, TypeError):  # none was named yet, or there is none
        return []
    return [name for name in header.workloads if name.startswith(prefix)]


def figures_named(prefix: str, **_: Any) -> list[str]:
    """The figures that can be drawn, and ``list``."""
    from parbench.report.figures.public import FIGURES

    return [name for name in (*FIGURES, "list") if name.startswith(prefix)]


def _paths(prefix: str) -> list[str]:
    """Folders, and run files, that begin so."""
    folder = Path(prefix) if prefix.endswith(os.sep) else Path(prefix).parent
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []
    hidden = prefix.rpartition(os.sep)[2].startswith(".")
    fit = [path for path in inside if hidden or not path.name.startswith(".")]
    return [
        f"{path}{os.sep}" if path.is_dir() else str(path) for path in fit if path.is_dir() or path.suffix == ".jsonl"
    ]
