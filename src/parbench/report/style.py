"""How figures are drawn and saved: our own settings whatever the user's are, the same bytes every time."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from parbench.report.axes import FAINT, INK, SOFT

SETTINGS = {
    # Text stays text: small, searchable, drawn by any viewer in its own sans-serif font where it has not
    # ours; the usual ones are narrower, so nothing that fits here overlaps there.
    "svg.fonttype": "none",
    "svg.hashsalt": "parbench",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "hatch.linewidth": 0.5,
    "lines.solid_capstyle": "butt",
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    # Names and reasons are not formulas, whatever signs they hold.
    "text.parse_math": False,
}
DPI = 160


@contextmanager
def ours() -> Iterator[None]:
    """Our settings while figures are made or saved, the user's afterwards."""
    with style.context(["default", SETTINGS]), warnings.catch_warnings():
        # A name in a script that our font lacks is drawn as boxes in the PNG; the SVG has it as text.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


#: Figures as they were drawn: each stands on the page and in a file of its own, and drawing takes longest.
_drawn: WeakKeyDictionary[Figure, str] = WeakKeyDictionary()


def svg(figure: Figure) -> str:
    """The finished figure as an SVG document; equal figures give equal text."""
    if figure not in _drawn:
        buffer = io.StringIO()
        with ours():
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
        _drawn[figure] = buffer.getvalue()
    return _drawn[figure]


def save_png(figure: Figure, path: Path) -> None:
    """Write the figure as a PNG file; equal figures give equal bytes."""
    with ours():
        figure.set_dpi(DPI)
        # packed harder it would take a third longer, and be no smaller by more than a few in a hundred
        FigureCanvasAgg(figure).print_png(path, metadata={"Software": None}, pil_kwargs={"compress_level": 3})


def save(figure: Figure, path: Path) -> None:
    """Write the figure as an SVG file at `path`, and beside it as a PNG file."""
    path.write_text(svg(figure), encoding="utf-8")
    save_png(figure, path.with_suffix(".png"))
