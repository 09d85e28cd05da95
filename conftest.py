"""The suite's own choices; no logic."""

pytest_plugins = ["pytester"]  # the tests of the plugin run pytest in projects of their own
