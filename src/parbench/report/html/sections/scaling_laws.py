"""Effect of more cores: serial parts, limits and peaks of the curves of a run, and the missing data."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from parbench import text as words
from parbench.analysis.choice import comparable
from parbench.analysis.scaling import by_cores, fit_laws
from parbench.analysis.stats.interval import NO_MATTER
from parbench.analysis.weak_scaling import weak
from parbench.report.figures import scaling_laws
from parbench.report.figures.annotations import cell_address, record
from parbench.report.html.sections import Section
from parbench.report.html.svg import interactive
from parbench.report.html.template import render_part
from parbench.report.run import Run
from parbench.text import LONGER, USELESS, safe_name, with_chunks

NO_LADDER = (
    "no strategy was measured on n cores at n times a size that it was measured at on one core: measure sizes that "
    "grow as the cores do, by a test with weak=True in its mark."
)
TWO = (
    "two core counts fit Amdahl's law exactly whatever they are, so that this run cannot test it; the "
    "limits above assume it: measure with --parbench-cores=1,2,4,8, on a machine with at least 8 cores."
)


def section(run: Run) -> Section | None:
    """The section about what more cores would give; None if no strategy could use any."""
    frame, summary = run.frame, run.summary
    rows = fit_laws(frame, summary)
    if rows.empty:
        return None
    points, ladders = by_cores(frame, summary), weak(summary)
    waiting = run.header.waiting

    def noun(workload: str) -> str:
        return run.header.facts(workload).worker_word

    drawings = scaling_laws.figures(rows, points, waiting)
    body = render_part(
        "scaling_laws.html",
        each="worker" if set(rows["workload"]) <= waiting else "core",
        lines=[line for name, mine in by_workload(rows) for line in workload_entries(mine, points, noun(name))],
        figures=[figure_entry(name, figure, rows, noun(name)) for name, figure in drawings.items()],
        tables=[table(name, mine, noun(name)) for name, mine in by_workload(with_fraction(rows))],
        weak=[weak_row(row) for row in ladders.itertuples()],
        refusals=refusals(rows, ladders),
    )
    tables = {"laws": rows, "laws-by-cores": points} | ({"laws-weak": ladders} if len(ladders) else {})
    figures = {f"laws-{safe_name(name)}": figure for name, figure in drawings.items()}
    return Section("laws", "What would more cores give?", body, figures, tables, short="More cores")


def by_workload(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each workload."""
    return [(str(name), mine) for name, mine in rows.groupby("workload", sort=False)]


def with_fraction(rows: pd.DataFrame) -> pd.DataFrame:
    """The curves that have a serial fraction."""
    return rows[rows["fraction"].notna()]


def workload_entries(rows: pd.DataFrame, points: pd.DataFrame, each: str) -> list[dict[str, Any]]:
    """One entry per size of one workload: which strategy scales best, and how far it could go.

    Sizes at which none is certain to gain are one entry.
    """
    found, without, workload = [], [], str(rows["workload"].iloc[0])
    for size, mine in with_fraction(rows).groupby("size"):
        rivals = comparable(mine)
        certain = rivals[(rivals["speedup_low"] > 1) & (rivals["speedup"] <= USELESS * rivals["speedup_low"])]
        # with one block alone there is no interval, and the best candidate is shown without one
        seeming = rivals[rivals["speedup"] > NO_MATTER] if rivals["speedup_low"].isna().all() else certain
        good = certain if seeming.empty else seeming
        if good.empty:
            without.append(int(str(size)))
        else:
            found.append(best_entry(good.sort_values("speedup").iloc[-1], points, each))
    if without:
        at = f" at {words.join(words.count(size) for size in without)}"
        text = f"no strategy is certain to be faster on more {each}s than on one."
        found.append({"kind": "mild", "workload": workload, "at": at, "text": text, "more": []})
    return found


