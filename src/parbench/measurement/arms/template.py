"""The process that imports what the arms of a block need, and forks them. Linux only; standard library only at start.

Run as ``python -m parbench.measurement.arms.template FD``. `FD` is a socket to the campaign: it receives a
`TemplateSpec`, then one message per arm, with the arm's folder for temporary files and three file descriptors: its
requests, its answers, its standard error. The template sends one JSON object per event: its obstacle, the number of a
new arm, and the exit code of an arm that has ended.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys
import tempfile
from importlib import import_module
from typing import Any

from parbench.measurement.arms import cell_arm
from parbench.measurement.arms.protocol import LONGEST_MESSAGE, TemplateSpec, decode_template
from parbench.measurement.arms.session import end_with_parent, remove_own_files
from parbench.strategies.registry import find
from parbench.workload.reference import load


def obstacle_of(spec: TemplateSpec) -> str:
    """Import for the arms; the reason why this process cannot be forked afterwards, or an empty text."""
    sys.path[:] = spec.path
    try:
        load(spec.reference)
        for strategy in spec.strategies:
            find(strategy)
        for module in spec.modules:
            import_module(module)
    except BaseException as error:  # each arm meets it, too, and reports it for its cell
        return f"raises {type(error).__name__}"
    return obstacle()


def obstacle() -> str:
    """What this process has that its forks would lose or share: threads, processes, sockets; empty if nothing."""
    threads = os.listdir("/proc/self/task")
    if len(threads) > 1:
        return "starts threads"
    try:
        with open(f"/proc/self/task/{threads[0]}/children") as children:
            if children.read().strip():
                return "starts processes"
    except OSError:
        pass  # this kernel does not list them
    sockets = sum(_is_socket(each) for each in os.listdir("/proc/self/fd"))
    return "opens sockets" if sockets > 1 else ""  # one is the channel


def _is_socket(descriptor: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:")
    except OSError:  # the descriptor of the listing
        return False


class Template:
    """Forks arms, and reports those that have ended."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.arms: dict[int, int] = {}  # by the descriptor that becomes readable at the end of an arm
        self.watch = selectors.DefaultSelector()

    def serve(self) -> None:
        """Fork arms on request until the campaign closes the channel."""
        self.watch.register(self.channel, selectors.EVENT_READ)
        while True:
            for key, _ in self.watch.select():
                if key.fd in self.arms:
                    self._report_end(key.fd)
                elif not self._fork_next():
                    return

    def send(self, **event: Any) -> None:
        """Send one event."""
        self.channel.send(json.dumps(event).encode())

    def _fork_next(self) -> bool:
        scratch, descriptors, _, _ = socket.recv_fds(self.channel, LONGEST_MESSAGE, 3)
        if not scratch:
            return False
        pid = os.fork()
        if pid == 0:
            self._become_arm(scratch.decode(), descriptors)
        for each in descriptors:
            os.close(each)
        ended = os.pidfd_open(pid)
        self.arms[ended] = pid
        self.watch.register(ended, selectors.EVENT_READ)
        self.send(started=pid)
        return True

    def _become_arm(self, scratch: str, descriptors: list[int]) -> None:
        """Turn the forked process into an arm in a session of its own, and serve it until it ends."""
        os.setsid()
        self.watch.close()
        self.channel.close()
        for each in self.arms:
            os.close(each)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.environ["TMPDIR"] = scratch
        tempfile.tempdir = None
        cell_arm.main()

    def _report_end(self, ended: int) -> None:
        self.watch.unregister(ended)
        pid = self.arms.pop(ended)
        os.close(ended)
        _, status = os.waitpid(pid, 0)
        self.send(ended=pid, code=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Import, report an obstacle if there is one, and fork arms otherwise."""
    template = Template(socket.socket(fileno=int(sys.argv[1])))
    end_with_parent(template.channel.fileno())
    obstacle = obstacle_of(decode_template(template.channel.recv(LONGEST_MESSAGE)))
    template.send(obstacle=obstacle)
    if not obstacle:
        template.serve()
        remove_own_files()  # end of file may arrive before the signal
    os._exit(0)


if __name__ == "__main__":
    main()
