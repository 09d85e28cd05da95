"""The command line: ``report``, ``compare``, ``advise``, ``history``, ``check``, ``list``. pytest measures."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from parbench import __version__
from parbench.errors import ParbenchError, RunFileError

EPILOG = (
    "Measure with `pytest --benchmark`. Exit codes: 0 done, 1 a comparison has what --fail-on names, "
    "2 something could not be used or read."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except ParbenchError as error:
        print(f"parbench: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="parbench", description="Compare parallel strategies in Python.", epilog=EPILOG)
    top.add_argument("--version", action="version", version=f"parbench {__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    report = commands.add_parser(
        "report", help="make the report of a run again", epilog="Example: parbench report reports/latest"
    )
    report.add_argument("run", metavar="RUN", help="a run file, or the folder that holds one")
    report.add_argument("--out", type=Path, metavar="FOLDER", help="where to write it (default: beside the run file)")
    report.set_defaults(do=make_report)
    comparing = commands.add_parser(
        "compare", help="say what changed between two runs", epilog="Example: parbench compare latest~1 latest"
    )
    for which in ("base", "head"):
        comparing.add_argument(
            which, metavar=which.upper(), help="a run file, the folder that holds one, or latest, latest~1, …"
        )
    comparing.add_argument("--reports", type=Path, default=Path("reports"), metavar="FOLDER", help="where latest is")
    comparing.add_argument(
        "--margin", help="what is too little to matter, such as 5%% or 0.05 (default: what HEAD was measured with)"
    )
    comparing.add_argument(
        "--fail-on", default="", metavar="VERDICTS", help="exit with 1 on any of these, such as slower,missing"
    )
    comparing.set_defaults(do=print_comparison)
    checking = commands.add_parser(
        "check", help="say what this machine can tell, in about a minute", epilog="Example: parbench check --margin 2%%"
    )
    checking.add_argument("--margin", default="5%", help="what is too little a change to matter (default: 5%%)")
    checking.add_argument("--seconds", type=float, default=50.0, help="how long to measure (default: 50)")
    checking.set_defaults(do=print_check)
    advising = commands.add_parser(
        "advise",
        help="say which strategy to take, from a run",
        epilog="Example: parbench advise latest --workload affine --size 3000 --calls 100 --cores 2",
    )
    advising.add_argument("run", metavar="RUN", help="a run file, the folder that holds one, or latest, latest~1, …")
    advising.add_argument(
        "--workload", required=True, metavar="W", help="a workload of the run, or a new one: module:name, file.py:name"
    )
    advising.add_argument("--size", required=True, type=int, metavar="N", help="in the workload's unit")
    advising.add_argument("--calls", type=int, default=1, metavar="K", help="how many calls will be made (default: 1)")
    advising.add_argument("--cores", type=int, metavar="C", help="at most (default: as many as were measured)")
    advising.add_argument("--memory", metavar="M", help="at most, such as 500MB (default: any)")
    advising.add_argument("--reports", type=Path, default=Path("reports"), metavar="FOLDER", help="where latest is")
    advising.set_defaults(do=print_advice)
    past = commands.add_parser(
        "history", help="say when cells changed, over many runs", epilog="Example: parbench history reports"
    )
    past.add_argument("folder", type=Path, metavar="DIR", help="the folder that holds the folders of the runs")
    past.add_argument("--out", type=Path, metavar="FOLDER", help="where to write the page (default: DIR/history)")
    past.set_defaults(do=make_history)
    listing = commands.add_parser(
        "list", help="list strategies and workloads", epilog="Example: parbench list (in a clone, or anywhere)"
    )
    listing.set_defaults(do=print_list)
    return top


def make_report(options: argparse.Namespace) -> int:
    """Write the report of a run; print its verdicts, its surprises, and what is noise in it."""
    from parbench import report
    from parbench.analysis import replicas
    from parbench.analysis.expected import expectations, lines
    from parbench.analysis.summary import summarize
    from parbench.analysis.verdict import verdicts
    from parbench.frame import load, ours
    from parbench.journal import find

    frame = load(options.run)
    path = report.write(frame, options.out or find(options.run).parent)
    frame = ours(frame)
    summary = summarize(frame)
    told = [verdict.sentence for verdict in verdicts(summary)]
    told += [*lines(expectations(summary, frame)), *replicas.lines(replicas.replicas(frame))]
    print(*told, f"report: {path}", sep="\n")
    return 0


def print_comparison(options: argparse.Namespace) -> int:
    """Print what changed; 1 where any of it is what the caller wants to fail on."""
    from parbench.analysis.changes import failing, lines
    from parbench.analysis.compare import compare
    from parbench.frame import load
    from parbench.gate import margin_of, verdicts_of
    from parbench.runs import named

    margin = None if options.margin is None else margin_of(options.margin)
    unwanted = verdicts_of(options.fail_on)
    base, head = (load(named(name, options.reports)) for name in (options.base, options.head))
    changes = compare(base, head, margin)
    print(*lines(changes), sep="\n")
    return int(failing(changes, unwanted))


def print_check(options: argparse.Namespace) -> int:
    """Measure this machine against itself and print what that means."""
    from parbench import checkup
    from parbench.errors import UsageError
    from parbench.gate import margin_of
    from parbench.progress import Ticker

    margin = margin_of(options.margin)
    if not 1 <= options.seconds <= 3600:
        raise UsageError(f"--seconds takes 1 to 3600, not {options.seconds:g}.")
    wide = shutil.get_terminal_size().columns if sys.stderr.isatty() else 0
    ticker = Ticker(lambda text: print(text, end="", file=sys.stderr, flush=True), wide)
    try:
        found = checkup.lines(options.seconds, margin, ticker)
    finally:
        ticker.close()
    print(*found, sep="\n")
    return 0


def print_advice(options: argparse.Namespace) -> int:
    """Print which strategy to take, and what else there is."""
    from parbench.advising import advice, bytes_of
    from parbench.analysis.advised import lines
    from parbench.runs import named

    memory = None if options.memory is None else bytes_of(options.memory)
    run = named(options.run, options.reports)
    found, notes = advice(run, options.workload, options.size, options.calls, options.cores, memory)
    print(*notes, *lines(found), sep="\n")
    return 0


def make_history(options: argparse.Namespace) -> int:
    """Write the history of all runs below a folder and print its change points; name what could not be read."""
    from parbench.analysis.history import change_points, history
    from parbench.analysis.points import lines
    from parbench.analysis.steps import library
    from parbench.report import trend
    from parbench.stored import load_all

    library()  # reading may take long: what is missing is said before
    passed_over: list[str] = []
    runs = history(load_all(options.folder, passed_over))
    for sentence in passed_over:
        print(f"parbench: passed over: {sentence}", file=sys.stderr)
    if runs.empty:
        raise RunFileError(
            f"there is no run that can be read below {options.folder}: measure with `pytest --benchmark`."
        )
    points = change_points(runs)
    page = trend.write(runs, points, passed_over, options.out or options.folder / "history")
    print(*lines(points), sep="\n", end="\n" if len(points) else "")
    print(f"history: {page}")
    return 0


def print_list(options: argparse.Namespace) -> int:
    """Print the strategies and workloads that can be used from here."""
    from parbench.catalogue import strategies, workloads

    del options
    for title, rows in (("Strategies", strategies()), ("Workloads", workloads(Path.cwd()))):
        print(title)
        width = max((len(name) for name, _ in rows), default=0)
        for name, words in rows:
            print(f"  {name:{width}}  {words}")
        if not rows:
            print("  none here: run this in a folder with a `workloads` package, or install one")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
