"""The machine: usable CPUs, facts that a run records, peak memory."""
