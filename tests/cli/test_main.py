"""The command line itself: help, exit codes, signs that cannot be printed, Ctrl-C, and a reader who has gone."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parbench.cli import main as cli
from parbench.cli.commands import COMMANDS
from parbench.cli.main import main
from parbench.errors import UsageError

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "reports" / "sample"
#: Packages that no help may import, so that it is printed at once.
HEAVY = {"dask", "distributed", "jinja2", "matplotlib", "numpy", "pandas", "psutil", "pytest", "rich", "scipy"}


def parbench(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "parbench.cli.main", *arguments]
    here = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}  # tox sets it
    return subprocess.run(command, cwd=ROOT, env=here | environ, capture_output=True, timeout=120)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each help has an example that keeps its lines, in 80 columns, and signs that every encoding has."""
    assert main([*filter(None, [command]), "--help"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert f"parbench {command}".strip() in text.split("Options:")[1]
    assert text.isascii()


def test_help_explains_how_to_measure_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of all has every command with a whole sentence, pytest's own, and a line for each exit code."""
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    commands = re.findall(r"^  (\w+) +\w.*\.$", text.partition("Commands:")[2].partition("\n\n")[0], re.MULTILINE)
    assert commands == list(COMMANDS)
    assert re.search(r"^    pytest --benchmark +measures", text, re.MULTILINE)
    codes = (0, 1, cli.UNUSABLE, cli.FAULT, cli.INTERRUPTED, cli.UNREAD)
    assert [int(code) for code in re.findall(r"^    (\d+) +\w", text, re.MULTILINE)] == list(codes)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "missing command: see `parbench --help`."),
        (["shw"], "no such command 'shw'"),
        (["show"], "missing argument 'RUN': see `parbench show --help`."),
        (["advise", "latest", "--size", "x"], "'x' is not a valid integer: see `parbench advise --help`."),
        (["compare", "latest", "latest", "--margn", "2%"], "see `parbench compare --help`."),
    ],
)
def test_unusable_arguments_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unusable argument is one sentence that names the help, and exit code 2."""
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert (out, error.count("\n")) == ("", 1)
    assert error.startswith("parbench: ")
    assert message in error


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["advise", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Packages that are slow to import wait until a command runs."""
    show = "import sys; from parbench.cli.main import main; main(sys.argv[1:])\n"
    names = "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", show + names, *arguments], capture_output=True, text=True)
    *_, loaded = done.stdout.splitlines()
    assert loaded.startswith("loaded "), done.stderr
    assert HEAVY & set(loaded.split()) == set()


def test_ctrl_c_ends_a_check() -> None:
    """A process that is measuring ends by the signal with the same exit code, says so in a line, and leaves no arm."""
    command = [sys.executable, "-m", "parbench.cli.main", "check", "--seconds", "60"]
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as a shell has it for what runs in background
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, ignored)
    with process:
        assert process.stderr is not None
        first = process.stderr.readline()  # it measures: this is progress
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, arms included
        out, error = process.communicate(timeout=60)
    assert first.startswith(b"parbench: "), first
    assert (process.returncode, out) == (130, b"")
    assert error.decode().splitlines()[-1] == "parbench: stopped by Ctrl-C."
    assert b"Traceback" not in error
    assert ended(process.pid), "somebody is left in its group"


def ended(group: int) -> bool:
    """Whether a group of processes is empty; Python's own processes have a while to end."""
    try:
        for _ in range(200):
            os.killpg(group, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "parbench: stopped by Ctrl-C.\n"),
        (UsageError("give another one."), 2, "parbench: give another one.\n"),
        (ZeroDivisionError("unexpected"), 3, f"this is an error in parbench. {cli.REPORT}\n"),
    ],
)
def test_errors_have_an_exit_code_and_a_sentence(
    error: BaseException, code: int, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C and errors of the user are one line; an error in parbench has a traceback and an exit code of its own."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("parbench.cli.list.list_strategies", fail)
    assert main(["list"]) == code
    out, printed = capsys.readouterr()
    assert out == ""
    assert printed.endswith(message)
    assert ("ZeroDivisionError: unexpected" in printed) is (code == 3) is (printed != message)


@pytest.mark.parametrize(
    ("arguments", "unbuffered"), [(["list"], []), (["show", str(SAMPLE)], []), (["show", str(SAMPLE)], ["-u"])]
)
def test_a_reader_who_has_gone_is_not_complained_of(arguments: list[str], unbuffered: list[str]) -> None:
    """As in `parbench list | head -1`: nothing on the standard error output, and the exit code of shells for it."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, *unbuffered, "-m", "parbench.cli.main", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=120)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


STRICT = {"PYTHONIOENCODING": "ascii:strict"}
LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("arguments", "environ"),
    [(["show", str(SAMPLE)], STRICT), (["list"], LOCALE), (["show", "größe×"], LOCALE)],
)
def test_no_command_fails_for_want_of_a_sign(arguments: list[str], environ: dict[str, str]) -> None:
    """If the output takes ASCII only, question marks stand for other signs, also in errors."""
    done = parbench(*arguments, **environ)
    assert done.returncode == (2 if "größe×" in arguments else 0), done.stderr.decode()
    output = done.stdout + done.stderr
    assert output
    assert output.isascii()
    assert b"UnicodeEncodeError" not in output


def test_a_table_is_aligned_in_every_encoding() -> None:
    """In UTF-8 the table has the times sign and micro sign, and in ASCII a question mark for each."""
    usual, plain = (
        parbench("show", str(SAMPLE), PYTHONIOENCODING=each).stdout.decode().splitlines() for each in ("utf-8", "ascii")
    )
    assert "×" in usual[2]
    assert "µs" in usual[2]
    assert plain[2] == usual[2].replace("×", "?").replace("µ", "?")
