"""Content of the header of a run, read as untrusted input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parbench.errors import RunFileError
from parbench.workload.cell import BASELINES

#: A date outside of these years is a mistake, or mischief.
YEARS = range(1990, 2200)
#: The end of the name of a cell at the chunks that its library chooses, as older versions wrote it.
_OWN_CHUNKS = re.compile(r"(?<=-)(\d+)xown$")


def mapping(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The nested record under `name`; empty if there is none."""
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def unit_of(header: Mapping[str, Any], workload: str) -> str:
    """The unit of the sizes of a workload; empty if the header names none."""
    return str(mapping(mapping(header, "workloads"), workload).get("unit", ""))


def latency_bound(header: Mapping[str, Any]) -> frozenset[str]:
    """The workloads whose cores are called workers, because there may be more of them than cores."""
    facts = mapping(header, "workloads")
    return frozenset(name for name in facts if mapping(facts, name).get("bound") == "latency")


@dataclass(frozen=True)
class Habits:
    """Traits of strategies that are measured in one way only, whatever was selected.

    `alone` has those that use one core, `uncut` those that are measured at one chunk per core.
    """

    alone: frozenset[str]
    uncut: frozenset[str]

    @classmethod
    def read(cls, header: Mapping[str, Any]) -> Habits:
        """From the settings in a header, which may lack them; baselines always do both."""
        settings = mapping(header, "settings")
        listed = [settings.get(name) for name in ("one_core_strategies", "uncut_strategies")]
        return cls(*(frozenset([*BASELINES, *labels(each)]) for each in listed))

    def place(self, strategy: str, cores: int, chunks: int) -> tuple[str, int, int]:
        """A strategy with the cores and the chunks per core at which it is measured if others have these."""
        return strategy, 1 if strategy in self.alone else cores, 1 if strategy in self.uncut else chunks


def with_today_words(header: dict[str, Any]) -> dict[str, Any]:
    """A header as it is loaded, with the word auto for chunks in place of own, which older versions wrote."""
    settings = mapping(header, "settings")
    if isinstance(chunks := settings.get("chunks"), list):
        settings = {**settings, "chunks": [_today(each) for each in chunks]}
    if isinstance(margins := settings.get("margins"), dict):
        settings = {**settings, "margins": {_OWN_CHUNKS.sub(r"\1xauto", name): each for name, each in margins.items()}}
    for facts in mapping(header, "workloads").values():
        expects = facts.get("expects") if isinstance(facts, dict) else None
        for expect in expects if isinstance(expects, list) else ():
            if isinstance(expect, dict) and "chunks" in expect:
                expect["chunks"] = _today(expect["chunks"])
    return {**header, "settings": settings} if settings else header


def _today(chunks: object) -> object:
    return "auto" if chunks == "own" else chunks


def labels(listed: object) -> list[str]:
    """The texts in what should be a list of labels."""
    return [label for label in listed if isinstance(label, str)] if isinstance(listed, list) else []


def moment(header: dict[str, Any], path: Path | str = "the run") -> datetime:
    """When a run was made, in UTC; raises RunFileError where its header does not say."""
    try:
        made = datetime.fromisoformat(str(header.get("created")))
        made = (made if made.tzinfo else made.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        made = None
    if made is None or made.year not in YEARS:
        raise RunFileError(f"{path} has no date that a run can have: {header.get('created')!r:.60}.")
    return made
