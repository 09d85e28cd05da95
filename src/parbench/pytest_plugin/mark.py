"""The parbench mark of a test, read and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from parbench.analysis.stats.decision import Margins
from parbench.errors import UsageError
from parbench.measurement.plan import chunk_counts
from parbench.measurement.profiles import find_profile
from parbench.measurement.scope import Scope
from parbench.measurement.sizing.around_break_even import GOALS
from parbench.strategies.registry import find
from parbench.workload.sizes import check_sizes
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.pytest_plugin.session import Session


@dataclass(frozen=True, kw_only=True)
class Mark(Scope):
    """The arguments of a parbench mark, checked; None leaves a choice to the profile."""

    profiles: tuple[str, ...] = ()


#: Keyword arguments of the mark.
KEYWORDS = tuple(field.name for field in fields(Mark) if field.name != "workloads")


def read_mark(workloads: Iterable[Any], keywords: Mapping[str, Any]) -> Mark:
    """Check the arguments of a mark; raises UsageError or WorkloadError.

    `workloads` may contain lists of workloads.
    """
    flat = [each for one in workloads for each in (one if isinstance(one, list | tuple) else [one])]
    for each in flat:
        if not isinstance(each, Workload):
            raise UsageError(f"the parbench mark takes workloads, not {each!r:.60}: make one with parbench.Workload.")
    if not flat:
        raise UsageError("the parbench mark names no workload: write @pytest.mark.parbench(workload).")
    return Mark(workloads=tuple(flat), **_read_keywords(keywords))


def _read_keywords(keywords: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(keywords) - set(KEYWORDS)):
        raise UsageError(f"the parbench mark has no {unknown[0]!r}: it takes {', '.join(KEYWORDS)}.")
    read = {name: value for name, value in keywords.items() if value is not None}
    if "margin" in read:
        Margins(read["margin"])
    _check_placement(read.get("bracket"), read.get("weak", False))
    return read | {name: check(_list(name, read[name])) for name, check in LISTS.items() if name in read}


def _check_placement(bracket: Any, weak: Any) -> None:
    """Raise UsageError unless at most one of `bracket` and `weak` places the sizes."""
    if bracket is not None and bracket not in GOALS:
        forms = " or ".join(f'bracket="{kind}"' for kind in GOALS)
        raise UsageError(f"the parbench mark has bracket={bracket!r:.40}: write {forms}.")
    if not isinstance(weak, bool):
        raise UsageError(f"the parbench mark has weak={weak!r:.40}: write weak=True, or leave it out.")
    if weak and bracket is not None:
        raise UsageError("the parbench mark has both bracket and weak: leave out one, as both choose the sizes.")


def _list(name: str, value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UsageError(f"the parbench mark has {name}={value!r:.40}: give a list, such as [{value!r:.40}].")
    return tuple(value)


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    check_sizes(sizes)
    return sizes


def _strategies(labels: tuple[Any, ...]) -> tuple[str, ...]:
    for label in labels:
        find(label)
    return labels


def _cores(counts: tuple[Any, ...]) -> tuple[int, ...]:
    for count in counts:
        if type(count) is not int or count < 1:
            raise UsageError(f"the parbench mark has {count!r} among its cores: give positive whole numbers.")
    return counts


#: Keyword arguments that are lists, each with a function that checks its values and returns them.
LISTS: dict[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "sizes": _sizes,
    "strategies": _strategies,
    "cores": _cores,
    "chunks": lambda counts: chunk_counts(counts, "chunks of the parbench mark"),
    "profiles": lambda names: tuple(find_profile(name).name for name in names),
}


def other_profiles(session: Session, mark: Mark) -> tuple[str, ...]:
    """The profiles of a mark, if the profile of the session is none of them; else none."""
    is_selected = session.profile.name in mark.profiles or session.settings.workloads is not None
    return () if is_selected else mark.profiles
