"""How each strategy looks in every figure: colour, marker, fill and dash, the same everywhere.

Colours are from the Okabe-Ito palette (Okabe and Ito, "Color Universal Design", 2008) and, beyond its
eight, from Paul Tol's "muted" scheme (SRON/EPS/TN/09-002), and for strangers from his "vibrant" one; each stays apart
for colour-blind readers.
Marker and dash differ as well, so that a grey print can be read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

Dash = tuple[float, ...]
Fill = Literal["full", "left", "right", "bottom", "top", "none"]

SOLID: Dash = ()
LONG: Dash = (6, 2)
DASHDOT: Dash = (6, 2, 1.5, 2)
SHORT: Dash = (3, 1.5)
TWODOT: Dash = (6, 1.5, 1.2, 1.5, 1.2, 1.5)
DOTS: Dash = (1.2, 1.6)
FINE: Dash = (2.5, 1.5)


@dataclass(frozen=True)
class Look:
    """A colour, a matplotlib marker with its fill, the on-off lengths of a dash (empty: solid), and thick or thin."""

    colour: str
    marker: str
    dash: Dash = SOLID
    fill: Fill = "full"
    thin: bool = False


BUILT_IN = {
    "serial": Look("#000000", "s"),
    "vectorized": Look("#E69F00", "D"),
    "threads": Look("#0072B2", "o"),
    "multiprocessing": Look("#D55E00", "^"),
    "shared-memory": Look("#CC79A7", "v", LONG),
    "dask-threads": Look("#009E73", "P", DASHDOT),
    "dask-processes": Look("#56B4E9", "X", SHORT),
    "dask-distributed": Look("#882255", "p", TWODOT),
    "futures-processes": Look("#CC6677", "H", DASHDOT),
    "joblib": Look("#332288", "*", LONG),
    "library-threads": Look("#999933", "<", DASHDOT),
    "numexpr": Look("#44AA99", ">", SHORT),
    "numba": Look("#AA4499", "d", TWODOT),
    "asyncio": Look("#117733", "h", LONG),
}
#: For names we do not know, in this order.
SPARE = (
    Look("#EE3377", "8", LONG),
    Look("#CC3311", "x", DASHDOT),
    Look("#33BBEE", "1", SHORT),
    Look("#009988", "+", TWODOT),
    Look("#EE7733", "2", LONG),
)
#: A variant keeps the colour and marker of its strategy; known ones first, so that they never change.
VARIANTS = ("tutorial", "spawn", "fork", "forkserver")
VARIANT_FILLS: tuple[Fill, ...] = ("none", "left", "top", "right", "bottom")
VARIANT_DASHES = (DOTS, (1.2, 3.0), (3, 1.5, 1.2, 1.5), (1.2, 1.6, 4, 1.6), (8, 3))


def looks(strategies: Iterable[str]) -> dict[str, Look]:
    """The look of each strategy label; give all labels of a run, so that its figures agree.

    Labels that are not built in take the spare looks in the order of their names.
    """
    labels = sorted(set(strategies))
    bases = {label: base_and_variant(label) for label in labels}
    strangers = sorted({base for base, _ in bases.values()} - set(BUILT_IN))
    table = BUILT_IN | {name: SPARE[index % len(SPARE)] for index, name in enumerate(strangers)}
    others = sorted({variant for _, variant in bases.values() if variant} - set(VARIANTS))
    order = (*VARIANTS, *others)
    return {
        label: vary(table[base], order.index(variant)) if variant else table[base]
        for label, (base, variant) in bases.items()
    }


def base_and_variant(label: str) -> tuple[str, str]:
    """Cut ``multiprocessing[spawn]`` into ``("multiprocessing", "spawn")``; the variant may be empty."""
    base, _, rest = label.partition("[")
    return base, rest.removesuffix("]")


def thinner(look: Look) -> Look:
    """The look of a second curve of the same strategy: thin, finely dashed, with small markers."""
    return replace(look, dash=FINE, thin=True)


def vary(look: Look, index: int) -> Look:
    """The look of the variant with this index in the order of variants."""
    return replace(
        look,
        fill=VARIANT_FILLS[index % len(VARIANT_FILLS)],
        dash=VARIANT_DASHES[index % len(VARIANT_DASHES)],
    )
