"""The page about notebooks does what it says in a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.docs.documents import NOTEBOOK, snippets

nbclient = pytest.importorskip("nbclient", reason="the extra test has nbclient and ipykernel, which run the page")


def test_the_page_runs_in_a_notebook(tmp_path: Path) -> None:
    """Each cell of the page runs; the run shows itself as HTML with a figure, and progress leaves an empty output."""
    import nbformat

    new: Any = nbformat.v4  # it has no types
    # shorter than a reader would measure, as the answers do not matter here
    sources = [block.text.replace("budget=10", "budget=4") for block in snippets(NOTEBOOK) if not block.reason]
    notebook = new.new_notebook(cells=[new.new_code_cell(source) for source in sources])
    nbclient.NotebookClient(notebook, timeout=200, resources={"metadata": {"path": str(tmp_path)}}).execute()
    progress, shown = notebook.cells[0].outputs
    assert progress.data == {"text/plain": ""}
    assert "<svg" in shown.data["text/html"]
    assert "<parbench.Run" in shown.data["text/plain"]
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]
