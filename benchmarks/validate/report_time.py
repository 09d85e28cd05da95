"""How long the report of a stored run takes to make, and on what: each part without those that are within it.

Seconds are those of the processor: a report is made by one thread, and other programs do not matter then.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

#: Each part with its functions, as the modules that call them know them; a part of a section does not count twice.
PARTS = {
    "reading the run file": ("parbench.report.run:load",),
    "making the summary": ("parbench.report.run:summarize",),
    "verdicts and expectations": ("parbench.report.run:verdicts", "parbench.report.run:expectations"),
    "putting figures together": ("parbench.report.html.page:speedup", "parbench.report.html.page:time"),
    "sections": ("parbench.report.html.sections:sections",),
    "drawing SVG": ("matplotlib.backends.backend_svg:FigureCanvasSVG.print_svg",),
    "drawing PNG": ("matplotlib.backends.backend_agg:FigureCanvasAgg.print_png",),
    "packing PNG": ("PIL.Image:Image.save",),
    "SVG for the page": ("parbench.report.html.svg:simplify",),
    "filling the page": ("parbench.report.html.page:render",),
    "all else": ("parbench.report.write:write_report",),
}
ROUNDS = 3


class Watch:
    """Seconds of parts that may be within each other, and how often each was gone through."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(PARTS, 0.0)
        self.calls: dict[str, int] = dict.fromkeys(PARTS, 0)
        self.inside: list[float] = [0.0]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what goes on within as a part."""
        begin = time.process_time()
        self.inside.append(0.0)
        try:
            yield
        finally:
            taken = time.process_time() - begin
            self.seconds[name] += taken - self.inside.pop()
            self.inside[-1] += taken
            self.calls[name] += 1

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted."""

        def counted(*given: Any, **named: Any) -> Any:
            with self.part(name):
                return function(*given, **named)

        return counted


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch all parts."""
    watch = Watch()
    patches = []
    for name, places in PARTS.items():
        for place in places:
            module, _, attribute = place.partition(":")
            owner: Any = import_module(module)
            *classes, attribute = attribute.split(".")
            for each in classes:
                owner = getattr(owner, each)
            patches.append(patch.object(owner, attribute, watch.watched(name, getattr(owner, attribute))))
    with ExitStack() as stack:
        for watched in patches:
            stack.enter_context(watched)
        yield watch


def report(run: str) -> tuple[Watch, int]:
    """Make the report of a run, watched; with the size of its page."""
    with tempfile.TemporaryDirectory() as folder, watching() as watch:
        opened = import_module("parbench").Run(run)
        page: Path = import_module("parbench.report.write").write_report(opened, Path(folder))
        return watch, page.stat().st_size


def main(arguments: list[str]) -> None:
    """Print the seconds of each part for a stored run, or the one that lies in reports/sample."""
    run = arguments[0] if arguments else "reports/sample"
    begin = time.process_time()
    for name in ("matplotlib.figure", "pandas", "scipy.stats"):
        import_module(name)
    print(f"importing pandas, matplotlib and SciPy: {time.process_time() - begin:.2f} s")
    made = [report(run) for _ in range(ROUNDS)]
    watch, size = min(made, key=lambda each: sum(each[0].seconds.values()))
    print(f"the report of {run}, the fastest of {ROUNDS} times:")
    for name, seconds in watch.seconds.items():
        print(f"{name:28} {seconds:6.2f} s  {watch.calls[name]:4} ×")
    print(f"{'together':28} {sum(watch.seconds.values()):6.2f} s")
    print(f"the page has {size:,} bytes")
