"""Sizes that the machine decides: by time, or around a break-even."""
