"""What the header of a run says that theory expects, read as untrusted input, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parbench.errors import WorkloadError
from parbench.runfile.header import Habits, mapping
from parbench.text import cores as cores_in_words
from parbench.text import duration, figure, one_line, with_chunks
from parbench.workload.cell import AUTO
from parbench.workload.expectation import FOREVER, Expect

#: So many expectations of one workload are read, and so much of a name or a reason is shown.
MOST_STATED, LONGEST_NAME = 100, 60


def stated(header: Mapping[str, Any], workload: str, notes: list[str]) -> list[Expect]:
    """What theory expects of `workload`; what cannot be read is left out, and said in `notes`."""
    facts = mapping(mapping(header, "workloads"), workload)
    listed = facts.get("expects", [])
    if not isinstance(listed, list | tuple):
        notes.append(one_line(f"{workload}: its expectations are no list, and are left out."))
        return []
    if len(listed) > MOST_STATED:
        notes.append(one_line(f"{workload}: only the first {MOST_STATED} of {len(listed)} expectations are read."))
    found = []
    for number, each in enumerate(listed[:MOST_STATED], start=1):
        try:
            found.append(Expect(**each))
        except WorkloadError as error:
            notes.append(one_line(f"{workload}: expectation {number} is left out: {error}"))
        except TypeError:  # no mapping, or a field that is missing or unknown
            notes.append(one_line(f"{workload}: expectation {number} is left out: its fields are not those of Expect."))
    return found


def pieces(expect: Expect) -> int:
    """The chunks a core of an expectation, as a cell has them."""
    return AUTO if isinstance(expect.chunks, str) else expect.chunks


def on(strategy: str, cores: int, chunks: int, habits: Habits) -> str:
    """A strategy with its cores, 0 for the most, and its chunks a core where that is not one, in words."""
    where = f" on {cores_in_words(cores) if cores else 'the most cores'}"
    cut = "" if strategy in habits.uncut else with_chunks(chunks)
    return one_line(strategy, LONGEST_NAME) + ("" if strategy in habits.alone else where) + cut


def statement(expect: Expect, cores: int, habits: Habits) -> str:
    """What is stated: ``multiprocessing on 2 cores above 1.5 × threads``."""
    return f"{on(expect.strategy, cores, pieces(expect), habits)} {expect.relation} {limit(expect)}"


def limit(expect: Expect) -> str:
    """What the speedup is held against, in words; a speedup of 1 is the baseline's."""
    factor = expect.times if isinstance(expect.than, str) else expect.times * expect.than
    what = {"cores": "the number of cores", "ceiling": "the ceiling"}
    name = (
        what.get(expect.than, one_line(expect.than, LONGEST_NAME)) if isinstance(expect.than, str) else "the baseline"
    )
    return name if factor == 1 else f"{shortest(factor)} × {name}"


def shortest(factor: float) -> str:
    """A factor as somebody would write it: 1.1, 0.25, 2."""
    return f"{factor:.4g}" if 1e-3 <= factor < 1e4 else figure(factor)


def no_size(expect: Expect) -> str:
    """Why there is no size that a statement applies to."""
    low, high = duration(expect.from_seconds), duration(expect.to_seconds)
    if expect.to_seconds == FOREVER:
        between = f"{low} or longer"
    else:
        between = f"{low} to {high}" if expect.from_seconds else f"at most {high}"
    return f"there is no size at which a call of the baseline takes {between}"
