"""From what was typed to settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from parbench.errors import UsageError
from parbench.measurement.plan import Selection
from parbench.measurement.profiles import PROFILES, find_profile
from parbench.pytest_plugin.options import read_settings

ROOT = Path("/root/of/the/project")


def test_nothing_typed_is_the_quick_profile() -> None:
    """Without options nothing is narrowed and everything is the profile's."""
    found = read_settings({}, ["pytest"], ROOT)
    assert found.selection == Selection()
    assert found.profile == PROFILES["quick"]
    assert (found.out, found.budget, found.seed, found.workloads) == (ROOT / "reports", None, 1, None)
    assert (found.options, found.command) == ({}, ["pytest"])
    assert read_settings({"profile": None, "cores": None, "budget": None}, ["pytest"], ROOT) == found


def test_everything_typed_arrives() -> None:
    """Each option is read, with spaces, underscores and repeated names forgiven."""
    typed = {
        "profile": "standard",
        "strategies": "threads, serial,threads",
        "cores": "1, 2",
        "chunks": "auto,4",
        "sizes": "1_000,2000",
        "out": "/elsewhere",
        "budget": "1e2",
        "seed": "7",
        "label": " after the fix ",
        "workloads": "square",
        "dask-scheduler": "tcp://127.0.0.1:8786",
    }
    found = read_settings(typed, [], ROOT)
    assert found.selection == Selection("standard", ("threads", "serial"), (1, 2), (1000, 2000), (4, 0))
    assert (found.out, found.budget, found.seed) == (Path("/elsewhere"), 100.0, 7)
    assert found.label == "after the fix"
    assert (found.workloads, found.options) == (("square",), {"dask_scheduler": "tcp://127.0.0.1:8786"})


@pytest.mark.parametrize(
    ("option", "text"),
    [
        *(("cores", text) for text in ("two", "1.5", "-1", "1;2", "0x2", "9" * 30, "9" * 5000)),
        *(("sizes", text) for text in ("1000,many", "inf", "1e3")),
        *(("seed", text) for text in ("x", "-3", str(10**18), " ")),
        *(("budget", text) for text in ("", "soon", "0", "-5", "nan", "inf", "1e300")),
        ("strategies", ""),
        *(("label", text) for text in ("", " ", "a\nb", "\x1b[31m", "x" * 61)),
        ("workloads", " , "),
        ("profile", "fast"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(option: str, text: str) -> None:
    """A mistake names its option, or what there is to choose from, in one line that ends as a sentence does."""
    with pytest.raises(UsageError, match=rf"--parbench-{option}|choose from quick") as caught:
        read_settings({option: text}, [], ROOT)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "selection", [Selection(sizes=()), Selection(cores=(0,)), Selection(cores=(10**6,)), Selection(strategies=("x",))]
)
def test_what_this_machine_cannot_do_is_refused(selection: Selection) -> None:
    """An empty list of sizes, no core, more cores than there are and an unknown strategy are refused in words."""
    with pytest.raises(UsageError, match=r"empty|cannot be measured|there is no strategy"):
        selection.check()


def test_an_empty_list_of_sizes_is_kept_to_be_refused() -> None:
    """Typing no size is not the same as not typing the option."""
    assert read_settings({"sizes": ""}, [], ROOT).selection.sizes == ()


@pytest.mark.parametrize("name", PROFILES)
def test_profiles_are_of_use(name: str) -> None:
    """Every profile has an even number of rounds and fewer least blocks than most."""
    profile = find_profile(name)
    assert profile.name == name
    assert profile.rounds % 2 == 0
    assert 2 <= profile.least_blocks <= profile.most_blocks
    assert 0 < profile.precision < 1
