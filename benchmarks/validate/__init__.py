"""The figures that the project claims for itself, each reproduced by ``python -m benchmarks.validate NAME``."""
