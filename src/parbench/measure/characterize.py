"""Advice for a face: for a workload of a stored run, or a user's own that is weighed here and now."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.errors import UsageError, WorkloadError
from parbench.machine import cpus, facts
from parbench.measure.arms.process import CLOSING, ArmFailed, ArmProcess
from parbench.measure.arms.protocol import ArmSpec
from parbench.runfile.records import WEIGHINGS, Weight
from parbench.strategies import registry
from parbench.workload.cell import Cell
from parbench.workload.reference import Reference, load
from parbench.workload.workload import Workload

if TYPE_CHECKING:
    from parbench.analysis.advice.adviser import Advice

#: How long the arm that weighs a workload may take for an answer, seconds.
DEADLINE = 60.0
_MEMORY = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)(i?)B?")
_POWERS = {"": 0, "k": 1, "M": 2, "G": 3, "T": 4}


def bytes_of(text: str) -> float:
    """An amount of memory such as ``500MB``, ``2GiB`` or ``100000``; raises UsageError."""
    match = _MEMORY.fullmatch(text.strip())
    amount = float(match[1]) * (1024 if match[3] else 1000) ** _POWERS[match[2]] if match else 0.0
    if not amount:
        raise UsageError(f"--memory takes an amount such as 500MB or 2GB, not {text!r}.")
    return amount


def advice(
    run: str | Path, workload: str, size: int, calls: int, cores: int | None, memory: float | None
) -> tuple[Advice, list[str]]:
    """The advice and sentences about the machine; `workload` is a name in the run, or the place of a new one.

    Raises UsageError, RunFileError or WorkloadError, each with what is missing and how to measure it.
    """
    from parbench.analysis.advice.adviser import Adviser
    from parbench.analysis.advice.features import typical
    from parbench.analysis.frame import load as load_run

    frame = load_run(run)
    adviser = Adviser(frame)
    stranger = is_stranger(frame.attrs["header"])
    if ":" not in workload:
        notes = [f"{STRANGER} these times are that one's."] if stranger else []
        return adviser.advise(workload, size, calls, cores, memory), notes
    if stranger:
        raise UsageError(
            f"{STRANGER} a new workload weighed here cannot be predicted from what strategies cost there: measure the "
            "catalogue on this machine, with `pytest --benchmark` in a clone of parbench."
        )
    reference = place_of(workload)
    found, _ = load(reference)
    if found.name in adviser.workloads():
        return adviser.advise(found.name, size, calls, cores, memory), []
    adviser.check(found.name, size, calls, cores)
    most = cores or adviser.most_cores(found.name)
    weight = typical([weighed(found, reference, size, most) for _ in range(WEIGHINGS)])
    return adviser.advise(found.name, size, calls, cores, memory, weight, able(found, list(adviser.laws))), []


STRANGER = "This run was made on another machine, or one that has changed since:"


def is_stranger(header: dict[str, Any]) -> bool:
    """Whether a run was made on another machine than this one, as far as its header tells."""
    return bool(header.get("machine", {}).get("machine_id") != facts.describe()["machine_id"])


def place_of(workload: str) -> Reference:
    """Where a workload is, from ``module:name`` or ``file.py:name``; raises UsageError."""
    place, _, name = workload.rpartition(":")
    path = Path(place)
    if path.suffix == ".py":
        if not path.is_file():
            raise UsageError(f"there is no file {place}: give the file that has the workload, as file.py:workload.")
        _on_path(path.resolve().parent)
        return Reference(path.stem, str(path.resolve()), name)
    _on_path(Path.cwd())
    try:
        spec = util.find_spec(place)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not name:
        raise UsageError(f"there is no module {place!r} to import from here: give module:workload or file.py:workload.")
    try:
        import_module(place)
    except Exception as error:  # whatever a user's module raises
        raise WorkloadError(
            f"module {place!r} cannot be imported: it raised {type(error).__name__}: {error}."
        ) from error
    return Reference(place, spec.origin or "", name)


def _on_path(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def weighed(workload: Workload, reference: Reference, size: int, cores: int) -> Weight:
    """What a workload weighs at a size, by an arm of its own; raises WorkloadError where it cannot be run."""
    places = cpus.usable()[:cores] if cpus.can_pin() else []
    cell = Cell(workload.name, size, registry.BASELINES[0], 1)
    arm = ArmProcess(ArmSpec(cell, reference, 1, places[:1], list(sys.path)))
    try:
        arm.ask("open", DEADLINE)
        arm.ask("first", DEADLINE)
        return Weight(cell, 0, **arm.ask("weigh", DEADLINE, cores=cores, cpus_now=places))
    except ArmFailed as failure:
        raise WorkloadError(f"{workload.name} cannot be weighed at {size:,}: {failure.reason}") from None
    finally:
        arm.end(CLOSING)


def able(workload: Workload, known: Sequence[str]) -> list[str]:
    """The strategies that have a way to run a workload: those whose cost is known, and those that need none known."""
    found = []
    for label in dict.fromkeys([*registry.BASELINES, "library-threads", *known]):
        harness, variant = registry.find(label)
        if not harness.refuses(workload, variant):
            found.append(label)
    return found
