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
#: What no help may load: it is to be there at once.
HEAVY = {"dask", "distributed", "jinja2", "matplotlib", "numpy", "pandas", "psutil", "pytest", "scipy", "argcomplete"}


def parbench(*arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "parbench.cli.main", *arguments]
    here = {name: value for name, value in os.environ.items() if name != "PYTHONIOENCODING"}  # tox sets it
    return subprocess.run(command, cwd=ROOT, env=here | environ, capture_output=True, timeout=120)


@pytest.mark.parametrize("width", ["60", "80"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_and_has_an_example(
    command: str, width: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each help has an example that keeps its lines, in the width of the terminal, without stray per cent signs."""
    monkeypatch.setenv("COLUMNS", width)
    with pytest.raises(SystemExit, match="0"):
        main([*filter(None, [command]), "--help"])
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= int(width)
    assert f"parbench {command}".strip() in text.split("options:")[1]
    assert "%%" not in text


def test_help_says_how_to_measure_and_what_exit_codes_mean(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of all has every command, pytest's own, and each exit code on a line of its own."""
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert set(re.findall(r"^    (\w+) ", text, re.MULTILINE)) == set(COMMANDS)
    assert re.search(r"^  pytest --benchmark +measures", text, re.MULTILINE)
    codes = (0, 1, cli.UNUSABLE, cli.FAULT, cli.INTERRUPTED, cli.UNREAD)
    assert [int(code) for code in re.findall(r"^  (\d+) +\w", text, re.MULTILINE)] == list(codes)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["advise", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """What is slow to import waits until a command runs, so that help is there at once."""
    show = "import sys; from parbench.cli.main import main\ntry: main(sys.argv[1:])\nexcept SystemExit: pass\n"
    names = "print('loaded', *{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", show + names, *arguments], capture_output=True, text=True)
    *_, loaded = done.stdout.splitlines()
    assert loaded.startswith("loaded "), done.stderr
    assert HEAVY & set(loaded.split()) == set()


def test_ctrl_c_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a traceback, and with the exit code of shells for it."""
    raise_in_list(monkeypatch, KeyboardInterrupt())
    assert main(["list"]) == 130
    assert capsys.readouterr() == ("", "parbench: ended by Ctrl-C.\n")


def test_ctrl_c_ends_a_check() -> None:
    """A process that is measuring ends by the signal with the same exit code, says so in a line, and leaves no arm."""
    command = [sys.executable, "-m", "parbench.cli.main", "check", "--seconds", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # it measures: this is progress
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, arms included
        out, error = process.communicate(timeout=60)
    assert first.startswith(b"parbench: "), first
    assert (process.returncode, out) == (130, b"")
    assert error.decode().splitlines()[-1] == "parbench: ended by Ctrl-C."
    assert b"Traceback" not in error
    assert ended(process.pid), "somebody is left in its group"


def ended(group: int) -> bool:
    """Whether nobody is left in a group of processes; what Python keeps beside its own has a while for it."""
    try:
        for _ in range(200):
            os.killpg(group, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return True
    return False


def raise_in_list(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `parbench list` raise."""

    def fail() -> None:
        raise error

    monkeypatch.setattr("parbench.cli.catalogue.strategies", fail)


def test_errors_of_ours_are_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a user can mend is a sentence and exit code 2."""
    raise_in_list(monkeypatch, UsageError("give another one."))
    assert main(["list"]) == 2
    assert capsys.readouterr() == ("", "parbench: give another one.\n")


def test_faults_have_a_traceback_and_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody expected is told in full, with an exit code that no comparison has."""
    raise_in_list(monkeypatch, ZeroDivisionError("nobody thought of it"))
    assert main(["list"]) == 3
    out, error = capsys.readouterr()
    assert out == ""
    assert "Traceback" in error
    assert "ZeroDivisionError: nobody thought of it" in error
    assert error.splitlines()[-1].endswith(cli.REPORT)


@pytest.mark.parametrize("arguments", [["list"], ["show", str(SAMPLE)]])
def test_a_reader_who_has_gone_is_not_complained_of(arguments: list[str]) -> None:
    """As in `parbench list | head -1`: nothing on the standard error output, and the exit code of shells for it."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "parbench.cli.main", *arguments]
    try:
        done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=120)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


ASCII = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("environ", ASCII, ids=["ascii", "strict", "locale"])
@pytest.mark.parametrize(
    "arguments", [["list"], ["show", str(SAMPLE)], ["--help"], ["show", "--help"], ["show", "größe×"]]
)
def test_no_command_fails_for_want_of_a_sign(arguments: list[str], environ: dict[str, str]) -> None:
    """Where the output takes ASCII only, plain signs stand for ours, in errors and help, too."""
    done = parbench(*arguments, **environ)
    assert done.returncode == (2 if "größe×" in arguments else 0), done.stderr.decode()
    said = done.stdout + done.stderr
    assert said
    assert said.isascii()
    assert b"UnicodeEncodeError" not in said


def test_signs_are_ours_where_they_can_be_printed() -> None:
    """With UTF-8 the table has the times sign and micro sign; with ASCII it is aligned as well."""
    usual, plain = (
        parbench("show", str(SAMPLE), PYTHONIOENCODING=each).stdout.decode().splitlines() for each in ("utf-8", "ascii")
    )
    assert "×" in usual[2]
    assert "µs" in usual[2]
    assert plain[2] == usual[2].replace("×", "x").replace("µ", "u")
