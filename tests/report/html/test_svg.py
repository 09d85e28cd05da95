"""Figures as elements of a page: no styles, ids that stay, points with their numbers, and one script only."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.figure import Figure

from parbench import text as words
from parbench.report.figures import speedup, style
from parbench.report.figures.annotations import GROUP_PREFIX, cell_address, slug
from parbench.report.html import svg, template
from tests.support import made_up_run

NAMES = ["a", "a.b", "a[b]", "a_b", "a/b", "a b", "ä", "", "a[b][c]", "[b]", "A", "a-b", '"><script>', "x" * 100]


def test_every_name_has_an_id_of_its_own() -> None:
    """Names that differ have ids that differ, of letters that need no quoting in a link; variants have plain ones."""
    slugs = [slug(name) for name in NAMES]
    assert len(set(slugs)) == len(NAMES)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", slug) for slug in slugs)
    assert slug("multiprocessing[spawn]") == "multiprocessing.spawn"


def test_ids_do_not_depend_on_what_else_was_measured() -> None:
    """A cell has the same id in two runs, whichever other workloads, strategies and sizes each of them has."""
    few = made_up_run.Plan(strategies=["serial", "threads"], sizes=(1_000_000,))
    strategies = ["serial", "vectorized", "threads", "dask-threads"]
    many = made_up_run.Plan(("affine", "square"), (1_000, 1_000_000), strategies, chunks=(1, 4))
    texts = [made_up_run.page_of(made_up_run.opened(plan)) for plan in (few, many)]
    ids = [{each for each in re.findall(r' id="([^"]+)"', text) if "/" in each} for text in texts]
    assert {"cell/square/1000000/threads/2", "figure/square/speedup"} <= ids[0]
    assert {each for each in ids[0] if each.startswith(("cell/", "figure/square/"))} <= ids[1]
    assert "cell/square/1000000/threads/2/x4" in ids[1]


def test_cells_that_differ_in_anything_have_ids_of_their_own() -> None:
    """Chunks, the library's own cut and the environment are part of an id if they are not the usual."""
    usual = {"workload": "w", "size": 10, "strategy": "s", "cores": 2, "chunks": 1, "environment": ""}
    others = [usual, usual | {"chunks": 0}, usual | {"chunks": 2}, usual | {"environment": "base"}, usual | {"size": 1}]
    ids = [cell_address(pd.Series(each)) for each in others]
    assert ids[:4] == ["cell/w/10/s/2", "cell/w/10/s/2/xauto", "cell/w/10/s/2/x2", "cell/w/10/s/2/base"]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("kind", ["speedup", "time"])
def test_points_have_the_numbers_of_the_summary(kind: str) -> None:
    """Every point of a curve says which cell it is and has its numbers, as a title and as a row of a CSV file."""
    frame, summary, _ = made_up_run.run(made_up_run.Plan(chunks=(1, 4)))
    figure = speedup.speedup(summary, "square") if kind == "speedup" else speedup.time(summary, "square", "", frame)
    text = str(svg.interactive(figure, "square", kind))
    heads = next(csv.reader([html.unescape(re.findall(r'data-columns="([^"]*)"', text)[0])]))
    told = [html.unescape(row) for row in re.findall(r'<circle data-row="([^"]*)"', text)]
    rows = pd.DataFrame(list(csv.reader(io.StringIO("\n".join(told)))), columns=heads)
    assert len(rows) == len(rows[["size", "strategy", "cores", "chunks"]].drop_duplicates())
    both = rows.astype({"size": int, "cores": int, "chunks": int, "seconds": float, "speedup": float}).merge(
        summary, on=["workload", "size", "strategy", "cores", "chunks"], suffixes=("", "_known")
    )
    assert len(both) == len(rows) >= (60 if kind == "speedup" else 30)
    for name in ("seconds", "speedup"):
        assert both[name].to_numpy() == pytest.approx(both[f"{name}_known"].to_numpy(), rel=1e-5)
    titles = re.findall(r"<title>(.*?)</title>", text, re.DOTALL)
    assert len(titles) == len(rows)
    for title, row in zip(titles, rows.to_dict("records"), strict=True):
        lines = html.unescape(title).split("\n")
        assert lines[0] == row["strategy"]
        assert lines[1] == f"square at {int(row['size']):,}"
        assert words.duration(float(row["seconds"])) in title


def test_points_are_where_the_marks_are() -> None:
    """A point that can be hit lies on a mark that was drawn."""
    _, summary, _ = made_up_run.run(made_up_run.Plan())
    text = str(svg.interactive(speedup.speedup(summary, "square"), "square", "speedup"))
    drawn = {(float(x), float(y)) for x, y in re.findall(r'<use [^<>]*x="([\d.]+)" y="([\d.]+)"', text)}
    points = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', text)
    assert len(points) > 50
    for x, y in points:
        assert min(abs(float(x) - one) + abs(float(y) - other) for one, other in drawn) < 0.3


