"""Output of pytest for a run: in a terminal, in a log, with -q and -qq, and without pytest's own terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest._io import TerminalWriter
from rich.cells import cell_len
from rich.console import Console

from parbench.analysis.frame import load
from parbench.pytest_plugin.terminal import console, ending
from parbench.report.terminal.progress_line import ERASE, HOME

TEST = """
import pytest

import parbench

plus = parbench.Workload(
    "größe", lambda chunk: [1 + item for item in chunk], make=lambda size, seed: list(range(size)), sizes=(10, 1000)
)


@pytest.mark.parbench(plus, strategies=["serial", "threads"], cores=[1])
def test_plus(cell):
    cell.measure()
"""
SHORT = ("--benchmark", "--parbench-budget=1", "-p", "no:cacheprovider", "-p", "no:benchmark")
#: A plugin with which pytest in another process measures in a world without a clock.
WITHOUT_CLOCK = """
import pytest

from tests.support.fake_arms import World
from tests.support.sessions import measure_in

measure_in(World(), pytest.MonkeyPatch())
"""
#: Variables about terminals that must not be in the environment of these tests.
SAYING = ("CI", "BUILD_NUMBER", "JENKINS_URL", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "TERM", "COLUMNS")
#: Sequences that move the cursor up, down or anywhere, or delete more than the rest of a line.
MOVES = re.compile(r"\x1b\[[\d;]*[A-HJf]")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two cells, in an environment that says nothing of terminals."""
    for name in SAYING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text(TEST, encoding="utf-8")
    return tmp_path


@pytest.fixture
def without_clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in that project measure in a world without a clock."""
    (folder / "conftest.py").write_text(WITHOUT_CLOCK)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), os.pathsep)


def command(*more: str) -> list[str]:
    """A short run."""
    return [sys.executable, "-m", "pytest", *SHORT, *more]


def printed(*more: str, **environ: str) -> str:
    """Output of a run into a pipe."""
    done = subprocess.run(command(*more), env=os.environ | environ, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert done.stderr == b""
    return done.stdout.decode()


class Terminal:
    """A run in a terminal of the given columns."""

    def __init__(self, width: int, *more: str, **environ: str) -> None:
        import fcntl
        import struct
        import termios

        self.pid, self.file = pty.fork()
        if not self.pid:  # the other process
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell ignores Ctrl-C for what it runs in the background
            os.execve(sys.executable, command(*more), os.environ | {"TERM": "xterm"} | environ)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        self.raw = b""
        self.until = time.monotonic() + 120

    def read(self) -> Iterator[str]:
        """All that is shown so far, each time that more is shown."""
        while time.monotonic() < self.until:
            if not select.select([self.file], [], [], 1.0)[0]:
                continue
            try:
                more = os.read(self.file, 65536)
            except OSError:  # Linux: the other end was closed
                more = b""
            if not more:
                return
            self.raw += more
            yield self.text

    @property
    def text(self) -> str:
        """All that was shown, control signs included."""
        return self.raw.decode(errors="ignore")

    def end(self) -> int:
        """Read to the end, and give the exit code."""
        for _ in self.read():
            pass
        os.close(self.file)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def progress(text: str) -> list[str]:
    """The lines that were written over one another."""
    return re.findall(re.escape(HOME) + r"([^\r\n]*?)" + re.escape(ERASE), text)


def test_a_terminal_shows_one_line_and_then_a_table() -> None:
    """Progress fits the width and is gone in the end; no line of ours is wider; colours are there."""
    width = 80
    terminal = Terminal(width, "--parbench-strategies=serial")
    assert terminal.end() == 0
    lines = progress(terminal.text)
    assert lines[-1] == ""
    assert any(" | größe 1,000 " in line for line in lines), lines
    assert "writing the report" in lines
    assert max(map(cell_len, lines)) < width
    assert not MOVES.search(terminal.text)
    *_, ours = re.split(r"=+ parbench =+", terminal.text)
    plain = [re.sub(r"\x1b\[\d*m", "", line) for line in ours.split("\r\n")]
    assert max(map(cell_len, plain)) <= width
    assert any(line.startswith("größe") and "speedup" in line for line in plain)
    assert "\x1b[1mgröße" in ours


def test_ctrl_c_in_a_terminal_leaves_a_clean_line_and_a_report() -> None:
    """The key ends the run with pytest's exit code for it; the line of progress is gone, and there is a report."""
    terminal = Terminal(80, "--parbench-budget=60")
    for text in terminal.read():
        if " 1/8" in text or " 2/8" in text:
            break
    os.write(terminal.file, b"\x03")
    assert terminal.end() == pytest.ExitCode.INTERRUPTED
    assert progress(terminal.text)[-1] == ""
    assert "KeyboardInterrupt" in terminal.text
    assert re.search(r"report: reports\S+report\.html", terminal.text)
    assert Path("reports/latest/report.html").exists()


