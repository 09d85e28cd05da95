"""The parent's side of an arm: start it, send requests, and end it in any state."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Protocol

from parbench.machine.tracers import untraced
from parbench.measurement.arms.forked import UNKNOWN_CODE, ForkedProcess, TemplateProcess
from parbench.measurement.arms.protocol import (
    Answer,
    ArmSpec,
    Close,
    ControlSpec,
    Duration,
    Failure,
    FirstTimes,
    MakeFirstCall,
    Open,
    Request,
    decode_answer,
    encode,
)
from parbench.measurement.arms.session import remove_leftovers
from parbench.strategies.registry import find

#: Variables that limit the threads of numeric libraries, which read them when they are imported.
LIBRARY_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
#: The limits under which no library starts threads of its own.
ONE_THREAD = dict.fromkeys(LIBRARY_THREADS, "1")
#: Seconds between two looks whether an arm is still alive.
POLL_SECONDS = 0.2
#: Seconds that an arm may take to close before it is killed.
CLOSING_SECONDS = 10.0


class ArmFailed(Exception):
    """A request to an arm failed; `status` is one of `records.STATUSES`."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Arm(Protocol):
    """An arm for a campaign; the tests have another implementation."""

    pid: int

    def ask(self, request: Request[Answer], timeout: float) -> Answer:
        """Send one request and wait for its answer at most `timeout` seconds; raises ArmFailed."""
        ...

    def end(self, timeout: float) -> Duration | None:
        """Close the arm, or kill it after `timeout` seconds; the answer to ``close``, if there is one. Never raises."""
        ...


def start(arm: Arm, timeout: float) -> FirstTimes:
    """Open an arm and have it make its verified first call; raises ArmFailed."""
    arm.ask(Open(), timeout)
    return arm.ask(MakeFirstCall(), timeout)


def library_threads(spec: ArmSpec | ControlSpec) -> dict[str, str]:
    """The variables that limit numeric libraries to the threads of the arm's strategy; empty for their default."""
    if isinstance(spec, ControlSpec):
        return ONE_THREAD
    strategy, variant = find(spec.cell.strategy)
    count = strategy.library_threads(variant, spec.cell.cores)
    return dict.fromkeys(LIBRARY_THREADS, str(count)) if count else {}


class ArmProcess:
    """An arm in a process, and a session, of its own: a new one, or a fork of `template`."""

    def __init__(self, spec: ArmSpec | ControlSpec, template: TemplateProcess | None = None) -> None:
        # temporary files of the arm and its workers are removed with this folder, even if they are killed
        self._scratch = tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True)
        self._errors = tempfile.TemporaryFile(dir=self._scratch.name)  # noqa: SIM115 (closed in end())
        process = self._fork(template) if template else None
        self._process: subprocess.Popen[bytes] | ForkedProcess = process or self._start(spec)
        self.pid = self._process.pid
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._unanswered = 0
        threading.Thread(target=self._listen, daemon=True).start()
        self._send(encode(spec))

    def _start(self, spec: ArmSpec | ControlSpec) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [spec.python or sys.executable, "-m", "parbench.measurement.arms.cell_arm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
            env={**untraced(os.environ), **library_threads(spec), **spec.variables, **self._fixed_variables(spec)},
        )

    def _fork(self, template: TemplateProcess) -> ForkedProcess | None:
        """A fork of the template; None if it was lost."""
        try:
            return template.fork(self._scratch.name, self._errors.fileno())
        except OSError:
            return None

    def _fixed_variables(self, spec: ArmSpec | ControlSpec) -> dict[str, str]:
        """Variables that no environment may change."""
        path = {"PYTHONPATH": spec.engine} if spec.engine else {}
        return {**path, "TMPDIR": self._scratch.name}

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as answers:
            for line in answers:
                self._answers.put(line)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended; the wait for its answer finds out how

    def ask(self, request: Request[Answer], timeout: float) -> Answer:
        self._send(encode(request))
        self._unanswered += 1
        while self._unanswered:  # more than one if Ctrl-C ended the wait for an earlier answer
            line = self._receive(request.name, timeout)
            self._unanswered -= 1
        answer = decode_answer(request, line)
        if isinstance(answer, Failure):
            raise ArmFailed(answer.status, answer.reason)
        return answer

    def _receive(self, request: str, timeout: float) -> bytes:
        """The next line from the arm; raises ArmFailed if none arrives in time."""
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return self._answers.get(timeout=max(0.0, min(POLL_SECONDS, left)))
            except queue.Empty:
                pass
            if self._process.poll() is not None and self._answers.empty():
                raise ArmFailed(
                    "crash", f"its process {self._exit_text()} during {request!r}{self._last_error_line()}."
                )
            if left <= 0:
                raise ArmFailed(
                    "timeout",
                    f"no answer to {request!r} within {timeout:.0f} s: it hangs, or this size needs a longer deadline.",
                )

    def _exit_text(self) -> str:
        code = self._process.returncode
        assert code is not None  # it has ended
        if code == UNKNOWN_CODE:
            return "ended, and so did the process that knows its exit code,"
        if code >= 0:
            return f"ended with exit code {code}"
        return f"was killed by {signal.Signals(-code).name}"

    def _last_error_line(self) -> str:
        """The last line of its standard error, which is the message of a traceback."""
        self._errors.seek(0)
        lines = self._errors.read()[-4000:].decode(errors="replace").strip().splitlines()
        return f" (last line: {lines[-1].strip()[:200]})" if lines else ""

    def end(self, timeout: float) -> Duration | None:
        answer = None
        try:
            if self._process.poll() is None:
                answer = self.ask(Close(), timeout)
                self._process.wait(timeout)
        except (ArmFailed, subprocess.TimeoutExpired):
            pass
        finally:
            self._kill()
        return answer

    def _kill(self) -> None:
        """End all that is left of the arm's session: its process, its workers, its shared memory."""
        if hasattr(os, "killpg"):
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
                pass
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._errors):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                pass  # a request that it never read
        self._scratch.cleanup()
        remove_leftovers(self.pid)
