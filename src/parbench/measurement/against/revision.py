"""The base of a comparison in one run: a revision of the repository, or another checkout of it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from parbench.errors import UsageError
from parbench.measurement.against.project import is_installed
from parbench.measurement.arms.protocol import ArmSpec


@dataclass(frozen=True)
class Checkout:
    """Another checkout: arms import code from `other` in place of our `root`."""

    root: Path
    other: Path

    def __call__(self, spec: ArmSpec) -> ArmSpec:
        """The same arm with the code of the other checkout."""
        reference = spec.reference
        if reference.file:
            reference = replace(reference, file=self._moved(reference.file))
        return replace(spec, reference=reference, path=[self._moved(entry) for entry in spec.path])

    def _moved(self, name: str) -> str:
        # an installed package below our folder, as in a virtual environment, is part of no revision
        here = Path(name or os.curdir).absolute()
        if not here.is_relative_to(self.root) or is_installed(name):
            return name
        return str(self.other / here.relative_to(self.root))


def find(against: str, here: Path) -> tuple[Path, str]:
    """The top of our work tree, and the commit of `against`, empty if that is a folder.

    Raises UsageError if it is neither a revision nor a folder.
    """
    root = top_of(here)
    if Path(against).is_dir():
        return root or here.resolve(), ""
    if root is None:
        raise UsageError(f"{here} is no git work tree, so there is no revision {against!r}: give another folder.")
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{against}^{{commit}}")
    if commit is None:
        raise UsageError(f"git knows no revision {against!r} here: give a branch, a tag, a commit, or another folder.")
    return root, commit


@contextmanager
def checkout(against: str, here: Path) -> Iterator[Checkout]:
    """The folder `against`, or the revision of that name, which is checked out while the context lasts.

    Raises UsageError if it is neither, or cannot be checked out.
    """
    root, commit = find(against, here)
    if not commit:
        yield Checkout(root, Path(against).resolve())
        return
    with tempfile.TemporaryDirectory(prefix="parbench-base-") as scratch:
        other = Path(scratch).resolve() / "tree"
        if _git(root, "worktree", "add", "--detach", "--force", str(other), commit) is None:
            raise UsageError(f"git cannot check {against!r} out next to this work tree: try `git worktree prune`.")
        try:
            yield Checkout(root, other)
        finally:
            _git(root, "worktree", "remove", "--force", str(other))
            _git(root, "worktree", "prune")


def top_of(folder: Path) -> Path | None:
    """The top of the git work tree that contains `folder`; None outside one."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    return Path(top).resolve() if top else None


def _git(folder: Path, *command: str) -> str | None:
    """The output of git, stripped; None if it fails or is missing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *command], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
