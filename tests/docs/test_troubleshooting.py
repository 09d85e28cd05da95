"""The page on messages quotes those that the tool prints."""

from __future__ import annotations

import re
from functools import cache

import pytest

from tests.docs.documents import ROOT

PAGE = ROOT / "docs" / "troubleshooting.md"
#: Messages of pytest and of Python.
OF_OTHERS = ("unrecognized arguments: --benchmark", "ModuleNotFoundError")
#: The end of one part of a text in the source, and the beginning of the next.
JOINT = re.compile(r"\"\s*\n\s*(?:\+ \()?f?\"")


@cache
def source() -> str:
    """All sources, with texts of several lines in one."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "src" / "parbench").rglob("*.py")))
    return "\n".join(JOINT.sub("", text) for text in texts)


def messages() -> list[str]:
    """The quoted parts of messages in the first column of all tables."""
    rows = [line.split(" | ")[0] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [found.strip() for row in rows for found in re.findall(r"`+ ?([^`]+?) ?`+", row)]


@pytest.mark.parametrize("message", messages())
def test_a_message_is_in_the_source(message: str) -> None:
    """A message that changes is changed on the page, too."""
    known = message.removeprefix("it raised ")
    assert known in OF_OTHERS or known in source()


def test_there_are_messages() -> None:
    """The page is read: it has dozens of messages."""
    assert len(messages()) > 40
