"""Which questions are asked: short parametrised tests."""
