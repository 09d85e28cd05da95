"""From what was typed to settings; every mistake is one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from parbench.analysis.stats.decision import parse_margin, parse_verdicts
from parbench.errors import UsageError
from parbench.measure.plan import Selection, chunk_counts
from parbench.measure.profiles import find_profile
from parbench.pytest_plugin.session import Settings

LONGEST_LABEL = 60  # characters


def settings(given: Mapping[str, str | None], command: Sequence[str], root: Path) -> Settings:
    """Settings from the options as they were typed, None for a missing one; raises UsageError.

    `root` is the folder that a relative ``out`` starts from.
    """
    selection = Selection(
        profile=find_profile(given.get("profile") or "quick").name,
        strategies=_names(given, "strategies"),
        cores=_counts(given, "cores"),
        sizes=_counts(given, "sizes"),
        chunks=_chunks(given),
    )
    scheduler = given.get("dask-scheduler")
    budget = given.get("budget")
    return Settings(
        selection=selection,
        out=root / (given.get("out") or "reports"),
        label=_label(given.get("label")),
        budget=None if budget is None else _seconds(budget),
        seed=_whole(given.get("seed") or "1", "seed"),
        workloads=_names(given, "workloads"),
        options={"dask_scheduler": scheduler} if scheduler else {},
        command=list(command),
        against=given.get("against") or None,
        margin=parse_margin(margin, "--parbench-margin") if (margin := given.get("margin")) is not None else None,
        fail_on=parse_verdicts(given.get("fail-on") or "slower,missing", "--parbench-fail-on"),
    )


def _names(given: Mapping[str, str | None], option: str) -> tuple[str, ...] | None:
    text = given.get(option)
    if text is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise UsageError(f"--parbench-{option} is empty: give names separated by commas.")
    return names


def _label(text: str | None) -> str:
    label = (text or "").strip()
    if text is not None and not (label.isprintable() and 0 < len(label) <= LONGEST_LABEL):
        raise UsageError(f"--parbench-label takes a line of 1 to {LONGEST_LABEL} characters, not {text!r:.80}.")
    return label


def _counts(given: Mapping[str, str | None], option: str) -> tuple[int, ...] | None:
    text = given.get(option)
    if text is None:
        return None
    return tuple(_whole(part, option) for part in text.split(",") if part.strip())


def _chunks(given: Mapping[str, str | None]) -> tuple[int, ...] | None:
    if (text := given.get("chunks")) is None:
        return None
    parts = [part.strip().replace("_", "") for part in text.split(",") if part.strip()]
    # Python makes no number of thousands of digits
    values = [int(part) if part.isdecimal() and len(part) < 20 else part for part in parts]
    return chunk_counts(values, "--parbench-chunks")


def _whole(text: str, option: str) -> int:
    try:
        number = int(text.strip().replace("_", ""))
    except ValueError:
        number = -1
    if not 0 <= number < 10**18:  # the limits of a run file
        raise UsageError(f"--parbench-{option} takes whole numbers such as 1, 2 or 1000, not {text.strip()!r}.")
    return number


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 1e7:
        raise UsageError(f"--parbench-budget takes a positive number of seconds such as 300, not {text!r}.")
    return seconds
