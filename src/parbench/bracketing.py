"""Sizes around the one from which on a strategy pays, found by a few calls before cells are named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from parbench import schedule
from parbench.baseline import Baseline
from parbench.calibration import LARGEST, RANGE, ROOM
from parbench.child import CLOSING, Arm, ArmFailed
from parbench.conditions import Conditions
from parbench.growth import Curve, rounds
from parbench.harnesses import BASELINES
from parbench.plan import Entry
from parbench.progress import Progress, Step, silent
from parbench.protocol import Spec
from parbench.records import Cell, Header, chunks_name
from parbench.search import AROUND, Search, placed
from parbench.sizes import TARGETS, Timed
from parbench.workload import Workload

Kind = Literal["break-even", "grain"]
#: What may be looked for: where a strategy is as fast as the baseline, or where it uses half of its cores.
KINDS: tuple[Kind, ...] = ("break-even", "grain")
#: The speedup and the efficiency that are sought. A few calls of what is just as fast are faster half of the time.
FASTER, USEFUL = 1.05, 0.5
#: Where a call takes less than this, both sides are asked a second time, for one may have been disturbed. Seconds.
TWICE_BELOW = 0.05
#: How long the search for one strategy may take once its arm has started; no size is tried or measured at which a call
#: of the baseline takes longer than the second number. Seconds.
SEARCHING, LONGEST = 2.0, 0.3
#: How `Found.source` says that this session found it; otherwise it is the name of the run that it was taken over from.
MEASURED = "measured"


@dataclass(frozen=True)
class Found:
    """The sizes for one strategy, on so many cores and with so many chunks, sought `between` two sizes.

    `outcome` is ``found``, ``never`` or ``always``; `tried` are sizes with the speedup of a few calls there.
    """

    bracket: str
    strategy: str
    cores: int
    chunks: int
    between: list[int]
    outcome: str
    sizes: list[int]
    tried: list[list[float]]
    source: str = MEASURED

    def facts(self) -> dict[str, Any]:
        """As a run file's header keeps it."""
        return {("from" if name == "source" else name): value for name, value in asdict(self).items()}


