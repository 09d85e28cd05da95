"""The names that users import from `parbench`."""

from __future__ import annotations

import pytest

import parbench


def test_every_public_name_is_there() -> None:
    """All names in `__all__` can be imported, and only an unknown name is called unknown."""
    assert all(getattr(parbench, name) is not None for name in parbench.__all__)
    with pytest.raises(AttributeError, match=r"^module 'parbench' has no attribute 'nothing'$"):
        parbench.nothing  # noqa: B018  # looking it up is the test
