"""The report as one HTML page: what goes into the template, and the filled template."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.noise import replicas
from parbench.analysis.run_names import LONGEST_NAME
from parbench.report.figures.captions import describe
from parbench.report.html.answers import FEW, QUESTIONS, answers, overall
from parbench.report.html.cells import problems, tables
from parbench.report.html.sections import Section
from parbench.report.html.sections.comparison import changed
from parbench.report.html.sections.expectations import against_theory
from parbench.report.html.svg import inlined
from parbench.report.html.template import filled, safe
from parbench.report.sentences import remedies
from parbench.runfile.header import unit_of
from parbench.text import one_line

#: The machine's facts in the order in which people ask for them; all others follow.
FIRST_FACTS = ("cpu_model", "cores_usable", "cores_host", "cores_affinity", "cores_quota", "memory_bytes", "os")
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
    told, lost = answers(frame, summary, verdicts, sections, changes), problems(summary)
    theory = None if expected is None else against_theory(expected)
    warnings = [(text, remedies.of_warning(text)) for text in frame.attrs.get("warnings", [])]
    return filled(
        "page.html",
        title=title(header),
        facts=title_facts(header, frame),
        complete=bool(frame.attrs.get("complete", False)),
        questions=QUESTIONS,
        answers=told,
        many=len(told) > FEW,
        overall=overall(told, verdicts),
        notices=notices(lost, warnings, theory),
        warnings=warnings,
        changes=None
        if changes is None
        else changed(changes, str(header.get("settings", {}).get("against", "the base"))),
        expected=theory,
        problems=lost,
        workloads=[section(name, summary, header, verdicts, drawings.get(name, {}), found) for name in names(summary)],
        about_run=about_run(header, summary),
        command=shlex.join(str(word) for word in header.get("command", [])),
        run=header.get("run", ""),
        sections=sections,
        raw=raw_files(expected, sections),
        pictures=pictures(drawings, sections),
        contents=contents(bool(told), sections, changes is not None, theory is not None, bool(lost or warnings)),
    )


def contents(
    curves: bool, sections: Sequence[Section], changes: bool, theory: bool, problems: bool
) -> list[tuple[str, str]]:
    """The parts of the page below the answers, in its order, as ids and names."""
    found = [("curves", "Curves and cells")] * curves
    found += [(each.name, each.short or each.title) for each in sections]
    found += [("changes", "Did it change?")] * changes + [("expected", "Surprises")] * theory
    found += [("problems", "Failures")] * problems
    return [*found, ("run", "Machine"), ("again", "Repeat it"), ("raw", "Raw data"), ("words", "Words")]


def notices(
    problems: Sequence[Mapping[str, Any]], warnings: Sequence[Any], theory: Mapping[str, Any] | None
) -> list[dict[str, str]]:
    """What a reader of the answers must know beside them, each with the section that tells more."""
    failed = sum(problem["cells"] for problem in problems if problem["failure"])
    skipped = sum(problem["cells"] for problem in problems if not problem["failure"])
    told = [f"{text.plural(failed, 'cell')} failed"] * bool(failed)
    told += [f"{text.plural(skipped, 'cell')} {'was' if skipped == 1 else 'were'} not measured"] * bool(skipped)
    told += [text.plural(len(warnings), "warning")] * bool(warnings)
    found = [{"href": "#problems", "text": f"{text.listed(told)}: what to do"}] * bool(told)
    surprises = [] if theory is None else [each for each in theory["lists"] if each["outcome"] == "surprise"]
    return found + [
        {"href": "#expected", "text": f"{each['count']} surprise{'' if each['count'] == '1' else 's'} against theory"}
        for each in surprises
    ]


def names(summary: pd.DataFrame) -> list[str]:
    """The workloads, in the order in which the run has them."""
    return [str(name) for name in summary["workload"].drop_duplicates()]


def figures_of(drawings: Mapping[str, Mapping[str, Figure]]) -> list[tuple[str, str]]:
    """Every figure as its workload and kind."""
    return [(name, kind) for name, kinds in drawings.items() for kind in kinds]


def raw_files(expected: pd.DataFrame | None, sections: Sequence[Section]) -> list[str]:
    """The samples and tables that lie beside the page."""
    more = [] if expected is None or expected.empty else [EXPECTATIONS]
    return [*RAW_FILES, *more, *(f"{safe(name)}.csv" for section in sections for name in section.tables)]


def pictures(drawings: Mapping[str, Mapping[str, Figure]], sections: Sequence[Section]) -> list[str]:
    """The figures that lie beside the page."""
    figures = [file_name(name, kind, "svg") for name, kind in figures_of(drawings)]
    figures += [f"{safe(name)}.svg" for section in sections for name in section.figures]
    return [f"figures/{name}" for name in figures]


def file_name(workload: str, kind: str, ending: str) -> str:
    """The name of a figure's file; a run file is untrusted, so the workload's name cannot leave the folder."""
    return f"{safe(workload)}-{kind}.{ending}"


def title(header: Mapping[str, Any]) -> str:
    """The page's title: which machine, and from where where it was not measured here."""
    model = header.get("machine", {}).get("cpu_model")
    if tool := header.get("settings", {}).get("imported_from"):
        return f"Imported from {tool}{f', {model}' if model else ''}"
    return f"parbench on {model}" if model else "parbench report"


