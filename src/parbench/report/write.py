"""Writes the report of a run, and the files of every page: HTML, tables and figures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from parbench.errors import ParbenchError, UsageError
from parbench.text import safe_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from parbench.report.run import Run


def publish(run: Run, folder: Path | None = None) -> Path:
    """Write the report of a stored run into `folder`, by default next to its run file, where its digest is kept too.

    Returns the path of the page. Raises UsageError if the folder cannot be written.
    """
    from parbench.report.run_digest import digest, keep
    from parbench.runfile.locate import find

    assert run.path is not None  # a stored run
    place = find(run.path)
    page = write_report(run, folder or place.parent)
    if folder is None:
        keep(place, digest(place, run))
    return page


def publish_in_list(run: Run) -> tuple[Path, str]:
    """Publish a stored run in its folder, and list it on the page of all runs next to it.

    Returns the path of the report as seen from the current folder, and a sentence with the place of the list.
    """
    from parbench.runfile.locate import link_latest

    page = publish(run)
    link_latest(page.parent.parent)
    return relative(page), list_runs(page.parent.parent)


def relative(path: Path) -> Path:
    """The path relative to the current folder, if it is inside."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path


def list_runs(folder: Path) -> str:
    """List the runs of `folder` on a page; the sentence has its place, or the reason why there is none."""
    from parbench.report.html.index_page import write_index

    try:
        page, _ = write_index(folder)
    except ParbenchError as error:
        return f"parbench: no list of runs: {error}"
    return f"all runs: {relative(page)}"


def write_report(run: Run, folder: Path) -> Path:
    """Write ``report.html``, ``summary.csv``, ``figures/`` and the tables of the sections into `folder`.

    A run that was compared with a base has ``changes.csv`` and ``changes.md``, too, and one with expectations has
    ``expectations.csv``. Returns the path of the page. Raises UsageError if the folder cannot be written.
    """
    # Imported late: matplotlib takes half a second, which only those who write a report should wait for.
    from parbench.report.html import page
    from parbench.report.html.sections import sections
    from parbench.report.sentences.comparison import markdown

    drawings, parts = page.drawings(run), sections(run)
    tables: dict[str, pd.DataFrame | str] = {"summary.csv": run.summary}
    tables |= {f"{name}.csv": table for part in parts for name, table in part.tables.items()}
    if run.changes is not None:
        tables["changes.md"] = markdown(run.changes, run.against)
    figures = {f"{name}-{kind}": figure for name, kinds in drawings.items() for kind, figure in kinds.items()}
    figures |= {name: figure for part in parts for name, figure in part.figures.items()}
    files = ["run.jsonl", *tables, *(f"figures/{safe_name(name)}.svg" for name in figures)]
    return write_page(folder / "report.html", page.render(run, drawings, parts, files), tables, figures)


def write_page(
    page: Path,
    text: str,
    tables: Mapping[str, pd.DataFrame | str] | None = None,
    figures: Mapping[str, Figure] | None = None,
) -> Path:
    """Write a page, and next to it its tables by their file names and its figures by their names as SVG and PNG files.

    Folders are made if they are missing, and files of an earlier page are replaced. Names of figures and tables may
    come from a run file: they cannot leave the folder. Returns the path of the page. Raises UsageError.
    """
    folder = page.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if figures:
            from parbench.report.figures.style import save

            (folder / "figures").mkdir(exist_ok=True)
            for name, figure in figures.items():
                save(figure, folder / "figures" / f"{safe_name(name)}.svg")
        for name, table in (tables or {}).items():
            stem, ending = name.rsplit(".", 1)
            data = table if isinstance(table, str) else table.to_csv(index=False)
            (folder / f"{safe_name(stem)}.{ending}").write_text(data, encoding="utf-8", newline="")
        replace_file(page, text)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(
            f"{page.name} cannot be written to {folder} ({reason}): choose a folder that you can write to."
        ) from error
    return page


def replace_file(path: Path, text: str) -> None:
    """Write `text` to `path` in one step, so that no reader sees half of it; a link at `path` is not followed.

    Raises OSError.
    """
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with fresh.open("x", encoding="utf-8", errors="replace") as file:
            file.write(text)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