def best_entry(best: pd.Series[Any], points: pd.DataFrame, each: str) -> dict[str, Any]:
    """The strategy that scales best at one size, in words."""
    name, on = str(best["workload"]), words.plural(best["cores"], each)
    speedup = words.times(best["speedup"], best["speedup_low"], best["speedup_high"])
    certain = bool(words.is_known(best["speedup_low"]))
    verb, doubt = ("scales", "") if certain else ("seems to scale", f" One block gives no interval: {LONGER}.")
    text = f"{best['strategy']}{with_chunks(best['chunks'])} {verb} best, to {speedup} its own speed with {on}.{doubt}"
    more = [
        f"Its serial part is {share(best)}. By Amdahl's law {allows(best, each)}",
        grows(best, points),
        beyond(best, each),
    ]
    kind = "fine" if certain else "mild"
    at = f" at {words.count(best['size'])}"
    return {"kind": kind, "workload": name, "at": at, "text": text, "more": [line for line in more if line]}


def grows(row: Any, points: pd.DataFrame) -> str:
    """Note that a cost grows with the cores, if Karp and Flatt's serial part significantly does; else empty."""
    mine = scaling_laws.of(points, row)
    if len(mine) < 2:
        return ""
    first, last = mine.iloc[0], mine.iloc[-1]
    if not last["karp_low"] > first["karp_high"]:
        return ""
    return (
        f"By Karp and Flatt it rises from {words.percent(max(0.0, first['karp_flatt']))} on {first['cores']} to "
        f"{words.percent(last['karp_flatt'])} on {last['cores']}: a cost grows with them, so the limit is out of reach."
    )


def allows(row: Any, each: str) -> str:
    """Meaning of a serial fraction for the largest possible speedup."""
    low, high = row["limit_low"], row["limit_high"]
    if math.isinf(row["limit"]):
        worst = f"; if it is {words.percent(row['fraction_high'])}, that is {ratio(low)}" if words.is_known(low) else ""
        return f"that sets no limit{worst}."
    ends = ""
    if low > 0:
        ends = f" (between {ratio(low)} and {'no limit at all' if math.isinf(high) else ratio(high)})"
    return f"no number of {each}s gives more than {ratio(row['limit'])}{ends}."


def beyond(row: Any, each: str) -> str:
    """Result of the universal scalability law for one curve, in a sentence; empty if it was not fitted."""
    if not words.is_known(row["sigma"]):
        return ""
    law = f"By the universal scalability law, which also counts what {each}s cost each other,"
    if math.isinf(row["peak_cores"]):
        limit = "with no limit" if math.isinf(row["peak"]) else f"towards {ratio(row['peak'])}"
        return f"{law} it goes on growing, {limit}."
    where = words.plural(round(row["peak_cores"]), each)
    outside = ", beyond what was measured" if row["peak_cores"] > row["cores"] else ""
    return f"{law} it is fastest with {where}{outside}: {ratio(row['peak'])}."


def share(row: Any) -> str:
    """A serial fraction as ``12 % [0 %, 42 %]``."""
    ends = ""
    if words.is_known(row["fraction_low"]):
        ends = f" [{words.percent(row['fraction_low'])}, {words.percent(row['fraction_high'])}]"
    return f"{words.percent(row['fraction'])}{ends}"


def limit(row: Any) -> str:
    """The limit that it sets, for a table."""
    return "none" if math.isinf(row["limit"]) else ratio(row["limit"])


def ratio(value: float) -> str:
    """A speedup that is no measurement: two digits will do."""
    return f"{words.number(value, 2)}×"


def table(workload: str, rows: pd.DataFrame, each: str) -> dict[str, Any]:
    """Every strategy of a workload, by size and speedup; columns that two core counts cannot fill come with more."""
    several, peaks = bool((rows["counts"] > 2).any()), bool(rows["sigma"].notna().any())
    heads = ["strategy", "size", f"{each}s", "speedup over itself [95 %]"]
    heads += ["serial part [95 %]", "limit", *(["Karp–Flatt"] if several else []), *(["USL peak"] if peaks else [])]
    entries = []
    for _, row in rows.sort_values(["size", "speedup"], ascending=[True, False]).iterrows():
        texts = [words.count(row["size"]), words.count(row["cores"])]
        texts += [words.times(row["speedup"], row["speedup_low"], row["speedup_high"]), share(row), limit(row)]
        texts += ["below 0 %" if row["karp_flatt"] < 0 else words.percent(row["karp_flatt"])] if several else []
        texts += [peak(row)] if peaks else []
        entries.append(curve_facts(row, "law") | {"texts": texts})
    caption = f"{workload}: each strategy against itself on one {each}"
    return {"workload": workload, "caption": caption, "heads": heads, "rows": entries}


