"""Child processes that measure, and the parent's end of them."""
