"""Which strategy to take, for a size and a number of calls: from what was measured, else from what strategies cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from parbench.analysis.advice.advice import Advice
from parbench.analysis.advice.candidates import Candidate, Doubt, alike, candidate, equals, exact, predicted, within
from parbench.analysis.advice.cost_model import FIRST, Observation, at_cores, fit, prior
from parbench.analysis.advice.features import typical
from parbench.analysis.advice.interpolation import Estimate, at_size, estimate, growth, neighbours, spreads
from parbench.analysis.choice import comparable
from parbench.analysis.frame import data_of, ours, require_samples
from parbench.analysis.source import RunView, Source
from parbench.analysis.summary import IMPLAUSIBLE, summarize
from parbench.analysis.verdict import verdicts
from parbench.errors import UsageError
from parbench.runfile.records import WorkloadCost
from parbench.text import one_line
from parbench.workload.cell import BASELINES, HEAD


def advise(
    run: Source,
    workload: str | None = None,
    size: int | None = None,
    calls: int = 1,
    cores: int | None = None,
    memory: float | None = None,
    weight: WorkloadCost | None = None,
    strategies: Sequence[str] | None = None,
) -> Advice:
    """Recommended strategy for `calls` calls of a workload at a size, on at most the given number of cores.

    `run` is a `parbench.Run`, a frame of `parbench.load`, or the path of a run; `workload` may be left out if the run
    has one only, and `size` is by default the largest measured one. `cores` are by default the most that were measured,
    `memory` is in bytes. A workload that is not in the run needs a `weight`, and the `strategies` that have a way to
    run it. Raises UsageError for what cannot be meant, and where the run does not have what is needed.
    """
    view = RunView.of(run)
    adviser = Adviser(view.frame, view.summary)
    name = view.one(None) if workload is None else workload
    if size is None:
        measured = adviser.sizes(name)
        if not measured:
            raise UsageError(f"this run has no result of {one_line(name)}: give a size.")
        size = measured[-1]
    return adviser.advise(name, size, calls, cores, memory, weight, strategies)


class Adviser:
    """Gives advice from one run; what is learned of its strategies is learned once."""

    def __init__(self, frame: pd.DataFrame, summary: pd.DataFrame | None = None) -> None:
        frame = ours(require_samples(frame))
        summary = summarize(frame) if summary is None else summary
        cells = comparable(summary)
        self.verdicts = {(each.workload, each.size): each for each in verdicts(summary)}
        self.cells: dict[str, list[Any]] = {str(name): [] for name in cells["workload"]}
        # a cell may have started when its run was ended by Ctrl-C, and have no time of a call: nothing is known of it
        for row in cells[(cells["status"] != "ok") | cells["seconds"].notna()].itertuples():
            self.cells[str(row.workload)].append(row)
        weighed: dict[tuple[str, int], list[WorkloadCost]] = {}
        for each in data_of(frame).weights:
            weighed.setdefault((each.cell.workload, each.cell.size), []).append(each)
        self.weights = {key: typical(several) for key, several in weighed.items()}
        self.header = data_of(frame).header
        self._spreads = spreads(frame)
        self._baselines = {
            (row.workload, row.size): row for rows in self.cells.values() for row in rows if row.verdict == "baseline"
        }
        self.laws = fit(self.observations())

    def observations(self) -> list[Observation]:
        """Every measured cell whose workload was weighed."""
        return [
            Observation(row.workload, row.strategy, row.cores, at_cores(weight, row.cores), *phases)
            for rows in self.cells.values()
            for row in rows
            if row.status == "ok" and row.chunks == 1
            if (weight := self.weights.get((row.workload, row.size))) is not None
            if (phases := self._estimate(row).phases)[0] > 0
        ]

    def _estimate(self, row: Any) -> Estimate:
        """Times of a measured cell, paired with its baseline."""
        return estimate(row, self._baselines.get((row.workload, row.size)), self._spreads)

    def error(self, known: Observation) -> float:
        """Uncertainty of the steady time of a cell, as the standard deviation of its logarithm."""
        cell = known.weight.cell
        return self._spreads.get((known.workload, cell.size, known.strategy, known.cores, 1, HEAD), FIRST)

    def workloads(self) -> list[str]:
        """The workloads of the run."""
        return list(self.cells)

    def most_cores(self, workload: str) -> int:
        """The most cores that a workload was measured on; for one that is not there, the most that others were.

        Those that mostly wait do not count then, as their workers may be more than there are cores.
        """
        others = [name for name in self.cells if not self.header.facts(name).waits]
        names = [workload] if workload in self.cells else others
        return max((int(row.cores) for name in names for row in self.cells[name]), default=1)

    def sizes(self, workload: str) -> list[int]:
        """The sizes at which a workload was measured, growing."""
        return sorted({int(row.size) for row in self.cells.get(workload, ()) if row.status == "ok"})

    def advise(
        self,
        workload: str,
        size: int,
        calls: int = 1,
        cores: int | None = None,
        memory: float | None = None,
        weight: WorkloadCost | None = None,
        strategies: Sequence[str] | None = None,
    ) -> Advice:
        """As the function of this name."""
        if weight is None and workload not in self.workloads():
            there = ", ".join(self.workloads()) or "none"
            raise UsageError(
                f"there is no workload {workload!r} in this run, which has {there}: name one of these, or a new one by "
                "its place, such as mymodule:workload or file.py:workload."
            )
        cores = self.check(workload, size, calls, cores)
        if workload in self.workloads():
            candidates = [*self._measured(workload, size, cores, calls)]
        else:
            assert weight is not None  # refused above
            candidates = [*self._predicted(weight, strategies or list(self.laws), cores, calls)]
        word = self.header.facts(workload).worker_word
        candidates = [replace(within(each, memory), each=word) for each in candidates]
        decided = self._decided(workload, size, calls, cores, candidates)
        unknown = [each.strategy for each in decided.candidates if math.isnan(each.peak_bytes)]
        if memory is None or not unknown:
            return decided
        names = "any strategy here" if len(unknown) == len(decided.candidates) else ", ".join(dict.fromkeys(unknown))
        note = f"How much memory {names} would need is not known, so the limit was not held against that: measure it."
        return replace(decided, notes=(*decided.notes, note))

    # -- what there is -----------------------------------------------------------------------------------

    def _measured(self, workload: str, size: int, cores: int, calls: int) -> Iterable[Candidate]:
        """A candidate for each strategy of a measured workload and each of its core counts that is not too many."""
        groups: dict[tuple[str, int, int], list[Any]] = {}
        for row in self.cells[workload]:
            groups.setdefault((row.strategy, int(row.cores), int(row.chunks)), []).append(row)
        fitting = {strategy for strategy, count, _ in groups if count <= cores}
        scaled = {strategy for strategy, count, _ in groups if count > 1}
        least = max(
            (growth(self._times_by_size(rows)) for key, rows in groups.items() if key[0] in BASELINES), default=0.0
        )
        for (strategy, count, chunks), rows in groups.items():
            if chunks != 1 and size not in {row.size for row in rows}:
                continue  # the number of chunks is another question
            if count == 1 and strategy in scaled and strategy not in BASELINES:
                if cores == 1 and chunks == 1:
                    yield Candidate(strategy, count, excluded="it is not parallel on one core")
            elif count <= cores:
                yield self._estimated((strategy, count, chunks), rows, size, calls, least)
            elif strategy not in fitting:
                yield Candidate(strategy, count, excluded=f"it was not measured on {cores} or fewer", chunks=chunks)

    def _times_by_size(self, rows: list[Any]) -> dict[int, Estimate]:
        """Measured times of one strategy, by size."""
        return {int(row.size): self._estimate(row) for row in rows if row.status == "ok"}

    def _estimated(self, cell: tuple[str, int, int], rows: list[Any], size: int, calls: int, least: float) -> Candidate:
        """The candidate that the cells of one strategy, cores and chunks make, if it did not fail where it matters."""
        strategy, cores, chunks = cell
        nearest = min(rows, key=lambda row: abs(math.log(row.size / size)))
        if nearest.status != "ok":
            where = "here" if nearest.size == size else f"at {nearest.size:,}, the nearest size"
            failed = "was not measured" if nearest.status == "skipped" else "failed"
            reason = f"it {failed} {where}: {nearest.reason or nearest.status}"
            return Candidate(strategy, cores, excluded=reason, chunks=chunks)
        if nearest.reason == IMPLAUSIBLE:
            return Candidate(strategy, cores, excluded=IMPLAUSIBLE, chunks=chunks)
        facts = self.header.facts(str(rows[0].workload))
        elements = {int(row.size): count for row in rows if (count := facts.count(row.size)) > 0}
        times = self._times_by_size(rows)
        result = candidate(strategy, cores, at_size(times, size, least, elements), calls, chunks)
        if not math.isfinite(result.seconds):  # rows were taken out of the frame
            return Candidate(strategy, cores, excluded="it has no steady times in this table", chunks=chunks)
        return replace(result, doubt=self._doubt(result, rows, size, set(neighbours(sorted(times), size))))

    def _doubt(self, candidate: Candidate, rows: list[Any], size: int, near: set[int]) -> Doubt:
        """The doubt about a candidate whose times come from rows at the sizes that are `near`."""
        verdict = self.verdicts.get((rows[0].workload, size))
        if verdict is not None and verdict.best and candidate.source != "measured":
            return "not measured at this size"
        here = near if candidate.source != "measured" else {size}
        cells = [(row.verdict, self.verdicts[row.workload, row.size].outcome) for row in rows if row.size in here]
        if candidate.strategy in BASELINES or ("faster", "faster") in cells:
            return ""
        return "no difference to serial" if ("faster", "no difference") in cells else "not known to be faster"

    def _predicted(
        self, weight: WorkloadCost, strategies: Iterable[str], cores: int, calls: int
    ) -> Iterable[Candidate]:
        """A candidate for each strategy that has a law, on as many cores as there may be."""
        for strategy in strategies:
            law = self.laws.get(strategy) or prior(strategy)
            if law is None or (strategy == "vectorized" and weight.vectorized_seconds is None):
                yield Candidate(strategy, cores, excluded="nothing is known of what it costs: measure it")
                continue
            yield predicted(law, weight, cores, calls)

    # -- what to take ------------------------------------------------------------------------------------

    def _decided(self, workload: str, size: int, calls: int, cores: int, candidates: Sequence[Candidate]) -> Advice:
        ranked = sorted((each for each in candidates if not each.excluded), key=lambda each: each.expected)
        excluded = tuple(each for each in candidates if each.excluded)
        if not ranked:
            why = "; ".join(f"{each.strategy}: {each.excluded}" for each in excluded) or "nothing was measured"
            raise UsageError(f"nothing can be recommended for {workload} at {size:,}: {why}.")
        verdict = self.verdicts.get((workload, size))
        best = None if verdict is None else (verdict.best, verdict.cores, verdict.chunks)
        choice, *equal = equals([each for each in ranked if not each.doubt] or ranked, best)
        others = [each for each in ranked if each.strategy != choice.strategy]
        rival = others[0] if others else None
        notes = tuple(self._notes(workload, size, choice, rival, ranked))
        apart = rival is None or not (rival in equal or rival.expected < choice.expected or alike(choice, rival))
        same = tuple({each.strategy: each for each in reversed(equal) if each.strategy != choice.strategy}.values())
        return Advice(workload, size, calls, cores, choice, rival, same[::-1], apart, tuple(ranked), excluded, notes)

    def _notes(
        self, workload: str, size: int, choice: Candidate, rival: Candidate | None, ranked: Sequence[Candidate]
    ) -> Iterable[str]:
        sizes = self.sizes(workload)
        if sizes and len(sizes) == 1 and size != sizes[0]:
            yield (
                f"{workload} was measured at one size only, {sizes[0]:,}, so its time is taken to grow in proportion: "
                f"measure a second one, as with --parbench-sizes={sizes[0]},{size}."
            )
        elif sizes and not sizes[0] <= size <= sizes[-1]:
            yield (
                f"{size:,} is beyond what was measured ({sizes[0]:,} to {sizes[-1]:,}): measure it with "
                f"--parbench-sizes={size}."
            )
        if any(each is not None and each.source == "predicted" and not exact(each) for each in (choice, rival)):
            yield "Predicted times come from what strategies cost with other workloads: measure before relying on them."
        if choice.cores > 1 and {each.cores for each in ranked} - {1} == {choice.cores}:
            yield f"No other number of cores than {choice.cores} was compared: measure more with --parbench-cores."

    def check(self, workload: str, size: int, calls: int, cores: int | None) -> int:
        """The number of cores; raises UsageError where something cannot be meant or is missing."""
        for name, value in (("size", size), ("calls", calls), *((("cores", cores),) if cores is not None else ())):
            if type(value) is not int or value < 1:
                raise UsageError(f"{name} {value!r} is not a positive whole number.")
        if workload not in self.workloads() and not any(law.coefficients for law in self.laws.values()):
            raise UsageError(
                "this run does not say what its workloads weigh, so nothing can be predicted from it: measure again "
                "with this version of parbench, best the whole catalogue with --parbench-profile=standard."
            )
        most = self.most_cores(workload)
        if cores is not None and cores > most:
            on = "1 core" if most == 1 else f"at most {most} cores"
            raise UsageError(
                f"{workload} was measured on {on} in this run, which says nothing of {cores}: ask for fewer, or "
                f"measure on a machine that has them with --parbench-cores={cores}."
                if workload in self.workloads()
                else f"this run knows what strategies cost on {on}: ask for fewer than {cores}."
            )
        return cores or most