class Bracketing:
    """The sizes of the cells of a session whose marks ask for a bracket; they are sought only where it `measures`.

    `profile` is that of the session, whose sizes are taken where nothing was found; `earlier` gives the headers of
    runs from which sizes may be taken over; `progress` is told what is sought. `warnings` has a sentence for each
    workload where a search failed.
    """

    def __init__(
        self,
        profile: str,
        earlier: Callable[[], Sequence[Header]],
        measures: bool = False,
        progress: Progress = silent,
    ) -> None:
        self.profile = profile
        self.measures = measures
        self.progress = progress
        self.warnings: dict[str, str] = {}
        self._earlier = earlier
        self._found: dict[tuple[str, str, str, int, int, int, int], Found | None] = {}

    def cells(
        self, entry: Entry, cells: Sequence[Cell], kind: Kind, given: Sequence[int] | None, at: Callable[[], Conditions]
    ) -> list[Cell]:
        """The same cells, which are all of one size, each at the sizes that were found for it.

        `given` are sizes of the mark: the search stays between the smallest and the largest. Baselines are there at all
        sizes of the others.
        """
        ladder, begin = ladder_of(entry.workload, given)
        wanted = [cell for cell in cells if cell.strategy not in BASELINES]
        keys = {
            cell: (entry.workload.name, kind, cell.strategy, cell.cores, cell.chunks, *ends(ladder)) for cell in wanted
        }
        missing = [cell for cell in wanted if keys[cell] not in self._found]
        for cell in missing:
            self._found[keys[cell]] = taken_over(self._earlier(), cell, kind, ends(ladder))
        missing = [cell for cell in missing if self._found[keys[cell]] is None]
        if missing and self.measures:
            for cell, new in self._look_for(entry, missing, kind, ladder, begin, at()):
                self._found[keys[cell]] = new
        usual = sorted(set(given or entry.workload.all_sizes.of_profile(self.profile)))
        sizes = {cell: found.sizes if (found := self._found[keys[cell]]) else usual for cell in wanted}
        every = sorted({size for each in sizes.values() for size in each}) or usual
        return [replace(cell, size=size) for size in every for cell in cells if size in sizes.get(cell, every)]

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """What was found, as a run file's header keeps it."""
        facts: dict[str, list[dict[str, Any]]] = {}
        for (name, *_), found in self._found.items():
            if found is not None:
                facts.setdefault(name, []).append(found.facts())
        return facts

    def lines(self) -> list[str]:
        """What was found or not, for the user, a line a workload and strategy."""
        found = [f"parbench: {_words(key[0], each)}" for key, each in self._found.items() if each is not None]
        return [*found, *(f"parbench: {sentence}" for sentence in self.warnings.values())]

    def _look_for(
        self, entry: Entry, cells: Sequence[Cell], kind: Kind, ladder: Sequence[int], begin: int, at: Conditions
    ) -> Iterator[tuple[Cell, Found]]:
        """What a few calls say, cell by cell; those that cannot be asked are left out, with a warning."""
        name = entry.workload.name
        try:
            with Baseline(entry, ladder[begin], at) as baseline:
                pilot = Pilot(entry, baseline, curve_of(entry.workload, ladder), at)
                for cell in cells:
                    self.progress(Step("finding sizes of", name, (cell.strategy,)))
                    try:
                        yield cell, pilot.found(cell, kind, ladder, begin)
                    except ArmFailed as failure:
                        self._give_up(name, cell.strategy, failure.reason)
        except ArmFailed as failure:
            self._give_up(name, "the baseline", failure.reason)

    def _give_up(self, name: str, who: str, reason: str) -> None:
        why = " ".join(reason.split()).rstrip(".")
        self.warnings[name] = (
            f"Sizes of {name} are those of the profile, as {who} could not be asked for others: {why}."
        )


class Pilot:
    """Asks a strategy and the baseline at one size after another."""

    def __init__(self, entry: Entry, baseline: Baseline, curve: Curve, at: Conditions) -> None:
        self.entry = entry
        self.baseline = baseline
        self.curve = curve
        self.at = at
        self.room = int(ROOM * at.available())

    def found(self, cell: Cell, kind: Kind, ladder: Sequence[int], begin: int) -> Found:
        """The sizes for one cell; raises ArmFailed where it cannot be asked at all."""
        least = USEFUL * cell.cores if kind == "grain" else FASTER
        window = schedule.window(self.at.cpus, cell.cores, 0)
        spec = Spec(
            replace(cell, size=ladder[begin]), self.entry.reference, self.at.seed, window, self.at.path, self.at.options
        )
        arm = self.at.launch(spec)
        tried: dict[int, float] = {}
        try:
            arm.ask("open", self.baseline.deadline)
            arm.ask("first", self.baseline.deadline)
            until = self.at.clock() + SEARCHING

            def pays(size: int) -> bool | None:
                if self.at.clock() > until or not self.affordable(size):
                    return None
                tried[size] = self._speedup(arm, size)
                return tried[size] >= least

            search = Search(ladder, begin, pays)
        finally:
            arm.end(CLOSING)
        if not tried:
            raise ArmFailed("timeout", f"no size from {ladder[0]:,} on has calls that are short enough")
        outcome, places = placed(search)
        inside = [ladder[place] for place in places if 0 <= place < len(ladder)]
        sizes = [size for size in inside if size in tried or self.affordable(size)]
        told = [[size, float(f"{ratio:.3g}")] for size, ratio in sorted(tried.items())]
        return Found(kind, cell.strategy, cell.cores, cell.chunks, list(ends(ladder)), outcome, sizes, told)

    def affordable(self, size: int) -> bool:
        """Whether calls of a size are short enough, as far as is known, and fit into memory."""
        if self.entry.workload.peak_bytes(size) > self.room:
            return False
        return not self.curve.points or self.curve.seconds(size, near=LONGEST) <= LONGEST

    def _speedup(self, arm: Arm, size: int) -> float:
        """The speedup at a size, by the fastest calls of both, which take turns."""
        ours: list[float] = []
        for _ in range(2):
            self.curve.add(size, self.baseline.seconds(size))
            ours.append(float(arm.ask("resize", self.baseline.deadline, size=size)["call_seconds"]))
            if self.curve.points[size] > TWICE_BELOW:
                break
        return self.curve.points[size] / max(min(ours), 1e-9)


