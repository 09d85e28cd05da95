"""The names that users import from `parbench`."""

from __future__ import annotations

import pytest

import parbench


@pytest.mark.parametrize("name", parbench._RENAMED)
def test_a_name_of_development_versions_names_its_successor(name: str) -> None:
    """An old name is an error whose only sentence has a public name to use instead."""
    with pytest.raises(ImportError, match=rf"^parbench\.{name} is now named parbench\.\w+\.$") as raised:
        getattr(parbench, name)
    assert str(raised.value).rstrip(".").rpartition(".")[2] in parbench.__all__


def test_every_public_name_is_there() -> None:
    """All names in `__all__` can be imported, and only an unknown name is called unknown."""
    assert all(getattr(parbench, name) is not None for name in parbench.__all__)
    with pytest.raises(AttributeError, match=r"^module 'parbench' has no attribute 'nothing'$"):
        parbench.nothing  # noqa: B018  # looking it up is the test
