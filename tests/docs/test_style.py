"""Prose follows docs/style.md; benchmarks/validate/prose.py counts the patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.validate import prose

STYLE = (prose.ROOT / "docs" / "style.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def now() -> dict[str, int]:
    """The counts of this checkout."""
    return prose.counts()


@pytest.mark.parametrize("pattern", prose.PATTERNS, ids=lambda pattern: pattern.name)
def test_no_pattern_exceeds_its_limit(now: dict[str, int], pattern: prose.Pattern) -> None:
    """Each pattern occurs at most `SHARE` times as often as when the rules were written."""
    assert now[pattern.name] <= pattern.most, f'see python -m benchmarks.validate prose "{pattern.name}"'


@pytest.mark.parametrize("pattern", prose.PATTERNS, ids=lambda pattern: pattern.name)
def test_patterns_match_their_example_only(pattern: prose.Pattern) -> None:
    """A pattern matches its example, no pattern matches the plain form, and the page has a row for the pattern."""
    assert len(pattern.found_in(pattern.example)) == 1
    assert not [each.name for each in prose.PATTERNS if each.found_in(pattern.plain)]
    assert f"\n| `{pattern.name}` | `" in STYLE


def test_prose_is_counted_wherever_it_is(tmp_path: Path) -> None:
    """Pages, templates, docstrings, comments, messages and docstrings of tests are counted; code is not."""
    for name in ("docs", "src", "tests"):
        (tmp_path / name).mkdir()
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        (tmp_path / name).write_text("Mend\nit. `mend`\n\n```text\nmend\n```\n", encoding="utf-8")
    (tmp_path / "src" / "a.html").write_text("<p class='mend'>Mend</p>{{ mend }}", encoding="utf-8")
    (tmp_path / "src" / "a.py").write_text(
        '"""Mend it."""\nmend = 1  # mend\n#: mend\nraise E(f"mend it: {mend}")\n', "utf-8"
    )
    (tmp_path / "tests" / "a.py").write_text('"""Mend it."""\nmend = "mend it"  # mend\n', "utf-8")
    assert prose.counts(tmp_path)["mend"] == 3 + 1 + 4 + 1
