"""Dask's performance reports: from calls after the rounds, once a cell, in the run's folder, linked from its page."""

from __future__ import annotations

from pathlib import Path

import pytest

from parbench import journal
from parbench.errors import UsageError
from parbench.harnesses import create
from parbench.options import settings
from parbench.records import REPORTS, Cell, Sample, Warned, report_name
from parbench.report import write_parts
from parbench.suite import Suite
from tests import kernels, synthetic
from tests.contract import listening
from tests.fake import World, groups

STRATEGIES = ("serial", "threads", "dask-distributed")


def test_each_cell_has_one_and_others_have_none(tmp_path: Path) -> None:
    """Every cell of a strategy whose library reports is asked once, and what comes of it lies in the run's folder."""
    world = World()
    world.run(tmp_path, groups(STRATEGIES), call_reports=True)
    asked = [(arm.spec.cell, fields) for arm in world.arms for request, fields in arm.asked if request == "report"]
    assert sorted(str(cell) for cell, _ in asked) == [
        "doubles-1000-dask-distributed-1",
        "doubles-1000-dask-distributed-2",
    ]
    for cell, fields in asked:
        assert Path(fields["path"]) == (tmp_path / REPORTS / f"{cell}.html").resolve()
        assert len(fields["cpus_now"]) == cell.cores
    assert {path.name for path in (tmp_path / REPORTS).iterdir()} == {f"{cell}.html" for cell, _ in asked}


def test_no_arm_is_sampled_or_traced_after_it(tmp_path: Path) -> None:
    """Within an arm all that is timed comes before."""
    world = World()
    world.run(tmp_path, groups(STRATEGIES), call_reports=True)
    for arm in world.arms:
        asked = [request for request, _ in arm.asked]
        if "report" in asked:
            assert not {"sample", "trace"} & set(asked[asked.index("report") :])


def test_nobody_is_asked_unless_it_is_wanted(tmp_path: Path) -> None:
    """Without the option there is no such call and no such folder."""
    world = World()
    world.run(tmp_path, groups(STRATEGIES))
    assert "report" not in {request for arm in world.arms for request, _ in arm.asked}
    assert not (tmp_path / REPORTS).exists()


def test_samples_are_the_same_with_them(tmp_path: Path) -> None:
    """The blocks with reports in them have the same samples as without; later ones depend on how much time is left."""
    found = []
    for name, wanted in (("with", True), ("without", False)):
        World().run(tmp_path / name, groups(STRATEGIES), call_reports=wanted, budget=1000.0)
        samples = [each for each in journal.read(tmp_path / name) if isinstance(each, Sample) and each.block < 2]
        found.append([(each.cell, each.block, each.round, each.phase) for each in samples])
    assert found[0] == found[1]


@pytest.mark.parametrize("status", ["error", "timeout", "crash"])
def test_one_that_fails_is_a_warning(status: str, tmp_path: Path) -> None:
    """A report that cannot be made leaves the cell ok, with one warning that says why."""
    world = World(failures={("dask-distributed", "report"): status})
    campaign = world.run(tmp_path, groups(STRATEGIES, cores=(2,)), call_reports=True)
    assert campaign.standing.failures == 0
    told = [record.text for record in journal.read(tmp_path) if isinstance(record, Warned)]
    assert [text for text in told if "no report of its library: scripted to fail" in text]
    assert world.ended()


def test_the_page_links_those_that_are_there(tmp_path: Path) -> None:
    """The row of a cell links the report that lies beside the page, and so does the list of raw files; no other row."""
    frame, summary, verdicts = synthetic.run()
    cell = Cell("square", 10_000, "dask-distributed", 2)
    (tmp_path / REPORTS).mkdir()
    (tmp_path / REPORTS / report_name(cell)).write_text("")
    page = write_parts(frame, summary, verdicts, tmp_path).read_text()
    assert page.count(f'<a href="{REPORTS}/square-10000-dask-distributed-2.html"') == 2
    assert page.count(f'href="{REPORTS}/') == 2
    elsewhere = write_parts(frame, summary, verdicts, tmp_path / "elsewhere").read_text()
    assert f'href="{REPORTS}/' not in elsewhere


@pytest.mark.parametrize("name", ["../../up", "a/b", "..", "a\0b", "c:\\d"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    """Whatever a workload is called, its report lies in the folder for them."""
    found = report_name(Cell(name, 1, "dask-distributed[tutorial]", 1))
    assert set(found) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert found.count(".") == 1


def test_without_bokeh_it_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option without bokeh is refused before anything is measured, with the command that installs it."""
    monkeypatch.setattr("parbench.harnesses.util.find_spec", lambda name: None)
    asked = settings({"dask-report": "yes", "out": str(tmp_path)}, [], tmp_path)
    assert asked.dask_report
    with pytest.raises(UsageError, match=r"--parbench-dask-report needs bokeh, .*pip install 'bokeh>=3.1'"):
        Suite(asked, measures=True).prepare()


def test_dask_writes_it_and_opens_no_port(tmp_path: Path) -> None:
    """Dask's own page about one call is written where it is told, and nothing listens beyond loopback meanwhile."""
    pytest.importorskip("bokeh", minversion="3.1")
    path = tmp_path / "a::b.html"  # which Dask itself would take for a URL
    with create("dask-distributed") as harness:
        harness.open(1)
        with harness.reported(str(path)):
            result = harness.run(kernels.good, kernels.good.make(37, 1), 2)
        assert not harness.check(kernels.good, result, kernels.good.make(37, 1))
        addresses = {address.ip for of_one in listening().values() for address in of_one}
        assert {address for address in addresses if not address.startswith("127.") and address != "::1"} == set()
    text = path.read_text(encoding="utf-8")
    assert "Dask Performance Report" in text
    assert "<script src=" not in text.replace("'", '"')
