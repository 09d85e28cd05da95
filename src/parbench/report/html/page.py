"""The report as one HTML page: values for the template, and the filled template."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench import text
from parbench.analysis.frame import RunData
from parbench.analysis.run_names import LONGEST_NAME
from parbench.analysis.verdict import headlines
from parbench.report.figures import dots
from parbench.report.figures.captions import describe
from parbench.report.figures.speedup import speedup, time
from parbench.report.html.answers import FEW, answers, overall
from parbench.report.html.cells import problems, tables
from parbench.report.html.sections import Section
from parbench.report.html.svg import interactive
from parbench.report.html.template import anchor, render_page
from parbench.report.run import Run
from parbench.report.sentences import remedies
from parbench.report.sentences import verdicts as verdicts_in_words
from parbench.report.sentences.answers import QUESTIONS
from parbench.report.sentences.provenance import provenance, replication
from parbench.runfile.header import Header
from parbench.text import one_line, sentence_case

#: The machine's facts in the order in which people ask for them; all others follow.
FIRST_FACTS = ("cpu_model", "cores_usable", "cores_host", "cores_affinity", "cores_quota", "memory_bytes", "os")
#: The figures of each workload by their kind.
Drawings = Mapping[str, Mapping[str, Figure]]


def render(run: Run, drawings: Drawings, sections: Sequence[Section] = (), files: Iterable[str] = ()) -> str:
    """The page as text, with links to the `files` next to it; `drawings` are the figures of each workload."""
    header, summary = run.header, run.summary
    told, lost = answers(run, sections), problems(summary)
    warnings = [(each.text, remedies.of_warning(each.about)) for each in run.warning_records]
    return render_page(
        "page.html",
        title=title(header),
        facts=title_facts(run.data),
        complete=run.data.complete,
        questions=QUESTIONS,
        answers=told,
        many=len(told) > FEW,
        overall=overall(run.verdicts),
        notices=notices(lost, warnings, run.expected),
        warnings=warnings,
        first_warnings=run.first_warnings,
        compared=run.changes is not None,
        expected=not run.expected.empty,
        problems=lost,
        workloads=[section(run, name, drawings.get(name, {})) for name in run.workloads],
        about_run=about_run(header, summary),
        provenance=provenance(header),
        command=shlex.join(header.command),
        run=header.run,
        sections=sections,
        raw=[name for name in files if "/" not in name],
        pictures=[name for name in files if name.endswith(".svg")],
    )


def drawings(run: Run) -> Drawings:
    """The figures of each workload, by their kind."""
    found = {}
    for name in run.workloads:
        unit = run.header.facts(name).unit
        draw = dots.speedup if dots.has_few_cores(run.summary, name) else speedup
        figures = draw(run.summary, name, unit), time(run.summary, name, unit, run.frame)
        found[name] = dict(zip(("speedup", "time"), figures, strict=True))
    return found


def notices(
    problems: Sequence[Mapping[str, Any]], warnings: Sequence[Any], expected: pd.DataFrame
) -> list[dict[str, str]]:
    """Notes for the reader of the answers, each with the section that explains more."""
    failed = sum(problem["cells"] for problem in problems if problem["failure"])
    skipped = sum(problem["cells"] for problem in problems if not problem["failure"])
    told = [f"{text.plural(failed, 'cell')} failed"] * bool(failed)
    told += [f"{text.plural(skipped, 'cell')} {'was' if skipped == 1 else 'were'} not measured"] * bool(skipped)
    told += [text.plural(len(warnings), "warning")] * bool(warnings)
    found = [{"href": "#problems", "text": f"{text.join(told)}: what to do"}] * bool(told)
    deviations = 0 if expected.empty else int((expected["outcome"] == "deviation").sum())
    theory = {"href": "#expected", "text": f"{text.plural(deviations, 'deviation')} from theory"}
    return found + [theory] * bool(deviations)


def title(header: Header) -> str:
    """The page's title: the project with its commit, the machine of an older run, or the tool of an imported one."""
    model = header.machine.cpu_model
    if tool := header.settings.imported_from:
        return f"Imported from {tool}{f', {model}' if model else ''}"
    if not header.project:
        return f"parbench on {model}" if model else "parbench report"
    commit = one_line(header.commit.removesuffix("+"), 24)
    changed = ", changed" if header.commit.endswith("+") else ""
    return f"{one_line(header.project, LONGEST_NAME)}{f' at {commit}{changed}' if commit else ''}: parbench report"


def title_facts(data: RunData) -> list[str]:
    """The line under the title: the run's label, machine, cores, profile, date, how long it took."""
    header = data.header
    usable, imported = header.machine.cores_usable, header.settings.imported_from
    facts = [
        one_line(header.label, LONGEST_NAME),
        one_line(header.machine.cpu_model or "", LONGEST_NAME) if header.project else "",
        text.plural(usable, "core") if usable else "",
        f"{header.profile} profile" if header.profile and not imported else "",
        text.date(header.created),
        f"measured in {text.duration(data.seconds)}" if data.seconds is not None and not imported else "",
    ]
    return [fact for fact in facts if fact]


def section(run: Run, name: str, drawings: Mapping[str, Figure]) -> dict[str, Any]:
    """One workload: its verdicts, largest size first, figures and table of cells with the control rows."""
    facts, summary = run.header.facts(name), run.summary
    captions = describe(summary, name, facts.unit)
    mine = [verdict for verdict in run.verdicts if verdict.workload == name]
    repeats = replication(summary[summary["workload"] == name])
    return {
        "name": name,
        "id": anchor("w", summary, name),
        "about": facts.about,
        "axis": facts.axis,
        "unit": facts.unit,
        "facts": [
            f"inputs {facts.inputs}" if facts.inputs else "",
            f"results {facts.outputs}" if facts.outputs else "",
            f"{facts.bound}-bound" if facts.bound else "",
        ],
        "verdicts": [
            {"size": verdict.size, "sentence": sentence_case(verdicts_in_words.advice(verdict))}
            for verdict in sorted(mine, key=lambda verdict: -verdict.size)
        ],
        "short": verdicts_in_words.short(headlines(mine)[name], with_speedup=True),
        "figures": [
            {"kind": kind, "svg": interactive(figure, name, kind), "caption": f"{captions[kind]} {repeats}".rstrip()}
            for kind, figure in drawings.items()
        ],
        "tables": tables(summary, name, run.replicas),
    }


def about_run(header: Header, summary: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """The machine, the versions and the run's settings, as names and texts."""
    facts = header.as_line()
    machine = facts["machine"]
    ordered = {key: machine.pop(key) for key in FIRST_FACTS if key in machine} | machine
    run = {str(key): facts[key] for key in ("run", "created", "profile", "seed", "project", "commit") if key in facts}
    return {
        "Machine": pairs(ordered),
        "Versions": pairs(header.versions),
        "Run": [*pairs(run), ("cells", text.count(len(summary))), *pairs(facts["settings"])],
    }


def pairs(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A record's keys as words, with its values as text."""
    return [
        (str(key).removesuffix("_bytes").replace("_", " "), text.plain(str(key), value))
        for key, value in record.items()
    ]
