"""The parent's side of a template: arms that are forked from it instead of started. Linux only."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

from parbench.machine.tracers import untraced
from parbench.measurement.arms.protocol import LONGEST_MESSAGE, TemplateSpec

#: Seconds that a template may take to fork an arm, or to report the end of one.
ANSWER_SECONDS = 5.0
#: The exit code of an arm whose template has ended, so that nobody knows the real one.
UNKNOWN_CODE = 256


def can_fork() -> bool:
    """Whether this system has what a template needs."""
    needed = ((os, "fork"), (os, "pidfd_open"), (signal, "pidfd_send_signal"))
    return sys.platform == "linux" and all(hasattr(module, name) for module, name in needed)


class TemplateProcess:
    """A template in a process, and a session, of its own; it imports while the caller goes on."""

    def __init__(self, spec: TemplateSpec, variables: Mapping[str, str]) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._scratch = tempfile.TemporaryDirectory(prefix="parbench-", ignore_cleanup_errors=True)
        self._codes: dict[int, int] = {}
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "parbench.measurement.arms.template", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env={**untraced(os.environ), **variables, "TMPDIR": self._scratch.name},
            )
        try:
            self._channel.send(json.dumps(asdict(spec)).encode())
        except OSError:
            pass  # it has ended; the wait for its obstacle finds out

    def obstacle(self, timeout: float) -> str:
        """Wait until it has imported; the reason why it cannot fork arms, as a predicate, or an empty text."""
        event = self._receive(timeout)
        return "ends or hangs its process" if event is None else str(event["obstacle"])

    def fork(self, scratch: str, errors: int) -> ForkedProcess:
        """Fork an arm with this folder for temporary files and this standard error; raises OSError if it cannot."""
        requests, to_arm = os.pipe()
        from_arm, answers = os.pipe()
        try:
            with self._lock:
                socket.send_fds(self._channel, [scratch.encode()], [requests, answers, errors])
                while (event := self._receive(ANSWER_SECONDS)) is not None and "started" not in event:
                    self._note(event)
            if event is None:
                raise OSError("the template does not answer")
        except OSError:
            os.close(to_arm)
            os.close(from_arm)
            raise
        finally:
            os.close(requests)
            os.close(answers)
        return ForkedProcess(self, event["started"], os.fdopen(to_arm, "wb"), os.fdopen(from_arm, "rb"))

    def exit_code(self, pid: int) -> int:
        """The exit code of an arm that has ended; `UNKNOWN_CODE` if the template cannot report it."""
        with self._lock:
            while pid not in self._codes and (event := self._receive(ANSWER_SECONDS)) is not None:
                self._note(event)
            return self._codes.get(pid, UNKNOWN_CODE)

    def end(self) -> None:
        """End the template; arms that it has forked and that have not ended go on."""
        self._channel.close()
        self._process.kill()
        self._process.wait()
        self._scratch.cleanup()

    def _note(self, event: dict[str, Any]) -> None:
        self._codes[event["ended"]] = event["code"]

    def _receive(self, timeout: float) -> dict[str, Any] | None:
        """The next event; None if none arrives in time, or if the template has ended."""
        self._channel.settimeout(timeout)
        try:
            message = self._channel.recv(LONGEST_MESSAGE)
        except OSError:
            return None
        event: dict[str, Any] | None = json.loads(message) if message else None
        return event


class ForkedProcess:
    """An arm that a template has forked, with the part of `subprocess.Popen` that the caller of an arm needs."""

    def __init__(self, template: TemplateProcess, pid: int, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self.returncode: int | None = None
        self._template = template
        try:
            self._ended = os.pidfd_open(pid)
        except ProcessLookupError:  # it has ended already
            self.returncode = template.exit_code(pid)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        try:
            return self.wait(0.0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the exit code. Raises `subprocess.TimeoutExpired`."""
        if self.returncode is None:
            poll = select.poll()
            poll.register(self._ended, select.POLLIN)
            if not poll.poll(None if timeout is None else 1000 * timeout):
                raise subprocess.TimeoutExpired("arm", timeout or 0.0)
            self.returncode = self._template.exit_code(self.pid)
            os.close(self._ended)
        return self.returncode

    def kill(self) -> None:
        """Kill it; no other process that may have its number by now."""
        if self.returncode is None:
            try:
                signal.pidfd_send_signal(self._ended, signal.SIGKILL)
            except ProcessLookupError:
                pass
