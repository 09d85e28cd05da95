"""How near the best strategy comes to the ceiling measured in the same rounds."""

from __future__ import annotations

import parbench


def main(arguments: list[str]) -> None:
    """Print the best cell at the largest size of each workload; the argument is a run (default: the latest)."""
    summary = parbench.summarize(parbench.load(arguments[0] if arguments else "reports/latest"))
    most = summary["cores"].max()
    parallel = summary[(summary["cores"] == most) & (summary["status"] == "ok")]
    for name, group in parallel.groupby("workload", sort=False):
        largest = group[group["size"] == group["size"].max()]
        best = largest.sort_values("speedup").iloc[-1]
        print(
            f"{name} at {best['size']:,}: {best['strategy']} on {most} cores, {best['speedup']:.3f}× "
            f"[{best['speedup_low']:.3f}, {best['speedup_high']:.3f}] {best['baseline']}, "
            f"ceiling {best['ceiling']:.3f}, reached {best['of_ceiling']:.3f}"
        )
