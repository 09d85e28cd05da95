"""What several runs differ by, and a short name for each of them that says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from parbench.stored import one_line

#: What a fact is called, and its value in each run; an empty text where a run does not say.
Facts = dict[str, list[str]]
NONE = "none"
#: Packages whose version is likely to matter, in the order in which they name runs; others come after them.
PACKAGES = ("numpy", "dask", "distributed", "joblib", "numexpr", "numba", "pandas", "scipy", "parbench")
#: How much is shown of a fact, and of a name; and of how many packages.
LONGEST_FACT, LONGEST_NAME, MOST_PACKAGES = 80, 44, 60
_NOISE = re.compile(r"\((?:R|TM|tm)\)|\bCPU\b|\bProcessor\b|@.*$|\b\d+-Core\b|\bwith Radeon.*$")


def facts(headers: Sequence[Mapping[str, Any]]) -> Facts:
    """What is known of each run before anything was measured, from headers, in the order in which people ask for it."""
    machines = [header.get("machine", {}) for header in headers]
    versions = [header.get("versions", {}) for header in headers]
    settings = [header.get("settings", {}) for header in headers]
    found: Facts = {
        "processor": [text(machine.get("cpu_model")) for machine in machines],
        "usable cores": [text(machine.get("cores_usable")) for machine in machines],
        "interpreter": [interpreter(machine, known) for machine, known in zip(machines, versions, strict=True)],
    }
    for name in packages(versions):
        found[text(name)] = [text(each.get(name)) or NONE for each in versions]
    found["commit"] = [text(header.get("commit")) or NONE for header in headers]
    found["compared with"] = [text(each.get("against")) or NONE for each in settings]
    found["profile"] = [text(header.get("profile")) for header in headers]
    found["budget"] = [seconds(each.get("budget")) for each in settings]
    found["memory"] = [gigabytes(machine.get("memory_bytes")) for machine in machines]
    # beyond the date nobody looks for a name, as runs seldom begin together
    found["begun (UTC)"] = [moment(header) for header in headers]
    found["seed"] = [text(header.get("seed")) for header in headers]
    found["cores asked for"] = [counts(each.get("cores")) for each in settings]
    for name, key in (("system", "os"), ("kernel", "kernel"), ("governor", "governor"), ("turbo", "turbo")):
        found[name] = [text(machine.get(key)) for machine in machines]
    found["machine id"] = [text(machine.get("machine_id")) for machine in machines]
    found["run"] = [text(header.get("run")) for header in headers]
    return {name: values for name, values in found.items() if any(value not in ("", NONE) for value in values)}


def names(known: Facts) -> list[str]:
    """A name for each run: as few facts as tell them apart, those that people ask for first, or else a number."""
    count = len(next(iter(known.values())))
    parts: list[list[str]] = [[] for _ in range(count)]
    for fact, values in known.items():
        if distinct(parts) == count:
            break
        shown = [short_moment(values, each) for each in values] if fact == "begun (UTC)" else values
        said = [words_of(fact)(value) for value in shown]
        more = [[*part, each] for part, each in zip(parts, said, strict=True)]
        if distinct(more) > distinct(parts):
            parts = more
    found = [one_line(", ".join(filter(None, part)) or "run", LONGEST_NAME) for part in parts]
    return numbered(found)


def distinct(parts: Sequence[Sequence[str]]) -> int:
    """How many of some names are different."""
    return len({tuple(part) for part in parts})


def numbered(found: Sequence[str]) -> list[str]:
    """The same names, those that are not the only one of their kind with a number behind them."""
    counts = dict.fromkeys(found, 0)
    told = []
    for name in found:
        counts[name] += 1
        told.append(f"{name} #{counts[name]}" if found.count(name) > 1 else name)
    return told


def words_of(fact: str) -> Callable[[str], str]:
    """How a fact's value is said in a name."""
    if fact == "processor":
        return lambda value: short_model(value) or "unknown processor"
    if fact == "usable cores":
        return lambda value: f"{value or 'unknown'} core{'' if value == '1' else 's'}"
    if fact in ("interpreter", "begun (UTC)", "run"):
        return lambda value: value
    if fact == "commit":
        return lambda value: "no commit" if value == NONE else f"commit {value}"
    if fact == "profile":
        return lambda value: f"{value or 'unknown'} profile"
    return lambda value: f"no {fact}" if value in (NONE, "") else f"{fact} {value}"


def short_model(model: str) -> str:
    """A processor without the words that all have."""
    return one_line(" ".join(_NOISE.sub(" ", model).split()) or model, 32)


def short_moment(all_of_them: Sequence[str], one: str) -> str:
    """A moment as its date where that tells it from the others, as its time of day where all are of one day."""
    dates, times = [each[:10] for each in all_of_them], [each[11:16] for each in all_of_them]
    if len(set(dates)) == len(dates):
        return one[:10]
    if len(set(dates)) == 1 and len(set(times)) == len(times):
        return one[11:16]
    return one if len({each[:16] for each in all_of_them}) < len(dates) else one[:16]


def interpreter(machine: Mapping[str, Any], versions: Mapping[str, Any]) -> str:
    """The interpreter of a run: ``Python 3.13.0``, or another implementation, and whether it has no GIL."""
    name = text(machine.get("implementation"))
    version = text(machine.get("python")) or text(versions.get("python"))
    version = version.removeprefix(f"{name} ")
    free = " without GIL" if machine.get("gil_enabled") is False else ""
    return f"{'Python' if name in ('', 'CPython') else name} {version}{free}" if version else ""


def packages(versions: Sequence[Mapping[str, Any]]) -> list[str]:
    """The packages that any run has, those that matter most first; Python itself is none."""
    known = {name for each in versions for name in each} - {"python"}
    return ([name for name in PACKAGES if name in known] + sorted(known - set(PACKAGES)))[:MOST_PACKAGES]


def text(value: Any) -> str:
    """Any value of a header as a short line; empty for none."""
    return "" if value is None else one_line(str(value), LONGEST_FACT)


def counts(value: Any) -> str:
    """Numbers of cores as text; those of the machine where none were asked for."""
    return text(", ".join(str(each) for each in value)) if isinstance(value, list) and value else "all"


def seconds(value: Any) -> str:
    """A budget as text."""
    return f"{value:g} s" if isinstance(value, int | float) else ""


def gigabytes(value: Any) -> str:
    """An amount of memory as text, in 10⁹ bytes."""
    return f"{value / 1e9:.3g} GB" if isinstance(value, int | float) else ""


def moment(header: Mapping[str, Any]) -> str:
    """When a run was begun, in UTC to the second; what its header has where that is no moment."""
    try:
        made = datetime.fromisoformat(str(header.get("created")))
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
        return f"{made.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError):
        return text(header.get("created"))
