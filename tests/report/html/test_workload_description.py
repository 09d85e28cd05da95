"""What is said of a workload next to its numbers: in the list of the command line, and on the page."""

from __future__ import annotations

from pathlib import Path

from parbench.cli.list import list_workloads
from tests.report.html.test_page import Outline
from tests.support import made_up_run

ROOT = Path(__file__).parents[3]


def page(**facts: str) -> str:
    """The report of a made-up run whose workload has these facts."""
    plan = made_up_run.Plan(sizes=(10_000,), strategies=("serial", "threads"), header={"workloads": {"square": facts}})
    text = made_up_run.page_of(made_up_run.opened(plan))
    Outline(text)
    return text


def test_the_list_says_what_a_workload_tells_apart() -> None:
    """A row of the list has what the workload does and its axis."""
    assert dict(list_workloads(ROOT))["skew"].endswith(" a third of all work. Isolates: unequal tasks.")


def test_the_page_says_what_a_workload_tells_apart() -> None:
    """Its description is in its card of answers, and with its axis in the workload's own section, as text."""
    text = page(about="Squares.", axis="<unequal> tasks")
    assert text.count("Squares. It isolates: &lt;unequal&gt; tasks.") == 1
    assert text.index("Squares.") < text.index('id="w-0"') < text.index("&lt;unequal&gt;")


def test_a_workload_without_an_axis_has_no_empty_sentence() -> None:
    """Without an axis there is what the workload does alone, and without that nothing."""
    assert "tells strategies apart" not in page(about="Squares.")
    assert '<p class="about">' not in page()
