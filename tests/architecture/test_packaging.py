"""The conda recipe in the documents and the hooks for committing say what pyproject.toml says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import parbench

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: Names of packages on conda-forge that differ there; one requirement may be several packages.
CONDA = {"matplotlib": ["matplotlib-base"], "dask[array,distributed]": ["dask-core", "distributed"]}
_REQUIREMENT = re.compile(r"([\w\[\],.-]+?)\s*(>=[\d.]+)")
_FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOOKS = ROOT / ".pre-commit-config.yaml"


def text_of_recipe() -> str:
    """The recipe of the page on packaging."""
    (text,) = _FENCE.findall((ROOT / "docs" / "packaging.md").read_text(encoding="utf-8"))
    return str(text)


def recipe() -> dict[str, Any]:
    """The same, read."""
    found: dict[str, Any] = yaml.safe_load(text_of_recipe())
    return found


def bounds(requirement: str) -> tuple[str, str]:
    """The name and the lower bound of a requirement."""
    match = _REQUIREMENT.fullmatch(requirement)
    assert match is not None, f"{requirement!r} has more to it than a lower bound: extend the recipe"
    return match[1], match[2]


def test_the_recipe_requires_what_the_project_requires() -> None:
    """Every dependency is in the recipe with its lower bound, under the name that conda-forge has, and nothing else."""
    expected = {
        f"{conda} {bound}"
        for name, bound in map(bounds, PROJECT["project"]["dependencies"])
        for conda in CONDA.get(name, [name])
    }
    run = set(recipe()["requirements"]["run"])
    assert run - {"__unix", "python >=${{ python_min }}"} == expected
    (backend,) = PROJECT["build-system"]["requires"]
    assert " ".join(bounds(backend)) in recipe()["requirements"]["host"]


def test_the_recipe_is_of_this_version_and_license() -> None:
    """Name, version, Python, license and the installed command are those of the project."""
    found, project = recipe(), PROJECT["project"]
    assert found["context"]["version"] == parbench.__version__
    assert f">={found['context']['python_min']}" == project["requires-python"]
    assert found["package"]["name"] == project["name"]
    assert found["about"]["license"] == project["license"]
    assert found["about"]["license_file"] in project["license-files"]
    commands = [f"{name} = {target}" for name, target in project["scripts"].items()]
    assert found["build"]["python"]["entry_points"] == commands


def test_rattler_build_reads_the_recipe() -> None:
    """The recipe is one to the program that builds from it, rendered as a package for any platform."""
    rattler = pytest.importorskip("rattler_build", reason="tox -e package has what this needs: rattler-build")
    (made,) = rattler.Stage0Recipe.from_yaml(text_of_recipe()).render()
    found = made.recipe.to_dict()
    assert found["package"]["name"] == "parbench"
    assert found["build"]["noarch"] == "python"


def test_the_page_names_the_wheel_of_this_version() -> None:
    """The commands of the page name the file that a build gives now."""
    text = (ROOT / "docs" / "packaging.md").read_text(encoding="utf-8")
    assert set(re.findall(r"parbench-([\d.]+)-py3-none-any\.whl", text)) == {parbench.__version__}


def test_hooks_fetch_nothing() -> None:
    """Every hook is local and takes what is installed, so that no version stands in two places."""
    repositories = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    assert [each["repo"] for each in repositories] == ["local"]
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}
    assert {hook["entry"].split()[0] for hook in repositories[0]["hooks"]} >= {"ruff", "mypy", "validate-pyproject"}
    assert not any("additional_dependencies" in hook for hook in repositories[0]["hooks"])


def test_pre_commit_takes_the_hooks() -> None:
    """The file is valid to pre-commit itself."""
    command = Path(sys.executable).parent / "pre-commit"
    if shutil.which(command) is None:
        pytest.skip("pre-commit is not installed: tox -e package has it")
    done = subprocess.run([command, "validate-config", HOOKS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_citation_is_of_this_version() -> None:
    """CITATION.cff has the keys that its format requires, and the version and license of the package."""
    known = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert known["cff-version"] == "1.2.0"
    assert {"message", "title"} <= known.keys()
    assert known["authors"] == [{"name": "The parbench authors"}]
    assert (known["version"], known["license"]) == (parbench.__version__, PROJECT["project"]["license"])
