"""A digest of the data of a workload, by which an arm notices that a call changed them. Standard library only."""

from __future__ import annotations

import pickle
import sys
import zlib
from typing import Any

#: Bytes of arrays that are read as a whole; of arrays beyond them, `SAMPLED_BLOCKS` blocks are read.
WHOLE_BYTES = 1 << 26
#: Blocks of a large array that are read, at equal distances.
SAMPLED_BLOCKS = 1 << 10
#: Bytes of such a block.
BLOCK_BYTES = 1 << 12
#: Bytes of other objects, as a pickle; of longer sequences, every `SAMPLING`-th item is read.
PICKLED_BYTES = 1 << 23
#: Sampling interval for items of a sequence that is too long, as often as needed.
SAMPLING = 8


def input_digest(data: Any) -> object:
    """A value that stays equal until `data` change; None if data cannot be pickled or are too large."""
    length = None
    while True:
        try:
            return length, _checksum(data)
        except _TooLarge:
            pass
        except Exception:  # the class of pickle's error depends on the object
            return None
        try:
            length = len(data) if length is None else length
            if len(data) < SAMPLING:
                return None
            data = data[::SAMPLING]
        except Exception:  # not a sequence
            return None


class _TooLarge(Exception):
    """A pickle has more than `PICKLED_BYTES`."""


class _Checksum:
    """A file that keeps nothing but the checksum of its content, and the checksum of arrays."""

    def __init__(self) -> None:
        self.value = 0
        self.bytes_left = PICKLED_BYTES
        self.array_bytes_left = WHOLE_BYTES

    def write(self, content: Any) -> None:
        """Add a part of a pickle; raises _TooLarge."""
        self.bytes_left -= len(content)
        if self.bytes_left < 0:
            raise _TooLarge
        self.value = zlib.crc32(content, self.value)

    def add_array(self, buffer: pickle.PickleBuffer) -> None:
        """Add the content of an array, or of some of its blocks."""
        content = buffer.raw()
        size = content.nbytes
        if size <= self.array_bytes_left:
            self.array_bytes_left -= size
            self.value = zlib.crc32(content, self.value)
            return
        for index in range(SAMPLED_BLOCKS):
            start = index * max(0, size - BLOCK_BYTES) // (SAMPLED_BLOCKS - 1)
            self.value = zlib.crc32(content[start : start + BLOCK_BYTES], self.value)


class _Pickler(pickle.Pickler):
    """A pickler that omits states which an object computes for itself from its content."""

    def reducer_override(self, value: Any) -> Any:
        """The content of frames, of arrays of xarray and of sparse arrays, without blocks, caches and flags."""
        pandas = sys.modules.get("pandas")
        if pandas is not None and isinstance(value, pandas.DataFrame):
            return list, ((value.columns, value.index, [column.array for _, column in value.items()]),)
        if pandas is not None and isinstance(value, pandas.Series):
            return list, ((value.name, value.index, value.array),)
        xarray = sys.modules.get("xarray")
        if xarray is not None and isinstance(value, xarray.DataArray | xarray.Dataset) and not value.chunks:
            every = value.variables if isinstance(value, xarray.Dataset) else {**value.coords, None: value}
            return list, ([(name, each.dims, each.values) for name, each in every.items()],)
        if type(value).__module__.startswith("scipy.sparse") and hasattr(value, "__dict__"):
            return list, ([(name, each) for name, each in vars(value).items() if not name.startswith("_has_")],)
        return NotImplemented


def _checksum(data: Any) -> int:
    checksum = _Checksum()
    _Pickler(checksum, protocol=5, buffer_callback=checksum.add_array).dump(data)
    return checksum.value
