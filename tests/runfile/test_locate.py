"""The folder of runs: git ignores it, and its latest run is the same for commands and for the link."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from parbench.errors import RunFileError
from parbench.runfile.locate import FILE, create_folder, link_latest, locate_run


def test_latest_counts_backwards(tmp_path: Path) -> None:
    """``latest`` is the newest run, whatever else lies there; a run too far back is an error that counts them."""
    for name in ("20260102-000000-quick", "20260101-000000-quick", "sample", "20260103-000000-quick"):
        (tmp_path / name).mkdir()
        if "3" not in name:
            (tmp_path / name / FILE).touch()
    assert locate_run("latest", tmp_path).name == "20260102-000000-quick"
    assert locate_run("latest~1", tmp_path).name == "20260101-000000-quick"
    assert locate_run("elsewhere/latest", tmp_path) == Path("elsewhere/latest")
    with pytest.raises(RunFileError, match="holds 2 runs"):
        locate_run("latest~2", tmp_path)


def test_the_link_leads_to_the_run_that_began_last(tmp_path: Path) -> None:
    """If an earlier run ends later, the link and the commands agree on the one that began last."""
    for name in ("20260102-000000-quick", "20260101-000000-standard"):
        (tmp_path / name).mkdir()
        (tmp_path / name / FILE).touch()
        link_latest(tmp_path)
    assert os.readlink(tmp_path / "latest") == "20260102-000000-quick"
    assert locate_run("latest", tmp_path) == tmp_path / "20260102-000000-quick"
    assert (tmp_path / "latest").resolve() == locate_run("latest", tmp_path)


def test_a_folder_without_runs_has_no_link(tmp_path: Path) -> None:
    """Nothing is linked, and nothing is left behind, if there is no run."""
    link_latest(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_git_ignores_a_new_folder_only(tmp_path: Path) -> None:
    """A folder that parbench creates has a .gitignore for all that is in it; one of the user stays as it is."""
    create_folder(tmp_path / "new" / "reports")
    assert (tmp_path / "new" / "reports" / ".gitignore").read_text().splitlines()[-1] == "*"
    assert not (tmp_path / "new" / ".gitignore").exists()
    (tmp_path / "mine").mkdir()
    create_folder(tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []
