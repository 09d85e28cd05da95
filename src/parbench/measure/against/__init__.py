"""The other side of a comparison in one run: what ``--parbench-against`` names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parbench.measure.against import environment, project, revision
from parbench.measure.context import ArmTransform

ENVIRONMENT = "env:"


@dataclass(frozen=True)
class ComparisonBase:
    """The other side: what makes arms of it, and the versions it has, empty where they are ours."""

    transform: ArmTransform
    versions: dict[str, str]


def check(against: str, here: Path) -> None:
    """Raise UsageError where there is no such environment, revision or folder."""
    if against.startswith(ENVIRONMENT):
        project.declared(against.removeprefix(ENVIRONMENT), here)
    else:
        revision.find(against, here)


@contextmanager
def open_base(against: str, here: Path, cache: Path) -> Iterator[ComparisonBase]:
    """The other side called `against`, for as long as this lasts; environments are built below `cache` and stay.

    ``env:NAME`` is the same code in an environment that ``pyproject.toml`` declares; everything else is a folder or a
    revision, in the environment that we run in, or in one of its own where its dependencies differ from ours. Raises
    UsageError where it is not there, or cannot be made.
    """
    if against.startswith(ENVIRONMENT):
        wanted = project.declared(against.removeprefix(ENVIRONMENT), here)
        with environment.made(wanted, cache) as there:
            yield ComparisonBase(there, there.versions)
        return
    with revision.checkout(against, here) as code:
        project.check_is_no_copy(code.root)
        needed = project.of_revision(code.root, code.other)
        if needed is None:
            yield ComparisonBase(code, {})
            return
        with environment.made(needed, cache) as there:
            yield ComparisonBase(lambda spec: there(code(spec)), there.versions)
