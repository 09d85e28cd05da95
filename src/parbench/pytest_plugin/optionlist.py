"""The options that every face offers; apart, because the plugin shows them at each start of pytest."""

from __future__ import annotations

#: The options by name, each with its value, which is empty for a switch, and its help.
OPTIONS = {
    "profile": ("NAME", "quick (default, at most 5 min), standard (half an hour) or thorough"),
    "workloads": ("NAMES", "measure only these workloads, separated by commas"),
    "strategies": ("NAMES", "measure these strategies, such as serial,threads,multiprocessing[spawn]"),
    "cores": ("COUNTS", "core counts, such as 1,2,4 (default: 1, 2, 4, … up to what this process may use)"),
    "chunks": (
        "COUNTS",
        "chunks per core, such as 1,4,16,auto; auto is the library's choice (default: 1)",
    ),
    "sizes": ("SIZES", "growing sizes, such as 1000,100000 (default: those of the workload for the profile)"),
    "out": ("FOLDER", "where the folder of the run is made (default: reports)"),
    "label": ("TEXT", "a name for the run wherever several runs are shown (default: its folder)"),
    "budget": ("SECONDS", "how long measuring may take (default: the profile's)"),
    "against": ("REVISION", "compare in the same blocks: a git revision, another checkout's folder, or env:NAME"),
    "margin": ("PART", "with against: what is too little a change to matter (default: 5%)"),
    "fail-on": ("VERDICTS", "with against: the test of a cell fails on any of these (default: slower,missing)"),
    "seed": ("N", "seed of the inputs and of the order of measuring (default: 1)"),
    "all-tests": ("", "with --benchmark: run the tests without benchmarks, too"),
    "dask-scheduler": ("ADDRESS", "an existing Dask scheduler for dask-distributed, such as tcp://10.0.0.5:8786"),
}
