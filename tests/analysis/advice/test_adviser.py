"""Which strategy to take: from times that were made up by a law, so that the right answer is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import parbench
from benchmarks.validate import advice as validation
from parbench.analysis.advice.adviser import Adviser
from parbench.analysis.advice.cost_model import at_cores, fit
from parbench.errors import UsageError
from parbench.report.html.sections import advice as section
from parbench.report.sentences.advice import advices
from parbench.report.terminal.advice import parts
from parbench.runfile.records import WorkloadCost
from parbench.workload.cell import Cell
from tests.support import made_up_run
from tests.support.run_data import change, made_up

#: Seconds of a later call, of starting and of the first call.
Phases = tuple[float, float, float]
SIZES = (1_000, 10_000, 100_000)


def weight(workload: str, size: int, each: float = 1e-5, **fields: Any) -> WorkloadCost:
    """Cost of a workload with the given seconds per element, half of it in each of two threads."""
    work = each * size
    plain: dict[str, Any] = {
        **dict.fromkeys(("first_seconds", "whole_seconds", "busy_seconds"), work),
        **dict.fromkeys(("longest_seconds", "together_seconds", "together_first_seconds"), work / 2),
        **dict.fromkeys(("split_seconds", "combine_seconds", "out_seconds"), 0.0),
        **dict.fromkeys(("parts", "tasks"), 2),
        "stages": 1,
        "vectorized_seconds": None,
        "in_seconds": 1e-9 * size,
        "in_bytes": 8 * size,
        "out_bytes": 8,
        "in_place": False,
    }
    return WorkloadCost(Cell(workload, size, "serial", 1), 0, **{**plain, **fields})


def by_law(each: WorkloadCost) -> dict[tuple[str, int], Phases]:
    """Costs of strategies by the laws that the model has to find."""
    threads = 5e-5 * each.tasks + 1.1 * each.together_seconds
    processes = 4e-4 * each.tasks + 2e-9 * (each.in_bytes or 0) + 1.2 * each.longest_seconds
    return {
        ("serial", 1): (each.whole_seconds, 0.0, each.whole_seconds),
        ("threads", 2): (threads, 1e-3, threads),
        ("multiprocessing", 2): (processes, 0.05, processes),
    }


def made(
    cells: Mapping[tuple[str, int, str, int], Phases], weights: tuple[WorkloadCost, ...] = (), **every: Any
) -> Any:
    """The frame of a run with these cells, two blocks each; `every` is in all rows."""
    rows = [
        {
            **dict(zip(made_up_run.CELL, (*cell, 1, ""), strict=True)),
            **dict.fromkeys(("seconds", "cpu_seconds"), seconds),
            **dict(zip(("block", "round", "loops", "phase"), (block, 0, 1, phase), strict=True)),
            "ceiling": math.nan,
            "peak_bytes": 1e6 * cell[3],
            "status": "ok",
            "reason": "",
            **every,
        }
        for cell, (steady, start, first) in cells.items()
        for block in range(2)
        for phase, seconds in (("start", start), ("first", first), ("steady", steady))
    ]
    frame = pd.DataFrame(rows)
    names = {cell[0]: {"bound": "compute"} for cell in cells}
    frame.attrs["run"] = made_up(names, weights=weights)
    return frame


def catalogue() -> Any:
    """A run of workloads that weigh differently, made by law."""
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "heavy": {"in_bytes": 10**6},
        "locked": {},
        "light": {"in_bytes": 100},
        "stepped": {"tasks": 8, "stages": 4},
    }
    weights = [weight(name, size, **fields) for size in SIZES for name, fields in kinds.items()]
    weights = [
        replace(each, together_seconds=each.busy_seconds, together_first_seconds=each.busy_seconds)
        if each.cell.workload == "locked"
        else each
        for each in weights
    ]
    cells = {
        (each.cell.workload, each.cell.size, *key): phases for each in weights for key, phases in by_law(each).items()
    }
    return made(cells, tuple(weights))


def of_one(cells: Mapping[tuple[str, int], Phases], size: int = 1_000) -> Any:
    """A run of one workload at one size."""
    return made({("work", size, *key): phases for key, phases in cells.items()})


def test_planted_laws_are_found() -> None:
    """A workload that no law was learned from is predicted within a few percent, locked or not, heavy or light."""
    laws = fit(Adviser(catalogue()).observations())
    for fields in ({}, {"in_bytes": 300 * 30_000}, {"together_seconds": 0.3}, {"tasks": 4, "stages": 2}):
        new = weight("new", 30_000, **fields)
        for (strategy, _), (seconds, *_) in by_law(new).items():
            assert laws[strategy].steady(new).seconds == pytest.approx(seconds, rel=0.06), (strategy, fields)
    assert all(value >= 0 for law in laws.values() for value in law.coefficients.values())


def test_a_law_knows_how_sure_it_is() -> None:
    """A strategy whose times follow no law is less sure than one whose times do."""
    adviser = Adviser(catalogue())
    noisy = [
        replace(each, steady=each.steady * (3.0 if len(each.workload) % 2 else 0.4)) if each.cores == 2 else each
        for each in adviser.observations()
    ]
    assert fit(noisy)["threads"].sigma > 3 * adviser.laws["threads"].sigma


def test_a_new_workload_is_advised_from_its_weight() -> None:
    """Where threads hinder each other and bytes are few, processes; where bytes are many, no more of them."""
    locked = weight("new", 200_000, together_seconds=2.0, together_first_seconds=2.0, in_bytes=100)
    assert parbench.advise(catalogue(), "new", 200_000, 100, weight=locked).choice.strategy == "multiprocessing"
    heavy = replace(locked, in_bytes=10**10)
    assert parbench.advise(catalogue(), "new", 200_000, 100, weight=heavy).choice.strategy == "serial"
    free = weight("new", 200_000)
    found = parbench.advise(catalogue(), "new", 200_000, 100, weight=free)
    assert (found.choice.strategy, found.choice.source) == ("threads", "predicted")
    assert any("Predicted" in note for note in found.notes)


def test_a_strategy_of_unknown_cost_is_no_choice() -> None:
    """It is named among the excluded, with what to do."""
    found = parbench.advise(catalogue(), "new", 1_000, weight=weight("new", 1_000), strategies=["serial", "joblib"])
    assert [(each.strategy, each.excluded) for each in found.excluded] == [
        ("joblib", "nothing is known of what it costs: measure it")
    ]


def test_fewer_cores_are_reckoned_from_more() -> None:
    """On one core the tasks follow each other; on half as many cores each is twice as long, if all are equal."""
    whole = weight("new", 1_000, parts=4, tasks=4, longest_seconds=0.0025, together_seconds=0.005)
    assert at_cores(whole, 4) == whole
    assert at_cores(whole, 1).together_seconds == at_cores(whole, 1).longest_seconds == whole.busy_seconds
    assert at_cores(whole, 2).longest_seconds == pytest.approx(0.005)
    assert 0.005 < at_cores(whole, 2).together_seconds < 0.01


@pytest.mark.parametrize("size", [10, 1_000_000_000])
def test_a_size_beyond_what_was_measured_is_noted(size: int) -> None:
    """A note says that, and what to measure."""
    advice = parbench.advise(catalogue(), "plain", size)
    assert any("is beyond what was measured" in note for note in advice.notes)


def test_advice_beyond_sizes_is_not_led_by_overhead() -> None:
    """Far beyond the sizes of a run, a strategy is not chosen because its overhead made its curve look flat."""
    took = {("serial", 1): (0.01, 0.1), ("multiprocessing", 2): (0.05, 0.06)}
    sizes = (1_000, 10_000)
    frame = made(
        {("work", size, *key): (each[n], 0.0, each[n]) for key, each in took.items() for n, size in enumerate(sizes)}
    )
    found = parbench.advise(frame, "work", 100_000_000, 10)
    times = {each.strategy: each.seconds for each in found.candidates}
    assert times["serial"] / times["multiprocessing"] == pytest.approx(0.1 / 0.06, rel=0.05)


def test_one_size_is_said_to_be_one() -> None:
    """With one size its time is taken in proportion, and the note says how to measure a second."""
    frame = of_one({("serial", 1): (0.01, 0.0, 0.01)})
    found = parbench.advise(frame, "work", 2_000, 11)
    assert found.choice.seconds == pytest.approx(11 * 0.02)
    assert any("--parbench-sizes=1000,2000" in note for note in found.notes)


def test_starting_is_earned_back_by_many_calls() -> None:
    """Few calls stay serial, many take the workers, and the sentence says from how many calls on."""
    frame = of_one({("serial", 1): (0.01, 0.0, 0.01), ("threads", 2): (0.005, 0.1, 0.005)})
    few, many = (parbench.advise(frame, "work", 1_000, calls) for calls in (2, 1_000))
    assert (few.choice.strategy, many.choice.strategy) == ("serial", "threads")
    assert many.choice.seconds == pytest.approx(0.1 + 1_000 * 0.005)
    assert "from about 20 calls on" in few.sentence
    assert "2.00 times as fast" in many.sentence


def test_what_makes_no_difference_is_told_and_the_simplest_taken() -> None:
    """Threads faster by a hundredth are no reason to leave serial."""
    frame = of_one({("serial", 1): (0.0101, 0.0, 0.01), ("threads", 2): (0.01, 0.0, 0.01)})
    found = parbench.advise(frame, "work", 1_000, 1_000)
    assert (found.choice.strategy, found.apart) == ("serial", False)
    assert found.sentence.endswith("with threads on 2 cores, whose later calls are not known to be faster.")


def test_equal_strategies_are_named_and_the_simplest_is_advised() -> None:
    """Processes that are 4 % faster than threads are equal to them, and no reason to leave threads."""
    cells = {
        ("serial", 1): (0.01, 0.0, 0.01),
        ("threads", 2): (0.0052, 0.0, 0.0052),
        ("joblib", 2): (0.005, 0.0, 0.005),
    }
    found = parbench.advise(of_one(cells), "work", 1_000, 1_000)
    assert (found.choice.strategy, [each.strategy for each in found.equal]) == ("threads", ["joblib"])
    assert "Equal, but less simple: joblib on 2 cores, 5.00 s" in found.sentence


def test_a_first_call_between_sizes_is_no_faster_than_later_ones() -> None:
    """First calls that grow slower than later ones are not extended below these, unless they were measured so."""
    cells = {("serial", 1_000): (0.001, 0.0, 0.0011), ("serial", 2_000): (0.004, 0.0, 0.0041)}
    frame = made({("work", size, strategy, 1): phases for (strategy, size), phases in cells.items()})
    (beyond,) = parbench.advise(frame, "work", 100_000).candidates
    assert beyond.first >= beyond.steady
    fast = made(
        {("work", size, "serial", 1): (seconds, 0.0, seconds / 2) for size, seconds in ((1000, 1.0), (2000, 2.0))}
    )
    (beyond,) = parbench.advise(fast, "work", 100_000).candidates
    assert beyond.first == pytest.approx(beyond.steady / 2)


def test_advice_has_the_speedup_of_the_verdict() -> None:
    """On a machine that became slower, a strategy that took part in the first rounds only is compared within these."""
    frame = of_one({("serial", 1): (0.01, 0.0, 0.01), ("threads", 2): (0.008, 0.0, 0.008)})
    slower = frame[(frame["strategy"] == "serial") & (frame["phase"] == "steady")]
    later = [slower.assign(round=turn, seconds=0.03) for turn in (1, 2)]
    drifted = pd.concat([frame, *later], ignore_index=True)
    drifted.attrs = frame.attrs
    threads = parbench.summarize(drifted).set_index("strategy").loc["threads"]
    assert threads["speedup"] == pytest.approx(1.25)
    found = parbench.advise(drifted, "work", 1_000, 1_000)
    times = {each.strategy: each.steady for each in found.candidates}
    assert times["serial"] / times["threads"] == pytest.approx(1.25)
    assert found.apart == (threads["verdict"] == "faster")


def test_too_much_memory_is_no_choice() -> None:
    """A strategy beyond the limit is excluded with both amounts, however fast."""
    frame = of_one({("serial", 1): (0.01, 0.0, 0.01), ("threads", 2): (0.005, 0.0, 0.005)})
    found = parbench.advise(frame, "work", 1_000, 1_000, memory=1.5e6)
    assert found.choice.strategy == "serial"
    assert found.excluded[0].excluded == "it needs about 2 MB, and 1.5 MB are allowed"


def test_a_limit_that_cannot_be_held_is_said() -> None:
    """Nobody knows how much memory a workload needs that was only weighed; without a limit nobody asks."""
    new = weight("new", 1_000)
    words = "How much memory any strategy here would need is not known"
    limited, free = (parbench.advise(catalogue(), "new", 1_000, weight=new, memory=memory) for memory in (1e6, None))
    assert limited.notes[-1].startswith(words)
    assert not [note for note in free.notes if note.startswith(words)]
    assert not [note for note in parbench.advise(catalogue(), "plain", 1_000, memory=1e12).notes if "memory" in note]


def test_what_failed_is_no_choice() -> None:
    """A strategy that failed is excluded with its reason, and nothing is left where all failed."""
    good = of_one({("serial", 1): (0.01, 0.0, 0.01)})
    bad = made({("work", 1_000, "threads", 2): (0.001, 0.0, 0.001)}, status="crash", reason="it died.")
    frame = pd.concat([good, bad])
    frame.attrs = good.attrs
    found = parbench.advise(frame, "work", 1_000, 1_000)
    assert found.choice.strategy == "serial"
    assert [(each.strategy, each.excluded) for each in found.excluded] == [("threads", "it failed here: it died.")]
    assert "threads on 2 cores: no choice, it failed here: it died." in parts(found)
    with pytest.raises(UsageError, match=r"nothing can be recommended.*it died"):
        parbench.advise(bad, "work", 1_000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"size": 0}, "size 0 is not a positive whole number"),
        ({"calls": -1}, "calls -1 is not"),
        ({"cores": 0}, "cores 0 is not"),
        ({"cores": 3}, "at most 2 cores in this run, which says nothing of 3"),
        ({"workload": "nobody"}, "no workload 'nobody' in this run, which has plain, heavy"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: dict[str, Any], words: str) -> None:
    """One sentence each, with what there is."""
    with pytest.raises(UsageError, match=words):
        parbench.advise(catalogue(), **{"workload": "plain", "size": 1_000, **change})


def test_without_weights_nothing_new_is_predicted() -> None:
    """A run of an older version says so, and what to do; its own workloads are advised all the same."""
    frame = catalogue()
    change(frame, weights=())
    with pytest.raises(UsageError, match=r"does not say what its workloads weigh.*measure again"):
        parbench.advise(frame, "new", 1_000, weight=weight("new", 1_000))
    assert parbench.advise(frame, "plain", 10_000, 1_000).choice.strategy == "threads"


def test_fewer_cores_leave_what_was_measured_on_more() -> None:
    """On one core only what runs on one core is a choice."""
    found = parbench.advise(catalogue(), "plain", 100_000, 1_000, cores=1)
    assert {each.strategy for each in found.excluded} == {"threads", "multiprocessing"}
    assert found.choice.strategy == "serial"


# -- shown, and validated --------------------------------------------------------------------------------


def test_the_section_has_a_row_for_every_workload_and_size() -> None:
    """The table, and the CSV next to it, have everything for 1, 10 and 1,000 calls."""
    frame = catalogue()
    found = section.section(parbench.Run(frame))
    assert found is not None
    assert found.body.count("<tr") == 1 + 5 * len(SIZES)
    assert "threads on 2 cores" in found.body
    assert len(found.tables["advice"]) == 5 * len(SIZES) * 3
    assert section.section(parbench.Run(frame[:0])) is None


def test_advice_is_the_same_in_the_table() -> None:
    """The report has the same recommendation as the function, in every seventh row."""
    frame = catalogue()
    for row in advices(Adviser(frame)).iloc[::7].itertuples():
        assert row.sentence == parbench.advise(frame, str(row.workload), row.size, row.calls).sentence  # type: ignore[arg-type]  # pandas types no rows


def test_validation_of_a_run_by_law_finds_good_advice() -> None:
    """Where times follow laws, leaving each workload out, nearly all choices are right and cost little."""
    adviser = Adviser(catalogue())
    cases = pd.DataFrame(validation.cases_of(adviser.observations(), adviser))
    assert len(cases) == 5 * len(SIZES) * 2 * 3
    assert cases["right"].mean() > 0.9
    assert cases["regret"].quantile(0.95) < 0.15
    assert cases["always serial"].max() > 0.4


def test_validation_prints_what_a_run_lacks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without weights it says so, and with them every table is there."""
    frame = catalogue()
    monkeypatch.setattr(parbench, "load", lambda run: frame, raising=False)
    validation.main(["any"])
    assert "instead of advice" in capsys.readouterr().out
    change(frame, weights=())
    validation.main(["any"])
    out = capsys.readouterr().out
    assert out.startswith("not weighed, and left out: plain, heavy")
    assert "nothing to learn from" in out


def test_a_run_needs_no_more_if_it_has_one_workload() -> None:
    """An opened run is advised at its largest size, and the answer reads as a sentence everywhere."""
    run = parbench.Run(of_one({("serial", 1): (0.01, 0.0, 0.01), ("threads", 2): (0.005, 0.0, 0.005)}))
    advice = parbench.advise(run)
    assert (advice.workload, advice.size) == ("work", max(run.summary["size"]))
    assert str(advice) == repr(advice) == "\n".join([advice.sentence, *advice.notes])
    assert advice._repr_html_().startswith("<p>Use threads on 2 cores: 1 call takes about ")
    with pytest.raises(UsageError, match="there are several workloads"):
        parbench.advise(parbench.Run(catalogue()))
