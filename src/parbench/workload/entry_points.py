"""Strategies and workloads that installed packages offer by entry points; an unusable one does not affect others.

Imported in every arm: standard library only.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from parbench.errors import UsageError


@dataclass(frozen=True)
class Offer:
    """An entry point of an installed package: `value` is its ``module:attribute``."""

    name: str
    value: str
    package: str

    def load(self, kind: type) -> Any:
        """The object of the entry point, an instance or a subclass of `kind`; raises UsageError."""
        module, _, attribute = self.value.partition(":")
        try:
            value = import_module(module)
            for each in attribute.split("."):
                value = getattr(value, each)
        except (Exception, SystemExit) as error:  # the import of another package may raise anything
            text = " ".join(str(error).split()).rstrip(".")
            raise UsageError(
                f"{self.name!r} of {self.package} cannot be used, as {self.value} cannot be imported "
                f"({type(error).__name__}: {text}): correct or remove {self.package}."
            ) from error
        if not (issubclass(value, kind) if isinstance(value, type) else isinstance(value, kind)):
            raise UsageError(
                f"{self.name!r} of {self.package} cannot be used, as {self.value} is no parbench.{kind.__name__}: "
                f"correct or remove {self.package}."
            )
        return value


def offers(group: str) -> list[Offer]:
    """All entry points of `group`, by name."""
    return _offers(group, tuple(sys.path))


@cache
def _offers(group: str, path: tuple[str, ...]) -> list[Offer]:
    """The same for the packages on `path`, cached because reading the metadata of all packages is slow."""
    del path
    unique = {
        Offer(each.name, each.value, each.dist.name if each.dist else "an unknown package")
        for each in entry_points(group=group)
    }
    return sorted(unique, key=lambda each: (each.name, each.package, each.value))
