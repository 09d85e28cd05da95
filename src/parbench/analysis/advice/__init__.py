"""Advice: a cost model and the choice that follows from it."""
