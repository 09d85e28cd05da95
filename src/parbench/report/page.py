"""The report as one HTML page: what goes into the template, and the filled template."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench.analysis.replicas import replicas
from parbench.report import words
from parbench.report.cells import problems, tables
from parbench.report.changed import changed
from parbench.report.describe import describe
from parbench.report.expected import against_theory
from parbench.report.html import filled, safe
from parbench.report.interactive import inlined, packed
from parbench.report.sections import Section

#: The machine's facts in the order in which people ask for them; all others follow.
FIRST_FACTS = ("cpu_model", "cores_usable", "cores_host", "cores_affinity", "cores_quota", "memory_bytes", "os")
#: The figure of speedups on a linear axis: it waits in the page for a script that shows it, and is no file.
LINEAR = "speedup-linear"
RAW_FILES = ("run.jsonl", "summary.csv")
EXPECTATIONS = "expectations.csv"


def render(
    frame: pd.DataFrame,
    summary: pd.DataFrame,
    verdicts: Sequence[Any],
    drawings: Mapping[str, Mapping[str, Figure]],
    changes: pd.DataFrame | None = None,
    expected: pd.DataFrame | None = None,
    sections: Sequence[Section] = (),
) -> str:
    """The page as text.

    `frame` gives the header, the warnings and whether the run is complete, by its ``attrs``; `drawings`
    has for each workload its figures, ``speedup`` and ``time``.
    """
    header, found = frame.attrs.get("header", {}), replicas(frame)
    return filled(
        "report.html",
        title=title(header),
        facts=title_facts(header, frame),
        complete=bool(frame.attrs.get("complete", False)),
        warnings=frame.attrs.get("warnings", []),
        changes=None
        if changes is None
        else changed(changes, str(header.get("settings", {}).get("against", "the base"))),
        expected=None if expected is None else against_theory(expected),
        problems=problems(summary),
        workloads=[section(name, summary, header, verdicts, drawings.get(name, {}), found) for name in names(summary)],
        about_run=about_run(header, summary),
        command=shlex.join(str(word) for word in header.get("command", [])),
        run=header.get("run", ""),
        sections=sections,
        raw=raw_files(drawings, expected, sections),
    )


def names(summary: pd.DataFrame) -> list[str]:
    """The workloads, in the order in which the run has them."""
    return [str(name) for name in summary["workload"].drop_duplicates()]


def figures_of(drawings: Mapping[str, Mapping[str, Figure]]) -> list[tuple[str, str]]:
    """Every figure that is a file as its workload and kind."""
    return [(name, kind) for name, kinds in drawings.items() for kind in kinds if kind != LINEAR]


def raw_files(
    drawings: Mapping[str, Mapping[str, Figure]], expected: pd.DataFrame | None, sections: Sequence[Section]
) -> list[str]:
    """The files that lie beside the page."""
    more = [] if expected is None or expected.empty else [EXPECTATIONS]
    more += [f"{safe(name)}.csv" for section in sections for name in section.tables]
    figures = [file_name(name, kind, "svg") for name, kind in figures_of(drawings)]
    figures += [f"{safe(name)}.svg" for section in sections for name in section.figures]
    return [*RAW_FILES, *more, *(f"figures/{name}" for name in figures)]


def file_name(workload: str, kind: str, ending: str) -> str:
    """The name of a figure's file; a run file is untrusted, so the workload's name cannot leave the folder."""
    return f"{safe(workload)}-{kind}.{ending}"


def title(header: Mapping[str, Any]) -> str:
    """The page's title: which machine."""
    model = header.get("machine", {}).get("cpu_model")
    return f"parbench on {model}" if model else "parbench report"


def title_facts(header: Mapping[str, Any], frame: pd.DataFrame) -> list[str]:
    """The line under the title: cores, profile, date, how long it took."""
    usable = header.get("machine", {}).get("cores_usable")
    seconds: Any = frame.attrs.get("seconds")
    facts = [
        words.cores(usable) if words.known(usable) else "",
        f"{header['profile']} profile" if header.get("profile") else "",
        words.date(header.get("created", "")),
        f"measured in {words.duration(seconds)}" if words.known(seconds) else "",
    ]
    return [fact for fact in facts if fact]


def unit_of(header: Mapping[str, Any], workload: str) -> str:
    """What the sizes of a workload count."""
    return str(header.get("workloads", {}).get(workload, {}).get("unit", ""))


def section(
    name: str,
    summary: pd.DataFrame,
    header: Mapping[str, Any],
    verdicts: Sequence[Any],
    drawings: Mapping[str, Figure],
    found: pd.DataFrame,
) -> dict[str, Any]:
    """One workload: its verdicts (largest size first), figures and table, with the `found` controls in it."""
    facts = header.get("workloads", {}).get(name, {})
    captions = describe(summary, name, unit_of(header, name))
    mine = [verdict for verdict in verdicts if verdict.workload == name]
    return {
        "name": name,
        "id": f"w-{names(summary).index(name)}",
        "about": facts.get("about", ""),
        "axis": facts.get("axis", ""),
        "unit": unit_of(header, name),
        "facts": [
            f"inputs {facts['inputs']}" if "inputs" in facts else "",
            f"results {facts['outputs']}" if "outputs" in facts else "",
            f"{facts['bound']}-bound" if "bound" in facts else "",
        ],
        "verdicts": [in_words(verdict) for verdict in sorted(mine, key=lambda verdict: -verdict.size)],
        "figures": [
            {
                "kind": kind,
                "svg": inlined(figure, name, kind),
                "caption": captions[kind],
                "other": packed(inlined(drawings[LINEAR], name, LINEAR))
                if kind == "speedup" and LINEAR in drawings
                else "",
            }
            for kind, figure in drawings.items()
            if kind != LINEAR
        ],
        "tables": tables(summary, name, found),
    }


def in_words(verdict: Any) -> dict[str, Any]:
    """A verdict for the template: its sentence without the workload and size, which stand beside it."""
    sentence = verdict.sentence.removeprefix(f"{verdict.workload} at {verdict.size:,}: ")
    return {
        "size": verdict.size,
        "best": verdict.best,
        "decided": verdict.decided,
        "on": verdict.on,
        "cut": f", {words.chunks(verdict.chunks)} chunks a core" if verdict.chunks != 1 else "",
        "baseline": verdict.baseline,
        "seconds": verdict.baseline_seconds,
        "speedup": words.times(verdict.speedup, verdict.low, verdict.high),
        "sentence": sentence[:1].upper() + sentence[1:],
    }


def about_run(header: Mapping[str, Any], summary: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """The machine, the versions and the run's settings, as names and texts."""
    machine = dict(header.get("machine", {}))
    ordered = {key: machine.pop(key) for key in FIRST_FACTS if key in machine} | machine
    run = {key: header.get(key) for key in ("run", "created", "profile", "seed", "commit")}
    return {
        "Machine": pairs(ordered),
        "Versions": pairs(header.get("versions", {})),
        "Run": [*pairs(run), ("cells", words.count(len(summary))), *pairs(header.get("settings", {}))],
    }


def pairs(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A record's keys as words, with its values as text."""
    return [
        (str(key).removesuffix("_bytes").replace("_", " "), words.plain(str(key), value))
        for key, value in record.items()
    ]
