"""How a workload is run: one strategy per file."""
