"""The benchmarks: short parametrised tests, one module per question."""
