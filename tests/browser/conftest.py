"""A real browser and all of our pages, with failures, markup and names that are hard to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import parbench
from parbench.analysis.frame import data_of, load, load_all
from parbench.analysis.side_by_side import runs_of
from parbench.report.html import history_page
from parbench.report.html import side_by_side_page as several_page
from parbench.report.html.answers import FEW
from parbench.report.html.index_page import write_index
from parbench.report.write import write_page
from tests.browser import chromium as browsers
from tests.support import made_up_run, runs_of_machines
from tests.support.run_data import change_header

EVIL = "<script>document.title='x'</script>"
LONG = "words_without_any_space_" * 12
#: Of every kind: baselines, threads, processes, those that fail, and one with a name that needs room.
STRATEGIES = [
    *("serial", "vectorized", "threads", "dask-threads", "multiprocessing", "shared-memory"),
    "somebody-elses-strategy-with-a-long-name[and-variant]",
]
#: A figure of the report, its points, and a row.
FIGURE = "[id='figure/square/speedup']"
POINTS = f"{FIGURE} .points circle"
CELL = "cell/square/1000000/threads/2"
#: Width and height of a window in pixels: of a phone, a tablet, a screen, and a sheet of A4 without its margins.
PHONE, TABLET, SCREEN, SHEET = (360, 740), (768, 800), (1440, 900), (703, 1031)
USUAL = {"media": "screen", "color_scheme": "light", "forced_colors": "none", "reduced_motion": "no-preference"}
#: Opens and closes what a page has folded away; the first call notes what that is.
FOLD = """open => {
  window.folds ??= [...document.querySelectorAll('details:not([open])')];
  for (const each of window.folds) each.open = open;
}"""


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium that Playwright can drive; skips, with the reason, if there is none."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: tox -e browser has it")
    return browsers.found() or pytest.skip("no Chromium starts here: python tests/browser/chromium.py can get one")


@pytest.fixture(scope="module")  # not for longer: while it lasts, an event loop runs in this thread
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=browsers.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def window(browser: Any) -> Iterator[Callable[..., Any]]:
    """Makes a browser window that is closed after the test; Playwright's ``new_page`` has its arguments."""
    windows: list[Any] = []

    def new(size: tuple[int, int] = SCREEN, **how: Any) -> Any:
        windows.append(browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)), **how))
        return windows[-1]

    yield new
    for each in windows:
        each.close()


@pytest.fixture(scope="module")
def view(browser: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Shows a page by its name to tests that only look; it is loaded once, as that takes long, and logs nothing."""
    pages: dict[str, Any] = {}
    said: list[str] = []

    def show(name: str, size: tuple[int, int] = SCREEN, unfold: bool = True, **media: str) -> Any:
        page = pages.get(name)
        if page is None:
            page = pages[name] = browser.new_page()
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto(request.getfixturevalue(name))
        page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        page.emulate_media(**USUAL | media)
        page.evaluate(FOLD, unfold)
        return page

    yield show
    for each in pages.values():
        each.close()
    assert said == []


@pytest.fixture(scope="session")
def report(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report with a section of every kind: three workloads, compared with a base."""
    return report_of(3, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="session")
def rows(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same with enough workloads to be the rows of one table."""
    return report_of(FEW + 1, tmp_path_factory.mktemp("rows"), strategies=["serial", "threads", "multiprocessing"])


def report_of(count: int, folder: Path, strategies: Sequence[str] = STRATEGIES) -> str:
    """The address of a report of a number of workloads, with failures, warnings, expectations and long names."""
    plan = made_up_run.expecting(
        workloads=["square", "affine", f"w{EVIL}", "triad", "spin"][:count],
        sizes=(1_000, 1_000_000),
        strategies=strategies,
        fail=[("multiprocessing", "timeout", LONG), ("shared-memory", "skipped", EVIL)],
        warnings=["CPUs cannot be pinned on this system."],
        traced=True,
        header={"settings": {"against": "main"}, "command": ["pytest", "--benchmark", "/".join(["folder"] * 40)]},
    )
    run = made_up_run.opened(plan)
    changes = run.summary[[*made_up_run.CELL]].assign(**dict.fromkeys(("base", "head", "ratio", "noise"), 1.01))
    changes = changes.assign(**{f"{what}_{end}": 1.0 for what in ("ratio", "noise") for end in ("low", "high")})
    changes["verdict"] = (["SLOWER", "SAME", "FASTER", "UNDECIDED", "MISSING"] * len(changes))[: len(changes)]
    changes = changes.assign(quantity="time", reason="its interval holds both")
    changes.attrs = {"notes": [], "noise_floor": 0.012, "left_out": 0}
    run.changes = changes
    return write_page(folder / "report.html", made_up_run.page_of(run)).as_uri()


@pytest.fixture(scope="session")
def history(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a history of 24 runs on two machines, with change points, gaps and long names."""
    from tests.support.runs_over_time import plain, run, slower, twice  # here, as it skips without ruptures

    folder = tmp_path_factory.mktemp("history")
    for day in range(24):
        seconds, machine = (plain if day < 8 else slower, "one") if day < 16 else (twice, "two")
        run(folder, day, seconds, machine, failures={("threads", "first"): "wrong"} if day == 2 else {})
    frames = []
    for frame in load_all(folder, []):
        frames.append(pd.concat([frame, frame.assign(workload=EVIL + LONG)]))
        change_header(
            frames[-1], machine={"machine_id": data_of(frame).header.machine.machine_id, "cpu_model": EVIL + LONG}
        )
    runs = parbench.history(frames)
    runs.loc[runs["gap"] != "", "gap"] = LONG
    return history_page.write(runs, parbench.change_points(runs), [f"{EVIL}{LONG}: not read"], folder / "page").as_uri()


@pytest.fixture(scope="session")
def runs(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs of two machines in which others win, with failures, markup and long names."""
    folder = tmp_path_factory.mktemp("runs")
    how: list[dict[str, Any]] = [
        {"sizes": (1000, 3000)},
        {"machine": {"machine_id": "b", "cpu_model": f"{LONG} CPU"}, "cores": (1,), "commit": EVIL},
        {
            "sizes": (1000, 3000),
            "seconds": runs_of_machines.processes_win,
            "failures": {("vectorized", "first"): "wrong"},
            "versions": {"numpy": EVIL},
        },
    ]
    for number, each in enumerate(how, start=1):
        created = f"2026-01-0{number}T00:00:00+00:00"
        place = runs_of_machines.run(folder / f"2026010{number}-000000-quick", seed=number, created=created, **each)
        place.with_name("report.html").write_text("<!doctype html><title>a report</title>", encoding="utf-8")
    (folder / f"{EVIL.replace('/', '')}-{LONG[:150]}").mkdir()
    (folder / f"{EVIL.replace('/', '')}-{LONG[:150]}" / "run.jsonl").write_text(EVIL, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def several(runs: Path) -> str:
    """The address of a page of three runs side by side."""
    places = sorted(runs.glob("2026*"))
    page, _ = several_page.write(runs_of(load(place) for place in places), runs / "several-of-them")
    return page.as_uri()


@pytest.fixture(scope="session")
def index(runs: Path, several: str) -> str:
    """The address of the list of these runs."""
    return write_index(runs)[0].as_uri()
