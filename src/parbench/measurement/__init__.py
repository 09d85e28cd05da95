"""Measuring: from a plan of cells to the lines of a run file."""
