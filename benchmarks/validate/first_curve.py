"""How long docs/tutorial.md takes, line by line as it stands there: from `pip install` to the first own curve."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import parbench
from parbench import text

ROOT = Path(__file__).parent.parent.parent
TUTORIAL = ROOT / "docs" / "tutorial.md"
#: The heading behind the line that makes the first curve.
CURVE = "## Read it"
MOST_LINES, MOST_SECONDS = 15, 600
MARK = "@@ status"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What parbench says at the end of pytest.
_RESULT = re.compile(r"^=+ parbench =+\n(.*?)^report: ", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.\w+)\n")


@dataclass(frozen=True)
class Step:
    """One thing that a reader does: a line that is typed, or a file that is written."""

    words: str
    shell: str


def files(page: str) -> dict[str, str]:
    """The Python files that the page has its reader write."""
    return {found[1]: body for name, body in _FENCE.findall(page) if name == "python" and (found := _FILE.match(body))}


def own_lines(page: str) -> int:
    """How many lines that are not empty these files have, comments counted."""
    return sum(1 for body in files(page).values() for line in body.splitlines() if line.strip())


def steps(page: str) -> Iterator[Step]:
    """What the reader does, in the order of the page."""
    for name, body in _FENCE.findall(page):
        if name == "console":
            yield from (Step(line[2:], line[2:]) for line in body.splitlines() if line.startswith("$ "))
        elif name == "diff":
            yield Step("a change", f"patch -p1 <<'END'\n{body}END")
        elif found := _FILE.match(body):
            folder = f"mkdir -p {os.path.dirname(found[1]) or '.'}"
            yield Step(f"writing {found[1]}", f"{folder}\ncat > {found[1]} <<'END'\n{body}END")


class Shell:
    """One shell for all steps, so that its folder and its virtual environment stay."""

    def __init__(self, folder: Path) -> None:
        names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        # nothing is taken from what pip has downloaded before, as a reader may have nothing
        env = {**kept, "PIP_NO_CACHE_DIR": "1", "PARBENCH_PYTHON": sys.executable, **dict.fromkeys(names, "reader")}
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(["bash"], **pipes, text=True, cwd=folder, env=env)
        self.run(Step("", 'python3() { "$PARBENCH_PYTHON" "$@"; }'))  # the one that runs this

    def run(self, step: Step) -> tuple[float, int, str]:
        """Seconds, the exit status, and what was printed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        began = time.perf_counter()
        self.process.stdin.write(f"{{ {step.shell}\n}} </dev/null\nprintf '\\n{MARK} %s\\n' $?\n")
        self.process.stdin.flush()
        said: list[str] = []
        for line in self.process.stdout:
            if line.startswith(MARK):
                return time.perf_counter() - began, int(line.removeprefix(MARK)), "".join(said)
            said.append(line)
        raise SystemExit(f"the shell ended at: {step.shell}\n{''.join(said)}")

    def close(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def walk(page: str, must: bool, shell: Shell) -> float:
    """Do all that the page says, and print what it takes; with `must`, every line has to end well."""
    total = 0.0
    for step in steps(page):
        seconds, status, said = shell.run(step)
        total += seconds
        print(f"{seconds:7.1f} s  {step.words}" + (f"  (exit status {status})" if status else ""), flush=True)
        if status and must:
            raise SystemExit(said)
        if found := _RESULT.search(said):
            print(textwrap.indent(found[1].strip(), "           "), flush=True)
    return total


def rows(folder: Path) -> Iterator[str]:
    """The table of the page: a row for each cell of the run in `folder`."""
    cells: list[Any] = list(parbench.summarize(parbench.load(folder)).itertuples())
    for row in cells:
        speed = text.times(row.speedup, *(() if row.verdict == "baseline" else (row.speedup_low, row.speedup_high)))
        yield f"| `{row.strategy}` | {row.cores} | {text.duration(row.seconds)} | {speed} | {row.verdict} |"


def main(arguments: list[str]) -> None:
    """Follow the tutorial in a fresh folder, up to the first curve; with the argument ``all``, to its end."""
    first, rest = TUTORIAL.read_text(encoding="utf-8").split(CURVE)
    with tempfile.TemporaryDirectory(prefix="parbench-tutorial-") as name:
        folder = Path(name)
        (folder / "parbench").symlink_to(ROOT, target_is_directory=True)  # the clone beside the reader's project
        shell = Shell(folder)
        try:
            total = walk(first, True, shell)
            for what in ("report.html", "figures/*-speedup.svg"):
                found = sorted(folder.glob(f"*/reports/latest/{what}"))
                if not found:
                    raise SystemExit(f"there is no {what} in the report.")
                print(f"there is {found[0].relative_to(folder)}, {found[0].stat().st_size:,} bytes")
            print(*rows(found[0].parent.parent), sep="\n")
            print(f"own lines: {own_lines(first)} (at most {MOST_LINES})")
            print(f"from pip install to the first own curve: {total:.0f} s (at most {MOST_SECONDS} s)")
            if arguments == ["all"]:
                walk(rest, False, shell)
        finally:
            shell.close()
