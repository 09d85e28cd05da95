"""Output of `parbench check`: the smallest change that is found, the machine's facts, and advice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median
from typing import Any, NamedTuple

import pandas as pd

from parbench.analysis.frame import data_of
from parbench.analysis.power import CELLS, CellNoise, Effort, blocks_in, noises, smallest
from parbench.analysis.stats.decision import MARGIN
from parbench.runfile.header import MachineFacts
from parbench.text import join, percent

#: A gate that lets more than this through is none.
USEFUL = 0.10
#: Limits from which a fact is mentioned: steal in percent, load in running processes, and the work of all cores
#: together, as a part of their number.
STEAL, LOAD, TOGETHER = 1.0, 0.5, 0.9
PLACES = {"serial": "one core", "threads": "threads", "multiprocessing": "processes"}
UNKNOWN = "not told"
#: Advice for each fact that is bad for measuring.
ADVICE = {
    "cores": "With one core nothing parallel can be told.",
    "effective cores": "All cores together give less than their number: they share a core, a power limit or a host. "
    "Judge speedups against the ceiling, not against the number of cores.",
    "quota": "A quota stops processes that have used it up: ask for whole CPUs instead (a CPU set).",
    "governor": "Clocks follow the load: `cpupower frequency-set --governor performance` makes them steadier.",
    "turbo": "One busy core runs faster than many: switch boost off in the firmware or the kernel for steady speedups.",
    "virtual": "The host may give its CPUs to others at any time: compare in one run, not stored runs.",
    "steal": "Other guests took CPU time: measure when they are quiet.",
    "load before": "Something else was running: stop it, or wait until it has ended.",
}
#: Name, finding, advice.
Finding = tuple[str, str, str]


class Detectable(NamedTuple):
    """The smallest change found in one kind of cell, as a part of 1, by profile."""

    place: str
    noise: CellNoise
    changes: dict[str, float]


def rows(frame: pd.DataFrame, efforts: Mapping[str, Effort], margin: float = MARGIN) -> list[Detectable]:
    """One row a kind of cell."""
    return [
        Detectable(
            f"{PLACES[noise.cell[2]]}{f' on {noise.cell[3]} cores' if noise.cell[3] > 1 else ''}",
            noise,
            {name: smallest(noise.spread, blocks_in(noise, effort), margin) for name, effort in efforts.items()},
        )
        for noise in noises(frame)
    ]


def table(found: list[Detectable], margin: float) -> list[str]:
    """The smallest changes as lines of text."""
    if not found:
        return ["No kind of cell had two blocks: allow more time with --seconds."]
    names = list(found[0].changes)
    head = f"{'':22}{'a block differs by':>20}{'blocks':>8}" + "".join(f"{name:>12}" for name in names)
    lines = [
        f"{row.place:22}{percent(row.noise.spread):>20}{row.noise.blocks:>8}"
        + "".join(f"{percent(row.changes[name]):>12}" for name in names)
        for row in found
    ]
    first = (
        f"The smallest slowdown that a comparison of {CELLS} such cells in one run finds in 95 of 100 runs "
        f"(margin {percent(margin)}):"
    )
    return [first, head, *lines]


def verdict(found: list[Detectable]) -> str:
    """Whether to let a comparison on this machine fail anything."""
    if not found:
        return "Nothing can be said about this machine."
    fine = {name: [row.place for row in found if row.changes[name] <= USEFUL] for name in found[0].changes}
    for name, places in fine.items():
        if len(places) == len(found):
            return f"A gate is useful here: the {name} profile finds changes of {percent(USEFUL)} and smaller."
    best, places = max(fine.items(), key=lambda item: len(item[1]))
    if not places:
        return (
            f"Don't gate on this machine: no profile reliably finds a change of {percent(USEFUL)} in any kind of cell."
        )
    others = [row.place for row in found if row.place not in places]
    return (
        f"Gate on cells of {join(places)} only, with the {best} profile: "
        f"don't gate on {join(others)} on this machine, where a change of {percent(USEFUL)} may well be missed."
    )


def together(frame: pd.DataFrame) -> float:
    """How many times one core all cores give, as processes that share nothing; NaN with one core."""
    seen = frame.loc[(frame["phase"] == "steady") & (frame["cores"] > 1), "ceiling"].dropna()
    return float(median(seen)) if len(seen) else math.nan


def findings(facts: MachineFacts, effective: float, steal: float | None, blas: str) -> list[Finding]:
    """Name, finding and advice of each check; advice is empty if there is none. `steal` is in percent."""
    cores, together = facts.cores_usable or 1, "1" if math.isnan(effective) else f"{effective:.2f}"
    load, quota = facts.load_average, facts.cores_quota
    every = f"host {facts.cores_host}, affinity {facts.cores_affinity}, quota {quota or 'none'}"
    found = {
        "cores": (f"{cores} usable ({every})", cores == 1),
        "effective cores": (f"{together} of {cores}", effective < TOGETHER * cores),
        "quota": ("none" if quota is None else f"{quota:.3g} cores", quota is not None),
        "governor": (facts.governor or UNKNOWN, facts.governor not in (None, "performance")),
        "turbo": (UNKNOWN if facts.turbo is None else "on" if facts.turbo else "off", facts.turbo is True),
        "virtual": (UNKNOWN if facts.hypervisor is None else "yes" if facts.hypervisor else "no", facts.hypervisor),
        "steal": (UNKNOWN if steal is None else f"{steal:.1f} % while measuring", (steal or 0.0) > STEAL),
        "load before": (UNKNOWN if load is None else f"{load:.2f}", (load or 0.0) > LOAD),
        "BLAS threads": (blas, False),
    }
    return [(name, finding, ADVICE[name] if bad else "") for name, (finding, bad) in found.items()]


def lines(
    frame: pd.DataFrame, efforts: Mapping[str, Effort], margin: float, steal: float | None, blas: str
) -> list[str]:
    """All of it, as lines of text."""
    found = rows(frame, efforts, margin)
    looked = findings(data_of(frame).header.machine, together(frame), steal, blas)
    told = [f"{name:16}{finding}" for name, finding, _ in looked]
    advice = [f"- {name}: {words}" for name, _, words in looked if words]
    failed = frame[frame["status"] != "ok"].drop_duplicates("strategy")
    told += [f"{row.strategy:16}was not measured: {row.reason}" for row in list[Any](failed.itertuples())]
    return [*told, "", *table(found, margin), "", *(advice or ["- nothing to improve was found."]), "", verdict(found)]
