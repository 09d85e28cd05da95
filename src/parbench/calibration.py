"""Sizes by how long a call takes on this machine: as an earlier run found them, or measured before cells are named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from parbench import machine, runs
from parbench.baseline import FEW_CALLS, Baseline
from parbench.child import ArmFailed
from parbench.conditions import Conditions
from parbench.errors import RunFileError
from parbench.growth import Curve
from parbench.journal import header_of
from parbench.plan import Entry
from parbench.progress import Progress, Step, silent
from parbench.records import Header
from parbench.sizes import TARGETS, Timed
from parbench.workload import Workload

#: How long the search for the sizes of a workload may take once its arms have started, seconds, and how many sizes may
#: be tried for one target. Where a call is too long for what is left, its size is predicted.
SEARCHING, MOST_PROBES = 1.0, 4
#: Times that are looked at on the way to longer ones, so that the growth is known. Seconds.
ON_THE_WAY = (0.01, 0.1)
#: The part of the free memory that a call may need.
ROOM = 0.2
#: A size is left out at which a call takes so many times as long as it should, or as short. Rounding the size alone
#: makes that four where costs grow with its third power.
FAR = 5.0
#: No size is taken that is so many times larger or smaller than on an ordinary machine.
RANGE = 1000
#: A size larger than this cannot stand in a run file.
LARGEST = 10**17
#: So many of the latest runs are looked at for sizes to take over.
LOOK_BACK = 20
#: What `Choice.source` may be beside the name of a run.
MEASURED, PREDICTED = "measured", "predicted"
#: What may be the name of a run in a file that is anybody's.
_RUN = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True)
class Choice:
    """The size for calls of about `target` seconds, or a note why there is none.

    `about` is the size that the workload gives for an ordinary machine, `seconds` what a call of the baseline takes,
    and `source` how that is known: ``measured``, ``predicted``, or the name of the run that it was taken over from.
    """

    target: float
    about: int
    size: int | None
    seconds: float | None
    source: str
    note: str = ""

    def facts(self) -> dict[str, Any]:
        """As a run file's header keeps it."""
        fields = {("from" if name == "source" else name): value for name, value in asdict(self).items()}
        return {name: value for name, value in fields.items() if name != "note" or value}


class Calibration:
    """The sizes of the workloads of a session that have `Timed` ones; they are measured only where it `measures`.

    `out` is the folder with the folders of earlier runs; `progress` is told what is measured; `warnings` has
    a sentence for each workload whose sizes could not be found.
    """

    def __init__(self, out: Path, profile: str, measures: bool = False, progress: Progress = silent) -> None:
        self.out = out
        self.profile = profile
        self.measures = measures
        self.progress = progress
        self.warnings: dict[str, str] = {}
        self._choices: dict[str, list[Choice]] = {}
        self._sizes: dict[str, tuple[int, ...]] = {}

    def sizes(self, entry: Entry, timed: Timed, conditions: Callable[[], Conditions]) -> tuple[int, ...]:
        """The sizes to measure a workload at, in growing order; they are looked for once."""
        name = entry.workload.name
        if name not in self._sizes:
            self._sizes[name] = self._look_for(entry, timed, conditions()) or timed.of_profile(self.profile)
        return self._sizes[name]

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """What was found, as a run file's header keeps it."""
        return {name: [each.facts() for each in choices] for name, choices in self._choices.items()}

    def lines(self) -> list[str]:
        """What was found or not, for the user, a line a workload."""
        found = {name: f"{name} at {_words(choices)}" for name, choices in self._choices.items()}
        return [f"parbench: {words}" for words in (found | self.warnings).values()]

    def _look_for(self, entry: Entry, timed: Timed, at: Conditions) -> tuple[int, ...]:
        """The sizes that earlier runs had, or measured ones; none where there is nothing to go by."""
        workload, targets = entry.workload, sorted(set(timed.targets(self.profile)))
        room = int(ROOM * at.available())
        choices = taken_over(self.earlier, workload.name, timed, targets)
        if not choices and not self.measures:
            return ()
        if not choices:
            self.progress(Step("finding sizes of", workload.name))
        try:
            choices = choices or measured(entry, timed, targets, at, room)
        except ArmFailed as failure:
            self._give_up(workload.name, failure.reason)
            return ()
        choices = with_notes(choices, workload, room)
        sizes = tuple(each.size for each in choices if each.size is not None)
        if sizes:
            self._choices[workload.name] = choices
        else:
            self._give_up(workload.name, choices[0].note)
        return sizes

    def _give_up(self, name: str, reason: str) -> None:
        why = " ".join(reason.split()).rstrip(".")
        self.warnings[name] = f"The sizes of {name} are those for an ordinary machine, as none were found here: {why}."

    @cached_property
    def earlier(self) -> list[Header]:
        """The headers of the latest runs on this machine, newest first; what cannot be read is passed over."""
        headers = []
        try:
            latest = runs.inside(self.out)[: -LOOK_BACK - 1 : -1]
        except OSError:
            return []
        for run in latest:
            try:
                headers.append(header_of(run))
            except RunFileError:
                continue
        ours = machine.describe()["machine_id"] if headers else ""
        return [header for header in headers if header.machine.get("machine_id") == ours]


