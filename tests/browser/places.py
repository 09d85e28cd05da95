"""Where things are on the report that the browser tests look at."""

from __future__ import annotations

FIGURE = "[id='figure/square/speedup']"
POINTS = f"{FIGURE} .points circle"
CELL = "cell/square/1000000/threads/2"
