"""The process of an arm: its semaphores have its number in their names, and it ends with the campaign."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

#: Files in shared memory that a killed process leaves, by its number: our segments, semaphores of pools (the arm gives
#: them names) and of joblib.
LEFTOVERS = ("parbench_{}_*", "sem.parbench-{}-*", "sem.loky-{}-*")
#: Time for the other end to be closed after the signal. The signal is sent when a thread of the campaign has ended, and
#: the files of a process are closed when its last thread has.
HANG_UP_MILLISECONDS = 1000
#: The beginning of the names of folders for temporary files.
SCRATCH = "parbench-"


def remove_leftovers(pid: int) -> None:
    """Remove the files that an arm has left in shared memory."""
    for pattern in LEFTOVERS:
        for segment in Path("/dev/shm").glob(pattern.format(pid)):
            segment.unlink(missing_ok=True)


def remove_own_files() -> None:
    """Remove the temporary files of this process: the campaign was killed, and cannot do it."""
    scratch = os.environ.get("TMPDIR", "")
    if os.path.basename(scratch).startswith(SCRATCH):
        shutil.rmtree(scratch, ignore_errors=True)
    remove_leftovers(os.getpid())


def name_semaphores() -> None:
    """Give the semaphores of this process names with its number, so that they can be removed if it is killed.

    Semaphores of processes started by spawn or forkserver have names, and would stay until the machine is rebooted.
    """
    from multiprocessing import process

    settings = getattr(process.current_process(), "_config", {})  # there is no public way
    settings["semprefix"] = f"/parbench-{os.getpid()}"


def end_with_parent(channel: int) -> None:
    """End this process and its workers, and remove their files, if the campaign is killed.

    This is for Linux; elsewhere end-of-file ends it.

    `channel` is a pipe or socket whose other end only the campaign has: the parent may be a template, and its arms
    survive its end.
    """
    if sys.platform == "linux":
        import ctypes

        def end(*_: Any) -> None:
            poll = select.poll()
            poll.register(channel, 0)
            if poll.poll(HANG_UP_MILLISECONDS):  # hung up
                remove_own_files()
                os.killpg(0, signal.SIGKILL)

        pr_set_pdeathsig = 1
        # SIGHUP and not SIGTERM: forked workers inherit the handler, and pools stop them with SIGTERM
        signal.signal(signal.SIGHUP, end)
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGHUP)
