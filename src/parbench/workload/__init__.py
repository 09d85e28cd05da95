"""The computation."""
