"""Data that the user has already, as the `make` of a workload: a size is the number of their first items.

Imported in every arm and worker: standard library only.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, KeysView, Mapping
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any

from parbench import text
from parbench.errors import WorkloadError
from parbench.workload.error_place import raised
from parbench.workload.sizes import Sizes

#: Fewest and most items of the tiny size, which has a hundredth of them.
TINY_ITEMS = (4, 100)
#: Most items of an iterator, which may be endless.
MOST_ITEMS = 10_000_000


def length(data: Any) -> int:
    """The number of items of a sequence, or of an array or a frame along its first axis."""
    shape = getattr(data, "shape", None)
    return int(shape[0]) if isinstance(shape, tuple) and shape else len(data)


class GivenData:
    """Returns the first items of `source`, which are the data or, if it is a function without arguments, makes them.

    Data that have no slices are returned as a whole, at the size 1, and with `whole_tuples` tuples are, too. With
    `items`, data are read as items, or refused if they have no certain order.
    """

    def __init__(self, name: str, source: Any, items: bool, whole_tuples: bool) -> None:
        self.name = name
        self.items = items
        self.whole_tuples = whole_tuples
        self.is_lazy = callable(source) and not _has_slices(source)
        self._source = source if self.is_lazy else self._read(source)

    def __call__(self, size: int, seed: int = 0) -> Any:
        """The first `size` items."""
        self.check(size)
        data, count = self._load()
        return data if size == count else getattr(data, "iloc", data)[:size]

    def check(self, size: int) -> None:
        """Raise WorkloadError if there are fewer items."""
        _, count = self._load()
        if size > count:
            raise WorkloadError(f"workload {self.name!r} has {text.plural(count, 'item')}: choose sizes up to {count}.")

    def sizes(self) -> Sizes:
        """A few items only for checks; a tenth and all of the items, and in longer profiles a hundredth."""
        _, count = self._load()
        steps = [each for each in (count // 100, count // 10, count) if each > 1] or [1]
        fewest, most = TINY_ITEMS
        return Sizes(min(count, max(fewest, min(count // 100, most))), tuple(steps[-2:]), tuple(steps))

    def _load(self) -> tuple[Any, int]:
        """The data and the number of their items; 1 if they are a whole."""
        if self.is_lazy:
            try:
                made = self._source()
            except Exception as error:
                raise WorkloadError(f"the data of workload {self.name!r} cannot be made: {raised(error)}.") from error
            self._source, self.is_lazy = self._read(made), False
        data = self._source
        is_whole = not _has_slices(data) or (self.whole_tuples and isinstance(data, tuple))
        count = 1 if is_whole else length(data)
        if not count:
            raise WorkloadError(f"workload {self.name!r} has no items: give it at least one.")
        return data, count

    def _read(self, data: Any) -> Any:
        """The data, or a list of their items."""
        kind, remedy = type(data).__name__, ""
        if not self.items:
            return data
        if isinstance(data, Mapping):
            remedy = "has keys and values: give list(….items()) or list(….values())"
        elif isinstance(data, AbstractSet) and not isinstance(data, KeysView | ItemsView):
            remedy = "has another order in each process: give sorted(…)"
        elif hasattr(data, "itertuples"):
            remedy = "has rows: give list(….itertuples(name=None)), or Workload(kernel=…, data=…) for slices of rows"
        elif not isinstance(data, Iterable):
            remedy = "has no items: give a list"
        elif isinstance(data, tuple | str | bytes) or not _has_slices(data):
            data = list(islice(data, MOST_ITEMS + 1))
            if len(data) > MOST_ITEMS:
                remedy = f"yields more than {MOST_ITEMS:,} items: give some of them, as itertools.islice does"
        if remedy:
            raise WorkloadError(f"the {kind} that workload {self.name!r} is given {remedy}.")
        return data


def _has_slices(data: Any) -> bool:
    """Whether data have a length and slices along their first axis."""
    if isinstance(data, type | Mapping):
        return False
    try:
        getattr(data, "iloc", data)[:0]
        return length(data) >= 0
    except Exception:  # the class of the error depends on the object
        return False
