"""How figures are drawn and saved: our own settings whatever the user's are, the same bytes every time."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args
from weakref import WeakKeyDictionary

from cycler import cycler
from matplotlib import rc_params_from_file, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from parbench.errors import UsageError

Kind = Literal["pdf", "svg", "png"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def read_style(name: str) -> dict[str, Any]:
    """The settings in one of our style files: a path below the package. The public one lies at its top."""
    with resources.as_file(resources.files("parbench").joinpath(name)) as path:
        settings: Any = rc_params_from_file(path, use_default_template=False)
        return dict(settings)


#: Settings of our own figures besides a style: names and reasons are not formulas, whatever signs they contain, and a
#: line has no marker by default.
FIXED = {"svg.hashsalt": "parbench", "text.parse_math": False, "axes.prop_cycle": cycler(color=["black"])}
PAPER = read_style("paper.mplstyle") | FIXED
SETTINGS = PAPER | read_style("report/figures/page.mplstyle")
INK, SOFT, FAINT = (str(SETTINGS[name]) for name in ("text.color", "axes.edgecolor", "grid.color"))
DPI = 160


@contextmanager
def our_settings(paper: bool = False) -> Iterator[None]:
    """Our settings while figures are made or saved, the user's afterwards."""
    with style.context(["default", PAPER if paper else SETTINGS]), warnings.catch_warnings():
        # A name in a script that our font lacks is drawn as boxes in the PNG; the SVG has it as text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


#: Figures as they were drawn: each stands on the page and in a file of its own, and drawing takes longest.
_drawn: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


def svg(figure: Figure) -> str:
    """The finished figure as an SVG document; equal figures give equal text."""
    if figure not in _drawn:
        buffer = io.StringIO()
        with our_settings():
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
        _drawn[figure] = buffer.getvalue()
    return _drawn[figure]


def save_png(figure: Figure, path: Path) -> None:
    """Write the figure as a PNG file; equal figures give equal bytes."""
    with our_settings():
        figure.set_dpi(DPI)
        # packed harder it would take a third longer, and be no smaller by more than a few in a hundred
        FigureCanvasAgg(figure).print_png(path, metadata={"Software": None}, pil_kwargs={"compress_level": 3})


def save(figure: Figure, path: Path) -> None:
    """Write the figure as an SVG file at `path`, and as a PNG file next to it."""
    path.write_text(svg(figure), encoding="utf-8")
    save_png(figure, path.with_suffix(".png"))


def as_bytes(figure: Figure, kind: Kind, dpi: float = 300) -> bytes:
    """The figure as a file of this kind; equal figures give equal bytes, without a date or the name of a tool.

    Raises UsageError if the figure has too little room for its parts.
    """
    buffer = io.BytesIO()
    nothing = {"pdf": ("CreationDate", "Creator", "Producer"), "svg": ("Date", "Creator"), "png": ("Software",)}
    with our_settings(paper=True), fitting(figure):
        figure.savefig(
            buffer, format=kind, metadata=dict.fromkeys(nothing[kind]), dpi=dpi if kind == "png" else "figure"
        )
    return buffer.getvalue()


@contextmanager
def fitting(figure: Figure) -> Iterator[None]:
    """Raises UsageError, instead of a warning, if a figure has no room for its panels when it is drawn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*axes sizes collapsed to zero")
        try:
            yield
        except UserWarning:
            width, height = figure.get_size_inches()
            raise UsageError(
                f"the figure does not fit into {width:.3g} by {height:.3g} in: give it more room, or draw fewer "
                "strategies."
            ) from None
