"""What a figure must hold to be read where a server forbids styles: attributes, its own size, and little else."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from parbench.report.figures import speedup, style
from parbench.report.html import template
from parbench.report.html.svg_plain import attributes, plain
from tests.support import made_up_run


def drawn() -> str:
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
    assert attributes(said) == expected


def test_no_style_is_left_and_every_text_is_the_same() -> None:
    """The tags of a figure have no style, and its texts stay as they are, whatever they look like."""
    document = drawn()
    text = plain(document, "p-")
    before, after = (ElementTree.fromstring(each.replace("xlink:", "")) for each in (document, text))
    assert not [each for each in after.iter() if "style" in each.attrib or each.tag.endswith("}style")]
    told = [[each.text for each in root.iter() if each.tag.endswith("}text")] for root in (before, after)]
    assert told[0] == told[1]
    assert any(each and 'style="x" id="y" <b>' in each for each in told[1])


def test_shapes_are_where_they_were() -> None:
    """Every line goes through the same places as before, to a twentieth of a point, in far fewer bytes."""
    document = drawn()
    text = plain(document, "p-")
    paths = [re.findall(r' d="([^"]*)"', each) for each in (document, text)]
    paths[0] = [path for path in paths[0] if path.count("\n") > 1]  # the others go nowhere
    before, after = ([float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", " ".join(path))] for path in paths)
    assert len(after) > 400
    assert after == pytest.approx(before, abs=0.051)
    for tag in ("use", "text"):
        assert len(re.findall(f"<{tag}\\b", document)) == len(re.findall(f"<{tag}\\b", text))
    assert len(text) < 0.6 * len(document)


def test_an_inlined_figure_has_a_size_of_its_own() -> None:
    """Without any style a figure is as large as it was drawn, in pixels of 96 an inch."""
    inlined = str(template.inline('<svg height="9pt" width="144pt" x="1"></svg>', "p-"))
    assert 'height="12" width="192"' in inlined
