"""The examples of the documents do what they say: files pass, snippets run, commands print what stands below them.

A block that is not run says why in a comment in front of it: ``<!-- not run: it takes hours -->``.
"""

from __future__ import annotations

import configparser
import contextlib
import io
import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from parbench.cli import main
from tests.docs.documents import NOTEBOOK, PAGES, ROOT, Block, Command, blocks, commands, project, snippets

#: Those of the sample's strategies that are in the runs of the sandbox.
STRATEGIES = ("serial", "vectorized", "threads", "multiprocessing")
PROJECTS = [page for page in PAGES if any(name.startswith("test_") for name in project(page))]
SNIPPETS = [page for page in PAGES if snippets(page) and page != NOTEBOOK]
#: Other commands of a console are other programs, which install, measure for long or are for a clone.
COMMANDS = [command for page in PAGES for command in commands(page) if command.words[:1] == ["parbench"]]
#: Commands of ours that are not run, with the reason.
NOT_RUN = {"check": "it measures for a minute"}
#: Cells without the strategies that start slowly, except for the workload that is about tasks.
QUICK = "not (dask or joblib) or tree"
#: A print with its output behind it: ``print(fit.sigma, fit.peak)  # 0.0277 1884``.
_SAID = re.compile(r"^print\(.*\)  # (.*\d.*)$", re.MULTILINE)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples take to be there: the sample, and two runs, cut down for speed."""
    folder = tmp_path_factory.mktemp("sandbox")
    header, *lines = (ROOT / "reports" / "sample" / "run.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if json.loads(line).get("cell", {}).get("strategy", "serial") in STRATEGIES]
    for day, link, few in (
        ("01", "runs/before", kept),
        ("02", "reports/latest", kept),
        ("03", "reports/sample", lines),
    ):
        name = f"202611{day}-093100-quick"
        changed = {**json.loads(header), "run": name, "created": f"2026-11-{day}T09:31:00+00:00"}
        run = folder / ("elsewhere" if link == "reports/sample" else "reports") / name
        run.mkdir(parents=True)
        (run / "run.jsonl").write_text("\n".join([json.dumps(changed), *few, ""]), encoding="utf-8")
        (folder / link).parent.mkdir(exist_ok=True)
        (folder / link).symlink_to(run, target_is_directory=True)
    (folder / "runs" / "after").symlink_to(folder / "reports" / "latest", target_is_directory=True)
    return folder


def write_project(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a page, with what pytest has to know; what they offer by entry points can be found."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\npythonpath = .\n", encoding="utf-8")
    offered = tomllib.loads(files.get("pyproject.toml", "")).get("project", {})
    if "entry-points" in offered:  # as an installer would leave them
        place = folder / f"{offered['name'].replace('-', '_')}-{offered['version']}.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {offered['name']}\nVersion: 0\n", "utf-8")
        found = configparser.ConfigParser()
        found.read_dict(offered["entry-points"])
        with (place / "entry_points.txt").open("w", encoding="utf-8") as file:
            found.write(file)


def run_pytest(folder: Path, mode: str, chosen: str, *names: str) -> None:
    """Check the chosen cells of test files in `folder`; every one of the files must have one that passes."""
    options = ("-v", f"--import-mode={mode}", "-k", chosen, "--parbench-cores=1")
    command = [sys.executable, "-m", "pytest", *options, *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [name for name in names if not re.search(rf"^{name}::\S+ PASSED", done.stdout, re.MULTILINE)], (
        done.stdout
    )


@pytest.mark.parametrize("page", PROJECTS, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_pass(tmp_path: Path, page: Path) -> None:
    """The files of a page, written into an empty project, pass their check, and those of the README all of it."""
    files = project(page)
    write_project(tmp_path, files)
    chosen = "" if page == ROOT / "README.md" else QUICK
    run_pytest(tmp_path, "prepend", chosen, *(name for name in files if name.startswith("test_")))


def test_files_pass_where_modules_are_imported_by_path(tmp_path: Path) -> None:
    """Workloads in a test file and next to it are found under pytest's other import mode, too."""
    files = project(ROOT / "docs" / "own-workload.md")
    write_project(tmp_path, files)
    run_pytest(tmp_path, "importlib", "pays or spawn", "test_divisors.py", "test_shift.py")


