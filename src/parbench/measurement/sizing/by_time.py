"""Sizes by how long a call takes on this machine: as an earlier run found them, or measured before cells are named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from parbench.measurement.arms.process import ArmFailed
from parbench.measurement.context import RunContext
from parbench.measurement.plan import LocatedWorkload
from parbench.measurement.progress import Activity
from parbench.measurement.sizing.baseline_pilot import FEW_CALLS, Baseline
from parbench.measurement.sizing.finder import MEASURED, PREDICTED, ROOM, Key, SizeFinder, SizeResult, limits_of
from parbench.measurement.sizing.power_law import TimeCurve
from parbench.workload.sizes import TARGETS, SizesByTime
from parbench.workload.workload import Workload

#: Seconds that the search for the sizes of a workload may take once its arms have started. If a call is too long for
#: the rest of them, its size is predicted.
SEARCH_SECONDS = 1.0
#: Sizes that may be tried for one target.
MOST_PROBES = 4
#: Seconds of calls that are tried on the way to longer ones, so that the growth is known.
ON_THE_WAY_SECONDS = (0.01, 0.1)
#: A size is left out if a call takes more than this many times as long as it should, or is as many times shorter.
#: Rounding the size alone makes that four if costs grow with its third power.
FAR = 5.0


@dataclass(frozen=True)
class SizeChoice(SizeResult):
    """The size for calls of about `target` seconds, or a note why there is none.

    `about` is the size that the workload gives for an ordinary machine, `seconds` the time of a call of the baseline.
    """

    target: float
    about: int
    size: int | None
    seconds: float | None
    note: str = ""


class SizesByTimeFinder(SizeFinder[SizeChoice]):
    """Finds the sizes of the workloads of a session that have `SizesByTime` ones."""

    folder = "sizes-by-time"
    fallback = "those for an ordinary machine"
    result_type = SizeChoice

    def sizes(self, entry: LocatedWorkload, timed: SizesByTime, context: Callable[[], RunContext]) -> tuple[int, ...]:
        """The sizes to measure a workload at, in growing order; the search for them runs once."""
        targets = sorted(set(timed.targets(self.profile)))
        abouts = [timed.about[TARGETS.index(target)] for target in targets]
        key = (entry.workload.name, (*targets, *abouts))
        if key not in self._results:
            self._results[key] = self._choices(key, entry, timed, targets, context())
        return tuple(self.sizes_of(self._results[key])) or timed.of_profile(self.profile)

    def _choices(
        self, key: Key, entry: LocatedWorkload, timed: SizesByTime, targets: Sequence[float], context: RunContext
    ) -> list[SizeChoice]:
        """The choices of an earlier run, or measured ones; none if there are neither."""
        choices, workload, room = self._reuse(key, *limits_of(timed)), entry.workload, int(ROOM * context.available())
        if not choices:
            if not self.measures:
                return []
            self.progress(Activity("finding sizes of", workload.name))
            try:
                choices = measure_sizes(entry, timed, targets, context, room)
            except ArmFailed as failure:
                self._give_up(workload.name, failure.reason)
                return []
        choices = with_notes(choices, workload, room)
        if not self.sizes_of(choices):
            self._give_up(workload.name, choices[0].note)
            return []
        return choices

    def sentence(self, workload: str, results: Sequence[SizeChoice]) -> str:
        """The sizes of a workload, with the time of a call and the run that found them."""
        sizes = [
            f"{each.size:,} ({1000 * each.seconds:.3g} ms per call)" for each in results if each.size and each.seconds
        ]
        runs = sorted({each.source for each in results} - {MEASURED, PREDICTED})
        return f"{workload} at {', '.join(sizes)}" + "".join(f", as in {run}" for run in runs)

    def sizes_of(self, results: Sequence[SizeChoice]) -> list[int]:
        """The sizes of the choices that have one."""
        return [each.size for each in results if each.size is not None]


def measure_sizes(
    entry: LocatedWorkload, timed: SizesByTime, targets: Sequence[float], context: RunContext, room: int
) -> list[SizeChoice]:
    """A choice for each target, from calls at a few sizes that need at most `room` bytes; raises ArmFailed."""
    curve = TimeCurve(timed.about, *limits_of(timed))
    with Baseline(entry, timed.tiny, context) as baseline:
        until = context.clock() + SEARCH_SECONDS
        for target in sorted({*targets, *(each for each in ON_THE_WAY_SECONDS if each < targets[-1])}):
            tried = 0
            for _ in range(MOST_PROBES):
                size = curve.size(target)
                cost = FEW_CALLS * len(baseline.arms) * curve.seconds(size, target)
                too_long = bool(curve.points) and cost > until - context.clock()
                # asked again where the search comes back to it, or it seems to be of no use: it may have been disturbed
                is_settled = size in curve.points and tried in (0, size) and not is_far(curve.points[size], target)
                if is_settled or too_long or entry.workload.peak_bytes(size) > room:
                    break
                curve.add(size, baseline.seconds(size))
                tried = size
    choices = []
    for target in targets:
        size = curve.size(target)
        seconds = float(f"{curve.seconds(size, target):.3g}")
        source = MEASURED if size in curve.points else PREDICTED
        choices.append(SizeChoice(target, timed.about[TARGETS.index(target)], size, seconds, source=source))
    return choices


def is_far(seconds: float, target: float) -> bool:
    """Whether a call takes too long, or is too short, to stand for a target."""
    return not target / FAR <= seconds <= target * FAR


def with_notes(choices: Sequence[SizeChoice], workload: Workload, room: int) -> list[SizeChoice]:
    """The choices, with a note in place of each size that cannot be used; `room` is in bytes."""
    noted: list[SizeChoice] = []
    largest = 0
    for each in choices:
        if each.size is None or each.seconds is None:
            noted.append(each)
            continue
        need, note = workload.peak_bytes(each.size), ""
        if need > room:
            note = f"{each.size} needs about {need / 1e9:.2g} GB, more than a fifth of the free memory"
        elif each.size <= largest:
            note = "it would be no larger than the size before"
        elif is_far(each.seconds, each.target):
            note = f"no size takes about {each.target:g} s: {each.size} takes {each.seconds:g} s"
        noted.append(replace(each, size=None, seconds=None, note=note) if note else each)
        largest = largest if note else each.size
    return noted