@pytest.mark.usefixtures("without_clock")
def test_a_terminal_of_a_continuous_integration_gets_plain_lines() -> None:
    """Whole lines, none of them written over."""
    terminal = Terminal(80, "--color=no", CI="true")
    assert terminal.end() == 0
    ours = terminal.text[terminal.text.index("parbench: the quick") :]
    assert "\r" not in ours.replace("\r\n", "\n").rpartition("parbench ==")[0]
    assert "\x1b[K" not in ours
    assert re.search(r"^parbench: 0:0\d left; 0/2 cells within ± 2 %; starting größe 1,000: serial", ours, re.MULTILINE)


@pytest.mark.usefixtures("without_clock")
def test_a_pipe_gets_plain_lines_in_signs_that_it_takes() -> None:
    """No carriage return, no escape, sentences unwrapped; in ASCII our signs are question marks, not escapes."""
    text = printed(PYTHONIOENCODING="ascii")
    assert not re.search(r"[\r\x1b]", text)
    assert re.search(r"^parbench: 0:0\d left; 0/2 cells within \? 2 %; ", text, re.MULTILINE)
    assert re.search(r"serial +1 +[\d.]+ [?m]s +1\.00\?", text)
    assert "\\xd7" not in text
    assert "\\xb5" not in text
    assert re.search(r"^Each strategy is shown .*per core\.$", text, re.MULTILINE)
    assert re.search(r"^test_it.py \.\. +\[100%\]$", text, re.MULTILINE)


@pytest.mark.usefixtures("without_clock")
def test_quiet_prints_a_sentence_per_workload_and_the_place_of_the_report() -> None:
    """With -q there are pytest's own lines and two of ours, also if pytest captures nothing."""
    text = printed("-q", "-p", "no:capture")
    ours = [line for line in text.splitlines() if line and not re.search(r"^\.+|passed in", line)]
    assert len(ours) == 2
    assert ours[0].startswith("parbench: größe at 1,000: ")
    assert re.fullmatch(r"parbench: report: reports.*report\.html", ours[1])


@pytest.mark.usefixtures("without_clock")
def test_it_measures_without_a_terminal() -> None:
    """Without pytest's terminal plugin all cells are measured, and nothing is printed."""
    assert printed("-p", "no:terminal") == ""
    assert set(load("reports/latest").query("phase == 'steady'")["strategy"]) == {"serial", "threads"}


class Stream(io.StringIO):
    """A stream with a name."""

    def __str__(self) -> str:
        return "the terminal"


class Failing:
    """The outcome of a comparison in which a baseline became slower that no test asks for."""

    page = Path("reports/latest/report.html")

    run = SimpleNamespace(first_warnings=["A tracer is active."])

    def short_sentences(self) -> list[str]:
        """A warning and a change."""
        return ["A tracer is active.", "nap-4-serial-1: SLOWER against the base: twice the time."]

    def lines(self, target: Console) -> list[str]:
        """All that there is to say."""
        return [f"all of it on {target.file}"]


@pytest.mark.parametrize(
    ("verbosity", "lines"),
    [
        (0, ["a note", "all of it on the terminal"]),
        (
            -1,
            [
                "parbench: A tracer is active.",
                "parbench: nap-4-serial-1: SLOWER against the base: twice the time.",
            ],
        ),
        (-2, []),
    ],
)
def test_a_comparison_that_fails_says_on_what(verbosity: int, lines: list[str]) -> None:
    """With -q failures of the run are printed, even if no test fails, and warnings of all numbers; with -qq neither."""
    config: Any = SimpleNamespace(get_verbosity=lambda: verbosity, get_terminal_writer=lambda: TerminalWriter(Stream()))
    outcome: Any = Failing()
    assert ending(config, outcome, "a note") == lines


@pytest.mark.parametrize("painted", [False, True])
def test_colours_are_those_of_pytest(painted: bool) -> None:
    """Pytest's own decision from its option and its variables counts, also in a pipe."""
    writer = TerminalWriter(io.StringIO())
    writer.hasmarkup = painted
    config: Any = SimpleNamespace(get_terminal_writer=lambda: writer)
    assert (console(config).color_system is not None) is painted


def test_sizes_are_sought_in_sight() -> None:
    """While sizes are found before collection ends, a terminal shows for which workload, and it is taken away again."""
    text = TEST.replace("sizes=(10, 1000)", "sizes=parbench.SizesByTime(tiny=10, about=(31, 310, 3100, 31000))")
    Path("test_it.py").write_text(text, encoding="utf-8")
    terminal = Terminal(80)
    for shown in terminal.read():
        if "parbench: größe at" in shown:
            os.kill(terminal.pid, signal.SIGINT)
            break
    terminal.end()
    lines = progress(terminal.text)
    assert lines[:2] == ["finding sizes of größe", ""]
    assert terminal.text.index("finding sizes") < terminal.text.index("collected ")
