"""When a campaign traces: after the samples, in the first blocks of a cell, and never at a cell's expense."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from parbench.measurement.diagnostics import LONGEST_TRACED_SECONDS, TRACED_BLOCKS
from parbench.runfile import reader
from parbench.runfile.records import RunWarning, Sample, Trace
from parbench.workload.cell import BASE, Cell
from tests.support.fake_arms import SHORT, WAKING, World, groups


def traces_of(folder: Path) -> list[Trace]:
    """The traces in the run file."""
    return [record for record in reader.read(folder) if isinstance(record, Trace)]


def test_every_cell_is_traced_in_its_first_blocks(tmp_path: Path) -> None:
    """Each cell has so many traces, from different blocks, the baselines in all of these; spans only in the first."""
    world = World(noise=0.05)
    world.run(tmp_path, groups())
    traces = traces_of(tmp_path)
    counts = Counter(trace.cell for trace in traces)
    assert {count for cell, count in counts.items() if cell.strategy == "threads"} == {TRACED_BLOCKS}
    assert min(counts.values()) == TRACED_BLOCKS
    assert len({(trace.cell, trace.block) for trace in traces}) == len(traces)
    for cell in counts:
        assert [bool(trace.spans) for trace in traces if trace.cell == cell] == [True] + [False] * (counts[cell] - 1)
    assert {cell.strategy for cell in counts} == {"serial", "vectorized", "threads"}


def test_no_arm_is_sampled_after_it_was_traced(tmp_path: Path) -> None:
    """Within a block all samples come first."""
    world = World()
    world.run(tmp_path, groups())
    for arm in world.arms:
        asked = [request for request, _ in arm.asked]
        if "trace" in asked:
            assert "sample" not in asked[asked.index("trace") :]
    traced: set[int] = set()
    for record in reader.read(tmp_path):
        if isinstance(record, Trace):
            traced.add(record.block)
        assert not (isinstance(record, Sample) and record.phase == "steady" and record.block in traced)
    assert traced


def test_samples_do_not_depend_on_tracing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without traced rounds the same samples are taken, in the same order."""
    found = []
    for name, most in (("with", TRACED_BLOCKS), ("without", 0)):
        monkeypatch.setattr("parbench.measurement.diagnostics.TRACED_BLOCKS", most)
        World(noise=0.0).run(tmp_path / name, groups())
        samples = [record for record in reader.read(tmp_path / name) if isinstance(record, Sample)]
        found.append([(each.cell, each.block, each.round, each.cpus) for each in samples])
    shorter = min(map(len, found))
    assert found[0][:shorter] == found[1][:shorter]
    assert not traces_of(tmp_path / "without")


@pytest.mark.parametrize("status", ["error", "crash", "timeout"])
def test_a_trace_that_fails_is_a_warning_and_no_failure(status: str, tmp_path: Path) -> None:
    """The cell stays ok with all its samples; there is one warning a cell, and nobody asks again."""
    world = World(failures={("threads", "trace"): status})
    campaign = world.run(tmp_path, groups(cores=(2,)))
    assert campaign.state.failures == 0
    warnings = [record.text for record in reader.read(tmp_path) if isinstance(record, RunWarning)]
    assert len([text for text in warnings if "could not be traced" in text]) == 1
    assert {trace.cell.strategy for trace in traces_of(tmp_path)} == {"serial", "vectorized"}
    assert world.ended()


def test_calls_that_are_too_long_are_not_traced(tmp_path: Path) -> None:
    """A cell whose call takes very long has samples and no trace."""
    world = World(seconds=lambda cell: 2 * LONGEST_TRACED_SECONDS if cell.strategy == "threads" else 0.01)
    world.run(tmp_path, groups(cores=(2,)), budget=1000.0)
    assert {trace.cell.strategy for trace in traces_of(tmp_path)} == {"serial", "vectorized"}


def test_only_our_environment_is_traced(tmp_path: Path) -> None:
    """The twins of a comparison are not traced."""
    made = groups(cores=(2,))
    for group in made:
        group.cells += [cell.at(BASE) for cell in group.cells]
    World().run(tmp_path, made)
    assert {trace.cell.environment for trace in traces_of(tmp_path)} == {""}


def test_what_tracing_takes_is_part_of_what_a_block_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of traced calls counts where the cost of the next block is foretold."""
    profile = replace(SHORT, least_blocks=1, most_blocks=1)
    costs = []
    for most in (TRACED_BLOCKS, 0):
        monkeypatch.setattr("parbench.measurement.diagnostics.TRACED_BLOCKS", most)
        campaign = World().run(tmp_path / str(most), groups(("serial",), cores=(1,)), profile=profile)
        costs.append(campaign.state[Cell("doubles", 1000, "serial", 1)].block_seconds)
    assert costs[0] - costs[1] == pytest.approx(WAKING + 2 * 0.01)
