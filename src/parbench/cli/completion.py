"""``parbench completion``: let a shell complete commands, options, runs and workloads."""

from __future__ import annotations

import argparse

from parbench.cli import completing

SUMMARY = "print what lets a shell complete commands, runs and workloads"
EXAMPLE = """\
Needs pip install 'parbench[completion]'. Put one of these lines where your
shell starts: in ~/.bashrc, in ~/.zshrc below compinit, in config.fish.

  bash:  eval "$(parbench completion bash)"
  zsh:   eval "$(parbench completion zsh)"
  fish:  parbench completion fish | source"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("shell", choices=completing.SHELLS, help="the shell that is to be told")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    print(completing.script(options.shell))
    return 0
