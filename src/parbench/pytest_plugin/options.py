"""The options of the plugin: names and help, which pytest shows at each start, and settings, which are read on use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from parbench.errors import UsageError

if TYPE_CHECKING:
    from parbench.measurement.session import Settings

#: The options by name, each with its value, which is empty for a switch, and its help.
OPTIONS = {
    "profile": ("NAME", "quick (default, at most 5 min), standard (half an hour) or thorough"),
    "workloads": ("NAMES", "measure only these workloads, separated by commas"),
    "strategies": ("NAMES", "measure these strategies, such as serial,threads,multiprocessing[spawn]"),
    "cores": ("COUNTS", "core counts, such as 1,2,4 (default: 1, 2, 4, … up to what this process may use)"),
    "chunks": ("COUNTS", "chunks per core, such as 1,4,16,auto; auto is the library's choice (default: 1)"),
    "sizes": ("SIZES", "growing sizes, such as 1000,100000 (default: those of the workload for the profile)"),
    "out": ("FOLDER", "where the folder of the run is made (default: reports)"),
    "label": ("TEXT", "a name for the run wherever several runs are shown (default: its folder)"),
    "budget": ("SECONDS", "how long measuring may take (default: the profile's)"),
    "against": ("REVISION", "compare in the same blocks: a git revision, another checkout's folder, or env:NAME"),
    "margin": ("PART", "with against: what is too little a change to matter (default: 5%)"),
    "fail-on": ("VERDICTS", "with against: the test of a cell fails on any of these (default: slower,missing)"),
    "seed": ("N", "seed of the inputs and of the order of measuring (default: 1)"),
    "all-tests": ("", "with --benchmark: run the tests without benchmarks, too"),
    "dask-scheduler": ("ADDRESS", "an existing Dask scheduler for dask-distributed, such as tcp://10.0.0.5:8786"),
}
#: Characters of the longest label.
LONGEST_LABEL = 60


def read_settings(values: Mapping[str, str | None], command: Sequence[str], root: Path) -> Settings:
    """Settings from the values of options by name, None for an absent option; raises UsageError.

    A relative ``out`` begins at `root`.
    """
    from parbench.analysis.stats.decision import parse_margin, parse_verdicts
    from parbench.measurement.plan import Selection
    from parbench.measurement.profiles import find_profile
    from parbench.measurement.session import Settings

    selection = Selection(
        profile=find_profile(values.get("profile") or "quick").name,
        strategies=_read_names(values, "strategies"),
        cores=_read_counts(values, "cores"),
        sizes=_read_counts(values, "sizes"),
        chunks=_read_chunks(values),
    )
    scheduler = values.get("dask-scheduler")
    budget = values.get("budget")
    return Settings(
        selection=selection,
        out=root / (values.get("out") or "reports"),
        label=_read_label(values.get("label")),
        budget=None if budget is None else _read_seconds(budget),
        seed=_read_whole(values.get("seed") or "1", "seed"),
        workloads=_read_names(values, "workloads"),
        options={"dask_scheduler": scheduler} if scheduler else {},
        command=list(command),
        against=values.get("against") or None,
        margin=parse_margin(margin, "--parbench-margin") if (margin := values.get("margin")) is not None else None,
        fail_on=parse_verdicts(values.get("fail-on") or "slower,missing", "--parbench-fail-on"),
    )


def _read_names(values: Mapping[str, str | None], option: str) -> tuple[str, ...] | None:
    text = values.get(option)
    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError(f"--parbench-{option} is empty: give names separated by commas.")
    return names


def _read_label(text: str | None) -> str:
    label = (text or "").strip()
    if text is not None and not (label.isprintable() and 0 < len(label) <= LONGEST_LABEL):
        raise UsageError(f"--parbench-label takes a line of 1 to {LONGEST_LABEL} characters, not {text!r:.80}.")
    return label


def _read_counts(values: Mapping[str, str | None], option: str) -> tuple[int, ...] | None:
    text = values.get(option)
    if text is None:
        return None
    return tuple(_read_whole(part, option) for part in text.split(",") if part.strip())


def _read_chunks(values: Mapping[str, str | None]) -> tuple[int, ...] | None:
    if (text := values.get("chunks")) is None:
        return None
    from parbench.measurement.plan import chunk_counts

    parts = [part.strip().replace("_", "") for part in text.split(",") if part.strip()]
    # Python makes no number of thousands of digits
    counts = [int(part) if part.isdecimal() and len(part) < 20 else part for part in parts]
    return chunk_counts(counts, "--parbench-chunks")


def _read_whole(text: str, option: str) -> int:
    try:
        number = int(text.strip().replace("_", ""))
    except ValueError:
        number = -1
    if not 0 <= number < 10**18:  # what a run file may hold
        raise UsageError(f"--parbench-{option} takes whole numbers such as 1, 2 or 1000, not {text.strip()!r}.")
    return number


def _read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e7:
        raise UsageError(f"--parbench-budget takes a positive number of seconds such as 300, not {text!r}.")
    return seconds
