"""A server on loopback that waits before it answers; `wait.request` starts it as a process of its own.

It writes the port that the system gave it to standard output. It ends when its standard input does, or when the process
that started it is gone, whichever it notices first; so it needs nobody to stop it, not after a crash either. Standard
library only, and nothing of ours: it is run as a file.
"""

from __future__ import annotations

import os
import select
import socketserver
import sys
import threading
import time

GLANCE = 0.5  # seconds between two looks at whether the process that started it is still there


class Waiting(socketserver.StreamRequestHandler):
    """Answers every line, which is a whole number, after so many seconds, until the other side hangs up."""

    disable_nagle_algorithm = True
    seconds = 0.0

    def handle(self) -> None:
        for line in self.rfile:
            time.sleep(self.seconds)
            self.wfile.write(b"%d\n" % (3 * int(line) + 1))


class Server(socketserver.ThreadingTCPServer):
    """A thread for every connection; those that nobody hangs up end with the process."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = (
        1024  # all workers connect at once, and whom the queue does not take tries again a second later
    )


def main() -> None:
    """Serve until nobody is there to ask."""
    parent = os.getppid()
    Waiting.seconds = float(sys.argv[1])
    with Server(("127.0.0.1", 0), Waiting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            if select.select([sys.stdin], [], [], GLANCE)[0]:
                break
    os._exit(0)


if __name__ == "__main__":
    main()