def title_facts(header: Mapping[str, Any], frame: pd.DataFrame) -> list[str]:
    """The line under the title: the run's label, cores, profile, date, how long it took."""
    usable = header.get("machine", {}).get("cores_usable")
    imported = "imported_from" in header.get("settings", {})
    seconds: Any = None if imported else frame.attrs.get("seconds")
    facts = [
        one_line(str(header.get("label", "")), LONGEST_NAME),
        text.cores(usable) if text.known(usable) else "",
        f"{header['profile']} profile" if header.get("profile") and not imported else "",
        text.date(header.get("created", "")),
        f"measured in {text.duration(seconds)}" if text.known(seconds) else "",
    ]
    return [fact for fact in facts if fact]


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
        "short": in_short(mine),
        "figures": [
            {"kind": kind, "svg": inlined(figure, name, kind), "caption": captions[kind]}
            for kind, figure in drawings.items()
        ],
        "tables": tables(summary, name, found),
    }


def in_words(verdict: Any) -> dict[str, Any]:
    """A verdict for the template: its sentence without the workload and size, which stand beside it."""
    sentence = verdict.sentence.removeprefix(f"{verdict.workload} at {verdict.size:,}: ")
    return {"size": verdict.size, "sentence": sentence[:1].upper() + sentence[1:]}


def in_short(verdicts: Sequence[Any]) -> str:
    """The best of a workload in a few words, for the line that unfolds it."""
    best = max(verdicts, key=lambda verdict: (verdict.best != "", verdict.size))
    if best.outcome == "faster":
        return f"{best.rival}: {text.times(best.speedup, best.low, best.high)}"
    return {"undecided": "undecided", "nothing": "no verdict"}.get(best.outcome, f"stay with {best.best}")


def about_run(header: Mapping[str, Any], summary: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """The machine, the versions and the run's settings, as names and texts."""
    machine = dict(header.get("machine", {}))
    ordered = {key: machine.pop(key) for key in FIRST_FACTS if key in machine} | machine
    run = {key: header.get(key) for key in ("run", "created", "profile", "seed", "commit")}
    return {
        "Machine": pairs(ordered),
        "Versions": pairs(header.get("versions", {})),
        "Run": [*pairs(run), ("cells", text.count(len(summary))), *pairs(header.get("settings", {}))],
    }


def pairs(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A record's keys as words, with its values as text."""
    return [
        (str(key).removesuffix("_bytes").replace("_", " "), text.plain(str(key), value))
        for key, value in record.items()
    ]