def test_shapes_of_a_strategy_say_so_whatever_its_name() -> None:
    """Curves, labels and points have the strategy's own name, escaped, and no name of another kind stays behind."""
    evil = '"><script>'
    _, summary, _ = made_up_run.run(made_up_run.Plan(strategies=["serial", evil]))
    text = str(svg.interactive(speedup.speedup(summary, "square"), "square", "speedup"))
    assert list(map(html.unescape, re.findall(r'data-strategy="([^"]*)"', text))).count(evil) > 6
    assert evil not in text
    assert GROUP_PREFIX not in text


def test_a_figure_of_which_nothing_is_known_is_a_figure() -> None:
    """A figure without points has an id and nothing else that is ours."""
    text = str(svg.interactive(Figure(), "empty"))
    assert 'id="figure/empty"' in text
    assert "data-" not in text
    assert "points" not in text


def test_numbers_know_what_they_are() -> None:
    """Numbers in tables carry what they are sorted by, in one unit, and what is not known carries nothing."""
    assert words.duration(0.0125).value == "0.0125"  # type: ignore[attr-defined]  # a Number, as words says
    plan = made_up_run.Plan(sizes=(1_000_000,), strategies=("serial", "threads"))
    text = made_up_run.page_of(made_up_run.opened(plan))
    row = re.findall(r'<tr[^<>]* id="cell/square/1000000/threads/2".*?</tr>', text, re.DOTALL)[0]
    values = dict(re.findall(r'<td data-value="([^"]+)">([^<]+)</td>', row)[i][::-1] for i in range(5))
    for told, value in values.items():
        if told.endswith(" ms"):
            assert float(value) == pytest.approx(float(told.split()[0]) / 1e3, rel=0.01)
    assert not re.findall(r"data-value[^<>]*>–<", text)


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_script_is_a_script(tmp_path: Path) -> None:
    """The script has no error that can be seen without running it."""
    whole = tmp_path / "template.js"
    whole.write_text(template.script(), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(whole)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_script_keeps_nothing_and_asks_for_nothing() -> None:
    """The script uses no storage, which a sandbox forbids, no network, and nothing that makes code of text."""
    text = template.script()
    for word in (
        "localStorage",
        "sessionStorage",
        "cookie",
        "fetch(",
        "XMLHttpRequest",
        "import(",
        "eval(",
        "Function(",
    ):
        assert word not in text
    assert "</script" not in text


def document_of_a_figure() -> str:
    """A figure of ours as it was drawn."""
    _, summary, _ = made_up_run.run(made_up_run.Plan(strategies=["serial", "threads", 'a style="x" id="y" <b>']))
    return style.svg(speedup.speedup(summary, "square"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("fill: none; stroke: #d7dadd", ' fill="none" stroke="#d7dadd"'),
        ("", ""),
        ("font-size: 8px; font-family: 'A B', c", ' font-size="8px" font-family="\'A B\', c"'),
        ("font: 8.5px 'A B', c", ' font-size="8.5px" font-family="\'A B\', c"'),
        ("font: italic 700 8px a", ' font-size="8px" font-family="a" font-style="italic" font-weight="700"'),
    ],
)
def test_a_style_becomes_attributes(said: str, expected: str) -> None:
    """Each declaration is an attribute, and the shorthand of older matplotlib, which is none, is taken apart."""
    assert svg.presentation(said) == expected


def test_no_style_is_left_and_every_text_is_the_same() -> None:
    """The tags of a figure have no style, and its texts stay as they are, whatever they look like."""
    document = document_of_a_figure()
    text = svg.simplify(document, "p-")
    before, after = (ElementTree.fromstring(each.replace("xlink:", "")) for each in (document, text))
    assert not [each for each in after.iter() if "style" in each.attrib or each.tag.endswith("}style")]
    told = [[each.text for each in root.iter() if each.tag.endswith("}text")] for root in (before, after)]
    assert told[0] == told[1]
    assert any(each and 'style="x" id="y" <b>' in each for each in told[1])


def test_shapes_are_where_they_were() -> None:
    """Every line goes through the same places as before, to a twentieth of a point, in far fewer bytes."""
    document = document_of_a_figure()
    text = svg.simplify(document, "p-")
    paths = [re.findall(r' d="([^"]*)"', each) for each in (document, text)]
    paths[0] = [path for path in paths[0] if path.count("\n") > 1]  # the others go nowhere
    before, after = ([float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", " ".join(path))] for path in paths)
    assert len(after) > 400
    assert after == pytest.approx(before, abs=0.051)
    for tag in ("use", "text"):
        assert len(re.findall(f"<{tag}\\b", document)) == len(re.findall(f"<{tag}\\b", text))
    assert len(text) < 0.6 * len(document)


def test_an_inlined_figure_has_a_size_of_its_own() -> None:
    """Without any style a figure is as large as it was drawn, in pixels of 96 an inch; a page limits its width."""
    inlined = str(svg.embed('<svg height="9pt" width="144pt" x="1"></svg>', "p-"))
    assert 'height="12" width="192"' in inlined
    assert 'style="min-width: 8.0rem; max-width: 13.2rem"' in inlined
