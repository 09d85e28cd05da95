"""The run file: its records, writing, reading, finding."""
