"""The page that lists all runs of a folder, newest first: a summary of each, and the link to its report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from parbench import text
from parbench.analysis.run_names import interpreter, short_model
from parbench.analysis.stats.decision import VERDICTS
from parbench.errors import RunFileError, UsageError
from parbench.report.html.template import render_page
from parbench.report.run_digest import Digest, RunEntry, WorkloadDigest, entries
from parbench.report.write import write_page
from parbench.text import one_line

FILE = "index.html"
#: Begin of an index, which distinguishes it from other pages; and the length in which it is searched.
TITLE, WITHIN = "parbench runs", 2000
#: Most runs, most notes, and most workloads of a run before the rest folds.
MOST_RUNS, MOST_NOTES, MOST_TOLD = 500, 50, 6
#: How much of a name is shown.
LONGEST = 80


def write_index(folder: Path) -> tuple[Path, list[str]]:
    """Write ``index.html`` into `folder`; returns its path, and sentences about the runs that are not in it.

    Raises RunFileError if there is no folder or no run, and UsageError if the page cannot be written, or the existing
    one is not ours.
    """
    passed_over: list[str] = []
    runs = entries(folder, passed_over)
    if any(run.place.parent == folder for run in runs):
        raise UsageError(f"{folder} is the folder of one run: give the one that contains the folders of the runs.")
    if not runs:
        more = f" ({passed_over[0].removesuffix('.')})" if passed_over else ""
        raise RunFileError(f"there is no readable run below {folder}{more}: measure with `pytest --benchmark`.")
    page = folder / FILE
    check_ours(page)
    return write_page(page, render(runs, passed_over, folder)), passed_over


def check_ours(page: Path) -> None:
    """Raise UsageError if there is already an index that is not one of ours."""
    try:
        with page.open(encoding="utf-8", errors="replace") as file:
            ours = f"<title>{TITLE}</title>" in file.read(WITHIN)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{page} cannot be replaced ({error.strerror or error}).") from error
    if not ours:
        raise UsageError(f"{page} was not written by parbench and is left as it is: move it to have the runs listed.")


def render(runs: Sequence[RunEntry], passed_over: Sequence[str], folder: Path) -> str:
    """The page as text; links are as seen from `folder`."""
    machines = machine_names(runs)
    return render_page(
        "index.html",
        title=TITLE,
        facts=facts(runs, len(set(machines.values()))),
        runs=[row(run, machines, folder) for run in runs[:MOST_RUNS]],
        run_count=len(runs),
        compared=any(run.digest.changes for run in runs[:MOST_RUNS]),
        pages=other_pages(folder),
        passed_over=list(passed_over[:MOST_NOTES]),
        passed_over_count=len(passed_over),
    )


def facts(runs: Sequence[RunEntry], machines: int) -> list[str]:
    """The line under the title: how many runs and machines, from when to when."""
    first, last = runs[-1].made, runs[0].made
    dates = dict.fromkeys(f"{each:%Y-%m-%d}" for each in (first, last))
    return [text.plural(len(runs), "run"), text.plural(machines, "machine"), " to ".join(dates)]


def machine_names(runs: Sequence[RunEntry]) -> dict[Any, tuple[str, str]]:
    """Name of each machine, by `machine_of`: processor and cores, with its id if others have the same name.

    The second text is for the line below the first.
    """
    known = dict.fromkeys(machine_of(run) for run in runs)
    counts = Counter((model, cores) for _, model, cores in known)
    return {
        each: (each[1] or "unknown machine", f"{each[2]} · id {each[0] or 'unknown'}" if several else each[2])
        for each in known
        for several in [counts[each[1:]] > 1]
    }


def machine_of(run: RunEntry) -> tuple[str, str, str]:
    """The machine of a run as its id, its processor and its cores, each a text."""
    machine = run.header.machine
    return (
        one_line(machine.machine_id or "", 24),
        short_model(machine.cpu_model or ""),
        text.plural(machine.cores_usable, "core") if machine.cores_usable else "",
    )


def row(run: RunEntry, machines: dict[Any, tuple[str, str]], folder: Path) -> dict[str, Any]:
    """One run as texts, under the names that the template uses."""
    here = run.place.parent.relative_to(folder)
    page = run.place.with_name("report.html")
    digest, header = run.digest, run.header
    return {
        "name": one_line(header.label or here.as_posix(), LONGEST),
        "folder": one_line(here.as_posix(), LONGEST) if header.label else "",
        "href": link(page, folder) if page.is_file() else "",
        "when": f"{run.made:%Y-%m-%d %H:%M}",
        "told": [sentence(each) for each in digest.told],
        "changes": changes(digest),
        "against": one_line(digest.against, 40) if digest.changes else "",
        "worse": bool(digest.changes.get("SLOWER") or digest.changes.get("MISSING")),
        "machine": machines[machine_of(run)],
        "commit": commit(header.commit),
        "profile": one_line(header.profile, 24),
        "interpreter": interpreter(header.machine, header.versions) or text.NOTHING,
        "complete": digest.complete,
        "took": text.duration(digest.seconds) if digest.seconds is not None else text.NOTHING,
        "cells": text.plural(digest.cells, "cell"),
        "failed": text.count(digest.failed) if digest.failed else "",
        "skipped": text.count(digest.skipped) if digest.skipped else "",
    }


def link(target: Path, folder: Path) -> str:
    """The address of a file below `folder`, as seen from it: relative, and safe whatever its name holds."""
    return quote(os.fsencode(target.relative_to(folder).as_posix()))


def sentence(told: WorkloadDigest) -> str:
    """The verdict of one workload in a line: ``affine: threads 1.93× on 2 cores``."""
    workload, best = one_line(told.workload, 40), one_line(told.best, 40)
    if not told.best:
        return f"{workload}: no verdict"
    if not told.decided:
        return f"{workload}: undecided"
    if told.best == told.baseline:
        return f"{workload}: stay with {best}"
    cut = text.with_chunks(told.chunks)
    times = f" {text.times(told.speedup)}" if told.speedup is not None else ""
    return f"{workload}: {best}{times} on {one_line(told.on, 24)}{cut}"


def changes(digest: Digest) -> str:
    """Result of a comparison: ``SLOWER 1, SAME 7``."""
    known = [verdict for verdict in VERDICTS if digest.changes.get(verdict)]
    return ", ".join(f"{verdict} {text.count(digest.changes[verdict])}" for verdict in known)


def commit(text: str) -> str:
    """A commit, with what the ``+`` behind it means; nothing outside of a work tree."""
    if not text:
        return "no commit"
    return f"commit {one_line(text.removesuffix('+'), 24)}{', changed' if text.endswith('+') else ''}"


def other_pages(folder: Path) -> list[tuple[str, str]]:
    """Other pages of ours in the folder, as addresses and words: the history, and runs side by side."""
    history = folder / "history" / "history.html"
    found = [(link(history, folder), "how cells did over time")] if history.is_file() else []
    pages = sorted(folder.glob("several-*/several.html"))[:MOST_NOTES]
    return [
        *found,
        *(
            (link(page, folder), "side by side: " + one_line(page.parent.name.removeprefix("several-"), LONGEST))
            for page in pages
        ),
    ]
