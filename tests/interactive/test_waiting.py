"""Requests to a server are recognised as work that waits, in real processes."""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import parbench
from parbench.machine import cpus

#: Seconds that the server waits before each answer.
WAIT_SECONDS = 0.05


class SlowHandler(BaseHTTPRequestHandler):
    """Answers after a while."""

    def do_GET(self) -> None:
        """Send the path."""
        time.sleep(WAIT_SECONDS)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Print nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a slow server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.skipif(not cpus.can_pin(), reason="the CPU time of a process is known on Linux")
def test_requests_get_more_workers_than_cores(address: str) -> None:
    """Nothing is declared, and the run has threads in larger number than the cores, and calls them workers."""

    def ask(number: int) -> bytes:
        with urllib.request.urlopen(f"{address}/{number}") as answer:
            return bytes(answer.read())

    run = parbench.measure(ask, range(4 * cpus.count()), strategies=["threads"], budget=6, progress=False)
    assert [each.workload for each in run.data.waiting] == ["ask"]
    assert max(run.samples["cores"]) == 4 * cpus.count()
    assert run.verdicts[0].each == "worker"
    assert run.sentences[0].startswith("ask waits ")
