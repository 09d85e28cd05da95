"""What goes wrong when parallel programs are timed, with its mend: the examples of docs/pitfalls.md.

Each prints what the wrong way says, what the right way says, and the ratio of the two.
"""

#: In the order of the page.
NAMES = (
    "startup",
    "first_call",
    "never_computed",
    "nobody_looked",
    "cached",
    "slow_baseline",
    "fresh_pages",
    "one_after_another",
    "one_a_task",
    "pickled",
    "gil",
    "cpu_count",
    "blas_threads",
    "one_number",
    "one_process",
)
