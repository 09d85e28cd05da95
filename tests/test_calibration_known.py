"""Sizes by time, taken over from the run files of earlier runs, in which nothing is believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from parbench import machine
from parbench.calibration import LOOK_BACK
from parbench.journal import FILE, Journal
from parbench.records import Cell
from parbench.sizes import TARGETS
from tests import fake
from tests.fake import World
from tests.timed import ABOUT, calibrated, job, sizes

HERE = {"machine_id": machine.describe()["machine_id"]}


def linear(cell: Cell) -> float:
    """An ordinary machine: a microsecond an element."""
    return 1e-6 * cell.size


def run(out: Path, name: str, calibration: Any, machine_facts: Any = None) -> None:
    """An earlier run whose header has this calibration."""
    header = fake.header(
        run=name, settings={"calibration": calibration}, machine=HERE if machine_facts is None else machine_facts
    )
    Journal(out / name / FILE, header).__exit__(None, None, None)


def stored(*, abouts: tuple[int, ...] = ABOUT, factor: int = 3, **changes: Any) -> list[dict[str, Any]]:
    """What the header of a run of the standard profile holds for a workload; `changes` are made to its second size."""
    entries: list[dict[str, Any]] = [
        {"target": target, "about": size, "size": factor * size, "seconds": target, "from": "measured"}
        for target, size in zip(TARGETS, abouts, strict=True)
    ]
    entries[1].update(changes)
    return entries


def test_sizes_of_the_newest_run_are_taken_over(tmp_path: Path) -> None:
    """Without any measuring, and they say from which run they are, at second hand too."""
    run(tmp_path, "20260101-000000-standard", {"doubles": stored(factor=7)})
    run(tmp_path, "20260102-000000-standard", {"doubles": stored()})
    world = World()
    first = calibrated(world, job(), tmp_path)
    assert sizes(first, world, job()) == (3000, 30_000, 300_000, 3_000_000)
    assert {fact["from"] for fact in first.facts()["doubles"]} == {"20260102-000000-standard"}
    assert first.lines()[0].endswith(", as in 20260102-000000-standard")
    run(tmp_path, "20260103-000000-standard", first.facts())
    again = calibrated(world, job(), tmp_path)
    assert again.facts() == first.facts()
    assert world.arms == []


def test_what_one_calibration_found_the_next_takes_over(tmp_path: Path) -> None:
    """All of it, left-out targets included, through a run file."""
    world = World(seconds=linear, free_bytes=5 * 500_000)
    first = calibrated(world, job(), tmp_path)
    run(tmp_path, "20260101-000000-standard", json.loads(json.dumps(first.facts())))
    count = len(world.arms)
    again = calibrated(world, job(), tmp_path)
    assert len(world.arms) == count > 0
    assert sizes(again, world, job()) == sizes(first, world, job()) == ABOUT[:3]
    assert again.facts()["doubles"][3]["size"] is None


def test_sizes_far_from_those_of_an_ordinary_machine_are_taken_over_as_well(tmp_path: Path) -> None:
    """Whatever a search may find is believed when it is read again, on a machine two thousand times as fast."""
    world = World(seconds=lambda cell: linear(cell) / 2000, free_bytes=10**15)
    first = calibrated(world, job(), tmp_path)
    assert sizes(first, world, job())[:2] == (2_000_000, 20_000_000)
    run(tmp_path, "20260101-000000-standard", json.loads(json.dumps(first.facts())))
    again = calibrated(world, job(), tmp_path, measures=False)
    assert sizes(again, world, job()) == sizes(first, world, job())


def test_memory_bounds_what_is_taken_over(tmp_path: Path) -> None:
    """A size that has no room now is left out, wherever it is from."""
    run(tmp_path, "20260101-000000-standard", {"doubles": stored()})
    world = World(free_bytes=5 * 500_000)
    assert sizes(calibrated(world, job(), tmp_path), world, job()) == (3000, 30_000, 300_000)


def test_only_what_is_known_is_used_where_nothing_may_be_measured(tmp_path: Path) -> None:
    """As when tests are only listed: the sizes of an earlier run, or else those of an ordinary machine."""
    world = World()
    unknown = calibrated(world, job(), tmp_path / "none", measures=False)
    assert (sizes(unknown, world, job()), unknown.facts(), unknown.warnings) == (ABOUT, {}, {})
    run(tmp_path, "20260101-000000-standard", {"doubles": stored()})
    known = calibrated(world, job(), tmp_path, measures=False)
    assert sizes(known, world, job()) == (3000, 30_000, 300_000, 3_000_000)
    assert world.arms == []


def test_a_run_of_other_workloads_hides_none_before_it(tmp_path: Path) -> None:
    """The newest run that has the workload counts, as far as one looks back."""
    run(tmp_path, "20260101-000000-standard", {"doubles": stored()})
    for number in range(LOOK_BACK - 1):
        run(tmp_path, f"20260102-{number:06}-standard", {"others": stored(factor=7)})
    world = World()
    assert sizes(calibrated(world, job(), tmp_path), world, job())[0] == 3000
    run(tmp_path, "20260103-000000-standard", {})
    calibrated(world, job(), tmp_path)
    assert world.arms


HOSTILE: dict[str, list[Any]] = {
    "size": [0, -5, 1, True, 2.5, "5000", [5000], {}, 10**9 + 1, 10**18, 10**40],
    "seconds": [0, -1.0, None, True, "1", [], 1e300, 10**400],
    "target": ["0.01", None, [0.01], 0.02],
    "about": ["10000", None, {}, 10_001],
    "from": [None, 3, [], "", "../../etc", "a\nb", "<b>", "\x1b[2J", "x" * 65],
}
OTHERS: dict[str, Any] = {
    "another machine": ({"doubles": stored()}, {"machine_id": "01234567"}),
    "no machine": ({"doubles": stored()}, {}),
    "another about": ({"doubles": stored(abouts=(1000, 10_000, 100_000, 999_999))}, HERE),
    "other targets": ({"doubles": stored()[1:3]}, HERE),
    "another order": ({"doubles": stored()[::-1]}, HERE),
    "another name": ({"triples": stored()}, HERE),
    "no calibration": (None, HERE),
    "a list": ([stored()], HERE),
    "text": ({"doubles": "measured"}, HERE),
    "texts": ({"doubles": ["measured"] * 4}, HERE),
    "lists": ({"doubles": [[1], [2], [3], [4]]}, HERE),
    "empty objects": ({"doubles": [{}] * 4}, HERE),
    "only notes": ({"doubles": [{**each, "size": None} for each in stored()]}, HERE),
    **{
        f"{name}={value!r:.20}": ({"doubles": stored(**{name: value})}, HERE)
        for name, values in HOSTILE.items()
        for value in values
    },
}


@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_is_taken_over(tmp_path: Path, name: str) -> None:
    """What is of another machine or workload, or cannot be meant, is passed over: the sizes are measured."""
    calibration, facts = OTHERS[name]
    run(tmp_path, "20260101-000000-standard", calibration, facts)
    world = World(seconds=linear)
    found = calibrated(world, job(), tmp_path)
    assert sizes(found, world, job()) == ABOUT
    assert {fact["from"] for fact in found.facts()["doubles"]} == {"measured", "predicted"}
    assert world.arms


@pytest.mark.parametrize("name", ["<script>", "a b", "x" * 65])
def test_a_run_with_a_name_that_is_none_is_passed_over(tmp_path: Path, name: str) -> None:
    """The name in a header is anybody's, and would be shown."""
    folder = tmp_path / "20260101-000000-standard"
    header = fake.header(run=name, settings={"calibration": {"doubles": stored()}}, machine=HERE)
    Journal(folder / FILE, header).__exit__(None, None, None)
    world = World()
    calibrated(world, job(), tmp_path)
    assert world.arms


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{",
        b"garbage",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"kind": "header", "schema": 1}\n',
        b'{"kind": "warning", "text": "no header"}\n',
        b'{"kind": "header", "schema": ' + b"9" * 10_000 + b"}\n",
    ],
)
def test_a_run_file_that_cannot_be_read_is_passed_over(tmp_path: Path, content: bytes) -> None:
    """The run before it is looked at instead."""
    run(tmp_path, "20260101-000000-standard", {"doubles": stored()})
    (tmp_path / "20260102-000000-standard").mkdir()
    (tmp_path / "20260102-000000-standard" / FILE).write_bytes(content)
    (tmp_path / "20260103-000000-standard" / FILE).mkdir(parents=True)
    world = World()
    assert sizes(calibrated(world, job(), tmp_path), world, job())[0] == 3000
    assert world.arms == []
