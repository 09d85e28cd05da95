"""What a caller asks of a figure: how large, in which style, into which file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, TypedDict

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from parbench.analysis.source import inches
from parbench.errors import UsageError
from parbench.report.figures.layout import PAGE, Layout
from parbench.report.figures.style import KINDS, Kind, as_bytes, ours

STYLES = ("paper", "page")
TEXTS = ("text", "paths")


class Options(TypedDict, total=False):
    """How large a figure is, and for what it is made."""

    width: float | str
    height: float | str | None
    title: bool
    style: Literal["paper", "page"]
    ax: Axes


def layout_of(options: Options) -> Layout:
    """The layout that was asked for."""
    known = Options.__annotations__
    if unknown := [name for name in options if name not in known]:
        raise TypeError(f"a figure has no option {unknown[0]!r}: it has {', '.join(known)}")
    name = one_of("style", options.get("style", "paper"), STYLES)
    if name == "page":
        if "width" in options or options.get("height") is not None:
            raise UsageError("a figure in the style of a page has its own size: leave out width and height.")
        return PAGE
    if "ax" in options:
        if "width" in options or options.get("height") is not None:
            raise UsageError("what is drawn into axes of yours has their size: leave out width and height.")
        axes = options["ax"]
        return Layout(True, axes.bbox.width / axes.figure.dpi, axes=axes)
    height = options.get("height")
    width = inches(options.get("width", Layout.width))
    return Layout(True, width, None if height is None else inches(height), options.get("title", False))


def one_of(what: str, name: str, there: Sequence[str]) -> str:
    """`name`, which is one of those that are there; raises UsageError."""
    if name not in there:
        raise UsageError(f"there is no {what} {name!r}: take {' or '.join(there)}.")
    return name


def style(name: Literal["paper", "page"] = "paper") -> AbstractContextManager[None]:
    """The settings of our figures while yours are made, the user's afterwards: ``with parbench.figures.style():``.

    Those of a paper are a style file, too: ``matplotlib.pyplot.style.use("parbench.paper")``.
    """
    one_of("style", name, STYLES)
    return ours(paper=name == "paper")


def save(figure: Figure, path: str | Path, *, dpi: float = 300, text: Literal["text", "paths"] = "text") -> Path:
    """Write a figure as PDF, SVG or PNG, as the ending of `path` says; equal figures give equal bytes.

    A PDF has its fonts in it. An SVG cannot have any: its text is drawn in the font of whoever looks at it, or, with
    ``text="paths"``, as outlines, which look the same everywhere and cannot be searched. `dpi` is that of a PNG.
    Raises UsageError for another ending, where the file cannot be written, or where the figure is too small.
    """
    path = Path(path)
    one_of("text", text, TEXTS)
    data = as_bytes(figure, kind_of(path), dpi, text == "paths")
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
