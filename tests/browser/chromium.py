"""Finds a Chromium that starts; run as a program, it gets one if there is none, and says in a line what came of it.

Sources in this order, as few as possible: the path, Playwright's downloads, ``playwright install chromium``, and on
Debian as root ``apt-get install chromium``. It never fails: if there is no browser to be had, the tests that need one
are skipped, and this line says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Without its sandbox, as in most containers it cannot have one; the pages are ours and load nothing.
ARGUMENTS = ["--no-sandbox"]
#: Seconds that a way of getting one may take.
LIMIT = 180
APT = "apt-get update -q && apt-get install -q -y --no-install-recommends chromium"


def found() -> str | None:
    """The path of a Chromium that starts; None if there is none."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        paths = [*filter(None, map(shutil.which, NAMES)), driver.chromium.executable_path]
        return next((path for path in paths if Path(path).exists() and starts(driver, path)), None)


def starts(driver: Any, path: str) -> bool:
    """Whether it can be driven: some are there in name only, or lack libraries."""
    from playwright.sync_api import Error

    try:
        driver.chromium.launch(executable_path=path, args=ARGUMENTS).close()
    except Error:
        return False
    return True


def ways() -> dict[str, list[str]]:
    """The commands that may get one here, by name."""
    commands = {"playwright install chromium": [sys.executable, "-m", "playwright", "install", "chromium"]}
    if os.name == "posix" and os.geteuid() == 0 and Path("/etc/debian_version").exists() and shutil.which("apt-get"):
        commands["apt-get install chromium"] = ["sh", "-c", APT]
    return commands


def ran(command: list[str]) -> str:
    """How a command ended, in a few words; its own output goes where ours does."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return f"not done within {LIMIT} s"
    except OSError as error:
        return str(error)
    return f"exit code {done.returncode}"


def got() -> str:
    """Gets one if need be; what came of it, as a line."""
    tried = []
    path = found()
    for name, command in ways().items():
        if path is None:
            tried.append(f"{name}: {ran(command)}")
            path = found()
    if path is None:
        return f"browser tests: SKIPPED, because no Chromium starts here ({'; '.join(tried)})."
    return f"browser tests: run in {path}."


if __name__ == "__main__":
    sys.stdout.write(f"{got()}\n")