def measured(entry: Entry, timed: Timed, targets: Sequence[float], at: Conditions, room: int) -> list[Choice]:
    """A choice for each target, from calls at a few sizes that need at most `room` bytes; raises ArmFailed."""
    curve = Curve(timed.about, *limits(timed))
    with Baseline(entry, timed.tiny, at) as baseline:
        until = at.clock() + SEARCHING
        for target in sorted({*targets, *(each for each in ON_THE_WAY if each < targets[-1])}):
            tried = 0
            for _ in range(MOST_PROBES):
                size = curve.size(target)
                cost = FEW_CALLS * len(baseline.arms) * curve.seconds(size, target)
                too_long = bool(curve.points) and cost > until - at.clock()
                # asked again where the search comes back to it, or it seems to be of no use: it may have been disturbed
                found = size in curve.points and tried in (0, size) and not is_far(curve.points[size], target)
                if found or too_long or entry.workload.peak_bytes(size) > room:
                    break
                curve.add(size, baseline.seconds(size))
                tried = size
    choices = []
    for target in targets:
        size = curve.size(target)
        seconds = float(f"{curve.seconds(size, target):.3g}")
        source = MEASURED if size in curve.points else PREDICTED
        choices.append(Choice(target, timed.about[TARGETS.index(target)], size, seconds, source))
    return choices


def limits(timed: Timed) -> tuple[int, int]:
    """The smallest and the largest size that is taken."""
    return max(timed.tiny, timed.about[0] // RANGE), min(RANGE * timed.about[-1], LARGEST)


def is_far(seconds: float, target: float) -> bool:
    """Whether a call takes too long, or is too short, to stand for a target."""
    return not target / FAR <= seconds <= target * FAR


def with_notes(choices: Sequence[Choice], workload: Workload, room: int) -> list[Choice]:
    """The choices, with a note in place of each size that cannot be used; `room` is in bytes."""
    found: list[Choice] = []
    largest = 0
    for each in choices:
        if each.size is None or each.seconds is None:
            found.append(each)
            continue
        need, note = workload.peak_bytes(each.size), ""
        if need > room:
            note = f"{each.size} needs about {need / 1e9:.2g} GB, more than a fifth of the free memory"
        elif each.size <= largest:
            note = "it would be no larger than the size before"
        elif is_far(each.seconds, each.target):
            note = f"no size takes about {each.target:g} s: {each.size} takes {each.seconds:g} s"
        found.append(replace(each, size=None, seconds=None, note=note) if note else each)
        largest = largest if note else each.size
    return found


def taken_over(earlier: Sequence[Header], name: str, timed: Timed, targets: Sequence[float]) -> list[Choice]:
    """The choices of the first of some runs that sought the sizes of this workload for these targets; else none.

    Nothing in a header is believed: it may be anybody's.
    """
    for header in earlier:
        stored = header.settings.get("calibration")
        entries = stored.get(name) if isinstance(stored, dict) else None
        if isinstance(entries, list) and len(entries) == len(targets):
            read = [_read(entry, target, timed, header.run) for entry, target in zip(entries, targets, strict=True)]
            choices = [each for each in read if each is not None]
            if len(choices) == len(targets) and any(each.size for each in choices):
                return choices
    return []


def _read(entry: object, target: float, timed: Timed, run: str) -> Choice | None:
    """One choice of a header, if all of it can be meant and it was sought from the same `about`."""
    about = timed.about[TARGETS.index(target)]
    if not isinstance(entry, dict) or entry.get("target") != target or entry.get("about") != about:
        return None
    size: Any = entry.get("size")
    seconds: Any = entry.get("seconds")
    source = entry.get("from")
    source = run if source in (MEASURED, PREDICTED) else source
    if not isinstance(source, str) or not _RUN.fullmatch(source):
        return None
    if size is None:
        return Choice(target, about, None, None, source, "left out as in that run")
    smallest, largest = limits(timed)
    if not _is_number(size, int) or not smallest <= size <= largest:
        return None
    if not _is_number(seconds, int | float) or not 0 < seconds < 1e6:
        return None
    return Choice(target, about, size, float(seconds), source)


def _is_number(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _words(choices: Sequence[Choice]) -> str:
    sizes = [f"{each.size:,} ({1000 * each.seconds:.3g} ms a call)" for each in choices if each.size and each.seconds]
    runs_named = {each.source for each in choices} - {MEASURED, PREDICTED}
    return ", ".join(sizes) + "".join(f", as in {run}" for run in sorted(runs_named))