@pytest.mark.parametrize("page", SNIPPETS, ids=lambda page: str(page.relative_to(ROOT)))
def test_snippets_run(page: Path, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other Python blocks of a page run one after the other; numbers behind a print are what it prints."""
    monkeypatch.chdir(sandbox)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, Any] = {"__name__": "snippet"}
    exec("import parbench", names)  # the reader's open session
    for block in snippets(page):
        if block.reason:
            continue
        # empty lines in front, so that a traceback has the line of the page
        code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        said = _SAID.findall(block.text)
        for words, line in zip(said, printed.getvalue().splitlines() if said else [], strict=True):
            assert agree(words, line), f"{block.place}: it prints {line!r}, not {words!r}"


def agree(said: str, printed: str) -> bool:
    """Whether two lines have the same numbers, to as many digits as `said` has them."""
    left, right = _NUMBER.findall(said), _NUMBER.findall(printed)
    return len(left) == len(right) and all(
        abs(float(one) - float(other)) <= 0.5000001 * 10.0 ** -decimals(one)
        for one, other in zip(left, right, strict=True)
    )


def decimals(number: str) -> int:
    """How many decimals a number is written with."""
    mantissa, _, exponent = number.partition("e")
    return len(mantissa.partition(".")[2]) - int(exponent or 0)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: f"{command.block.place}-{command.line[:40].strip()}")
def test_commands_print_what_they_are_said_to(command: Command, sandbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `parbench` command of a console block succeeds, and prints the lines below it, if there are any."""
    if reason := why_not_run(command):
        pytest.skip(reason)
    monkeypatch.chdir(sandbox)
    status, printed, errors = outcome(tuple(command.words[1:]))
    assert status == 0, f"{command.block.place}: mend it, or say why it is not run: {errors}"
    if command.printed:
        assert matches(command.printed, printed.splitlines()), printed


def why_not_run(command: Command) -> str:
    """The reason on the page, or that for this command; empty if it is to be run."""
    return command.block.reason or NOT_RUN.get("".join(command.words[1:2]), "")


@cache
def outcome(words: tuple[str, ...]) -> tuple[int, str, str]:
    """Exit code, output and errors of a command, in the folder where we are; nothing is done twice."""
    with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.redirect_stderr(io.StringIO()) as errors:
        status = main.main(words)
    return status, printed.getvalue(), errors.getvalue()


def matches(said: tuple[str, ...], printed: list[str]) -> bool:
    """Whether `printed` has the expected lines; a line of ``…`` or ``...`` stands for any number of lines."""
    parts = [r"(?:.*\n)*?" if line.strip() in ("…", "...") else re.escape(line.rstrip()) + r" *\n" for line in said]
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in printed)) is not None


def test_there_are_examples() -> None:
    """There is something to run of each sort, so that none can be lost by a change of layout."""
    assert len(project(ROOT / "docs" / "own-workload.md")) >= 8
    assert {"README.md", "own-workload.md"} <= {page.name for page in PROJECTS}
    assert len(SNIPPETS) >= 3
    assert sum(not why_not_run(command) for command in COMMANDS) >= 5


@pytest.mark.parametrize(
    ("said", "printed", "right"),
    [
        ("0.0277 90.0", "0.02772985 89.9952", True),
        ("0.0277 90.0", "0.02782985 89.9952", False),
        ("[0.0469, 0.0485] 21.0", "Interval(low=0.04694, high=0.0485) 20.96", True),
        ("1884", "1884.7", False),
        ("1 2", "1", False),
    ],
)
def test_numbers_agree_to_the_digits_that_are_said(said: str, printed: str, right: bool) -> None:
    """A number that is printed agrees with the rounded one in the page, and with no other."""
    assert agree(said, printed) is right


@pytest.mark.parametrize(
    ("said", "printed", "right"),
    [
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        (["a", "…"], ["a"], True),
        (["a", "d"], ["a", "b", "d"], False),
        (["a"], ["a", "b"], False),
    ],
)
def test_left_out_lines_are_any_lines(said: list[str], printed: list[str], right: bool) -> None:
    """A line of … stands for lines that are left out, and every other line has to be there."""
    assert matches(tuple(said), printed) is right


def test_a_block_has_its_language_reason_and_place(tmp_path: Path) -> None:
    """Blocks are found within lists and behind comments, with the reason why they are not run."""
    page = tmp_path / "page.md"
    page.write_text(
        "- a\n\n  ```python\n  x = 1\n  ```\n\n<!-- not run: it\nasks -->\n\n```console\n$ a \\\n  b  # c\nd\n```\n"
    )
    listed, marked = blocks(page)
    assert listed == Block(page, 4, "python", "x = 1\n")
    assert (marked.language, marked.reason) == ("console", "it asks")
    (command,) = commands(page)
    assert (command.words, command.printed) == (["a", "b"], ("d",))