def ladder_of(workload: Workload, given: Sequence[int] | None) -> tuple[list[int], int]:
    """The sizes that may be tried, round ones between the smallest and the largest allowed, and where to begin."""
    sizes = workload.all_sizes
    if given is not None:
        least, most = given[0], given[-1]
        begin = int((least * most) ** 0.5)
    elif isinstance(sizes, Timed):
        least, most = max(sizes.tiny, sizes.about[0] // RANGE), min(RANGE * sizes.about[-1], LARGEST)
        begin = sizes.about[0]
    else:
        least, most = sizes.tiny, max((*sizes.quick, *sizes.standard, *sizes.thorough))
        begin = sizes.quick[0]
    ladder = rounds(least, most)
    return ladder, min(range(len(ladder)), key=lambda place: abs(ladder[place] - begin))


def ends(ladder: Sequence[int]) -> tuple[int, int]:
    """The smallest and the largest size of a ladder."""
    return ladder[0], ladder[-1]


def curve_of(workload: Workload, ladder: Sequence[int]) -> Curve:
    """What is known of the seconds of a call beforehand: what the workload says, or that they grow as the size does."""
    sizes = workload.all_sizes
    about = sizes.about if isinstance(sizes, Timed) else tuple(int(1000 * each / TARGETS[0]) for each in TARGETS)
    return Curve(about, *ends(ladder))


def taken_over(earlier: Sequence[Header], cell: Cell, kind: Kind, between: tuple[int, int]) -> Found | None:
    """What the newest of some runs found for the same; None where none did. Nothing in a header is believed."""
    for header in earlier:
        stored = header.settings.get("brackets")
        entries = stored.get(cell.workload) if isinstance(stored, dict) else None
        for entry in entries if isinstance(entries, list) else []:
            if (found := _read(entry, cell, kind, between, header.run)) is not None:
                return found
    return None


def _read(entry: object, cell: Cell, kind: Kind, between: tuple[int, int], run: str) -> Found | None:
    """One entry of a header, if all of it can be meant and it was sought for the same."""
    same = {"bracket": kind, "strategy": cell.strategy, "cores": cell.cores, "chunks": cell.chunks}
    if not isinstance(entry, dict) or any(entry.get(name) != value for name, value in same.items()):
        return None
    sizes, outcome = entry.get("sizes"), entry.get("outcome")
    if entry.get("between") != list(between) or outcome not in ("found", "always", "never"):
        return None
    if not isinstance(sizes, list) or not 0 < len(sizes) <= 2 * AROUND + 2:
        return None
    least, most = between
    if any(type(size) is not int or not least <= size <= most for size in sizes) or sizes != sorted(set(sizes)):
        return None
    return Found(kind, cell.strategy, cell.cores, cell.chunks, list(between), outcome, sizes, [], run[:64])


def _words(name: str, found: Found) -> str:
    """What was found for a strategy, in words."""
    where = ", ".join(f"{size:,}" for size in found.sizes)
    since = "" if found.source == MEASURED else f", as in {found.source}"
    what = {"found": "found", "always": "below the smallest size", "never": "not reached"}[found.outcome]
    cut = "" if found.chunks == 1 else f"x{chunks_name(found.chunks)}"
    return f"{found.bracket} of {name}, {found.strategy} on {found.cores}{cut}: {what}{since}; measured at {where}"
