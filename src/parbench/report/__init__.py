"""Showing a run: page, figures, terminal, tables."""
