"""Strategies of which a workload expects something, and that nobody has: a slip, or a package that is not installed."""

from __future__ import annotations

from difflib import get_close_matches

from parbench.errors import UsageError
from parbench.strategies import registry
from parbench.workload.expectation import MEASURES, Expect
from parbench.workload.workload import Workload

#: A name is a slip of another one that is so similar to it (`difflib`), and hardly longer or shorter: who puts a word
#: before or behind the name of a strategy means another strategy.
SIMILAR, LONGER = 0.8, 2


def strangers(workload: Workload) -> list[str]:
    """A sentence for each strategy in the expectations of `workload` that is not to be found here.

    It may be that of a package which is not installed, so nothing is wrong yet. Raises UsageError, with what was
    probably meant, for a name that is nearly one that there is, and for a variant that a strategy of ours lacks.
    """
    found: dict[str, None] = {}
    for expect in workload.expects:
        for label, others in _labels(expect):
            if _is_strange(workload, label, others):
                found[label] = None
    return [
        f"{workload.name} expects something of {label!r}, and no strategy of that name is installed here, so that is "
        "held against nothing: install the package that has it, or mend the name."
        for label in found
    ]


def _labels(expect: Expect) -> list[tuple[str, tuple[str, ...]]]:
    """The strategies that an expectation names, each with the other words that may stand in its place."""
    than = expect.than
    both: list[tuple[str, tuple[str, ...]]] = [(expect.strategy, ())]
    return [*both, (than, MEASURES)] if isinstance(than, str) and than not in MEASURES else both


def _is_strange(workload: Workload, label: str, others: tuple[str, ...]) -> bool:
    """Whether nobody here has a strategy of this name."""
    name, there = label.partition("[")[0], registry.names()
    if name in registry.BUILT_IN:
        try:
            registry.find(label)
        except UsageError as error:
            raise UsageError(f"workload {workload.name!r} expects something of {label!r}, but {error}") from None
    if name in there:
        return False
    close = get_close_matches(name.strip().lower(), [*there, *others], n=1, cutoff=SIMILAR)
    if close and abs(len(close[0]) - len(name.strip())) <= LONGER:
        raise UsageError(
            f"workload {workload.name!r} expects something of {label!r}, which there is not: did you mean {close[0]!r}?"
        )
    return True
