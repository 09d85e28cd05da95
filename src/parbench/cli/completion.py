"""``parbench completion``: completion of commands, options, runs, workloads and figures by a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from parbench.errors import RunFileError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

#: The variable by which a shell asks for completions.
COMPLETE = "_PARBENCH_COMPLETE"
#: Runs that are offered at most, the latest first.
MOST_RUNS = 20


def complete_run(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """``latest``, ``latest~1``, … and the folders of the latest runs; if none fits, files."""
    from click.shell_completion import CompletionItem

    from parbench.runfile import locate

    del parameter
    runs = locate.inside(context.params.get("reports") or Path("reports"))[: -MOST_RUNS - 1 : -1]
    latest = [f"latest~{back}" if back else "latest" for back in range(len(runs))]
    names = [name for name in (*latest, *map(str, runs)) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names] or [CompletionItem(incomplete, type="file")]


def complete_workload(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The workloads of the run that the line names before, from the header of its file."""
    from parbench.runfile import locate
    from parbench.runfile.reader import header_of

    del parameter
    run_name = context.params.get("run_name") or next(iter(context.args), None)
    if run_name is None:
        return []
    try:
        header = header_of(locate.locate_run(run_name, context.params.get("reports") or Path("reports")))
    except RunFileError:
        return []
    return [name for name in header.workloads if name.startswith(incomplete)]


def complete_figure(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """The figures, and ``list``."""
    from parbench.report.figures.public import FIGURES

    del context, parameter
    return [name for name in (*FIGURES, "list") if name.startswith(incomplete)]


@click.command(
    help="Print a script that completes words in a shell.",
    epilog="""\b
Put one of these lines into ~/.bashrc, into ~/.zshrc below compinit,
or into config.fish:
  bash:  eval "$(parbench completion bash)"
  zsh:   eval "$(parbench completion zsh)"
  fish:  parbench completion fish | source""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script for a shell."""
    from click.shell_completion import get_completion_class

    completion_class = get_completion_class(shell)
    assert completion_class is not None  # the choices are Click's own
    print(completion_class(context.find_root().command, {}, "parbench", COMPLETE).source())
