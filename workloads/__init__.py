"""What is computed: one file a workload. Copy one of them to write your own; `square` is the shortest."""
