"""The base of a comparison in one run, as ``--parbench-against`` names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from parbench.measurement.against import environment, project, revision
from parbench.measurement.context import ArmTransform

ENVIRONMENT = "env:"


@dataclass(frozen=True)
class ComparisonBase:
    """The base: the transform that makes its arms, and its versions, empty if they are ours."""

    transform: ArmTransform
    versions: dict[str, str]


def check(against: str, here: Path) -> None:
    """Raise UsageError if there is no such environment, revision or folder."""
    if against.startswith(ENVIRONMENT):
        project.find_environment(against.removeprefix(ENVIRONMENT), here)
    else:
        revision.find(against, here)


@contextmanager
def open_base(against: str, here: Path, cache: Path) -> Iterator[ComparisonBase]:
    """The base called `against`, while the context lasts; environments are built below `cache` and stay there.

    ``env:NAME`` is the same code in an environment that ``pyproject.toml`` declares. Everything else is a folder or a
    revision, in our environment, or in its own if its dependencies differ. Raises UsageError if it is missing or cannot
    be built.
    """
    if against.startswith(ENVIRONMENT):
        spec = project.find_environment(against.removeprefix(ENVIRONMENT), here)
        with environment.open_environment(spec, cache) as other:
            yield ComparisonBase(other, other.versions)
        return
    with revision.checkout(against, here) as code:
        project.check_is_no_copy(code.root)
        needed = project.environment_of_revision(code.root, code.other)
        if needed is None:
            yield ComparisonBase(code, {})
            return
        with environment.open_environment(needed, cache) as other:
            yield ComparisonBase(lambda spec: other(code(spec)), other.versions)
