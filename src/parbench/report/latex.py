"""A table of a run for a paper: LaTeX with the rules of booktabs, the columns of the table for a comment."""

from __future__ import annotations

import re

import pandas as pd

from parbench.report.markdown import cell, columns_of, heading, is_text
from parbench.report.sentences.provenance import provenance
from parbench.runfile.header import Header

#: Characters that mean something to LaTeX, or that its usual fonts lack, and what prints them.
SPECIAL = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "×": r"$\times$",
    "µ": r"$\mu$",
    "–": "--",
    "∞": r"$\infty$",
    "≈": r"$\approx$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "[": "{[}",  # a bracket after \\ would be its argument
    "]": "{]}",
}


def escaped(text: object) -> str:
    """Any text as one that LaTeX prints as it is, on one line; signs that it may not have are a question mark."""
    plain = re.sub(r"\s+", " ", str(text))
    signs = (sign if sign in SPECIAL or (sign.isascii() and sign.isprintable()) else "?" for sign in plain)
    return "".join(SPECIAL.get(sign, sign) for sign in signs)


def latex(rows: pd.DataFrame, what: str, caption: str) -> str:
    r"""A ``table`` environment with a table of `tables.TABLES`, for a document with ``\usepackage{booktabs}``."""
    columns = columns_of(rows, what)
    aligned = "".join("l" if is_text(name, rows) else "r" for name in columns)
    head = " & ".join(escaped(heading(name, rows)) for name in columns)
    body = [" & ".join(escaped(cell(name, row)) for name in columns) for row in rows.to_dict("records")]
    return "\n".join(
        [
            "% needs \\usepackage{booktabs}",
            "\\begin{table}",
            "\\centering",
            f"\\caption{{{escaped(caption)}}}",
            f"\\begin{{tabular}}{{{aligned}}}",
            "\\toprule",
            f"{head} \\\\",
            "\\midrule",
            *(f"{line} \\\\" for line in body),
            "\\bottomrule",
            "\\end{tabular}",
            "\\end{table}",
            "",
        ]
    )


def table_caption(about: str, header: Header) -> str:
    """The caption of a table: what it has, and where it was measured."""
    return f"{about[:1].upper()}{about[1:]}. Intervals have a level of 95 %. {provenance(header)}".strip()