def peak(row: Any) -> str:
    """The peak by the universal scalability law, for a table."""
    if not words.is_known(row["sigma"]):
        return words.NOTHING
    if math.isinf(row["peak_cores"]):
        return "none"
    return f"{ratio(row['peak'])} on {words.count(round(row['peak_cores']))}"


def top(row: Any) -> str:
    """The peak by the universal scalability law, in a caption."""
    return "and the fit has no peak" if math.isinf(row["peak_cores"]) else f"and by the fit at most {peak(row)}"


def weak_row(row: Any) -> dict[str, Any]:
    """One ladder for the table."""
    record = row._asdict()
    texts = [row.workload, words.count(row.size), words.count(row.cores)]
    texts += [words.times(row.speedup, row.speedup_low, row.speedup_high), share(record)]
    return curve_facts(row, "weak") | {"texts": texts}


def curve_facts(row: Any, kind: str) -> dict[str, Any]:
    """Which curve a row of a table is about."""
    known = record(row)
    strategy, place = known["strategy"], cell_address(row, kind)
    return {"id": place, "of": strategy, "strategy": strategy, "note": with_chunks(known["chunks"]).strip()}


def refusals(rows: pd.DataFrame, ladders: pd.DataFrame) -> list[dict[str, str]]:
    """Missing fits with the causes, each cause once, with the affected curves."""
    found = [
        ("speedup over itself", str(reason), curves_phrase(mine, rows))
        for reason, mine in rows[rows["reason"] != ""].groupby("reason", sort=False)
    ]
    unfitted = rows[(rows["usl_reason"] != "") & (rows["reason"] == "")]
    for reason, mine in unfitted.groupby("usl_reason", sort=False):
        found.append(("USL", str(reason), curves_phrase(mine, rows)))
    found += [("whether the law holds", TWO, "")] * bool((rows["counts"] == 2).all())
    found += [("weak scaling", NO_LADDER, "")] * ladders.empty
    return [{"what": what, "text": words.sentence_case(text), "where": where} for what, text, where in found]


def curves_phrase(mine: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Which curves are meant: all, those of whole workloads by these names, or strategies of each."""
    if len(mine) == len(rows):
        return "" if len(rows) == 1 else f"all {words.count(len(rows))} curves"
    texts = []
    for workload, group in mine.groupby("workload", sort=False):
        whole = len(group) == int((rows["workload"] == workload).sum())
        names = words.join(sorted(set(group["strategy"])))
        texts.append(str(workload) if whole else f"{names} of {workload}")
    return "; ".join(texts)


def figure_entry(name: str, figure: Figure, rows: pd.DataFrame, each: str) -> dict[str, Any]:
    """A figure for the template, with what it shows in words."""
    mine = scaling_laws.drawn_curves(rows, name)
    size, most = int(mine["size"].iloc[0]), words.plural(mine["cores"].max(), each)
    texts = [
        f"{row['strategy']} has {words.times(row['speedup'])} with {words.plural(row['cores'], each)}, {top(row)}"
        for _, row in mine.iterrows()
    ]
    caption = (
        f"Speedup of {name} at size {words.count(size)}, each strategy over itself on one: measured points with 95 % "
        f"intervals, and the universal scalability law fitted to them. Up to {most} it was measured; the dashed lines "
        f"beyond are extrapolation. {'; '.join(texts)}."
    )
    return {"label": f"Fitted laws, {name}", "svg": interactive(figure, "laws", name), "caption": caption}
