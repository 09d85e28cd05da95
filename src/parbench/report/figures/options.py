"""Options of a figure: its width and its file."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypedDict

from matplotlib.figure import Figure

from parbench.analysis.source import inches
from parbench.errors import UsageError
from parbench.report.figures.layout import Layout
from parbench.report.figures.style import KINDS, Kind, as_bytes, our_settings


class Options(TypedDict, total=False):
    """How wide a figure is, and whether it has its title in it."""

    width: float | str
    title: bool


def layout_of(options: Options) -> Layout:
    """The layout that was asked for."""
    known = Options.__annotations__
    if unknown := [name for name in options if name not in known]:
        raise TypeError(f"a figure has no option {unknown[0]!r}: it has {', '.join(known)}")
    return Layout(True, inches(options.get("width", Layout.width)), options.get("title", False))


def style() -> AbstractContextManager[None]:
    """The settings of our figures while yours are made, the user's afterwards: ``with parbench.figures.style():``.

    They are a style file, too: ``matplotlib.pyplot.style.use("parbench.paper")``.
    """
    return our_settings(paper=True)


def save(figure: Figure, path: str | Path, *, dpi: float = 300) -> Path:
    """Write a figure as PDF, SVG or PNG, as the ending of `path` says; equal figures give equal bytes.

    A PDF has its fonts in it. An SVG has none: each viewer draws its text in a font of its own. `dpi` is that of a PNG.
    Raises UsageError for another ending, where the file cannot be written, or where the figure is too small.
    """
    path = Path(path)
    data = as_bytes(figure, kind_of(path), dpi)
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"the figure cannot be written to {path} ({reason}): choose another file.") from error
    return path


def kind_of(path: Path) -> Kind:
    """The kind of file that an ending stands for; raises UsageError."""
    ending = path.suffix.removeprefix(".").lower()
    for kind in KINDS:
        if ending == kind:
            return kind
    raise UsageError(f"a figure can be a file that ends with {', '.join(KINDS)}, not {path.name!r}.")
