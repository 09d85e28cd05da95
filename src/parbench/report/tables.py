"""The tables of a run as files: CSV, Parquet, JSON, Markdown for a comment on GitHub, and LaTeX for a paper."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

import pandas as pd

from parbench.analysis.alone import alone
from parbench.analysis.break_even import break_even
from parbench.analysis.break_even_calls import break_even_calls
from parbench.analysis.compare_paired import compare_twins
from parbench.analysis.cost import costs
from parbench.analysis.expectations import expectations
from parbench.analysis.frame import load, require_samples
from parbench.analysis.losses import losses
from parbench.analysis.memory_limits import memory_limits
from parbench.analysis.metg import metg
from parbench.analysis.noise import replicas
from parbench.analysis.scaling import fit_laws
from parbench.analysis.source import RunView, Source
from parbench.errors import MissingDependency, UsageError, pip_install
from parbench.report.latex import latex, table_caption
from parbench.report.markdown import markdown
from parbench.report.sentences.comparison import markdown as changes_markdown
from parbench.workload.cell import BASE

Format = Literal["csv", "parquet", "json", "markdown", "latex"]
FORMATS: tuple[Format, ...] = get_args(Format)
#: The endings of a file that say its format.
ENDINGS: Mapping[str, Format] = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".md": "markdown",
    ".tex": "latex",
}
STDOUT = "-"


@dataclass(frozen=True)
class NamedTable:
    """A table by its name: how it is made, and one line about it."""

    make: Callable[[RunView], pd.DataFrame]
    about: str


def _changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes against the base that was measured in the same run; raises UsageError if there is none."""
    if BASE not in set(frame["environment"]):
        raise UsageError(
            "this run was not compared with a base: measure with --parbench-against, or see parbench compare for two "
            "stored runs."
        )
    return compare_twins(frame)


#: The tables of a run, by name; that of changes needs the rows of the base, too, which the others do without.
TABLES = {
    "samples": NamedTable(lambda run: run.frame, "one row per sample, as parbench.load returns them"),
    "summary": NamedTable(lambda run: run.summary, "one row per cell: time, speedup with its interval, verdict"),
    "losses": NamedTable(lambda run: losses(run.summary, run.summary), "the losses of each traced cell"),
    "costs": NamedTable(lambda run: costs(run.summary, run.summary), "CPU time and memory of each cell"),
    "limits": NamedTable(
        lambda run: memory_limits(run.frame, run.summary), "the memory rate of each cell and its limit"
    ),
    "break-even": NamedTable(
        lambda run: break_even(run.summary, run.summary), "the size above which a strategy is faster"
    ),
    "break-even-calls": NamedTable(
        lambda run: break_even_calls(run.frame, run.summary), "the number of calls after which a start is repaid"
    ),
    "metg": NamedTable(lambda run: metg(run.summary, run.summary), "the finest useful grain of each strategy"),
    "laws": NamedTable(lambda run: fit_laws(run.frame, run.summary), "laws of scaling fitted to each curve"),
    "expectations": NamedTable(
        lambda run: expectations(run.summary, run.samples), "expectations of theory, and the results"
    ),
    "noise": NamedTable(lambda run: replicas(run.frame), "differences between cells and their replicas"),
    "alone": NamedTable(lambda run: alone(run.frame, run.summary), "the best cells with no other strategy alive"),
    "changes": NamedTable(lambda run: _changes(run.frame), "changes against the base of the same run"),
}


def table(run: Source, what: str = "summary") -> pd.DataFrame:
    """A table of a run by its name in `TABLES`, with columns as docs/reference/tables.md has them.

    `run` is a run file or the folder that holds one, a frame of `parbench.load`, filtered or not, or a `parbench.Run`;
    a summary will do for what needs no samples. Raises UsageError for a name that is none, or what the run lacks.
    """
    if what not in TABLES:
        raise UsageError(f"there is no table {what!r}: take one of {', '.join(TABLES)}.")
    if what in ("samples", "changes"):
        # also the rows of a base
        whole = run if isinstance(run, pd.DataFrame) else load(run) if isinstance(run, str | Path) else run.frame
        if "phase" not in whole.columns:
            raise UsageError(f"{what} are made from samples, not from a summary: give the run, or a frame of it.")
        return require_samples(whole) if what == "samples" else _changes(require_samples(whole))
    return TABLES[what].make(RunView.of(run))


def export(
    run: Source, what: str = "summary", *, format: Format | None = None, out: str | Path = STDOUT
) -> str | bytes | Path:
    """Write a table of a run into the file `out`, whose ending is the `format` by default; returns its path.

    With ``out="-"`` nothing is written, and what the file would hold is given back: text, or bytes of Parquet. Numbers
    in CSV and JSON have all of their digits; a Parquet file has types, too, and needs pyarrow. Raises UsageError for a
    name, format or file that cannot be, and MissingDependency.
    """
    path = None if out == STDOUT else Path(out)
    kind = format_of(path, format)
    rows = table(run, what)
    caption = table_caption(TABLES[what].about, RunView.of(run).header) if kind == "latex" else ""
    data = as_text(rows, kind, what, caption)
    if path is None:
        return data
    try:
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"the table cannot be written to {path} ({reason}): choose another file.") from error
    return path


def format_of(path: Path | None, wanted: str | None) -> Format:
    """The format that was asked for, else what the ending says, else CSV; raises UsageError."""
    if wanted is None:
        if path is None:
            return "csv"
        if path.suffix.lower() not in ENDINGS:
            raise UsageError(
                f"{path.name} does not say its format: end it with {', '.join(ENDINGS)}, or name a format."
            )
        return ENDINGS[path.suffix.lower()]
    for each in FORMATS:
        if wanted == each:
            return each
    raise UsageError(f"there is no format {wanted!r}: take {', '.join(FORMATS)}.")


def _json(value: Any) -> Any:
    """A value for JSON, which has no NaN and nothing infinite: null, and the text ``inf``."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    whole = value.item() if hasattr(value, "item") else value
    return "inf" if whole == math.inf else "-inf" if whole == -math.inf else whole


def as_text(rows: pd.DataFrame, kind: Format, what: str = "summary", caption: str = "") -> str | bytes:
    """A table of this name in one of the formats; LaTeX has a caption."""
    plain = rows.copy(deep=False)
    plain.attrs = {}  # Parquet would want to write them
    if kind == "csv":
        return plain.to_csv(index=False, lineterminator="\n")
    if kind == "json":
        records = [{str(name): _json(value) for name, value in row.items()} for row in plain.to_dict("records")]
        return json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if kind == "latex":
        return latex(plain, what, caption)
    if kind == "markdown":
        return changes_markdown(rows, "the base") if what == "changes" else markdown(plain, what)
    if find_spec("pyarrow") is None:
        raise MissingDependency(
            f"Parquet needs pyarrow, which is not installed: {pip_install('pyarrow')}, or take csv."
        )
    buffer = io.BytesIO()
    plain.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()
