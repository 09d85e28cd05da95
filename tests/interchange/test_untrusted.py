"""A file of another tool is untrusted: each defect is one clear error, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench.errors import ExchangeError
from parbench.interchange import convert
from parbench.runfile.reader import header_of
from tests.interchange.test_convert import SAMPLE

Change = Callable[[dict[str, Any]], Any]


def changed(change: Change, folder: Path) -> Path:
    """A copy of the sample with one change."""
    content = json.loads(SAMPLE.read_text())
    change(content)
    path = folder / "changed.json"
    path.write_text(json.dumps(content))
    return path


HOSTILE: list[tuple[Change, str]] = [
    (lambda it: it["benchmarks"][0]["stats"]["data"].append(-1.0), "positive number"),
    (lambda it: it["benchmarks"][0]["stats"]["data"].append(float("nan")), "positive number"),
    (lambda it: it["benchmarks"][0]["stats"].update(data={}, median="x"), "positive number"),
    (lambda it: it["benchmarks"][0].update(fullname=["x"]), "a text"),
    (lambda it: it["benchmarks"][0].update(fullname="x" * 501), "501 characters"),
    (lambda it: it["benchmarks"][0].update(fullname=""), "no name"),
    (lambda it: it["benchmarks"][0].pop("stats"), "lacks 'stats'"),
    (lambda it: it.update(benchmarks="x"), "a list"),
    (lambda it: it["benchmarks"].append(it["benchmarks"][0]), "the same cell"),
    (lambda it: it.update(benchmarks=[]), "no timings"),
    (lambda it: it["benchmarks"][0]["stats"].update(iterations=0), "a whole number"),
    (
        lambda it: it["benchmarks"][0].update(
            extra_info={"parbench": {"blocks": [{"block": 0, "rounds": [0], "loops": [1]}]}}
        ),
        "as many rounds",
    ),
    (lambda it: it["benchmarks"][0].update(options={"timer": 3}), "a text"),
    (lambda it: it["benchmarks"][0].update(params=[1]), "an object"),
    (lambda it: it.update(commit_info=["x"]), "an object"),
    (lambda it: it.pop("machine_info"), "neither a run of parbench nor"),
]


@pytest.mark.parametrize(("change", "words"), HOSTILE, ids=lambda each: each if isinstance(each, str) else "-")
def test_what_is_wrong_is_one_sentence(change: Change, words: str, tmp_path: Path) -> None:
    """A file with a defect is refused in one sentence, and nothing is written."""
    with pytest.raises(ExchangeError, match=words) as raised:
        convert.convert(changed(change, tmp_path), tmp_path / "run")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "3", '{"benchmarks": 3}', "\ud800", "1" * 10_000])
def test_what_is_no_results_is_one_sentence(text: str, tmp_path: Path) -> None:
    """A file in neither format is refused, whatever its content."""
    path = tmp_path / "some.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ExchangeError):
        convert.convert(path, tmp_path / "run")


def test_names_have_nothing_a_terminal_obeys(tmp_path: Path) -> None:
    """Control characters in a name do not get into the run."""
    path = changed(lambda it: it["benchmarks"][6].update(fullname="a\x1b[31m\nb"), tmp_path)
    frame = parbench.load(convert.convert(path, tmp_path / "run").path)
    assert "a [31m b" in set(frame["workload"])


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the size limit is refused."""
    monkeypatch.setattr("parbench.interchange.untrusted_json.MAX_FILE_BYTES", 10)
    with pytest.raises(ExchangeError, match="at most 10 are read"):
        convert.convert(SAMPLE, tmp_path / "run")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "yesterday", ""])
def test_dates_that_are_none_are_those_of_the_file(date: str, tmp_path: Path) -> None:
    """A date that cannot be read, or that has no equal in UTC, is replaced by that of the file."""
    path = changed(lambda it: it.update(datetime=date), tmp_path)
    created = header_of(convert.convert(path, tmp_path / "run").path).created
    assert created == datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
