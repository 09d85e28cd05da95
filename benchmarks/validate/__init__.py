"""The figures that the project claims for itself, each made anew by ``python -m benchmarks.validate NAME``."""
