"""Cells that a test selects by its mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from parbench.analysis.stats.decision import Margins
from parbench.errors import UsageError
from parbench.measure.plan import chunk_counts
from parbench.measure.profiles import find_profile
from parbench.measure.sizing.around_break_even import GOALS
from parbench.pytest_plugin.session import Suite
from parbench.strategies.registry import find
from parbench.workload.cell import Cell
from parbench.workload.sizes import check_sizes
from parbench.workload.workload import Workload

WISHES = ("sizes", "strategies", "cores", "chunks", "bracket", "weak", "margin", "profiles")
#: Those that say something of the cells, not which they are.
ABOUT = ("margin", "profiles")
#: Those that say more of sizes, which a check has no use for: it keeps to the tiny one.
OF_SIZES = ("bracket", "weak")
CHUNKS = "chunks of the parbench mark"


def cells_asked_for(
    suite: Suite, workloads: Iterable[Any], wishes: Mapping[str, Any], module: str, tiny: bool
) -> list[Cell]:
    """The cells of one test's mark; raises UsageError for a mark that cannot be meant.

    `workloads` may hold lists of workloads; with `tiny` every workload is asked at its tiny size only.
    """
    flat = [each for one in workloads for each in (one if isinstance(one, list | tuple) else [one])]
    for each in flat:
        if not isinstance(each, Workload):
            raise UsageError(f"the parbench mark takes workloads, not {each!r:.60}: make one with parbench.Workload.")
    if not flat:
        raise UsageError("the parbench mark names no workload: write @pytest.mark.parbench(workload).")
    check_wishes(wishes)
    cells: list[Cell] = []
    for each in flat:
        chosen = {name: value for name, value in wishes.items() if name not in ABOUT}
        if chosen.get("chunks") is not None:
            chosen["chunks"] = chunk_counts(chosen["chunks"], CHUNKS)
        if tiny and suite.settings.selection.sizes is None:
            chosen = {name: value for name, value in chosen.items() if name not in OF_SIZES}
            chosen["sizes"] = [each.all_sizes.tiny]
        cells += suite.cells(each, [module], **chosen)
    if wishes.get("margin") is not None:
        for cell in cells:
            suite.set_margin(cell, wishes["margin"])
    return cells


def other_profiles(suite: Suite, wishes: Mapping[str, Any]) -> tuple[str, ...]:
    """Profiles that a test belongs to, if the profile of the session leaves it out; else none.

    Raises UsageError or WorkloadError for wishes that cannot be meant.
    """
    check_wishes(wishes)
    profiles = tuple(wishes.get("profiles") or ())
    return () if suite.profile.name in profiles or suite.settings.workloads is not None else profiles


def check_wishes(wishes: Mapping[str, Any]) -> None:
    """Raise UsageError or WorkloadError for anything in a mark that cannot be meant."""
    if unknown := sorted(set(wishes) - set(WISHES)):
        raise UsageError(f"the parbench mark has no {unknown[0]!r}: it takes {', '.join(WISHES)}.")
    if wishes.get("sizes") is not None:
        check_sizes(wishes["sizes"])
    if wishes.get("margin") is not None:
        Margins(wishes["margin"])
    _check_of_sizes(wishes)
    for count in wishes.get("cores") or ():
        if type(count) is not int or count < 1:
            raise UsageError(f"the parbench mark has {count!r} among its cores: give positive whole numbers.")
    if (chunks := wishes.get("chunks")) is not None:
        chunk_counts(_listed(chunks, "chunks"), CHUNKS)
    for profile in _listed(wishes.get("profiles") or [], "profiles"):
        find_profile(profile)
    for label in wishes.get("strategies") or ():
        find(label)


def _check_of_sizes(wishes: Mapping[str, Any]) -> None:
    """Raise UsageError for a search for sizes, or for sizes that grow with the cores, that cannot be meant."""
    bracket, weak = wishes.get("bracket"), wishes.get("weak", False)
    if bracket is not None and bracket not in GOALS:
        there = " or ".join(f'bracket="{kind}"' for kind in GOALS)
        raise UsageError(f"the parbench mark has bracket={bracket!r:.40}: write {there}.")
    if not isinstance(weak, bool):
        raise UsageError(f"the parbench mark has weak={weak!r:.40}: write weak=True, or leave it out.")
    if weak and bracket is not None:
        raise UsageError("the parbench mark has both bracket and weak: leave out one, as both choose the sizes.")


def _listed(value: Any, name: str) -> Iterable[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise UsageError(f"the parbench mark has {name}={value!r:.40}: give a list, such as [{value!r:.40}].")
    return value
