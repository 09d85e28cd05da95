"""``python -m examples.pitfalls [NAMES] [--small]``: run them, each in a fresh process, as some are about that."""

from __future__ import annotations

import subprocess
import sys

from examples.pitfalls import NAMES


def main(arguments: list[str]) -> int:
    """Run the named ones, or all; say which there are where a name is unknown."""
    flags = [each for each in arguments if each == "--small"]
    names = [each for each in arguments if each not in flags] or list(NAMES)
    if unknown := [each for each in names if each not in NAMES]:
        print(f"there is no example {unknown[0]!r}: choose from {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    status = 0
    for name in names:
        print(f"-- {name}", flush=True)
        status |= subprocess.run([sys.executable, "-m", f"examples.pitfalls.{name}", *flags]).returncode
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
