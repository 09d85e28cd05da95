"""A foreign file is untrusted: whatever is wrong with it is one sentence, and nothing comes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import parbench
from parbench import exchange
from parbench.errors import ExchangeError
from tests.test_exchange import SAMPLES

Change = Callable[[dict[str, Any]], Any]


def changed(tool: str, change: Change, folder: Path) -> Path:
    """The sample of a tool with something changed in it."""
    content = json.loads(SAMPLES[tool].read_text())
    change(content)
    path = folder / "changed.json"
    path.write_text(json.dumps(content))
    return path


HOSTILE: list[tuple[str, Change, str]] = [
    ("pytest-benchmark", lambda it: it["benchmarks"][0]["stats"]["data"].append(-1.0), "positive number"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0]["stats"]["data"].append(float("nan")), "positive number"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0]["stats"].update(data={}, median="x"), "positive number"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0].update(fullname=["x"]), "a text"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0].update(fullname="x" * 501), "501 characters"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0].pop("stats"), "lacks 'stats'"),
    ("pytest-benchmark", lambda it: it.update(benchmarks="x"), "a list"),
    ("pytest-benchmark", lambda it: it["benchmarks"].append(it["benchmarks"][0]), "the same cell"),
    ("pytest-benchmark", lambda it: it.update(benchmarks=[]), "no timings"),
    ("pytest-benchmark", lambda it: it["benchmarks"][0]["stats"].update(iterations=0), "a whole number"),
    (
        "pytest-benchmark",
        lambda it: it["benchmarks"][0].update(
            extra_info={"parbench": {"blocks": [{"block": 0, "rounds": [0], "loops": [1]}]}}
        ),
        "as many rounds",
    ),
    ("pytest-benchmark", lambda it: it["benchmarks"][0].update(options={"timer": 3}), "a text"),
    ("pyperf", lambda it: it.update(version="9"), "version"),
    ("pyperf", lambda it: it["benchmarks"][0]["metadata"].pop("name"), "no name"),
    ("pyperf", lambda it: it["benchmarks"][0]["runs"][0].update(metadata={"loops": "x"}), "loops"),
    ("pyperf", lambda it: it["benchmarks"][0].update(runs=3), "a list"),
    ("asv", lambda it: it.update(version=1), "asv update"),
    ("asv", lambda it: it["results"]["bench.time_plain"].__setitem__(0, [1.0, 2.0]), "2 entries for 1"),
    ("asv", lambda it: it["results"]["bench.time_plain"].__setitem__(1, [["1"] * 1000] * 3), "combinations"),
    ("asv", lambda it: it["results"]["bench.time_plain"].__setitem__(11, [["x"]]), "positive number"),
    ("asv", lambda it: it.pop("params"), "lacks 'params'"),
]


@pytest.mark.parametrize(("tool", "change", "words"), HOSTILE, ids=lambda each: each if isinstance(each, str) else "-")
def test_what_is_wrong_is_one_sentence(tool: str, change: Change, words: str, tmp_path: Path) -> None:
    """A foreign file with something wrong in it is refused in one sentence, and nothing is written."""
    with pytest.raises(ExchangeError, match=words) as raised:
        exchange.convert(changed(tool, change, tmp_path), tmp_path / "run", source_format=tool)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[]", "3", '{"benchmarks": 3}', "\ud800", "1" * 10_000])
def test_what_is_no_results_is_one_sentence(text: str, tmp_path: Path) -> None:
    """A file that is nothing that is known is refused, whatever is in it."""
    path = tmp_path / "some.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(ExchangeError):
        exchange.convert(path, tmp_path / "run")


def test_names_have_nothing_a_terminal_obeys(tmp_path: Path) -> None:
    """Control characters in a foreign name do not get into the run."""
    path = changed("pytest-benchmark", lambda it: it["benchmarks"][6].update(fullname="a\x1b[31m\nb"), tmp_path)
    frame = parbench.load(exchange.convert(path, tmp_path / "run").path)
    assert "a [31m b" in set(frame["workload"])


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond the limit is not even read."""
    monkeypatch.setattr("parbench.exchange.typed.LARGEST", 10)
    with pytest.raises(ExchangeError, match="at most 10 are read"):
        exchange.convert(SAMPLES["pyperf"], tmp_path / "run", source_format="pyperf")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "yesterday", ""])
def test_dates_that_are_none_are_those_of_the_file(date: str, tmp_path: Path) -> None:
    """A date that cannot be read, or that has no equal in UTC, is replaced by that of the file."""
    path = changed("pytest-benchmark", lambda it: it.update(datetime=date), tmp_path)
    created = parbench.load(exchange.convert(path, tmp_path / "run").path).attrs["header"]["created"]
    assert created == datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
