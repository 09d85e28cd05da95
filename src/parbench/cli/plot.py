"""``parbench plot``: draw a figure of a run for a paper."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parbench.cli import completing
from parbench.cli.commands import add_run

if TYPE_CHECKING:
    from parbench.report.figures.public import Drawing

SUMMARY = "draw a figure of a run for a paper"
EXAMPLE = "Example: parbench plot latest --figure speedup --workload affine --width 3.3in --out speedup.pdf"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_run(parser, "run_name")
    figure = parser.add_argument(
        "--figure", default="speedup", metavar="NAME", help="which; `list` lists them (speedup)"
    )
    completing.by(figure, completing.figures_named)
    workload = parser.add_argument(
        "--workload", metavar="NAME", help="of which workload (default: all, or the only one)"
    )
    completing.by(workload, completing.workloads_named)
    parser.add_argument("--size", type=int, metavar="N", help="at which size (default: all, or the largest)")
    parser.add_argument("--strategies", metavar="NAMES", help="only these, such as threads,joblib, and the baseline")
    parser.add_argument("--format", choices=("pdf", "svg", "png"), help="default: as --out ends, else pdf")
    parser.add_argument("--width", metavar="LENGTH", help="such as 3.3in, 8.4cm, 84mm, 240pt (default: 3.3in)")
    parser.add_argument("--title", action="store_true", help="write the title into the figure")
    parser.add_argument("--dpi", type=float, default=300, help="of a PNG (300)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: WORKLOAD-FIGURE.FORMAT, here")


def run(options: argparse.Namespace) -> int:
    """Write the figure; print where it is, and what belongs into its caption."""
    from parbench.report.figures.public import FIGURES, save
    from parbench.runfile.locate import named

    if options.figure == "list":
        width = max(map(len, FIGURES))
        print(*(f"{name:{width}}  {drawing.about}" for name, drawing in FIGURES.items()), sep="\n")
        return 0
    drawing = drawing_of(options.figure)
    figure = drawing.draw(named(options.run_name, options.reports), options.workload, **choices(options))
    out = place(options)
    print(f"{save(figure, out, dpi=options.dpi)}: {' by '.join(size_of(figure))} in")
    print(*(f"caption: {line}" for line in str(figure.get_label()).splitlines()), sep="\n")
    return 0


def drawing_of(name: str) -> Drawing:
    """The figure of this name; raises UsageError, which names all."""
    from parbench.errors import UsageError
    from parbench.report.figures.public import FIGURES

    if name not in FIGURES:
        raise UsageError(f"there is no figure {name!r}: take one of {', '.join(FIGURES)}.")
    return FIGURES[name]


def choices(options: argparse.Namespace) -> dict[str, Any]:
    """The chosen options, as arguments of the function that draws."""
    found: dict[str, Any] = {"title": options.title, "size": options.size}
    if options.strategies is not None:
        found["strategies"] = [name.strip() for name in options.strategies.split(",")]
    return found if options.width is None else found | {"width": options.width}


def place(options: argparse.Namespace) -> Path:
    """The file to write; raises UsageError where its ending and --format do not agree."""
    from parbench.errors import UsageError
    from parbench.report.figures.options import kind_of
    from parbench.text import safe_name

    if options.out is None:
        start = f"{safe_name(options.workload)}-" if options.workload else ""
        return Path(f"{start}{options.figure}.{options.format or 'pdf'}")
    if options.format and kind_of(options.out) != options.format:
        raise UsageError(
            f"--out {options.out} does not end with .{options.format}: name one of both, or make them agree."
        )
    return Path(options.out)


def size_of(figure: Any) -> tuple[str, str]:
    """Width and height in inches."""
    width, height = figure.get_size_inches()
    return f"{width:.2f}", f"{height:.2f}"
