"""Both pyperf and asv read what we write for them; where they are not installed, that is said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from parbench import exchange, journal
from parbench.records import Sample
from tests.fake import World, groups


def run(*command: str, cwd: Path) -> str:
    """What a command prints; it has to succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_pyperf_reads_it(tmp_path: Path) -> None:
    """Our blocks are pyperf's runs and our samples its values, and it shows, checks and compares them."""
    pyperf = pytest.importorskip("pyperf")
    World(noise=0.05).run(tmp_path / "run", groups())
    exchange.convert(tmp_path / "run", tmp_path / "ours.json", target_format="pyperf")
    suite = pyperf.BenchmarkSuite.load(str(tmp_path / "ours.json"))
    assert suite.get_benchmark_names() == [
        "doubles-1000-serial-1",
        "doubles-1000-threads-1",
        "doubles-1000-threads-2",
        "doubles-1000-vectorized-1",
    ]
    benchmark = suite.get_benchmark("doubles-1000-serial-1")
    samples = [
        each.seconds
        for each in journal.read(tmp_path / "run")
        if isinstance(each, Sample) and each.phase == "steady" and str(each.cell) == "doubles-1000-serial-1"
    ]
    assert list(benchmark.get_values()) == samples
    assert benchmark.get_nrun() > 1
    assert benchmark.get_unit() == "second"
    shown = run(sys.executable, "-m", "pyperf", "show", "ours.json", cwd=tmp_path)
    assert "doubles-1000-threads-2" in shown
    compared = run(sys.executable, "-m", "pyperf", "compare_to", "ours.json", "ours.json", cwd=tmp_path)
    assert "not significant" in compared
    run(sys.executable, "-m", "pyperf", "check", "ours.json", cwd=tmp_path)


def test_asv_reads_it(tmp_path: Path) -> None:
    """The results of two commits are loaded by asv, which shows and compares them, and makes its pages of them."""
    asv_results = pytest.importorskip("asv.results")
    run("git", "init", "-q", "-b", "main", ".", cwd=tmp_path)
    settings = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m")
    (tmp_path / "asv.conf.json").write_text(
        json.dumps({"version": 1, "project": "x", "repo": ".", "branches": ["main"], "environment_type": "existing"})
    )
    (tmp_path / "benchmarks").mkdir()
    for number in (1, 2):
        run(*settings, f"commit {number}", cwd=tmp_path)
        commit = run("git", "rev-parse", "HEAD", cwd=tmp_path).strip()
        World(noise=0.05, seed=number).run(tmp_path / f"run{number}", groups())
        file = tmp_path / f"run{number}" / journal.FILE
        file.write_text(file.read_text().replace('"commit": ""', f'"commit": "{commit[:7]}"', 1))
        command = (sys.executable, "-m", "parbench.cli", "convert", f"run{number}", "results", "--to", "asv")
        run(*command, cwd=tmp_path)
        path = next((tmp_path / "results").glob(f"*/{commit[:8]}-*.json"))
        loaded = asv_results.Results.load(str(path))
        assert loaded.commit_hash == commit
        assert list(loaded.get_all_result_keys()) == ["parbench.time_doubles"]
    shown = run(sys.executable, "-m", "asv", "show", "HEAD", cwd=tmp_path)
    assert "parbench.time_doubles" in shown
    assert "threads" in shown
    compared = run(sys.executable, "-m", "asv", "compare", "HEAD~1", "HEAD", cwd=tmp_path)
    assert "parbench.time_doubles(1000, 'threads', 2, 1)" in compared
    run(sys.executable, "-m", "asv", "publish", "--html-dir", "pages", cwd=tmp_path)
    assert (tmp_path / "pages" / "index.json").is_file()
